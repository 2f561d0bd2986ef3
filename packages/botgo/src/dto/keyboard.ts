import type { OpenNumber } from './open-enum.js';

/** What a button does. */
export const ActionType = {
  /** Opens a link or a mini program. */
  URL: 0,
  /** Sends INTERACTION_CREATE. */
  Callback: 1,
  /** Puts `@bot data` into the input box. */
  AtBot: 2,
  /** Opens a link of the client itself. BotGo only. */
  MQQAPI: 3,
  /** Subscribes to messages. BotGo only. */
  Subscribe: 4,
} as const;

export type ActionType = OpenNumber<typeof ActionType>;

/** Who may use a button. */
export const PermissionType = {
  SpecifyUserIDs: 0,
  Manager: 1,
  All: 2,
  /** Guild only. */
  SpecifyRoleIDs: 3,
} as const;

export type PermissionType = OpenNumber<typeof PermissionType>;

/** Look of a button. The sources disagree about 2, 3 and 4. */
export const ButtonStyle = {
  /** Grey line. */
  Grey: 0,
  /** Blue line. */
  Blue: 1,
  /** White text, or a suggested prompt. */
  White: 2,
  /** White background with red text (BotGo), or blue background with white text (documents of 2026). */
  Red: 3,
  /** Blue background with white text. BotGo only. */
  Filled: 4,
} as const;

export type ButtonStyle = OpenNumber<typeof ButtonStyle>;

/** Buttons [消息按钮] under a message: a template's `id`, or `content`. */
export interface MessageKeyboard {
  /** Template; not together with `content`. */
  id?: string;
  content?: InlineKeyboard;
}

/** A keyboard of your own: at most 5 rows of 5 buttons. */
export interface InlineKeyboard {
  rows: Row[];
  style?: KeyboardStyle;
}

/** BotGo's name for {@link InlineKeyboard}. */
export type CustomKeyboard = InlineKeyboard;

/** Look of a keyboard. */
export interface KeyboardStyle {
  font_size?: string;
}

/** A row of buttons. */
export interface Row {
  buttons: Button[];
}

/** A button. */
export interface Button {
  /** Unique in the keyboard. */
  id?: string;
  render_data: RenderData;
  action: Action;
  /** After one button of a group was used the others are disabled; `action.type` 1 only. */
  group_id?: string;
}

/** What a button shows. */
export interface RenderData {
  /** At most 10 characters. */
  label: string;
  /** After the click. */
  visited_label: string;
  style: ButtonStyle;
}

/** What a button does, and for whom. */
export interface Action {
  type: ActionType;
  permission: Permission;
  /** Link, payload of the interaction, or text of the command. */
  data: string;
  /** Type 2: quote this message. @defaultValue false */
  reply?: boolean;
  /** Type 2: send at once; C2C only in the documents of 2026. */
  enter?: boolean;
  /** Type 2: 1 opens the image picker; C2C on phones only; overrides `enter`. */
  anchor?: number;
  /** Shown by clients that are too old. */
  unsupport_tips: string;
  /** Deprecated by the platform. */
  click_limit?: number;
  /** Deprecated by the platform. */
  at_bot_show_channel_list?: boolean;
  /** Type 4. */
  subscribe_data?: SubscribeData;
  modal?: Modal;
}

/** Who may use a button. */
export interface Permission {
  type: PermissionType;
  /** Type 0. */
  specify_user_ids?: string[];
  /** Type 3, guild only. */
  specify_role_ids?: string[];
}

/** A question before the action; asked when `content` is not empty. */
export interface Modal {
  /** At most 40 characters, no URL. */
  content?: string;
  /** At most 4 characters. */
  confirm_text?: string;
  /** At most 4 characters. */
  cancel_text?: string;
}

/** Templates that a button subscribes to. */
export interface SubscribeData {
  template_ids: TemplateID[];
}

/** One template, by one of its two kinds of id. */
export interface TemplateID {
  template_id?: number;
  custom_template_id?: string;
}
