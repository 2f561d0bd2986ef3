import { Intent } from './intent.js';
import type { OpenString } from './open-enum.js';

/**
 * Event types, `t` of a dispatch: 2 of the connection and 57 of the platform. The keys are BotGo's names without
 * `Event`; where BotGo has none, the wire name in the same style.
 */
export const EventType = {
  Ready: 'READY',
  Resumed: 'RESUMED',
  GuildCreate: 'GUILD_CREATE',
  GuildUpdate: 'GUILD_UPDATE',
  GuildDelete: 'GUILD_DELETE',
  ChannelCreate: 'CHANNEL_CREATE',
  ChannelUpdate: 'CHANNEL_UPDATE',
  ChannelDelete: 'CHANNEL_DELETE',
  GuildMemberAdd: 'GUILD_MEMBER_ADD',
  GuildMemberUpdate: 'GUILD_MEMBER_UPDATE',
  GuildMemberRemove: 'GUILD_MEMBER_REMOVE',
  /** Every channel message, private-domain bots. */
  MessageCreate: 'MESSAGE_CREATE',
  MessageDelete: 'MESSAGE_DELETE',
  MessageReactionAdd: 'MESSAGE_REACTION_ADD',
  MessageReactionRemove: 'MESSAGE_REACTION_REMOVE',
  /** Not delivered in the sandbox. */
  DirectMessageCreate: 'DIRECT_MESSAGE_CREATE',
  DirectMessageDelete: 'DIRECT_MESSAGE_DELETE',
  OpenForumThreadCreate: 'OPEN_FORUM_THREAD_CREATE',
  OpenForumThreadUpdate: 'OPEN_FORUM_THREAD_UPDATE',
  OpenForumThreadDelete: 'OPEN_FORUM_THREAD_DELETE',
  OpenForumPostCreate: 'OPEN_FORUM_POST_CREATE',
  OpenForumPostDelete: 'OPEN_FORUM_POST_DELETE',
  OpenForumReplyCreate: 'OPEN_FORUM_REPLY_CREATE',
  OpenForumReplyDelete: 'OPEN_FORUM_REPLY_DELETE',
  AudioOrLiveChannelMemberEnter: 'AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER',
  AudioOrLiveChannelMemberExit: 'AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT',
  /** A user opened the chat window with the bot. */
  EnterAIO: 'ENTER_AIO',
  GroupMemberAdd: 'GROUP_MEMBER_ADD',
  GroupMemberRemove: 'GROUP_MEMBER_REMOVE',
  GroupJoinRequest: 'GROUP_JOIN_REQUEST',
  C2CMessageCreate: 'C2C_MESSAGE_CREATE',
  /** A message of a group that mentions the bot; the mention is cut from `content`. */
  GroupAtMessageCreate: 'GROUP_AT_MESSAGE_CREATE',
  /** Every message of a group; needs a permission and the group administrator's switch. */
  GroupMessageCreate: 'GROUP_MESSAGE_CREATE',
  C2CFriendAdd: 'FRIEND_ADD',
  C2CFriendDel: 'FRIEND_DEL',
  /** The user switched proactive messages off. */
  C2CMsgReject: 'C2C_MSG_REJECT',
  /** The user switched proactive messages on. */
  C2CMsgReceive: 'C2C_MSG_RECEIVE',
  GroupAddRobot: 'GROUP_ADD_ROBOT',
  GroupDelRobot: 'GROUP_DEL_ROBOT',
  /** An administrator switched proactive messages off. */
  GroupMsgReject: 'GROUP_MSG_REJECT',
  /** An administrator switched proactive messages on. */
  GroupMsgReceive: 'GROUP_MSG_RECEIVE',
  SubscribeMsgStatus: 'SUBSCRIBE_MESSAGE_STATUS',
  /** To be answered by `PUT /interactions/{d.id}`. */
  InteractionCreate: 'INTERACTION_CREATE',
  MessageAuditPass: 'MESSAGE_AUDIT_PASS',
  MessageAuditReject: 'MESSAGE_AUDIT_REJECT',
  ForumThreadCreate: 'FORUM_THREAD_CREATE',
  ForumThreadUpdate: 'FORUM_THREAD_UPDATE',
  ForumThreadDelete: 'FORUM_THREAD_DELETE',
  ForumPostCreate: 'FORUM_POST_CREATE',
  ForumPostDelete: 'FORUM_POST_DELETE',
  ForumReplyCreate: 'FORUM_REPLY_CREATE',
  ForumReplyDelete: 'FORUM_REPLY_DELETE',
  ForumAuditResult: 'FORUM_PUBLISH_AUDIT_RESULT',
  AudioStart: 'AUDIO_START',
  AudioFinish: 'AUDIO_FINISH',
  AudioOnMic: 'AUDIO_ON_MIC',
  AudioOffMic: 'AUDIO_OFF_MIC',
  /** A channel message that mentions the bot, or an answer to one of the bot's. */
  AtMessageCreate: 'AT_MESSAGE_CREATE',
  PublicMessageDelete: 'PUBLIC_MESSAGE_DELETE',
} as const;

