import type { Ids } from '../ids.js';
import { FieldError, Fields } from '../json.js';
import { ALL_INTENTS } from '../rules/intents.js';
import {
  ABILITIES,
  type Ability,
  type Bot,
  type Channel,
  type DirectMessage,
  type Group,
  type GroupMember,
  type Guild,
  type Member,
  type MessageSetting,
  type Role,
  type User,
} from './model.js';
import type { World } from './world.js';

/** What a seed is read with. */
export interface SeedContext {
  readonly ids: Ids;
  readonly wallMs: number;
}

interface Plan {
  readonly bots: Bot[];
  readonly users: User[];
  readonly guilds: Guild[];
  readonly channels: Channel[];
  readonly groups: Group[];
  readonly dms: DirectMessage[];
  readonly friends: { readonly appId: string; readonly openid: string }[];
}

/**
 * Adds what a seed describes to `world`, all or nothing. An id that is there already is replaced.
 * @throws {FieldError} naming the path of what is missing or wrong
 */
export function applySeed(world: World, seed: unknown, context: SeedContext): void {
  const root = Fields.of(seed, 'seed');
  const plan: Plan = { bots: [], users: [], guilds: [], channels: [], groups: [], dms: [], friends: [] };
  for (const item of seedList(root, 'bots')) plan.bots.push(readBot(item, context));
  for (const item of seedList(root, 'users')) plan.users.push(readUser(item));
  const known = knownNames(world, plan);
  for (const item of seedList(root, 'guilds')) readGuild(item, plan, known, context);
  for (const item of seedList(root, 'groups')) plan.groups.push(readGroup(item, known, context));
  for (const item of seedList(root, 'dms')) plan.dms.push(readDm(item, known, context));
  for (const item of seedList(root, 'friends')) plan.friends.push(readFriend(item, known));
  root.raw('switches');
  root.noOthers();
  rejectDoubles(plan);
  commit(world, plan);
}

/** Paths in messages start at the top-level list (`guilds[0].id`), not at a name of ours. */
function seedList(root: Fields, key: string): readonly Fields[] {
  const value = root.raw(key);
  if (value === undefined) return [];
  if (!Array.isArray(value)) throw new FieldError(key, 'must be an array');
  return value.map((item, index) => Fields.of(item, `${key}[${index}]`));
}

interface Known {
  readonly bots: Set<string>;
  readonly users: Set<string>;
  readonly openids: Set<string>;
  readonly guilds: Set<string>;
}

function knownNames(world: World, plan: Plan): Known {
  return {
    bots: new Set([...world.bots.keys(), ...plan.bots.map((bot) => bot.appId)]),
    users: new Set([...world.users.keys(), ...plan.users.map((user) => user.id)]),
    openids: new Set([
      ...[...world.users.values()].map((user) => user.openid),
      ...plan.users.map((user) => user.openid),
    ]),
    guilds: new Set(world.guilds.keys()),
  };
}

function readBot(item: Fields, { ids }: SeedContext): Bot {
  const appId = item.id('appId');
  const total = item.intFrom(0, 'sessionTotal', 1_000);
  const abilities = item.strings('abilities', ABILITIES).map((name, index): Ability => {
    const ability = ABILITIES.find((other) => other === name);
    if (ability !== undefined) return ability;
    throw new FieldError(`${item.at('abilities')}[${index}]`, `must be one of ${ABILITIES.join(', ')}`);
  });
  const bot: Bot = {
    appId,
    secret: item.id('secret'),
    fixedToken: item.string('token', ''),
    acceptsFixedToken: item.boolean('acceptsFixedToken', item.has('token')),
    id: item.id('id', ids.guild()),
    username: item.string('username', `bot-${appId}`),
    avatar: item.string('avatar', ''),
    openid: item.id('openid', ids.openid()),
    permittedIntents: item.intFrom(0, 'intents', ALL_INTENTS),
    shards: item.intFrom(1, 'shards', 1),
    sessionTotal: total,
    sessionRemaining: item.intFrom(0, 'sessionRemaining', total),
    sessionResetAfterMs: item.intFrom(0, 'sessionResetAfterMs', 86_400_000),
    maxConcurrency: item.intFrom(1, 'maxConcurrency', 1),
    maxGuildsPerShard: item.intFrom(0, 'maxGuildsPerShard', 0),
    isPrivate: item.boolean('isPrivate', true),
    isAdmin: item.boolean('isAdmin', true),
    isVerified: item.boolean('isVerified', true),
    tokenLifetimeSeconds: item.intFrom(1, 'tokenLifetimeSeconds', 7_200),
    state: item.oneOf('state', ['online', 'offline', 'banned'], 'online'),
    abilities: new Set(abilities),
  };
  item.noOthers();
  return bot;
}

