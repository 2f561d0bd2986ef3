import type { Ark } from './ark.js';
import type { Embed } from './embed.js';
import type { MessageKeyboard } from './keyboard.js';
import type { Markdown } from './markdown.js';
import type { MediaInfo, RichMediaMessage } from './media.js';
import type { MessageReference } from './message-reference.js';
import type { OpenNumber } from './open-enum.js';
import type { InputNotify, Stream } from './stream.js';

/** `msg_type` of a message to a user or a group. */
export const MessageType = {
  Text: 0,
  /** 图文混排; named by two clients only. */
  TextImage: 1,
  Markdown: 2,
  /** White-listed bots. */
  Ark: 3,
  /** Not opened for C2C and groups. */
  Embed: 4,
  /** A constant of BotGo's; nothing is known to accept it. */
  AT: 5,
  /** C2C only. */
  InputNotify: 6,
  RichMedia: 7,
} as const;

export type MessageType = OpenNumber<typeof MessageType>;

/**
 * Body of a message to a channel or a DM. At least one of `content`, `embed`, `ark`, `image`, `file_image` and
 * `markdown`; markdown goes with a keyboard only. With `msg_id` or `event_id` it is an answer, else it is proactive.
 */
export interface ChannelMessageToCreate {
  /** Text with embedded formats; `&`, `<` and `>` are escaped. */
  content?: string;
  embed?: Embed;
  ark?: Ark;
  message_reference?: MessageReference;
  /** URL of an image; the platform copies it. */
  image?: string;
  /** An image's bytes; the body becomes `multipart/form-data`. */
  file_image?: Blob | Uint8Array;
  /** The message that is answered. */
  msg_id?: string;
  /** The event that is answered: the outer id of its payload. */
  event_id?: string;
  markdown?: Markdown;
  keyboard?: MessageKeyboard;
}

/** Body of a message to a group. With `msg_id` or `event_id` it is an answer, else it is proactive. */
export interface GroupMessageToCreate {
  msg_type: MessageType;
  /** Empty when markdown is set. */
  content?: string;
  /** `msg_type` 2. */
  markdown?: Markdown;
  /** Shown under markdown only. */
  keyboard?: MessageKeyboard;
  /** `msg_type` 3. */
  ark?: Ark;
  /** `msg_type` 4. */
  embed?: Embed;
  /** `msg_type` 7. */
  media?: MediaInfo;
  /** Reserved by the platform. */
  image?: string;
  message_reference?: MessageReference;
  /** The message that is answered. */
  msg_id?: string;
  /** The event that is answered: the outer id of its payload. */
  event_id?: string;
  /** The platform refuses the same number for the same `msg_id` or `event_id` a second time. @defaultValue 1 */
  msg_seq?: number;
  /** A wake-up message; not together with `msg_id` and `event_id`. */
  is_wakeup?: boolean;
  subscribe_id?: string;
  /** Sending control; BotGo only. */
  feature_id?: number;
  /** Unix seconds; BotGo marks it for removal. */
  timestamp?: number;
}

/** Body of a message to a user: a group's, and what only C2C has. */
export interface C2CMessageToCreate extends GroupMessageToCreate {
  /** A slice of a message sent in pieces. */
  stream?: Stream;
  /** `msg_type` 6. */
  input_notify?: InputNotify;
  prompt_keyboard?: PromptKeyboard;
  action_button?: ActionButton;
}

/**
 * BotGo's one body for every scene. The field sets are {@link ChannelMessageToCreate},
 * {@link GroupMessageToCreate} and {@link C2CMessageToCreate}: prefer them, they know what each scene accepts.
 */
export type MessageToCreate = ChannelMessageToCreate & Partial<C2CMessageToCreate>;

/** Suggested prompts under a chat: buttons with `action.type` 2 and `style` 2. */
export interface PromptKeyboard {
  keyboard: MessageKeyboard;
}

/** Bar of actions under an answer that a model wrote. */
export interface ActionButton {
  /** To be dropped by the platform. */
  template_id?: number | string;
  /** At most 128 characters; comes back as `button_data`. */
  callback_data?: string;
  /** Like and dislike. */
  feedback?: boolean;
  /** Read aloud. */
  tts?: boolean;
  re_generate?: boolean;
  stop_generate?: boolean;
}

/** Body of `POST …/settingguide`: text for a channel, a guild to jump to for a DM. */
export interface SettingGuideToCreate {
  /** Made of `<@user_id>` marks. */
  content?: string;
  setting_guide?: SettingGuide;
}

/** The guild whose settings a DM's guide opens. */
export interface SettingGuide {
  guild_id: string;
}

/** What BotGo's methods for users and groups take. */
export type APIMessage = MessageToCreate | RichMediaMessage;

/** Where a body goes: to `…/messages` or to `…/files`. */
export const SendType = {
  Text: 1,
  RichMedia: 2,
} as const;

export type SendType = (typeof SendType)[keyof typeof SendType];

/** Tells an upload from a message, as BotGo's `GetSendType` does. */
export function sendType(message: APIMessage): SendType {
  const isUpload = 'file_type' in message || 'srv_send_msg' in message || 'upload_id' in message;
  return isUpload ? SendType.RichMedia : SendType.Text;
}
