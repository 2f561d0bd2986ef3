import { FieldError, type Fields, isObject, type JsonObject } from '../json.js';
import type { Platform } from '../platform.js';
import type { Message } from '../world/model.js';

export type InteractionScene = 'channel' | 'group' | 'c2c';

/** `action.type` of a button that calls back, and `permission.type`s. Source: objects.md, MessageKeyboard. */
const CALLBACK = 1;
const LISTED_USERS = 0;
const MANAGERS = 1;
const LISTED_ROLES = 3;

/**
 * Presses a button of a bot's message: it must be there, call back, be for the one who presses it, and its group must not be used up.
 * @returns what the button carries; undefined when the act names no such message, so that its own `data` counts
 */
export function pressButton(platform: Platform, input: Fields, scene: InteractionScene): string | undefined {
  const message = platform.world.messages.get(input.optionalString('messageId') ?? '');
  const buttons = message === undefined ? [] : buttonsOf(message);
  if (message === undefined || buttons.length === 0) return undefined;
  const id = input.string('buttonId', '');
  const button = buttons.find((item) => item.id === id);
  if (button === undefined) throw input.unknown('buttonId', 'button of the message');
  const action = isObject(button.action) ? button.action : {};
  const refuse = (problem: string) => new FieldError(input.at('buttonId'), problem);
  if (action.type !== CALLBACK) throw refuse('is no button that calls back');
  const permission = isObject(action.permission) ? action.permission : {};
  if (scene !== 'c2c' && !isAllowed(platform, message, permission, input.id('from')))
    throw refuse('is not for this user');
  if (typeof button.group_id === 'string') {
    message.usedGroups ??= new Set();
    if (message.usedGroups.has(button.group_id)) throw refuse('is disabled: another of its group was used');
    message.usedGroups.add(button.group_id);
  }
  return typeof action.data === 'string' ? action.data : '';
}

function buttonsOf(message: Message): readonly JsonObject[] {
  const { keyboard } = message.extra;
  const content = isObject(keyboard) && isObject(keyboard.content) ? keyboard.content : {};
  return listOf(content.rows).flatMap((row) => listOf(row.buttons));
}

function listOf(value: unknown): readonly JsonObject[] {
  return Array.isArray(value) ? (value as readonly unknown[]).filter(isObject) : [];
}

function isAllowed({ world }: Platform, message: Message, permission: JsonObject, from: string): boolean {
  const names = (key: string): boolean => {
    const list = permission[key];
    return Array.isArray(list) && list.includes(from);
  };
  if (permission.type === LISTED_USERS) return names('specify_user_ids');
  const guild = world.guilds.get(world.channels.get(message.target)?.guildId ?? '');
  const roles = guild?.members.get(from)?.roles ?? [];
  if (permission.type === MANAGERS) {
    const role = world.groups.get(message.target)?.members.get(from)?.role ?? 'member';
    return role !== 'member' || from === guild?.ownerId || roles.includes('2') || roles.includes('4');
  }
  if (permission.type !== LISTED_ROLES) return true;
  const listed = permission.specify_role_ids;
  return Array.isArray(listed) && roles.some((role) => listed.includes(role));
}
