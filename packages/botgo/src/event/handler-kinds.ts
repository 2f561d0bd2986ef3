import type { EventPayloads, KnownEventType } from '../dto/index.js';
import type { EventRun } from './event-run.js';
import type { IncomingEvent } from './event-source.js';

/** An event whose name, and with it the type of its content, is known. */
export type EventOf<Type extends KnownEventType> = Type extends KnownEventType
  ? IncomingEvent & { readonly t: Type; readonly d: EventPayloads[Type] }
  : never;

/** BotGo's handler shape: the event and its content, and beyond it the run. What it returns is awaited when it is a promise. */
export type EventHandler<Type extends KnownEventType> = (
  event: EventOf<Type>,
  data: EventPayloads[Type],
  run: EventRun,
) => unknown;

/** Gets events of any name; narrow `data` by `event.t`. */
export type PlainEventHandler = (event: IncomingEvent, data: unknown, run: EventRun) => unknown;

/** Is told why a connection ended, or what a handler threw. */
export type ErrorNotifyHandler = (error: unknown) => void;

/**
 * Which events each handler name gets. Names are BotGo's handler types without `EventHandler` and with a small first letter
 * (`ATMessageEventHandler` is `atMessage`); below them those for which BotGo has no type.
 */
export const HANDLER_EVENTS = Object.freeze({
  ready: ['READY'],
  guild: ['GUILD_CREATE', 'GUILD_UPDATE', 'GUILD_DELETE'],
  guildMember: ['GUILD_MEMBER_ADD', 'GUILD_MEMBER_UPDATE', 'GUILD_MEMBER_REMOVE'],
  channel: ['CHANNEL_CREATE', 'CHANNEL_UPDATE', 'CHANNEL_DELETE'],
  message: ['MESSAGE_CREATE'],
  messageDelete: ['MESSAGE_DELETE'],
  publicMessageDelete: ['PUBLIC_MESSAGE_DELETE'],
  directMessageDelete: ['DIRECT_MESSAGE_DELETE'],
  messageReaction: ['MESSAGE_REACTION_ADD', 'MESSAGE_REACTION_REMOVE'],
  atMessage: ['AT_MESSAGE_CREATE'],
  directMessage: ['DIRECT_MESSAGE_CREATE'],
  audio: ['AUDIO_START', 'AUDIO_FINISH', 'AUDIO_ON_MIC', 'AUDIO_OFF_MIC'],
  messageAudit: ['MESSAGE_AUDIT_PASS', 'MESSAGE_AUDIT_REJECT'],
  thread: ['FORUM_THREAD_CREATE', 'FORUM_THREAD_UPDATE', 'FORUM_THREAD_DELETE'],
  post: ['FORUM_POST_CREATE', 'FORUM_POST_DELETE'],
  reply: ['FORUM_REPLY_CREATE', 'FORUM_REPLY_DELETE'],
  forumAudit: ['FORUM_PUBLISH_AUDIT_RESULT'],
  interaction: ['INTERACTION_CREATE'],
  groupATMessage: ['GROUP_AT_MESSAGE_CREATE'],
  c2cMessage: ['C2C_MESSAGE_CREATE'],
  c2cFriend: ['FRIEND_ADD', 'FRIEND_DEL'],
  subscribeMsgStatus: ['SUBSCRIBE_MESSAGE_STATUS'],
  enterAIO: ['ENTER_AIO'],

  resumed: ['RESUMED'],
  groupMessage: ['GROUP_MESSAGE_CREATE'],
  groupMember: ['GROUP_MEMBER_ADD', 'GROUP_MEMBER_REMOVE'],
  groupJoinRequest: ['GROUP_JOIN_REQUEST'],
  groupRobot: ['GROUP_ADD_ROBOT', 'GROUP_DEL_ROBOT'],
  groupMsgSwitch: ['GROUP_MSG_REJECT', 'GROUP_MSG_RECEIVE'],
  c2cMsgSwitch: ['C2C_MSG_REJECT', 'C2C_MSG_RECEIVE'],
  openForum: [
    'OPEN_FORUM_THREAD_CREATE',
    'OPEN_FORUM_THREAD_UPDATE',
    'OPEN_FORUM_THREAD_DELETE',
    'OPEN_FORUM_POST_CREATE',
    'OPEN_FORUM_POST_DELETE',
    'OPEN_FORUM_REPLY_CREATE',
    'OPEN_FORUM_REPLY_DELETE',
  ],
  audioOrLiveChannelMember: ['AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER', 'AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT'],
} as const satisfies Record<string, readonly KnownEventType[]>);

/** Name of a handler that gets events of its own. */
export type HandlerKind = keyof typeof HANDLER_EVENTS;

/** Handlers by name, see {@link HANDLER_EVENTS}. */
export type EventHandlers = {
  readonly [Kind in HandlerKind]?: EventHandler<(typeof HANDLER_EVENTS)[Kind][number]> | undefined;
} & {
  /** Gets every event for which no other handler is set, known to the SDK or not. Asks for no intent by itself. */
  readonly plain?: PlainEventHandler | undefined;
  /** Told of connection errors; gets no events. */
  readonly errorNotify?: ErrorNotifyHandler | undefined;
};
