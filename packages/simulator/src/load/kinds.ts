import { beijingTime } from '../clock.js';
import type { Platform } from '../platform.js';
import type { Bot, Channel, Guild } from '../world/model.js';

/** What a load run can consist of. */
export const LOAD_KINDS = [
  'channel',
  'dm',
  'group',
  'c2c',
  'reaction',
  'member',
  'channel-update',
  'interaction',
] as const;
export type LoadKind = (typeof LOAD_KINDS)[number];

/** An event of a load run. */
export interface LoadEvent {
  readonly t: string;
  readonly d: unknown;
  /** What it belongs to: events of one key have an order. */
  readonly key: string;
  /** Outer id; it carries the number where `d` does not. */
  readonly id: string;
}

/**
 * Makes the events of one kind. The number travels as `~n~` in a text that the handler sees: the content, the name, the
 * nick, the button's data, or, for reactions, the outer id. (The `d` of add, remove, add must be equal to the letter; only
 * where the platform sends no ids the number goes into the target's id.)
 */
export type Maker = (n: number) => LoadEvent;

/** A maker for each kind that the bot's world has a place for. */
export function makersOf(
  platform: Platform,
  bot: Bot,
  random: () => number,
  bytes: number,
): Map<LoadKind, Maker> {
  const { world } = platform;
  const guilds = [...world.guilds.values()].filter((guild) => guild.bots.has(bot.appId));
  const channels = guilds.flatMap((guild) => world.channelsOf(guild).filter((channel) => channel.type === 0));
  const makers = new Map<LoadKind, Maker>();
  const add = (kind: LoadKind, places: number, maker: Maker): void => {
    if (places > 0) makers.set(kind, maker);
  };
  const pick = <T>(list: readonly T[]): T => {
    const found = list[Math.floor(random() * list.length)];
    if (found === undefined) throw new RangeError('there is nothing to pick from');
    return found;
  };
  const text = (n: number): string => `say ~${n}~`.padEnd(bytes, '.');
  const envelope = { platform, bot, text, timestamp: secondStamps(platform), mentions: [bot.appId] };

  const dms = [...world.dms.values()].filter((dm) => dm.appId === bot.appId);
  const groups = [...world.groups.values()].filter(
    (group) => group.bots.has(bot.appId) && group.members.size > 0,
  );
  const friends = [...world.friends.values()].filter((friend) => friend.appId === bot.appId);
  const peopled = guilds.filter((guild) => guild.members.size > 0);
  add('channel', channels.length, (n) => channelMessage(envelope, pick(channels), n));
  add('dm', dms.length, (n) => {
    const dm = pick(dms);
    const place = { guild_id: dm.guildId, channel_id: dm.channelId, src_guild_id: dm.sourceGuildId };
    const d = {
      ...message(envelope, 'dm', dm.guildId, n),
      ...place,
      direct_message: true,
      author: { id: dm.userId },
    };
    return {
      t: 'DIRECT_MESSAGE_CREATE',
      d,
      key: `dm/${dm.guildId}`,
      id: outerId(platform, 'DIRECT_MESSAGE_CREATE'),
    };
  });
  add('group', groups.length, (n) => {
    const group = pick(groups);
    const [member] = group.members.keys();
    const place = {
      group_id: group.openid,
      group_openid: group.openid,
      author: { id: member, member_openid: member },
    };
    const d = { ...message(envelope, 'group', group.openid, n), ...place };
    const t = 'GROUP_AT_MESSAGE_CREATE';
    return { t, d, key: `group/${group.openid}`, id: outerId(platform, t) };
  });
  add('c2c', friends.length, (n) => {
    const { openid } = pick(friends);
    const d = { ...message(envelope, 'c2c', openid, n), author: { id: openid, user_openid: openid } };
    return { t: 'C2C_MESSAGE_CREATE', d, key: `c2c/${openid}`, id: outerId(platform, 'C2C_MESSAGE_CREATE') };
  });
  add(
    'reaction',
    channels.length,
    reactions(platform, () => pick(channels)),
  );
  add('member', peopled.length, (n) => memberUpdate(platform, pick(peopled), n));
  add('channel-update', channels.length, (n) => {
    const channel = pick(channels);
    const d = {
      id: channel.id,
      guild_id: channel.guildId,
      name: `~${n}~`,
      type: 0,
      sub_type: 0,
      owner_id: channel.ownerId,
      op_user_id: channel.ownerId,
    };
    return { t: 'CHANNEL_UPDATE', d, key: `channel/${channel.id}`, id: outerId(platform, 'CHANNEL_UPDATE') };
  });
  add('interaction', friends.length, (n) => interaction(envelope, pick(friends).openid, n));
  return makers;
}

