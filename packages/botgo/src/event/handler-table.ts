import { eventIntents, eventToIntent, Intent, isKnownEventType } from '../dto/index.js';
import { ConfigError } from '../errs/index.js';
import { type EventRun, endlessRun } from './event-run.js';
import type { IncomingEvent } from './event-source.js';
import {
  type ErrorNotifyHandler,
  type EventHandlers,
  HANDLER_EVENTS,
  type HandlerKind,
  type PlainEventHandler,
} from './handler-kinds.js';

/** How handlers are registered. */
export interface HandlerOptions {
  /** Intents to ask for beyond those the handlers need, e.g. for `plain` or for events the SDK does not know. */
  readonly intents?: Intent | undefined;
}

type RunHandler = (event: IncomingEvent, run: EventRun) => unknown;

/**
 * Handlers by event name. A table belongs to whoever made it: two bots of one process share none (BotGo keeps one set of handlers
 * per process, its defect D-L8). An event costs one look-up and one call; the call is synchronous when the handler is.
 */
export class HandlerTable {
  readonly #byType = new Map<string, RunHandler>();
  #plain: RunHandler | undefined;
  #errorNotify: ErrorNotifyHandler | undefined;
  #intents: Intent = Intent.None;

  /** The mask that asks for what the handlers need; 0 when they need none. */
  get intents(): Intent {
    return this.#intents;
  }

  /** Whether nothing can be handled. */
  get isEmpty(): boolean {
    return this.#byType.size === 0 && this.#plain === undefined;
  }

  /** Whether an event of that name has a handler. */
  wants(type: string): boolean {
    return this.#plain !== undefined || this.#byType.has(type);
  }

  /**
   * Gives an event to its handler, `plain` where it has none of its own.
   * @param run - What the handler may ask about it. @defaultValue a run that nobody ends
   * @returns What the handler returned: a promise only when it gave one. An event without a handler gives `undefined`.
   */
  handle(event: IncomingEvent, run?: EventRun): unknown {
    const handler = this.#byType.get(event.t) ?? this.#plain;
    return handler?.(event, run ?? endlessRun());
  }

  /** Tells the `errorNotify` handler, if there is one. */
  notifyError(error: unknown): void {
    this.#errorNotify?.(error);
  }

  /**
   * Adds handlers; one that has been set already is replaced, as in BotGo.
   * @returns The intents of these handlers alone.
   * @throws {ConfigError} for a name that is no handler's, or a value that is no function: BotGo ignores both without a word and
   * the bot stays deaf (its defect D-L9). Nothing is added then.
   */
  add(handlers: EventHandlers, options: HandlerOptions = {}): Intent {
    const entries = Object.entries(handlers).filter(([, handler]) => handler !== undefined);
    for (const [name, handler] of entries) checkHandler(name, handler);
    let intents: Intent = options.intents ?? Intent.None;
    for (const [name, handler] of entries) {
      if (name === 'errorNotify') this.#errorNotify = handler as ErrorNotifyHandler;
      else if (name === 'plain') this.#plain = withData(handler as PlainEventHandler);
      else intents |= this.#addKind(name as HandlerKind, handler as PlainEventHandler);
    }
    this.#intents |= intents;
    return intents;
  }

  /**
   * BotGo's `RegisterDispatchEventHandler`: a handler for one event name, also one that the SDK does not know yet. It replaces the
   * typed handler for that name.
   * @param intents - The mask that asks for the event. @defaultValue that of the known event, 0 for an unknown one
   * @throws {ConfigError} for an empty name or a value that is no function.
   */
  register(type: string, handler: PlainEventHandler, intents: Intent = eventToIntent(type)): Intent {
    if (typeof type !== 'string' || type === '')
      throw new ConfigError('an event handler needs the name of its event');
    if (typeof handler !== 'function')
      throw new ConfigError(`the handler of ${type} must be a function, got ${typeof handler}`);
    this.#byType.set(type, withData(handler));
    this.#intents |= intents;
    return intents;
  }

  #addKind(kind: HandlerKind, handler: PlainEventHandler): Intent {
    let intents: Intent = Intent.None;
    for (const type of HANDLER_EVENTS[kind]) {
      this.#byType.set(type, withData(handler));
      if (isKnownEventType(type)) intents |= eventIntents[type];
    }
    return intents;
  }
}

/**
 * A table of these handlers.
 * @throws {ConfigError} for a name that is no handler's, or a value that is no function.
 */
export function createHandlers(handlers: EventHandlers, options: HandlerOptions = {}): HandlerTable {
  const table = new HandlerTable();
  table.add(handlers, options);
  return table;
}

function withData(handler: PlainEventHandler): RunHandler {
  return (event, run) => handler(event, event.d, run);
}

function checkHandler(name: string, handler: unknown): void {
  if (name !== 'plain' && name !== 'errorNotify' && !Object.hasOwn(HANDLER_EVENTS, name)) {
    const names = [...Object.keys(HANDLER_EVENTS), 'plain', 'errorNotify'].join(', ');
    throw new ConfigError(`there is no event handler named ${name}; the names are ${names}`);
  }
  if (typeof handler !== 'function')
    throw new ConfigError(`the event handler ${name} must be a function, got ${typeof handler}`);
}