function readUser(item: Fields): User {
  const id = item.id('id');
  const user: User = {
    id,
    openid: item.id('openid', id),
    username: item.string('username', `user-${id.slice(-4)}`),
    avatar: item.string('avatar', ''),
    bot: item.boolean('bot', false),
  };
  item.noOthers();
  return user;
}

function readGuild(item: Fields, plan: Plan, known: Known, { wallMs }: SeedContext): void {
  const id = item.id('id');
  const members = new Map<string, Member>();
  for (const member of item.list('members')) {
    const userId = reference(member, 'userId', known.users, 'users');
    members.set(userId, {
      userId,
      nick: member.string('nick', ''),
      roles: [...member.strings('roles', ['1'])],
      joinedAtMs: wallMs,
      muteUntilMs: 0,
    });
    member.noOthers();
  }
  const guild: Guild = {
    id,
    name: item.string('name', `guild ${id}`),
    icon: item.string('icon', ''),
    ownerId: item.string('ownerId', [...members.keys()][0] ?? ''),
    description: item.string('description', ''),
    maxMembers: item.intFrom(1, 'maxMembers', 300),
    unionWorldId: item.string('unionWorldId', ''),
    unionOrgId: item.string('unionOrgId', ''),
    joinedAtMs: wallMs,
    members,
    roles: new Map(defaultRoles().map((role) => [role.id, role])),
    channelIds: new Set(),
    bots: readBots(item, known),
    muteUntilMs: 0,
    blacklist: new Set(),
    messageSetting: readMessageSetting(item.optionalObject('messageSetting')),
    announces: undefined,
    deniedApis: new Set(item.strings('deniedApis', [])),
  };
  for (const role of item.list('roles')) {
    const roleId = role.id('id');
    guild.roles.set(roleId, {
      id: roleId,
      name: role.string('name'),
      color: role.intFrom(0, 'color', DEFAULT_ROLE_COLOR),
      hoist: role.intFrom(0, 'hoist', 0),
      memberLimit: role.intFrom(0, 'memberLimit', 2_000),
    });
    role.noOthers();
  }
  for (const channel of item.list('channels')) {
    const read = readChannel(channel, guild, guild.channelIds.size + 1);
    guild.channelIds.add(read.id);
    plan.channels.push(read);
  }
  item.noOthers();
  known.guilds.add(id);
  plan.guilds.push(guild);
}

/** What holds for a guild whose owner set nothing. Source: openapi.md 1.6. */
export const DEFAULT_MESSAGE_SETTING: MessageSetting = {
  disable_create_dm: false,
  disable_push_msg: false,
  channel_ids: [],
  channel_push_max_num: 20,
};

function readMessageSetting(item: Fields | undefined): MessageSetting {
  if (item === undefined) return DEFAULT_MESSAGE_SETTING;
  const setting: MessageSetting = {
    disable_create_dm: item.boolean('disableCreateDm', false),
    disable_push_msg: item.boolean('disablePushMsg', false),
    channel_ids: item.strings('channelIds', []),
    channel_push_max_num: item.intFrom(0, 'channelPushMaxNum', 20),
  };
  item.noOthers();
  return setting;
}

/** The colour that the platform gives a role without one. Source: objects.md, Role. */
export const DEFAULT_ROLE_COLOR = 4_278_245_297;

function defaultRoles(): Role[] {
  const role = (id: string, name: string, memberLimit: number): Role => {
    return { id, name, color: DEFAULT_ROLE_COLOR, hoist: 0, memberLimit };
  };
  return [
    role('1', '全体成员', 300),
    role('2', '管理员', 50),
    role('4', '频道主', 1),
    role('5', '子频道管理员', 50),
  ];
}

function readChannel(item: Fields, guild: Guild, place: number): Channel {
  const channel = newChannel({
    id: item.id('id'),
    guildId: guild.id,
    name: item.string('name', `channel-${place}`),
    type: item.intFrom(0, 'type', 0),
    subType: item.intFrom(0, 'subType', 0),
    position: item.intFrom(0, 'position', place),
    parentId: item.string('parentId', '0'),
    ownerId: item.string('ownerId', guild.ownerId),
    privateType: item.intFrom(0, 'privateType', 0),
    speakPermission: item.intFrom(0, 'speakPermission', 1),
    applicationId: item.string('applicationId', '0'),
  });
  item.noOthers();
  return channel;
}

export type ChannelFields = Pick<
  Channel,
  | 'id'
  | 'guildId'
  | 'name'
  | 'type'
  | 'subType'
  | 'position'
  | 'parentId'
  | 'ownerId'
  | 'privateType'
  | 'speakPermission'
  | 'applicationId'
>;

