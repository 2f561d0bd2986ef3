import type { Ark } from './ark.js';
import type { MessageAttachment } from './attachment.js';
import type { Embed } from './embed.js';
import type { Member } from './member.js';
import type { MessageReference } from './message-reference.js';
import type { OpenString } from './open-enum.js';
import type { Timestamp } from './timestamp.js';
import type { User } from './user.js';

/** Where a message of C2C or a group came from; the chat window when it is none of these. */
export const MessageSource = {
  RealtimeVoice: 'realtime_voice',
  AISearch: 'ai_search',
  Default: 'default',
} as const;

export type MessageSource = OpenString<typeof MessageSource>;

/** Origin of a message. */
export interface MessageScene {
  source?: MessageSource;
  callback_data?: string;
  /** `key=value` pairs: `msg_idx`, `ref_msg_idx`, `auth_token`, switches of the bot's menu. */
  ext?: string[];
}

/** A message of a channel or a DM of the guild world. */
export interface Message {
  /** Value for `msg_id` of an answer. */
  id: string;
  /** In a DM: the session's channel. */
  channel_id: string;
  /** In a DM: the session's pseudo guild, see `src_guild_id`. */
  guild_id: string;
  /** `&`, `<` and `>` come escaped as `&amp;`, `&lt;` and `&gt;`. */
  content?: string;
  timestamp: Timestamp;
  edited_timestamp?: Timestamp;
  mention_everyone?: boolean;
  author: User;
  attachments?: MessageAttachment[];
  embeds?: Embed[];
  mentions?: User[];
  /** The sender's member data, in part. */
  member?: Member;
  ark?: Ark;
  /** Order in the channel, in events; the platform announced its end for August 2022. */
  seq?: number;
  /** Order in the channel, a decimal number as a string. */
  seq_in_channel?: string;
  message_reference?: MessageReference;
  /** DM: the guild that the user wrote from. */
  src_guild_id?: string;
  /** True in a DM. */
  direct_message?: boolean;
  /** BotGo reads messages of groups into this type. */
  group_id?: string;
  /** BotGo reads answers of uploads into this type. */
  file_info?: string;
  /** BotGo reads answers of uploads into this type; seconds, 0 for long term. */
  ttl?: number;
  message_scene?: MessageScene;
  tts?: boolean;
  pinned?: boolean;
  type?: number;
  flags?: number;
}

/** Answer of sending to a user or a group. */
export interface MessageSendResult {
  id: string;
  /** RFC 3339, or Unix seconds in older answers. */
  timestamp: Timestamp | number;
  ext_info?: {
    /** For quoting this message later; equals `msg_idx` or `ref_msg_idx` in `message_scene.ext` of events. */
    ref_idx?: string;
  };
  /** The message waits for its audit. */
  audit_id?: string;
  audit_tips?: string;
}

/** `d` of MESSAGE_DELETE, PUBLIC_MESSAGE_DELETE and DIRECT_MESSAGE_DELETE. */
export interface MessageDelete {
  /** Without content and time. */
  message: Partial<Message> & Pick<Message, 'id' | 'channel_id' | 'guild_id'>;
  /** Who deleted it; `id` only. */
  op_user: User;
}

/** `d` of MESSAGE_AUDIT_PASS and MESSAGE_AUDIT_REJECT. */
export interface MessageAudited {
  /** Equals `data.message_audit.audit_id` in the answer of the sending. */
  audit_id: string;
  /** Only when it passed. */
  message_id?: string;
  guild_id?: string;
  channel_id?: string;
  /** C2C. */
  user_openid?: string;
  /** Group. */
  group_openid?: string;
  audit_time: Timestamp;
  create_time?: Timestamp;
  seq_in_channel?: string;
}

/** BotGo's name for {@link MessageAudited}. */
export type MessageAudit = MessageAudited;
