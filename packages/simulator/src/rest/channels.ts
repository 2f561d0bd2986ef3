import { publish } from '../acts/say.js';
import type { JsonObject } from '../json.js';
import { badRequest } from '../rules/refusal.js';
import type { Channel, Guild } from '../world/model.js';
import { channelEventWire, channelWire, memberWire } from '../world/payloads.js';
import { newChannel } from '../world/seed.js';
import {
  type Call,
  NO_CONTENT,
  ok,
  optionalText,
  optionalWhole,
  type Reply,
  type Route,
  stringList,
} from './call.js';
import { channelOf, guildOf, listeners, needAdmin, needPrivate } from './places.js';

const BAD = 12002;
const CATEGORY = 4;
const VOICE = 2;
const LIVE = 10005;
const APPLICATION = 10006;
const CREATABLE = new Set([0, VOICE, CATEGORY, LIVE, APPLICATION, 10007]);

export const channelRoutes: readonly Route[] = [
  { method: 'GET', path: '/guilds/:guild_id/channels', handler: listChannels, perSecond: 50 },
  {
    method: 'GET',
    path: '/channels/:channel_id',
    handler: (call) => ok(channelWire(channelOf(call))),
    perSecond: 50,
  },
  { method: 'POST', path: '/guilds/:guild_id/channels', handler: createChannel, perSecond: 50 },
  { method: 'PATCH', path: '/channels/:channel_id', handler: changeChannel, perSecond: 50 },
  { method: 'DELETE', path: '/channels/:channel_id', handler: deleteChannel, perSecond: 50 },
  { method: 'GET', path: '/channels/:channel_id/voice/members', handler: voiceMembers },
  { method: 'GET', path: '/channels/:channel_id/online_nums', handler: onlineNumber },
  ...permissionRoutes('members', 'user_id'),
  ...permissionRoutes('roles', 'role_id'),
];

function listChannels(call: Call): Reply {
  return ok(call.platform.world.channelsOf(guildOf(call)).map(channelWire));
}

function createChannel(call: Call): Reply {
  const { platform, bot, body } = call;
  const guild = guildOf(call);
  needPrivate(call);
  needAdmin(call);
  const name = optionalText(body, 'name', BAD) ?? '';
  const type = optionalWhole(body.type, 'type', BAD) ?? 0;
  if (name === '') throw badRequest(BAD, 'name is needed');
  if (!CREATABLE.has(type)) throw badRequest(BAD, 'type is not known');
  const applicationId = optionalText(body, 'application_id', BAD) ?? '0';
  if (type === APPLICATION && applicationId === '0') throw badRequest(BAD, 'application_id is needed');
  const channel = newChannel({
    id: platform.ids.number(),
    guildId: guild.id,
    name,
    type,
    subType: optionalWhole(body.sub_type, 'sub_type', BAD) ?? 0,
    position: 0,
    parentId: parentOf(call, guild, body) ?? '0',
    ownerId: bot.id,
    privateType: enumOf(body, 'private_type', [0, 1, 2]) ?? 0,
    speakPermission: enumOf(body, 'speak_permission', [0, 1, 2]) ?? 1,
    applicationId,
  });
  for (const user of stringList(body.private_user_ids, 'private_user_ids', BAD))
    channel.privateUserIds.add(user);
  platform.world.channels.set(channel.id, channel);
  guild.channelIds.add(channel.id);
  place(call, guild, channel, optionalWhole(body.position, 'position', BAD));
  tell(call, 'CHANNEL_CREATE', channel);
  return ok(channelWire(channel));
}

function changeChannel(call: Call): Reply {
  const { body } = call;
  const channel = channelOf(call);
  const guild = guildOf(call, channel.guildId);
  needPrivate(call);
  needAdmin(call);
  const name = optionalText(body, 'name', BAD);
  const position = optionalWhole(body.position, 'position', BAD);
  const parentId = parentOf(call, guild, body);
  const privateType = enumOf(body, 'private_type', [0, 1, 2]);
  const speakPermission = enumOf(body, 'speak_permission', [0, 1, 2]);
  const type = optionalWhole(body.type, 'type', BAD);
  const subType = optionalWhole(body.sub_type, 'sub_type', BAD);
  channel.name = name ?? channel.name;
  channel.parentId = parentId ?? channel.parentId;
  channel.privateType = privateType ?? channel.privateType;
  channel.speakPermission = speakPermission ?? channel.speakPermission;
  channel.type = type ?? channel.type;
  channel.subType = subType ?? channel.subType;
  if (position !== undefined || parentId !== undefined) place(call, guild, channel, position);
  tell(call, 'CHANNEL_UPDATE', channel);
  return ok(channelWire(channel));
}

function deleteChannel(call: Call): Reply {
  const { world } = call.platform;
  const channel = channelOf(call);
  needPrivate(call);
  needAdmin(call);
  world.channels.delete(channel.id);
  world.guilds.get(channel.guildId)?.channelIds.delete(channel.id);
  for (const message of channel.messages) world.messages.delete(message.id);
  tell(call, 'CHANNEL_DELETE', channel);
  return { status: 200 };
}

function tell(call: Call, t: string, channel: Channel): void {
  publish(call.platform, t, channelEventWire(channel, call.bot.id), listeners(call, channel.guildId));
}

