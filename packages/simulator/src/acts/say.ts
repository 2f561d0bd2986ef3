import { FieldError, Fields } from '../json.js';
import type { Platform } from '../platform.js';
import type { Bot, Message, Scene } from '../world/model.js';
import { c2cMessageWire, channelMessageWire, dmMessageWire, groupMessageWire } from '../world/payloads.js';
import { attachmentOf, readBeside } from './quoting.js';
import { addMessage, type MessageParts, openDm } from './scenes.js';

/** A user says something. */
export interface SayInput {
  readonly scene: Scene;
  /** channel: channel id. dm: guild id of the DM session, or absent with `sourceGuildId`. group, c2c: openid. */
  readonly target?: string;
  /** channel, dm: user id. group: member openid. c2c: not needed (the target speaks). */
  readonly from?: string;
  readonly content: string;
  /** channel, group: the message @s the bot. @defaultValue true */
  readonly mention?: boolean;
  /** The bot that is meant. @defaultValue the first one there */
  readonly appId?: string;
  /** dm: the guild from which a new DM session is opened. */
  readonly sourceGuildId?: string;
  /** Files, in the platform's form; a voice message gets its WAV address. */
  readonly attachments?: readonly Readonly<Record<string, unknown>>[];
  /** Id of a message in the same place that it quotes. */
  readonly quote?: string;
  /** group, c2c: messages that it forwards as a record [聊天记录]. */
  readonly forward?: readonly string[];
  /** group, c2c: a shared card. */
  readonly card?: {
    readonly type?: string;
    readonly name?: string;
    readonly prompt?: string;
    readonly fields?: Readonly<Record<string, unknown>>;
  };
  /** group, c2c: `realtime_voice`, `ai_search`. @defaultValue 'default' */
  readonly source?: string;
  /** group, c2c: what the link that it came by carried. */
  readonly callbackData?: string;
  /** Further fields of the event's `d`, as given. */
  readonly extra?: Readonly<Record<string, unknown>>;
  /** Message id. @defaultValue a new one */
  readonly id?: string;
}

export interface SayResult {
  readonly messageId: string;
  /** The events that were sent. */
  readonly events: readonly { readonly t: string; readonly id: string }[];
}

/** @throws {FieldError} when the input names nothing that exists */
export function say(platform: Platform, value: unknown): SayResult {
  const input = Fields.of(value, 'say');
  const scene = input.oneOf('scene', ['channel', 'dm', 'group', 'c2c']);
  const isMore = ['attachments', 'card', 'forward'].some((key) => input.has(key));
  const content = input.string('content', isMore ? '' : undefined);
  const attachments = input.array('attachments', []).map(attachmentOf);
  const beside = readBeside(platform, input, scene, input.optionalString('target') ?? '');
  const extra = {
    ...beside.extra,
    ...(attachments.length > 0 ? { attachments } : {}),
    ...input.optionalObject('extra')?.value,
  };
  const id = input.optionalString('id');
  const parts = { content, extra, origin: beside.origin, ...(id === undefined ? {} : { id }) };
  const said: Said = { input, parts };
  switch (scene) {
    case 'channel':
      return sayInChannel(platform, said);
    case 'dm':
      return sayInDm(platform, said);
    case 'group':
      return sayInGroup(platform, said);
    case 'c2c':
      return sayInC2C(platform, said);
    default:
      return scene satisfies never;
  }
}

interface Said {
  readonly input: Fields;
  /** What the message is made of in every scene. */
  readonly parts: Pick<MessageParts, 'content' | 'extra' | 'origin' | 'id'> & { readonly content: string };
}

function sayInChannel(platform: Platform, { input, parts }: Said): SayResult {
  const { world } = platform;
  const channel = world.channels.get(input.id('target'));
  const guild = world.guilds.get(channel?.guildId ?? '');
  if (channel === undefined || guild === undefined) throw input.unknown('target', 'channel');
  const from = input.id('from', [...guild.members.keys()][0]);
  const member = guild.members.get(from);
  if (member === undefined) throw input.unknown('from', 'member of the guild');
  const isManager = from === guild.ownerId || member.roles.includes('2') || member.roles.includes('4');
  const mutedUntilMs = Math.max(member.muteUntilMs, isManager ? 0 : guild.muteUntilMs);
  if (mutedUntilMs > platform.clock.wall()) throw new FieldError(input.at('from'), 'is muted');
  const mentions = input.boolean('mention', true) ? [botOf(platform, input, guild.bots).appId] : [];
  const marks = mentions
    .map((appId) => `<@!${world.bots.get(appId)?.id ?? ''}>`)
    .filter((mark) => !parts.content.includes(mark));
  const message = addMessage(platform, {
    ...parts,
    scene: 'channel',
    target: channel.id,
    authorId: from,
    appId: '',
    content: [...marks, parts.content].join(' '),
    mentions,
    mayMentionAll: isManager,
  });
  const d = channelMessageWire(world, message);
  const events = mentions.map((appId) => publish(platform, 'AT_MESSAGE_CREATE', d, [appId]));
  // Bots of the private domain hear everything in the channel; who subscribes to both gets the mention twice.
  const listeners = [...guild.bots].filter((appId) => world.bots.get(appId)?.isPrivate === true);
  if (listeners.length > 0) events.push(publish(platform, 'MESSAGE_CREATE', d, listeners));
  return { messageId: message.id, events };
}