/** A channel without messages, pins and special permissions. */
export function newChannel(fields: ChannelFields): Channel {
  return {
    ...fields,
    userPermissions: new Map(),
    rolePermissions: new Map(),
    privateUserIds: new Set(),
    present: new Set(),
    messages: [],
    pins: [],
    schedules: new Map(),
    threads: new Map(),
    announced: '',
    seq: 0,
  };
}

function readGroup(item: Fields, known: Known, { wallMs }: SeedContext): Group {
  const openid = item.id('openid');
  const members = new Map<string, GroupMember>();
  for (const member of item.list('members')) {
    const memberOpenid = member.id('openid');
    members.set(memberOpenid, {
      openid: memberOpenid,
      unionOpenid: member.string('unionOpenid', ''),
      username: member.string('username', `member-${memberOpenid.slice(-4)}`),
      role: member.oneOf('role', ['member', 'admin', 'owner'], 'member'),
      bot: member.boolean('bot', false),
      joinedAtMs: wallMs,
      muteUntilMs: 0,
    });
    member.noOthers();
  }
  const receives = item.oneOf('receives', ['all', 'only_mention', 'mention_and_context'], 'only_mention');
  const allowsProactive = item.boolean('allowsProactive', true);
  const group: Group = {
    openid,
    name: item.string('name', `group ${openid.slice(-4)}`),
    memo: item.string('memo', ''),
    classText: item.string('classText', ''),
    tags: item.strings('tags', []),
    members,
    bots: new Map(
      [...readBots(item, known)].map((id) => [id, { receives, allowsProactive, joinedAtMs: wallMs }]),
    ),
    blacklist: new Map(),
    joinRequests: new Map(),
    messages: [],
  };
  item.noOthers();
  return group;
}

function readDm(item: Fields, known: Known, { ids, wallMs }: SeedContext): DirectMessage {
  const dm: DirectMessage = {
    guildId: item.id('guildId'),
    channelId: item.id('channelId', ids.number()),
    userId: reference(item, 'userId', known.users, 'users'),
    sourceGuildId: reference(item, 'sourceGuildId', known.guilds, 'guilds'),
    appId: item.has('appId') ? reference(item, 'appId', known.bots, 'bots') : onlyBot(item, known),
    createdAtMs: wallMs,
    messages: [],
    seq: 0,
  };
  item.noOthers();
  return dm;
}

function readFriend(item: Fields, known: Known): { readonly appId: string; readonly openid: string } {
  const friend = {
    appId: item.has('appId') ? reference(item, 'appId', known.bots, 'bots') : onlyBot(item, known),
    openid: reference(item, 'openid', known.openids, 'users'),
  };
  item.noOthers();
  return friend;
}

function readBots(item: Fields, known: Known): Set<string> {
  const given = item.has('bots') ? item.strings('bots') : [...known.bots];
  given.forEach((appId, index) => {
    if (known.bots.has(appId)) return;
    throw new FieldError(
      `${item.at('bots')}[${index}]`,
      `names a bot that is not in bots: ${JSON.stringify(appId)}`,
    );
  });
  return new Set(given);
}

function reference(item: Fields, key: string, known: ReadonlySet<string>, list: string): string {
  const id = item.id(key);
  if (known.has(id)) return id;
  throw new FieldError(item.at(key), `names nothing in ${list}: ${JSON.stringify(id)}`);
}

function onlyBot(item: Fields, known: Known): string {
  const [first] = known.bots;
  if (first !== undefined && known.bots.size === 1) return first;
  throw new FieldError(
    item.at('appId'),
    known.bots.size === 0 ? 'names nothing: there is no bot' : 'is missing',
  );
}

function rejectDoubles(plan: Plan): void {
  const lists: readonly (readonly [string, readonly string[]])[] = [
    ['bots', plan.bots.map((bot) => bot.appId)],
    ['users', plan.users.map((user) => user.id)],
    ['guilds', plan.guilds.map((guild) => guild.id)],
    ['channels', plan.channels.map((channel) => channel.id)],
    ['groups', plan.groups.map((group) => group.openid)],
    ['dms', plan.dms.map((dm) => dm.guildId)],
  ];
  for (const [name, ids] of lists) {
    const seen = new Set<string>();
    for (const id of ids) {
      if (seen.has(id)) throw new FieldError(name, `the id ${JSON.stringify(id)} is there twice`);
      seen.add(id);
    }
  }
}

function commit(world: World, plan: Plan): void {
  for (const bot of plan.bots) world.bots.set(bot.appId, bot);
  for (const user of plan.users) world.addUser(user);
  for (const guild of plan.guilds) world.guilds.set(guild.id, guild);
  for (const channel of plan.channels) world.channels.set(channel.id, channel);
  for (const group of plan.groups) world.groups.set(group.openid, group);
  for (const dm of plan.dms) world.dms.set(dm.guildId, dm);
  for (const friend of plan.friends) world.befriend(friend.appId, friend.openid);
}
