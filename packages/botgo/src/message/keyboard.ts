import {
  ActionType,
  type Button,
  ButtonStyle,
  type KeyboardStyle,
  type MessageKeyboard,
  type Permission,
  PermissionType,
} from '../dto/index.js';
import { ConfigError } from '../errs/index.js';

const MAX_ROWS = 5;
const MAX_BUTTONS = 5;

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
  /** Shown by clients that are too old. @defaultValue a Chinese sentence that asks for an update */
  readonly unsupportTips?: string;
}

/** A button that opens a link. */
export function linkButton(options: ButtonOptions & { readonly url: string }): Button {
  return button(options, ActionType.URL, options.url);
}

/** A button that sends the bot an INTERACTION_CREATE with `data`; to be answered with `api.putInteraction` in 3 s. */
export function callbackButton(options: ButtonOptions & { readonly data: string }): Button {
  return button(options, ActionType.Callback, options.data);
}

/** A button that puts a command for the bot into the input box, or sends it at once. */
export function commandButton(
  options: ButtonOptions & {
    readonly command: string;
    /** Send at once; C2C. */
    readonly enter?: boolean;
    /** Quote this message. */
    readonly reply?: boolean;
  },
): Button {
  const made = button(options, ActionType.AtBot, options.command);
  if (options.enter !== undefined) made.action.enter = options.enter;
  if (options.reply !== undefined) made.action.reply = options.reply;
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
    },
  };
  return id === undefined ? made : { id, ...made };
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