interface Envelope {
  readonly platform: Platform;
  readonly bot: Bot;
  readonly text: (n: number) => string;
  readonly timestamp: () => string;
  /** The bot alone: one list for all messages. */
  readonly mentions: readonly string[];
}

/** The time as the platform prints it, formatted once a second. */
function secondStamps({ clock }: Platform): () => string {
  let second = -1;
  let stamp = '';
  return () => {
    const now = Math.floor(clock.wall() / 1_000);
    if (now !== second) {
      second = now;
      stamp = beijingTime(now * 1_000);
    }
    return stamp;
  };
}

function outerId(platform: Platform, t: string): string {
  return `${t}:${platform.ids.uuid()}`;
}

/** The common part of a message; it can be answered like one that a user wrote. */
function message(
  { platform, text, timestamp, mentions }: Envelope,
  scene: 'channel' | 'dm' | 'group' | 'c2c',
  target: string,
  n: number,
) {
  const { ids, clock, passive } = platform;
  const id = scene === 'channel' || scene === 'dm' ? ids.guildMessage() : ids.robotMessage();
  passive.noteMessage(id, { scene, target, mentions }, clock.now());
  return { id, content: text(n), timestamp: timestamp() };
}

function channelMessage(envelope: Envelope, channel: Channel, n: number): LoadEvent {
  const { platform, bot } = envelope;
  const d = {
    ...message(envelope, 'channel', channel.id, n),
    guild_id: channel.guildId,
    channel_id: channel.id,
    author: { id: channel.ownerId, username: 'load', bot: false },
    mentions: [{ id: bot.id, username: bot.username, bot: true }],
    seq_in_channel: String(++channel.seq),
  };
  return {
    t: 'AT_MESSAGE_CREATE',
    d,
    key: `channel/${channel.id}`,
    id: outerId(platform, 'AT_MESSAGE_CREATE'),
  };
}

/** Add, remove, add: three events on one message, of which the first and the last are equal. */
function reactions(platform: Platform, pick: () => Channel): Maker {
  let round: { readonly channel: Channel; readonly target: string; step: number } | undefined;
  return (n) => {
    if (round === undefined || round.step === 3)
      round = { channel: pick(), target: platform.ids.guildMessage(), step: 0 };
    const { channel, target } = round;
    const t = round.step === 1 ? 'MESSAGE_REACTION_REMOVE' : 'MESSAGE_REACTION_ADD';
    round.step++;
    const hidden = platform.switches.eventIds === 'absent' ? `${target}~${n}~` : target;
    const d = {
      user_id: channel.ownerId,
      guild_id: channel.guildId,
      channel_id: channel.id,
      target: { id: hidden, type: 0 },
      emoji: { id: '4', type: 1 },
    };
    return { t, d, key: `channel/${channel.id}`, id: `${outerId(platform, t)}~${n}~` };
  };
}

function memberUpdate(platform: Platform, guild: Guild, n: number): LoadEvent {
  const [userId] = guild.members.keys();
  const d = {
    guild_id: guild.id,
    user: { id: userId, username: 'load', bot: false },
    nick: `~${n}~`,
    roles: ['1'],
    joined_at: beijingTime(guild.joinedAtMs),
    op_user_id: guild.ownerId,
  };
  return {
    t: 'GUILD_MEMBER_UPDATE',
    d,
    key: `guild/${guild.id}`,
    id: outerId(platform, 'GUILD_MEMBER_UPDATE'),
  };
}

function interaction({ platform, bot, timestamp }: Envelope, openid: string, n: number): LoadEvent {
  const id = platform.ids.uuid();
  platform.interactions.add(id, bot.appId, platform.clock.now());
  const d = {
    id,
    application_id: bot.appId,
    type: 11,
    version: 1,
    scene: 'c2c',
    chat_type: 2,
    timestamp: timestamp(),
    user_openid: openid,
    data: { type: 11, resolved: { button_id: 'load', button_data: `~${n}~` } },
  };
  return {
    t: 'INTERACTION_CREATE',
    d,
    key: `interaction/${id}`,
    id: outerId(platform, 'INTERACTION_CREATE'),
  };
}

/** Event type that a kind sends, to ask whether the bot listens. */
export const EVENT_OF_KIND: Readonly<Record<LoadKind, string>> = {
  channel: 'AT_MESSAGE_CREATE',
  dm: 'DIRECT_MESSAGE_CREATE',
  group: 'GROUP_AT_MESSAGE_CREATE',
  c2c: 'C2C_MESSAGE_CREATE',
  reaction: 'MESSAGE_REACTION_ADD',
  member: 'GUILD_MEMBER_UPDATE',
  'channel-update': 'CHANNEL_UPDATE',
  interaction: 'INTERACTION_CREATE',
};
