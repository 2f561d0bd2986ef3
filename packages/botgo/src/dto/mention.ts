/** A command with its text, see {@link parseCommand}. BotGo's name is `CMD`. */
export interface CMD {
  /** First word. */
  cmd: string;
  /** What follows it, without the space between. */
  content: string;
}

/**
 * A message's text without mentions of users and without space at both ends. Removes `<@id>` and `<@!id>`; the space
 * that a mention leaves between two words is one. A no-break space (U+00A0), which clients put after a mention, is a
 * space. BotGo removes `<@!id>` only.
 */
export function etlInput(input: string): string {
  const text = input.replace(/\u00a0/g, ' ');
  // Taking a mention out of `a <@1> b` leaves two spaces where the author typed one.
  return text.replace(/ *<@!?\d+>(?: *<@!?\d+>)* */g, ' ').trim();
}

/** Mentions a user, for a message's `content`. */
export function mentionUser(userId: string): string {
  return `<@${userId}>`;
}

/** Mentions everyone; needs the right to. */
export function mentionAllUser(): string {
  return '@everyone';
}

/** Links a channel of the same guild. */
export function mentionChannel(channelId: string): string {
  return `<#${channelId}>`;
}

/** A system emoji in text, guild only. */
export function emoji(id: number | string): string {
  return `<emoji:${id}>`;
}

/** Splits a message's text into its first word and the rest, after {@link etlInput}. */
export function parseCommand(input: string): CMD {
  const text = etlInput(input);
  const end = text.search(/\s/);
  if (end < 0) return { cmd: text, content: '' };
  return { cmd: text.slice(0, end), content: text.slice(end).trim() };
}