/** An event type; one that is not in the table is possible, new ones come unannounced. */
export type EventType = OpenString<typeof EventType>;

/** An event type of the table. */
export type KnownEventType = (typeof EventType)[keyof typeof EventType];

/** All 59 known event types. */
export const eventTypes: readonly KnownEventType[] = Object.freeze(Object.values(EventType));

/** The intent that asks for an event; 0 for READY and RESUMED, which always come. */
export const eventIntents: Readonly<Record<KnownEventType, Intent>> = Object.freeze({
  READY: Intent.None,
  RESUMED: Intent.None,
  GUILD_CREATE: Intent.Guilds,
  GUILD_UPDATE: Intent.Guilds,
  GUILD_DELETE: Intent.Guilds,
  CHANNEL_CREATE: Intent.Guilds,
  CHANNEL_UPDATE: Intent.Guilds,
  CHANNEL_DELETE: Intent.Guilds,
  GUILD_MEMBER_ADD: Intent.GuildMembers,
  GUILD_MEMBER_UPDATE: Intent.GuildMembers,
  GUILD_MEMBER_REMOVE: Intent.GuildMembers,
  MESSAGE_CREATE: Intent.GuildMessages,
  MESSAGE_DELETE: Intent.GuildMessages,
  MESSAGE_REACTION_ADD: Intent.GuildMessageReactions,
  MESSAGE_REACTION_REMOVE: Intent.GuildMessageReactions,
  DIRECT_MESSAGE_CREATE: Intent.DirectMessages,
  DIRECT_MESSAGE_DELETE: Intent.DirectMessages,
  OPEN_FORUM_THREAD_CREATE: Intent.OpenForumsEvent,
  OPEN_FORUM_THREAD_UPDATE: Intent.OpenForumsEvent,
  OPEN_FORUM_THREAD_DELETE: Intent.OpenForumsEvent,
  OPEN_FORUM_POST_CREATE: Intent.OpenForumsEvent,
  OPEN_FORUM_POST_DELETE: Intent.OpenForumsEvent,
  OPEN_FORUM_REPLY_CREATE: Intent.OpenForumsEvent,
  OPEN_FORUM_REPLY_DELETE: Intent.OpenForumsEvent,
  AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER: Intent.AudioOrLiveChannelMember,
  AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT: Intent.AudioOrLiveChannelMember,
  ENTER_AIO: Intent.EnterAIO,
  GROUP_MEMBER_ADD: Intent.GroupMemberEvent,
  GROUP_MEMBER_REMOVE: Intent.GroupMemberEvent,
  GROUP_JOIN_REQUEST: Intent.GroupMemberEvent,
  C2C_MESSAGE_CREATE: Intent.GroupMessages,
  GROUP_AT_MESSAGE_CREATE: Intent.GroupMessages,
  GROUP_MESSAGE_CREATE: Intent.GroupMessages,
  FRIEND_ADD: Intent.GroupMessages,
  FRIEND_DEL: Intent.GroupMessages,
  C2C_MSG_REJECT: Intent.GroupMessages,
  C2C_MSG_RECEIVE: Intent.GroupMessages,
  GROUP_ADD_ROBOT: Intent.GroupMessages,
  GROUP_DEL_ROBOT: Intent.GroupMessages,
  GROUP_MSG_REJECT: Intent.GroupMessages,
  GROUP_MSG_RECEIVE: Intent.GroupMessages,
  SUBSCRIBE_MESSAGE_STATUS: Intent.GroupMessages,
  INTERACTION_CREATE: Intent.Interaction,
  MESSAGE_AUDIT_PASS: Intent.Audit,
  MESSAGE_AUDIT_REJECT: Intent.Audit,
  FORUM_THREAD_CREATE: Intent.Forum,
  FORUM_THREAD_UPDATE: Intent.Forum,
  FORUM_THREAD_DELETE: Intent.Forum,
  FORUM_POST_CREATE: Intent.Forum,
  FORUM_POST_DELETE: Intent.Forum,
  FORUM_REPLY_CREATE: Intent.Forum,
  FORUM_REPLY_DELETE: Intent.Forum,
  FORUM_PUBLISH_AUDIT_RESULT: Intent.Forum,
  AUDIO_START: Intent.Audio,
  AUDIO_FINISH: Intent.Audio,
  AUDIO_ON_MIC: Intent.Audio,
  AUDIO_OFF_MIC: Intent.Audio,
  AT_MESSAGE_CREATE: Intent.GuildAtMessage,
  PUBLIC_MESSAGE_DELETE: Intent.GuildAtMessage,
});

/** Whether an event type is one of the table. */
export function isKnownEventType(type: string): type is KnownEventType {
  return Object.hasOwn(eventIntents, type);
}

/** The mask that asks for all these events; an unknown type adds nothing. */
export function eventToIntent(...types: readonly EventType[]): Intent {
  let mask: Intent = Intent.None;
  for (const type of types) if (isKnownEventType(type)) mask |= eventIntents[type];
  return mask;
}
