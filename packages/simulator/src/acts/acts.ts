import { beijingTime } from '../clock.js';
import { Fields } from '../json.js';
import type { Platform } from '../platform.js';
import type { Message } from '../world/model.js';
import { botsOf, retract, setReaction } from './effects.js';
import { postAct, replyAct, threadAct } from './forum.js';
import {
  botMembership,
  enterChat,
  friendship,
  joinGroup,
  joinGuild,
  leaveGroup,
  leaveGuild,
  proactive,
  requestJoin,
  subscribe,
  updateGuild,
  updateMember,
  voice,
} from './people.js';
import { botOf, publish } from './say.js';

/** What a user or the platform can do, beside saying something. */
export const ACTS = [
  'react',
  'unreact',
  'click',
  'recall',
  'update-guild',
  'join-guild',
  'leave-guild',
  'update-member',
  'join-group',
  'leave-group',
  'request-join',
  'add-friend',
  'remove-friend',
  'add-bot',
  'remove-bot',
  'allow-proactive',
  'refuse-proactive',
  'enter-chat',
  'enter-voice',
  'leave-voice',
  'create-thread',
  'update-thread',
  'delete-thread',
  'create-post',
  'delete-post',
  'create-reply',
  'delete-reply',
  'subscribe',
] as const;

export type Act = (typeof ACTS)[number];

/** An act with its fields; README.md has a table of them. */
export interface ActInput {
  readonly act: Act;
  readonly [field: string]: unknown;
}

export interface ActResult {
  readonly events: readonly { readonly t: string; readonly id: string }[];
  /** click: the id to which `PUT /interactions/{id}` belongs. */
  readonly interactionId?: string;
  /** Id of the thread, comment or reply. */
  readonly id?: string;
}

/** @throws {FieldError} when the input names nothing that exists */
export function act(platform: Platform, value: unknown): ActResult {
  const input = Fields.of(value, 'act');
  const name = input.oneOf('act', ACTS);
  return HANDLERS[name](platform, input);
}

type ActHandler = (platform: Platform, input: Fields) => ActResult;

const HANDLERS: Readonly<Record<Act, ActHandler>> = {
  react: (platform, input) => reaction(platform, input, true),
  unreact: (platform, input) => reaction(platform, input, false),
  click,
  recall,
  'update-guild': updateGuild,
  'join-guild': joinGuild,
  'leave-guild': leaveGuild,
  'update-member': updateMember,
  'join-group': joinGroup,
  'leave-group': leaveGroup,
  'request-join': requestJoin,
  'add-friend': (platform, input) => friendship(platform, input, true),
  'remove-friend': (platform, input) => friendship(platform, input, false),
  'add-bot': (platform, input) => botMembership(platform, input, true),
  'remove-bot': (platform, input) => botMembership(platform, input, false),
  'allow-proactive': (platform, input) => proactive(platform, input, true),
  'refuse-proactive': (platform, input) => proactive(platform, input, false),
  'enter-chat': enterChat,
  'enter-voice': (platform, input) => voice(platform, input, true),
  'leave-voice': (platform, input) => voice(platform, input, false),
  'create-thread': (platform, input) => threadAct(platform, input, 'create'),
  'update-thread': (platform, input) => threadAct(platform, input, 'update'),
  'delete-thread': (platform, input) => threadAct(platform, input, 'delete'),
  'create-post': (platform, input) => postAct(platform, input, true),
  'delete-post': (platform, input) => postAct(platform, input, false),
  'create-reply': (platform, input) => replyAct(platform, input, true),
  'delete-reply': (platform, input) => replyAct(platform, input, false),
  subscribe,
};

function messageFrom({ world }: Platform, input: Fields): Message {
  const message = world.messages.get(input.id('messageId'));
  if (message === undefined) throw input.unknown('messageId', 'message');
  return message;
}

function reaction(platform: Platform, input: Fields, adds: boolean): ActResult {
  const message = messageFrom(platform, input);
  const channel = platform.world.channels.get(message.target);
  if (channel === undefined) throw input.unknown('messageId', 'message in a channel');
  const userId = input.id('from');
  const emoji = { id: input.id('emojiId', '4'), type: input.int('emojiType', 1) };
  const event = setReaction(platform, channel, message, { userId, emoji, adds });
  return { events: event === undefined ? [] : [event] };
}

const CHAT_TYPES = { guild: 0, group: 1, c2c: 2 } as const;

function click(platform: Platform, input: Fields): ActResult {
  const { world, ids, clock } = platform;
  const scene = input.oneOf('scene', ['channel', 'group', 'c2c']);
  const target = input.id('target');
  const id = input.id('id', ids.uuid());
  let there: ReadonlySet<string>;
  let place: Record<string, string>;
  const resolved: Record<string, string> = {
    button_id: input.string('buttonId', ''),
    button_data: input.string('data', ''),
  };
  const messageId = input.optionalString('messageId');
  if (messageId !== undefined) resolved.message_id = messageId;
  if (scene === 'channel') {
    const channel = world.channels.get(target);
    if (channel === undefined) throw input.unknown('target', 'channel');
    there = new Set(botsOf(platform, channel.guildId));
    place = { guild_id: channel.guildId, channel_id: channel.id };
    resolved.user_id = input.id('from');
  } else if (scene === 'group') {
    const group = world.groups.get(target);
    if (group === undefined) throw input.unknown('target', 'group');
    there = new Set(group.bots.keys());
    place = { group_openid: group.openid, group_member_openid: input.id('from') };
  } else {
    if (world.userByOpenid(target) === undefined) throw input.unknown('target', 'user');
    there = new Set(world.bots.keys());
    place = { user_openid: target };
  }
  const bot = botOf(platform, input, there);
  const type = input.int('type', 11);
  platform.interactions.add(id, bot.appId, clock.now());
  const wireScene = scene === 'channel' ? 'guild' : scene;
  const d = {
    id,
    application_id: bot.appId,
    type,
    version: 1,
    scene: wireScene,
    chat_type: CHAT_TYPES[wireScene],
    timestamp: beijingTime(clock.wall()),
    ...place,
    data: { type, resolved },
  };
  return { events: [publish(platform, 'INTERACTION_CREATE', d, [bot.appId])], interactionId: id };
}

function recall(platform: Platform, input: Fields): ActResult {
  const message = messageFrom(platform, input);
  return { events: retract(platform, message, input.id('from', message.authorId)) };
}
