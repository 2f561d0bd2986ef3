import {
  ActionType,
  type Button,
  ButtonStyle,
  type KeyboardStyle,
  type MessageKeyboard,
  type Modal,
  type Permission,
  PermissionType,
} from '../dto/index.js';
import { ConfigError } from '../errs/index.js';

const MAX_ROWS = 5;
const MAX_BUTTONS = 5;
const MAX_QUESTION = 40;
const MAX_ANSWER = 4;
const PICKS_IMAGE = 1;

/** What every kind of button takes. */
export interface ButtonOptions {
  /** Unique in its keyboard. */
  readonly id?: string;
  /** At most 10 characters. */
  readonly label: string;
  /** After the click. @defaultValue the label */
  readonly visitedLabel?: string;
  /** @defaultValue blue */
  readonly style?: Button['render_data']['style'];
  /** Who may use it. @defaultValue everyone */
  readonly for?:
    | 'everyone'
    | 'managers'
    | { readonly users: readonly string[] }
    | { readonly roles: readonly string[] };
  /** Asked before it does anything. The platform refuses a URL in it. */
  readonly confirm?: {
    /** At most 40 characters. */
    readonly question: string;
    /** At most 4 characters. */
    readonly yes?: string;
    /** At most 4 characters. */
    readonly no?: string;
  };
  /** Shown by clients that are too old. @defaultValue a Chinese sentence that asks for an update */
  readonly unsupportTips?: string;
}

/** A button that opens a link. */
export function linkButton(options: ButtonOptions & { readonly url: string }): Button {
  return button(options, ActionType.URL, options.url);
}

/** A button that sends the bot an INTERACTION_CREATE with `data`; to be answered with `api.putInteraction` in 3 s. */
export function callbackButton(
  options: ButtonOptions & {
    readonly data: string;
    /** Buttons of one group: after one was used the others are disabled. */
    readonly groupId?: string;
  },
): Button {
  const made = button(options, ActionType.Callback, options.data);
  if (options.groupId === '') throw new ConfigError(`the button ${options.label} has an empty groupId`);
  return options.groupId === undefined ? made : { ...made, group_id: options.groupId };
}

/** A button that subscribes to messages of templates: by number, or by the id of one's own. */
export function subscribeButton(
  options: ButtonOptions & { readonly templates: readonly (number | string)[] },
): Button {
  const { label, templates } = options;
  if (templates.length === 0) throw new ConfigError(`the button ${label} subscribes to nothing`);
  const template_ids = templates.map((id) =>
    typeof id === 'number' ? { template_id: id } : { custom_template_id: id },
  );
  // The platform's own field of this kind is `subscribe_data`; `data` is there in every action.
  const made = button(options, ActionType.Subscribe, label);
  return { ...made, action: { ...made.action, subscribe_data: { template_ids } } };
}

/** A button that puts a command for the bot into the input box, or sends it at once. */
export function commandButton(
  options: ButtonOptions & {
    readonly command: string;
    /** Send at once; C2C. */
    readonly enter?: boolean;
    /** Quote this message. */
    readonly reply?: boolean;
    /** Open the image picker instead; C2C on phones only. */
    readonly picksImage?: boolean;
  },
): Button {
  const made = button(options, ActionType.AtBot, options.command);
  if (options.enter !== undefined) made.action.enter = options.enter;
  if (options.reply !== undefined) made.action.reply = options.reply;
  if (options.picksImage === true) made.action.anchor = PICKS_IMAGE;
  return made;
}

/**
 * Buttons of one's own under a markdown message: by invitation of the platform.
 * @throws {ConfigError} for no button, more than 5 rows or 5 buttons in a row, or an id that comes twice.
 */
export function keyboard(rows: readonly (readonly Button[])[], style?: KeyboardStyle): MessageKeyboard {
  if (rows.length === 0 || rows.length > MAX_ROWS)
    throw new ConfigError(`a keyboard has 1 to ${MAX_ROWS} rows, got ${rows.length}`);
  const ids = new Set<string>();
  for (const row of rows) {
    if (row.length === 0 || row.length > MAX_BUTTONS)
      throw new ConfigError(`a row has 1 to ${MAX_BUTTONS} buttons, got ${row.length}`);
    for (const { id } of row) {
      if (id !== undefined && ids.has(id)) throw new ConfigError(`two buttons have the id ${id}`);
      if (id !== undefined) ids.add(id);
    }
  }
  const content = { rows: rows.map((row) => ({ buttons: [...row] })) };
  return { content: style === undefined ? content : { ...content, style } };
}

/** A keyboard that was made in the platform's console. */
export function keyboardTemplate(id: string): MessageKeyboard {
  if (id === '') throw new ConfigError('a keyboard template needs its id');
  return { id };
}

function button(options: ButtonOptions, type: ActionType, data: string): Button {
  const { id, label, visitedLabel = label, style = ButtonStyle.Blue } = options;
  if (label === '') throw new ConfigError('a button needs a label');
  if (data === '')
    throw new ConfigError(`the button ${label} does nothing: its link, data or command is empty`);
  const made: Button = {
    render_data: { label, visited_label: visitedLabel, style },
    action: {
      type,
      permission: permissionOf(options.for ?? 'everyone', label),
      data,
      unsupport_tips: options.unsupportTips ?? '请升级 QQ 后使用',
      ...(options.confirm === undefined ? {} : { modal: modalOf(options.confirm, label) }),
    },
  };
  return id === undefined ? made : { id, ...made };
}

function modalOf({ question, yes, no }: NonNullable<ButtonOptions['confirm']>, label: string): Modal {
  if (question === '' || question.length > MAX_QUESTION)
    throw new ConfigError(`the question of the button ${label} has 1 to ${MAX_QUESTION} characters`);
  if ((yes ?? '').length > MAX_ANSWER || (no ?? '').length > MAX_ANSWER)
    throw new ConfigError(
      `an answer to the question of the button ${label} has at most ${MAX_ANSWER} characters`,
    );
  const modal: Modal = { content: question };
  if (yes !== undefined) modal.confirm_text = yes;
  if (no !== undefined) modal.cancel_text = no;
  return modal;
}

function permissionOf(who: NonNullable<ButtonOptions['for']>, label: string): Permission {
  if (who === 'everyone') return { type: PermissionType.All };
  if (who === 'managers') return { type: PermissionType.Manager };
  const ids = 'users' in who ? who.users : who.roles;
  if (ids.length === 0) throw new ConfigError(`nobody may use the button ${label}`);
  return 'users' in who
    ? { type: PermissionType.SpecifyUserIDs, specify_user_ids: [...ids] }
    : { type: PermissionType.SpecifyRoleIDs, specify_role_ids: [...ids] };
}
