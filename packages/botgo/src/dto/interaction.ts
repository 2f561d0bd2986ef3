import type { OpenNumber, OpenString } from './open-enum.js';
import type { Timestamp } from './timestamp.js';

/** Kind of an interaction. 1 and 2 are of the search of old; clients know 2001 and 2002 as settings of a bot. */
export const InteractionType = {
  Ping: 1,
  Command: 2,
  InlineKeyboard: 11,
  /** 快捷菜单 */
  C2CQuickMenu: 12,
  MessageFeedback: 13,
  ClearSession: 14,
  /** Enters or leaves a story set. */
  Story: 15,
  SwitchModel: 16,
  UserAuthorize: 18,
  GroupAuthorize: 19,
  GroupAuthorizeStatus: 20,
} as const;

export type InteractionType = OpenNumber<typeof InteractionType>;

/** Kind of an interaction's data. */
export const InteractionDataType = {
  ChatSearch: 9,
  InlineKeyboardClick: 11,
  CallbackCommandClick: 12,
  MessageFeedbackClick: 13,
  ClearSessionClick: 14,
  Story: 15,
  SwitchModel: 16,
} as const;

export type InteractionDataType = OpenNumber<typeof InteractionDataType>;

/** Where an interaction took place. */
export const InteractionScene = {
  C2C: 'c2c',
  Group: 'group',
  Guild: 'guild',
} as const;

export type InteractionScene = OpenString<typeof InteractionScene>;

/** `chat_type` of an interaction; one client reads 3 for a guild. */
export const ChatType = {
  Guild: 0,
  Group: 1,
  C2C: 2,
} as const;

export type ChatType = OpenNumber<typeof ChatType>;

/** `d` of INTERACTION_CREATE: a button, a menu, feedback. Types 11 and 12 must be answered within 3 seconds. */
export interface Interaction {
  /** Goes into the path of the answer. The event id for messages is the payload's outer id. */
  id: string;
  application_id?: string;
  type: InteractionType;
  scene?: InteractionScene;
  chat_type?: ChatType;
  timestamp?: Timestamp;
  /** Guild scene. */
  guild_id?: string;
  /** Guild scene. */
  channel_id?: string;
  /** C2C scene. */
  user_openid?: string;
  /** Group scene. */
  group_openid?: string;
  /** Group scene. */
  group_member_openid?: string;
  data: InteractionData;
  /** 1. */
  version: number;
}

/** Data of an interaction. */
export interface InteractionData {
  name?: string;
  type: InteractionDataType;
  resolved: Resolved;
}

/** What the user chose; which fields are set depends on the type. */
export interface Resolved {
  /** The button's `data`, or the callback data of feedback. */
  button_data?: string;
  /** The button's `id`. */
  button_id?: string;
  /** Who clicked, guild scene. */
  user_id?: string;
  /** Menu entry, type 12. */
  feature_id?: string;
  /** Message, guild scene or feedback. */
  message_id?: string;
  feedback_opt?: 'LIKE' | 'UNLIKE' | (string & {});
  /** The feedback is selected. */
  checked?: number;
  /** Typed text of a search. */
  keyword?: string;
  request?: string;
  member_nick?: string;
  /** Type 15: `ENTER_STORY` or `QUIT_STORY`; type 16: what happened to the model. */
  action?: string;
  /** Type 13. */
  message_scene?: { ext?: string[] };
  /** Types 18 and 19. */
  authorize_data?: AuthorizeData;
}

/** What a user or a group authorised. */
export interface AuthorizeData {
  opt_scene: 'setting' | 'dialog' | (string & {});
  scope: 'c2c_push' | 'group_push' | (string & {});
}

/** `code` of the answer to an interaction. */
export const InteractionCode = {
  OK: 0,
  Failed: 1,
  TooFrequent: 2,
  Repeated: 3,
  NoPermission: 4,
  AdminOnly: 5,
} as const;

export type InteractionCode = OpenNumber<typeof InteractionCode>;

/** Body of `PUT /interactions/{interaction_id}`. */
export interface InteractionAnswer {
  code: InteractionCode;
  data?: unknown;
}
