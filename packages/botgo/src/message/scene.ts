import type { EventPayloads, Interaction, KnownEventType } from '../dto/index.js';
import type { IncomingEvent } from '../event/index.js';

/** Where messages go: a guild's text channel, a guild's DM, a group, a user. Each has its own endpoint and its own rules. */
export type Scene = 'channel' | 'dm' | 'group' | 'c2c';

/**
 * Where an answer to an event goes, and what makes it an answer: `messageId` for a message, `eventId` for other events. One that has
 * neither would be a proactive message, which is another thing with other quotas.
 */
export interface ReplyTarget {
  readonly scene: Scene;
  /** `channel_id`, the DM session's `guild_id`, `group_openid` or the user's openid; missing when the event names no channel. */
  readonly id: string | undefined;
  /** Id of the message that is answered. */
  readonly messageId?: string | undefined;
  /** Outer id of the event that is answered. */
  readonly eventId?: string | undefined;
}

type Locate = (data: unknown, eventId: string | undefined) => ReplyTarget | undefined;

function locate<Type extends KnownEventType>(
  find: (data: EventPayloads[Type], eventId: string | undefined) => ReplyTarget | undefined,
): Locate {
  return (data, eventId) => find(data as EventPayloads[Type], eventId);
}

const channelMessage = locate<'AT_MESSAGE_CREATE'>((data) => ({
  scene: 'channel',
  id: data.channel_id,
  messageId: data.id,
}));
const groupMessage = locate<'GROUP_MESSAGE_CREATE'>((data) => ({
  scene: 'group',
  id: data.group_openid,
  messageId: data.id,
}));
const userEvent = locate<'FRIEND_ADD'>((data, eventId) => ({ scene: 'c2c', id: data.openid, eventId }));
const groupEvent = locate<'GROUP_ADD_ROBOT'>((data, eventId) => ({
  scene: 'group',
  id: data.group_openid,
  eventId,
}));
const channelEvent = locate<'MESSAGE_REACTION_ADD'>((data, eventId) => ({
  scene: 'channel',
  id: data.channel_id,
  eventId,
}));
/** Something that happened in a guild, in no channel of it: the caller names one. */
const guildEvent: Locate = (_data, eventId) => ({ scene: 'channel', id: undefined, eventId });

/** The events that can be answered: messages, and those whose outer id the platform takes as `event_id` (`events.md` section 3). */
const TARGETS: Readonly<Partial<Record<KnownEventType, Locate>>> = Object.freeze({
  AT_MESSAGE_CREATE: channelMessage,
  MESSAGE_CREATE: channelMessage,
  DIRECT_MESSAGE_CREATE: locate<'DIRECT_MESSAGE_CREATE'>((data) => ({
    scene: 'dm',
    id: data.guild_id,
    messageId: data.id,
  })),
  GROUP_AT_MESSAGE_CREATE: groupMessage,
  GROUP_MESSAGE_CREATE: groupMessage,
  C2C_MESSAGE_CREATE: locate<'C2C_MESSAGE_CREATE'>((data) => ({
    scene: 'c2c',
    // A message without its author is none that we know; it must not fail before a handler sees it.
    id: data.author?.user_openid,
    messageId: data.id,
  })),
  INTERACTION_CREATE: locate<'INTERACTION_CREATE'>(interactionTarget),
  FRIEND_ADD: userEvent,
  C2C_MSG_RECEIVE: userEvent,
  GROUP_ADD_ROBOT: groupEvent,
  GROUP_MSG_RECEIVE: groupEvent,
  GROUP_MEMBER_ADD: groupEvent,
  GUILD_MEMBER_ADD: guildEvent,
  GUILD_MEMBER_UPDATE: guildEvent,
  GUILD_MEMBER_REMOVE: guildEvent,
  MESSAGE_REACTION_ADD: channelEvent,
  MESSAGE_REACTION_REMOVE: channelEvent,
  FORUM_THREAD_CREATE: channelEvent,
  FORUM_THREAD_UPDATE: channelEvent,
  FORUM_THREAD_DELETE: channelEvent,
  FORUM_POST_CREATE: channelEvent,
  FORUM_POST_DELETE: channelEvent,
  FORUM_REPLY_CREATE: channelEvent,
  FORUM_REPLY_DELETE: channelEvent,
});

/** Where an answer to this event goes; `undefined` when the platform takes none. */
export function replyTarget(event: IncomingEvent): ReplyTarget | undefined {
  if (!Object.hasOwn(TARGETS, event.t) || typeof event.d !== 'object' || event.d === null) return undefined;
  return TARGETS[event.t as KnownEventType]?.(event.d, event.id);
}

/** An interaction says its scene in words, in a number, or only by the ids it carries. */
function interactionTarget(data: Interaction, eventId: string | undefined): ReplyTarget | undefined {
  if (data.group_openid !== undefined) return { scene: 'group', id: data.group_openid, eventId };
  if (data.channel_id !== undefined && data.scene !== 'c2c')
    return { scene: 'channel', id: data.channel_id, eventId };
  if (data.user_openid !== undefined) return { scene: 'c2c', id: data.user_openid, eventId };
  return undefined;
}
