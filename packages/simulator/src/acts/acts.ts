import { Fields } from '../json.js';
import type { Platform } from '../platform.js';
import type { Message } from '../world/model.js';
import type { ActResult } from './act-result.js';
import { retract, setReaction } from './effects.js';
import { postAct, replyAct, threadAct } from './forum.js';
import { joinGroup, leaveGroup, requestJoin } from './group-people.js';
import { interact } from './interactions.js';
import {
  botMembership,
  enterChat,
  friendship,
  joinGuild,
  leaveGuild,
  proactive,
  subscribe,
  updateGuild,
  updateMember,
  voice,
} from './people.js';

/** What a user or the platform can do, beside saying something. */
export const ACTS = [
  'react',
  'unreact',
  'click',
  'command',
  'menu',
  'feedback',
  'clear-session',
  'story',
  'switch-model',
  'authorize',
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
  click: (platform, input) => interact(platform, input, 'click'),
  command: (platform, input) => interact(platform, input, 'command'),
  menu: (platform, input) => interact(platform, input, 'menu'),
  feedback: (platform, input) => interact(platform, input, 'feedback'),
  'clear-session': (platform, input) => interact(platform, input, 'clear-session'),
  story: (platform, input) => interact(platform, input, 'story'),
  'switch-model': (platform, input) => interact(platform, input, 'switch-model'),
  authorize: (platform, input) => interact(platform, input, 'authorize'),
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

function recall(platform: Platform, input: Fields): ActResult {
  const message = messageFrom(platform, input);
  return { events: retract(platform, message, input.id('from', message.authorId)) };
}
