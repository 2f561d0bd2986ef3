import { ConfigError } from '../errs/index.js';
import type { Scene } from '../message/index.js';
import type { Context } from './context.js';
import type { MessageEventType } from './message-events.js';

/** Runs when somebody gives the command; `ctx.args` holds what follows it. */
export type CommandHandler = (ctx: Context<MessageEventType>) => unknown;

/** Where a command works. */
export interface CommandOptions {
  /** @defaultValue all four */
  readonly scenes?: readonly Scene[] | undefined;
}

/** A command that a message gives. */
export interface Command {
  readonly name: string;
  readonly args: readonly string[];
  readonly handler: CommandHandler;
}

interface Registered {
  readonly handler: CommandHandler;
  readonly scenes: readonly Scene[];
}

export const ALL_SCENES: readonly Scene[] = Object.freeze(['channel', 'dm', 'group', 'c2c'] as const);

/** A bot's commands by name: one look-up per message, however many there are. */
export class CommandTable {
  readonly #byName = new Map<string, Registered>();

  /**
   * @param names - With or without a slash in front: `天气` and `/天气` are the same command.
   * @returns The scenes it was added for.
   * @throws {ConfigError} for no name, a name that is empty, holds white space or is taken, and for a handler that is no function.
   */
  add(
    names: string | readonly string[],
    handler: CommandHandler,
    { scenes = ALL_SCENES }: CommandOptions,
  ): readonly Scene[] {
    const list = typeof names === 'string' ? [names] : names;
    if (list.length === 0) throw new ConfigError('a command needs a name');
    if (typeof handler !== 'function')
      throw new ConfigError(
        `the handler of the command ${list[0]} must be a function, got ${typeof handler}`,
      );
    if (scenes.length === 0) throw new ConfigError(`the command ${list[0]} works in no scene`);
    for (const given of list) {
      const name = withoutSlash(given);
      if (name === '' || /\s/.test(name))
        throw new ConfigError(`a command's name is one word, got ${JSON.stringify(given)}`);
      if (this.#byName.has(name)) throw new ConfigError(`the command ${name} is defined already`);
      this.#byName.set(name, { handler, scenes });
    }
    return scenes;
  }

  /**
   * The command that a text gives: its first word, with or without a slash in front.
   * @param mustHaveSlash - For messages that are not addressed to the bot: somebody else's chat is no command.
   */
  find(text: string, scene: Scene, mustHaveSlash: boolean): Command | undefined {
    const end = text.search(/\s/);
    const word = end === -1 ? text : text.slice(0, end);
    if (mustHaveSlash && !word.startsWith('/')) return undefined;
    const name = withoutSlash(word);
    const registered = this.#byName.get(name);
    if (!registered?.scenes.includes(scene)) return undefined;
    const rest = end === -1 ? '' : text.slice(end).trim();
    return { name, args: rest === '' ? [] : rest.split(/\s+/), handler: registered.handler };
  }
}

function withoutSlash(name: string): string {
  return name.startsWith('/') ? name.slice(1) : name;
}
