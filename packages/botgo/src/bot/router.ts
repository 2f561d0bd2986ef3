import type { HandlingContext } from '../delivery/index.js';
import { eventToIntent, Intent, type KnownEventType } from '../dto/index.js';
import { ConfigError } from '../errs/index.js';
import type { EventOf, IncomingEvent } from '../event/index.js';
import { messageText } from '../message/index.js';
import { type Command, type CommandHandler, type CommandOptions, CommandTable } from './commands.js';
import { Context, type ContextHome } from './context.js';
import { DoubledMessages, OTHER_COPY } from './doubled-messages.js';
import { isMessageEvent, MESSAGE_EVENTS, type MessageEventType } from './message-events.js';

/** Handles one event. What it returns is awaited when it is a promise. */
export type BotHandler<Type extends KnownEventType = KnownEventType> = (ctx: Context<Type>) => unknown;

/** Everything the router does with the events of one name. */
interface Route {
  handlers: readonly BotHandler[];
  /** The message's name when commands may come with it. */
  commandsIn: MessageEventType | undefined;
  /** Drops second copies; set while both names of the message have a route. */
  doubled: DoubledMessages | undefined;
}

/**
 * Finds the handlers of an event: one look-up by name, then, for messages and only when there are commands, one by the first word. A
 * handler that returns nothing to wait for costs no promise.
 */
export class Router {
  readonly #dropDoubledMessages: boolean;
  readonly #routes = new Map<string, Route>();
  readonly #commands = new CommandTable();
  /** Events that the bot itself reads; they are for no handler unless one is added. */
  readonly #attended = new Set<string>();
  #rest: readonly BotHandler[] = [];
  #intents: Intent = Intent.None;

  constructor(options: { readonly dropDoubledMessages: boolean }) {
    this.#dropDoubledMessages = options.dropDoubledMessages;
  }

  /** The mask that asks for what the handlers need. */
  get intents(): Intent {
    return this.#intents;
  }

  /** Whether nothing can be handled. */
  get isEmpty(): boolean {
    return this.#routes.size === 0 && this.#rest.length === 0;
  }

  wants(type: string): boolean {
    return this.#rest.length > 0 || this.#routes.has(type) || this.#attended.has(type);
  }

  /** Asks for an event that no handler needs. */
  attend(type: KnownEventType): void {
    this.#attended.add(type);
    this.#intents |= eventToIntent(type);
  }

  /** Adds a handler after those the event has. @throws {ConfigError} for an empty name or a handler that is no function. */
  add(type: string, handler: BotHandler, intents: Intent = eventToIntent(type)): void {
    if (typeof type !== 'string' || type === '')
      throw new ConfigError('a handler needs the name of its event');
    if (typeof handler !== 'function')
      throw new ConfigError(`the handler of ${type} must be a function, got ${typeof handler}`);
    const route = this.#routeOf(type);
    route.handlers = [...route.handlers, handler];
    this.#intents |= intents;
  }

  /** Adds a handler for all events that have none of their own. */
  addRest(handler: BotHandler): void {
    if (typeof handler !== 'function')
      throw new ConfigError(`the handler of * must be a function, got ${typeof handler}`);
    this.#rest = [...this.#rest, handler];
  }

  addCommand(names: string | readonly string[], handler: CommandHandler, options: CommandOptions): void {
    const scenes = this.#commands.add(names, handler, options);
    for (const [name, { scene, isAddressed }] of Object.entries(MESSAGE_EVENTS)) {
      const type = name as MessageEventType;
      if (!scenes.includes(scene)) continue;
      this.#routeOf(type).commandsIn = type;
      // Messages that are not addressed to the bot need rights of their own: commands work there, but do not ask for them.
      if (isAddressed) this.#intents |= eventToIntent(type);
    }
  }

  /**
   * Gives an event to its handlers, one after the other; a command's handler takes its message alone. An error ends the row.
   * @returns What there is to wait for, if anything.
   */
  handle(event: IncomingEvent, handling: HandlingContext, home: ContextHome): unknown {
    const route = this.#routes.get(event.t);
    if (!route) return runAll(this.#rest, new Context(home, handling, known(event)));
    const command = route.commandsIn === undefined ? undefined : this.#commandIn(event, route.commandsIn);
    const { handlers, doubled } = route;
    // A copy that nobody takes must not stand in the way of the one that somebody would.
    if (!command && handlers.length === 0)
      return runAll(this.#rest, new Context(home, handling, known(event)));
    if (doubled?.isSecondCopy(event.t as MessageEventType, event)) return undefined;
    if (!command) return runAll(handlers, new Context(home, handling, known(event)));
    const message = event as EventOf<MessageEventType>;
    return command.handler(new Context(home, handling, message, command.name, command.args));
  }

  #commandIn(event: IncomingEvent, type: MessageEventType): Command | undefined {
    const { scene, isAddressed } = MESSAGE_EVENTS[type];
    return this.#commands.find(messageText(event), scene, !isAddressed && !isMentioned(event));
  }

  #routeOf(type: string): Route {
    const existing = this.#routes.get(type);
    if (existing) return existing;
    const route: Route = { handlers: [], commandsIn: undefined, doubled: undefined };
    this.#routes.set(type, route);
    if (this.#dropDoubledMessages && isMessageEvent(type)) this.#pair(route, OTHER_COPY[type]);
    return route;
  }

  #pair(route: Route, otherType: MessageEventType | undefined): void {
    const other = otherType && this.#routes.get(otherType);
    if (!other) return;
    route.doubled = new DoubledMessages();
    other.doubled = route.doubled;
  }
}

/** Handlers are typed by the name they were added under; an event the SDK does not know has unknown content for all of them. */
function known(event: IncomingEvent): EventOf<KnownEventType> {
  return event as EventOf<KnownEventType>;
}

/** Whether a message in a channel or a group mentions a bot. Which one the platform does not always say. */
function isMentioned({ d }: IncomingEvent): boolean {
  const { mentions } = d as { mentions?: readonly { bot?: boolean; is_you?: boolean }[] };
  return Array.isArray(mentions) && mentions.some((mention) => mention.is_you ?? mention.bot ?? false);
}

function runAll(handlers: readonly BotHandler[], ctx: Context): unknown {
  for (let index = 0; index < handlers.length; index++) {
    const result = handlers[index]?.(ctx);
    if (index === handlers.length - 1) return result;
    if (isThenable(result)) return runRest(handlers, ctx, index + 1, result);
  }
  return undefined;
}

async function runRest(
  handlers: readonly BotHandler[],
  ctx: Context,
  from: number,
  pending: PromiseLike<unknown>,
): Promise<void> {
  await pending;
  for (const handler of handlers.slice(from)) await handler(ctx);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';
}