function parentOf(call: Call, guild: Guild, body: JsonObject): string | undefined {
  const parentId = optionalText(body, 'parent_id', BAD);
  if (parentId === undefined || parentId === '' || parentId === '0')
    return parentId === undefined ? undefined : '0';
  const parent = call.platform.world.channels.get(parentId);
  if (parent?.guildId !== guild.id || parent.type !== CATEGORY)
    throw badRequest(BAD, 'parent_id names no category');
  return parentId;
}

function enumOf(body: JsonObject, key: string, allowed: readonly number[]): number | undefined {
  const value = optionalWhole(body[key], key, BAD);
  if (value !== undefined && !allowed.includes(value))
    throw badRequest(BAD, `${key} must be one of ${allowed}`);
  return value;
}

/**
 * Puts a channel at its position among those of its category, or among the categories, and numbers them again. An existing
 * value inserts before it; none, or one that is too large, appends. Categories begin at 2. Source: objects.md, Channel.
 */
function place(call: Call, guild: Guild, channel: Channel, position: number | undefined): void {
  const isCategory = channel.type === CATEGORY;
  const first = isCategory ? 2 : 1;
  if (position !== undefined && position < first) throw badRequest(BAD, `position starts at ${first}`);
  const others = call.platform.world
    .channelsOf(guild)
    .filter((other) => other !== channel && (other.type === CATEGORY) === isCategory)
    .filter((other) => isCategory || other.parentId === channel.parentId);
  const found = others.findIndex((other) => other.position >= (position ?? Number.POSITIVE_INFINITY));
  others.splice(found < 0 ? others.length : found, 0, channel);
  others.forEach((other, index) => {
    other.position = first + index;
  });
}

function voiceMembers(call: Call): Reply {
  const channel = channelOf(call);
  needPrivate(call);
  if (channel.type !== VOICE) throw badRequest(301000, 'the channel is no voice channel');
  const guild = guildOf(call, channel.guildId);
  const members = [...channel.present].flatMap((userId) => guild.members.get(userId) ?? []);
  const { world, clock } = call.platform;
  return ok(
    members.map((member) => ({
      ...memberWire(world, member),
      mute: member.muteUntilMs > clock.wall(),
    })),
  );
}

function onlineNumber(call: Call): Reply {
  const channel = channelOf(call);
  if (channel.type !== VOICE && channel.type !== LIVE)
    throw badRequest(301000, 'voice and live channels only');
  return ok({ online_nums: channel.present.size });
}

const VIEW = 1n;
const MANAGE = 2n;
const SPEAK = 4n;
const MANAGER_ROLES = new Set(['2', '4', '5']);

/** Reading and changing the permissions of users and roles in a channel. */
function permissionRoutes(kind: 'members' | 'roles', key: 'user_id' | 'role_id'): readonly Route[] {
  const path = `/channels/:channel_id/${kind}/:${key}/permissions`;
  return [
    {
      method: 'GET',
      path,
      handler: (call) => {
        const { channel, id, bits } = permissionsOf(call, kind, key);
        return ok({ channel_id: channel.id, [key]: id, permissions: bits.toString() });
      },
    },
    {
      method: 'PUT',
      path,
      handler: (call) => {
        const { channel, id, bits } = permissionsOf(call, kind, key);
        const add = bitmap(call.body, 'add');
        const remove = bitmap(call.body, 'remove');
        if (add === undefined && remove === undefined) throw badRequest(301000, 'add or remove is needed');
        if ((((add ?? 0n) | (remove ?? 0n)) & MANAGE) !== 0n) {
          throw badRequest(301000, 'the manage permission cannot be changed');
        }
        const table = kind === 'members' ? channel.userPermissions : channel.rolePermissions;
        // A bit in both is removed.
        table.set(id, (bits | (add ?? 0n)) & ~(remove ?? 0n));
        return NO_CONTENT;
      },
    },
  ];
}

function permissionsOf(
  call: Call,
  kind: 'members' | 'roles',
  key: string,
): { channel: Channel; id: string; bits: bigint } {
  const channel = channelOf(call);
  needAdmin(call);
  const guild = guildOf(call, channel.guildId);
  const id = call.param(key);
  if (kind === 'roles') {
    if (!guild.roles.has(id)) throw badRequest(301000, 'the role does not exist');
    const known = channel.rolePermissions.get(id);
    return { channel, id, bits: known ?? (MANAGER_ROLES.has(id) ? VIEW | MANAGE | SPEAK : VIEW | SPEAK) };
  }
  const member = guild.members.get(id);
  if (member === undefined && id !== call.bot.id) throw badRequest(301006, 'the user is not a member');
  const isManager = member?.roles.some((role) => MANAGER_ROLES.has(role)) ?? call.bot.isAdmin;
  const known = channel.userPermissions.get(id);
  return { channel, id, bits: known ?? (isManager ? VIEW | MANAGE | SPEAK : VIEW | SPEAK) };
}

const MAX_UINT64 = 2n ** 64n - 1n;

function bitmap(body: JsonObject, key: string): bigint | undefined {
  const text = optionalText(body, key, 301000);
  if (text === undefined || text === '') return undefined;
  if (!/^\d{1,20}$/.test(text) || BigInt(text) > MAX_UINT64)
    throw badRequest(301000, `${key} must be a decimal bitmap`);
  return BigInt(text);
}