function sayInDm(platform: Platform, { input, parts }: Said): SayResult {
  const { world } = platform;
  const target = input.optionalString('target');
  let dm = target === undefined ? undefined : world.dms.get(target);
  if (target !== undefined && dm === undefined) throw input.unknown('target', 'DM session');
  if (dm === undefined) {
    const guild = world.guilds.get(input.id('sourceGuildId'));
    if (guild === undefined) throw input.unknown('sourceGuildId', 'guild');
    const userId = input.id('from');
    if (!guild.members.has(userId)) throw input.unknown('from', 'member of the guild');
    dm = openDm(platform, botOf(platform, input, guild.bots).appId, userId, guild.id);
  }
  const message = addMessage(platform, {
    ...parts,
    scene: 'dm',
    target: dm.guildId,
    authorId: dm.userId,
    appId: '',
    mentions: [dm.appId],
  });
  const d = dmMessageWire(world, message);
  return { messageId: message.id, events: [publish(platform, 'DIRECT_MESSAGE_CREATE', d, [dm.appId])] };
}

function sayInGroup(platform: Platform, { input, parts }: Said): SayResult {
  const { world } = platform;
  const group = world.groups.get(input.id('target'));
  if (group === undefined) throw input.unknown('target', 'group');
  const from = input.id('from', [...group.members.keys()][0]);
  const member = group.members.get(from);
  if (member === undefined) throw input.unknown('from', 'member of the group');
  if (member.muteUntilMs > platform.clock.wall()) throw new FieldError(input.at('from'), 'is muted');
  const mentioned = input.boolean('mention', true)
    ? botOf(platform, input, new Set(group.bots.keys()))
    : undefined;
  const message = addMessage(platform, {
    ...parts,
    scene: 'group',
    target: group.openid,
    authorId: from,
    appId: '',
    mentions: mentioned === undefined ? [] : [mentioned.appId],
    mayMentionAll: member.role !== 'member',
  });
  const events: { t: string; id: string }[] = [];
  if (mentioned !== undefined) {
    const d = groupMessageWire(group, message, mentioned);
    events.push(publish(platform, 'GROUP_AT_MESSAGE_CREATE', d, [mentioned.appId]));
  }
  const listeners = [...group.bots]
    .filter(([appId, { receives }]) => receives === 'all' && appId !== mentioned?.appId)
    .map(([appId]) => appId);
  if (listeners.length > 0) {
    events.push(
      publish(platform, 'GROUP_MESSAGE_CREATE', groupMessageWire(group, message, undefined), listeners),
    );
  }
  return { messageId: message.id, events };
}

function sayInC2C(platform: Platform, { input, parts }: Said): SayResult {
  const { world } = platform;
  const openid = input.id('target');
  if (world.userByOpenid(openid) === undefined) throw input.unknown('target', 'user');
  const bot = botOf(platform, input, new Set(world.bots.keys()));
  const friend = world.befriend(bot.appId, openid);
  friend.lastSpokeAtMs = platform.clock.wall();
  const message: Message = addMessage(platform, {
    ...parts,
    scene: 'c2c',
    target: openid,
    authorId: openid,
    appId: '',
    chatWith: bot.appId,
    mentions: [bot.appId],
  });
  const d = c2cMessageWire(world, message);
  return { messageId: message.id, events: [publish(platform, 'C2C_MESSAGE_CREATE', d, [bot.appId])] };
}

/** The bot that an act is for: the one that `appId` names, or the first of those there. */
export function botOf(platform: Platform, input: Fields, there: ReadonlySet<string>): Bot {
  const named = input.optionalString('appId');
  const [first] = there;
  const appId = named ?? first;
  const bot = appId === undefined || !there.has(appId) ? undefined : platform.world.bots.get(appId);
  if (bot === undefined) throw input.unknown('appId', 'bot there');
  return bot;
}

export function publish(
  platform: Platform,
  t: string,
  d: unknown,
  appIds: readonly string[],
): { t: string; id: string } {
  return { t, id: platform.publish({ t, d, appIds }) };
}
