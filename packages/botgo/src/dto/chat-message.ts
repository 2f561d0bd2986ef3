import type { MessageAttachment } from './attachment.js';
import type { MessageScene } from './message.js';
import type { OpenNumber, OpenString } from './open-enum.js';
import type { Timestamp } from './timestamp.js';

/** `message_type` of a received message. */
export const ReceivedMessageType = {
  Text: 0,
  Card: 3,
  /** 并行消息 */
  Parallel: 101,
  /** 聊天记录 */
  ChatRecord: 102,
  /** 引用: it quotes another message. */
  Quote: 103,
} as const;

export type ReceivedMessageType = OpenNumber<typeof ReceivedMessageType>;

/** Role of a member in a QQ group. */
export const GroupMemberRole = {
  Member: 'member',
  Admin: 'admin',
  Owner: 'owner',
} as const;

export type GroupMemberRole = OpenString<typeof GroupMemberRole>;

/** Who wrote a C2C message. */
export interface C2CAuthor {
  /** The same as `user_openid`. */
  id?: string;
  user_openid: string;
  union_openid?: string;
  username?: string;
}

/** Who wrote a message of a group. */
export interface GroupAuthor {
  /** The same as `member_openid`. */
  id?: string;
  member_openid: string;
  member_role?: GroupMemberRole;
  bot?: boolean;
  union_openid?: string;
  username?: string;
}

/** A mention in a message of a group. */
export interface GroupMention {
  scope: 'single' | 'all' | (string & {});
  id?: string;
  member_openid?: string;
  user_openid?: string;
  username?: string;
  nickname?: string;
  bot?: boolean;
  /** It mentions this bot. */
  is_you?: boolean;
}

/** What messages of C2C and of groups share. */
export interface ChatMessage {
  /** Value for `msg_id` of an answer. */
  id: string;
  /** May be empty when there are attachments. */
  content: string;
  timestamp: Timestamp;
  attachments?: MessageAttachment[];
  message_scene?: MessageScene;
  message_type?: ReceivedMessageType;
  /** With `message_type` 3. */
  ark_data?: ARKData;
  /** Index of this message, for quoting it. */
  msg_idx?: string;
  /** Quoted messages. */
  msg_elements?: MsgElement[];
}

/** `d` of C2C_MESSAGE_CREATE. */
export interface C2CMessage extends ChatMessage {
  author: C2CAuthor;
}

/** `d` of GROUP_AT_MESSAGE_CREATE and GROUP_MESSAGE_CREATE. */
export interface GroupMessage extends ChatMessage {
  author: GroupAuthor;
  group_openid: string;
  /** The same value as `group_openid`. */
  group_id?: string;
  mentions?: GroupMention[];
}

/** A message inside another one: quoted, or part of a record. */
export interface MsgElement {
  msg_idx?: string;
  content?: string;
  author?: Partial<C2CAuthor & GroupAuthor>;
  message_type?: ReceivedMessageType;
  attachments?: MessageAttachment[];
  ark_data?: ARKData;
  msg_elements?: MsgElement[];
}

/** Kind of a received card. */
export const ARKType = {
  Tuwen: 'tuwen',
  Feed: 'feed',
  Miniapp: 'miniapp',
  Map: 'map',
  ContactCard: 'contact_card',
  VideoShare: 'video_share',
  MusicTogether: 'music_together',
} as const;

export type ARKType = OpenString<typeof ARKType>;

/** Content of a received card. */
export interface ARKData {
  prompt?: string;
  /** Name of the kind, in Chinese. */
  ark_name?: string;
  ark_type?: ARKType;
  /** Keys such as tag, tags, title, desc, jump_url, preview, source, nickname, avatar, address. */
  fields?: Record<string, unknown>;
}
