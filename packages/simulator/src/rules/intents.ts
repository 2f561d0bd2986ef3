import type { Bot } from '../world/model.js';

/** Bit of the intents mask under which each event is sent. READY and RESUMED need none. Source: gateway.md 11, events.md 1. */
const EVENTS_BY_BIT: readonly (readonly [bit: number, events: readonly string[]])[] = [
  [0, ['GUILD_CREATE', 'GUILD_UPDATE', 'GUILD_DELETE', 'CHANNEL_CREATE', 'CHANNEL_UPDATE', 'CHANNEL_DELETE']],
  [1, ['GUILD_MEMBER_ADD', 'GUILD_MEMBER_UPDATE', 'GUILD_MEMBER_REMOVE']],
  [9, ['MESSAGE_CREATE', 'MESSAGE_DELETE']],
  [10, ['MESSAGE_REACTION_ADD', 'MESSAGE_REACTION_REMOVE']],
  [12, ['DIRECT_MESSAGE_CREATE', 'DIRECT_MESSAGE_DELETE']],
  [
    18,
    [
      'OPEN_FORUM_THREAD_CREATE',
      'OPEN_FORUM_THREAD_UPDATE',
      'OPEN_FORUM_THREAD_DELETE',
      'OPEN_FORUM_POST_CREATE',
      'OPEN_FORUM_POST_DELETE',
      'OPEN_FORUM_REPLY_CREATE',
      'OPEN_FORUM_REPLY_DELETE',
    ],
  ],
  [19, ['AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER', 'AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT']],
  [23, ['ENTER_AIO']],
  [24, ['GROUP_MEMBER_ADD', 'GROUP_MEMBER_REMOVE', 'GROUP_JOIN_REQUEST']],
  [
    25,
    [
      'C2C_MESSAGE_CREATE',
      'GROUP_AT_MESSAGE_CREATE',
      'GROUP_MESSAGE_CREATE',
      'FRIEND_ADD',
      'FRIEND_DEL',
      'C2C_MSG_REJECT',
      'C2C_MSG_RECEIVE',
      'GROUP_ADD_ROBOT',
      'GROUP_DEL_ROBOT',
      'GROUP_MSG_REJECT',
      'GROUP_MSG_RECEIVE',
      'SUBSCRIBE_MESSAGE_STATUS',
    ],
  ],
  [26, ['INTERACTION_CREATE']],
  [27, ['MESSAGE_AUDIT_PASS', 'MESSAGE_AUDIT_REJECT']],
  [
    28,
    [
      'FORUM_THREAD_CREATE',
      'FORUM_THREAD_UPDATE',
      'FORUM_THREAD_DELETE',
      'FORUM_POST_CREATE',
      'FORUM_POST_DELETE',
      'FORUM_REPLY_CREATE',
      'FORUM_REPLY_DELETE',
      'FORUM_PUBLISH_AUDIT_RESULT',
    ],
  ],
  [29, ['AUDIO_START', 'AUDIO_FINISH', 'AUDIO_ON_MIC', 'AUDIO_OFF_MIC']],
  [30, ['AT_MESSAGE_CREATE', 'PUBLIC_MESSAGE_DELETE']],
];

const MASK_BY_EVENT = new Map<string, number>(
  EVENTS_BY_BIT.flatMap(([bit, events]) => events.map((event) => [event, 1 << bit] as const)),
);

/** Every bit that stands for an event. */
export const ALL_INTENTS = EVENTS_BY_BIT.reduce((mask, [bit]) => mask | (1 << bit), 0);

/** Events that only a private-domain bot may subscribe to: bits 9 and 28. */
const PRIVATE_INTENTS = (1 << 9) | (1 << 28);

/** Bits that a bot may ask for. */
export function permittedIntents(bot: Bot): number {
  return bot.isPrivate ? bot.permittedIntents : bot.permittedIntents & ~PRIVATE_INTENTS;
}

/** Mask under which an event is sent; undefined for one that the tables do not know (it then reaches every session). */
export function intentOf(event: string): number | undefined {
  return MASK_BY_EVENT.get(event);
}

/** True when a session with `mask` gets `event`. */
export function includesEvent(mask: number, event: string): boolean {
  const intent = intentOf(event);
  return intent === undefined || (mask & intent) !== 0;
}

/** Names of all events that the platform documents, READY and RESUMED apart. */
export function eventNames(): readonly string[] {
  return [...MASK_BY_EVENT.keys()];
}
