import { ConfigError } from '../errs/index.js';

const MAX_COMMAND = 100;

/** Mentions somebody in a group or a channel, the newer form of `mentionUser`. @throws {ConfigError} for an id that is none */
export function atUser(id: string): string {
  if (!/^[\w-]+$/.test(id)) throw new ConfigError(`a mention needs an id, got ${JSON.stringify(id)}`);
  return `<qqbot-at-user id="${id}" />`;
}

/** Mentions everyone in a channel, the newer form of `mentionAllUser`; needs the right to. */
export function atEveryone(): string {
  return '<qqbot-at-everyone />';
}

/**
 * A word in markdown that sends a command when it is touched; not in groups and channels.
 * @throws {ConfigError} for a command that is empty or longer than 100 characters
 */
export function sendCommand(command: string): string {
  return `<qqbot-cmd-enter text="${attribute('command', command)}" />`;
}

/**
 * A word in markdown that puts a command into the input box when it is touched.
 * @throws {ConfigError} for a command or a word that is empty or longer than 100 characters
 */
export function inputCommand(
  command: string,
  options: {
    /** The word. @defaultValue the command */
    readonly show?: string | undefined;
    /** Quote the message. @defaultValue false */
    readonly reference?: boolean | undefined;
  } = {},
): string {
  const { show = command, reference = false } = options;
  const text = attribute('command', command);
  return `<qqbot-cmd-input text="${text}" show="${attribute('shown word', show)}" reference="${reference}" />`;
}

/** Whom a text mentions, each once, in order: ids of `<@id>`, `<@!id>` and `<qqbot-at-user id="id" />`. */
export function mentionedUsers(content: string): string[] {
  const ids = [...content.matchAll(/<@!?([\w-]+)>|<qqbot-at-user id="([^"<>]+)"\s*\/>/g)].map(
    ([, old, recent]) => old ?? recent ?? '',
  );
  return [...new Set(ids)];
}

/** Text of an attribute, URL-encoded as the platform wants it. */
function attribute(what: string, text: string): string {
  if (text === '' || text.length > MAX_COMMAND)
    throw new ConfigError(`a ${what} has 1 to ${MAX_COMMAND} characters, got ${text.length}`);
  try {
    return encodeURIComponent(text);
  } catch (cause) {
    throw new ConfigError(`a ${what} is not well-formed text`, { cause });
  }
}
