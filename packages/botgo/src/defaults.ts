/**
 * BotGo's process-wide settings, and the functions that read them: the only state of the SDK that is not in an object of the caller's.
 * Each has a pure twin in its folder (`createHandlers`, `createOpenAPIRegistry`, `new SessionManager`, …). Only the package's entry
 * imports this file.
 */
import { Delivery, type DeliveryOptions } from './delivery/index.js';
import type { Intent } from './dto/index.js';
import { BotgoError, ConfigError } from './errs/index.js';
import {
  type EventHandlers,
  eventRun,
  type HandlerOptions,
  HandlerTable,
  type PlainEventHandler,
} from './event/index.js';
import {
  consoleLogger,
  type Logger,
  type PinoLike,
  redactingLogger,
  Secrets,
  toLogger,
} from './log/index.js';
import {
  type APIVersion,
  createFilters,
  createOpenAPIRegistry,
  type HttpFilter,
  type OpenAPI,
  type OpenAPIFactory,
  type OpenAPIOptions,
  openAPIOptionsOf,
} from './openapi/index.js';
import { type ConnectionFactory, SessionManager, type SessionManagerOptions } from './session/index.js';
import type { TokenSource } from './token/index.js';

/** What starts sessions: BotGo's `SessionManager` interface. A `SessionManager` is one; implement it to manage them your own way. */
export type SessionStarter = Pick<SessionManager, 'start' | 'stop'>;

const handlers = new HandlerTable();
const registry = createOpenAPIRegistry();
const filters = createFilters();
/** Clients put their tokens here, the default logger leaves them out of what it writes. */
const secrets = new Secrets();
let logger: Logger | undefined;
let makeSessionManager: (() => SessionStarter) | undefined;
let makeConnection: ConnectionFactory | undefined;

/** Where clients and session managers made from now on log. @defaultValue the console, from level info */
export function setLogger(next: Logger | PinoLike): void {
  logger = redactingLogger(toLogger(next), secrets);
}

/**
 * What {@link newSessionManager} returns from now on.
 * @param make - Makes a manager for each call; a manager itself is returned to every caller, as in BotGo.
 */
export function setSessionManager(make: SessionStarter | (() => SessionStarter)): void {
  if (typeof make !== 'function' && typeof make?.start !== 'function')
    throw new ConfigError('a session manager has a method start');
  makeSessionManager = typeof make === 'function' ? make : () => make;
}

/** Makes the connections of session managers made from now on. */
export function setWebsocketClient(make: ConnectionFactory): void {
  if (typeof make !== 'function')
    throw new ConfigError('setWebsocketClient needs a function that makes connections');
  makeConnection = make;
}

/** Registers an OpenAPI implementation for a version; {@link selectOpenAPIVersion} chooses it. */
export function setOpenAPIClient(version: APIVersion, factory: OpenAPIFactory): void {
  registry.register(version, factory);
}

/** The version of clients made from now on. @throws {BotgoError} `BOTGO_OPENAPI_NOT_FOUND`; the selection stays then. */
export function selectOpenAPIVersion(version: APIVersion): void {
  registry.select(version);
}

/** A filter for the requests of every client made here. A name used again replaces its filter. @returns A function that removes it. */
export function registerReqFilter(name: string, filter: HttpFilter): () => void {
  return filters.request.register(name, filter);
}

/** A filter for the answers of every client made here, also for error statuses. @returns A function that removes it. */
export function registerRespFilter(name: string, filter: HttpFilter): () => void {
  return filters.response.register(name, filter);
}

/** Options of {@link newOpenAPI} beyond the credential. */
export type NewOpenAPIOptions = Omit<OpenAPIOptions, 'appId' | 'tokenSource' | 'sharedFilters'>;

/**
 * A client for the production host.
 * @param token - The credential: BotGo v0.1.6's `NewOpenAPI(token)`.
 */
export function newOpenAPI(token: TokenSource, options?: NewOpenAPIOptions): OpenAPI;
/** BotGo v0.1.7's `NewOpenAPI(appID, tokenSource)`. */
export function newOpenAPI(
  appId: string | number,
  tokenSource: TokenSource,
  options?: NewOpenAPIOptions,
): OpenAPI;
export function newOpenAPI(
  appIdOrToken: string | number | TokenSource,
  sourceOrOptions?: TokenSource | NewOpenAPIOptions,
  options?: NewOpenAPIOptions,
): OpenAPI {
  return makeOpenAPI(appIdOrToken, sourceOrOptions, options, false);
}

/** A client for the sandbox host, otherwise as {@link newOpenAPI}. */
export function newSandboxOpenAPI(token: TokenSource, options?: NewOpenAPIOptions): OpenAPI;
export function newSandboxOpenAPI(
  appId: string | number,
  tokenSource: TokenSource,
  options?: NewOpenAPIOptions,
): OpenAPI;
export function newSandboxOpenAPI(
  appIdOrToken: string | number | TokenSource,
  sourceOrOptions?: TokenSource | NewOpenAPIOptions,
  options?: NewOpenAPIOptions,
): OpenAPI {
  return makeOpenAPI(appIdOrToken, sourceOrOptions, options, true);
}

function makeOpenAPI(
  appIdOrToken: string | number | TokenSource,
  sourceOrOptions: TokenSource | NewOpenAPIOptions | undefined,
  options: NewOpenAPIOptions | undefined,
  sandbox: boolean,
): OpenAPI {
  const isToken = typeof appIdOrToken === 'object' && appIdOrToken !== null;
  const source = isToken ? undefined : (sourceOrOptions as TokenSource | undefined);
  const settings = isToken ? (sourceOrOptions as NewOpenAPIOptions | undefined) : options;
  return registry.create({
    sandbox,
    logger: currentLogger(),
    secrets,
    ...settings,
    ...openAPIOptionsOf(appIdOrToken, source),
    sharedFilters: filters,
  });
}

/**
 * Sets the process's handlers: BotGo's `RegisterHandlers`. Handlers set before stay unless they are set again.
 * @returns The intents that these handlers need, for {@link SessionStarter.start}.
 * @throws {ConfigError} for a name that is no handler's, or a value that is no function.
 */
export function registerHandlers(given: EventHandlers, options?: HandlerOptions): Intent {
  return handlers.add(given, options);
}

/**
 * A handler for one event name, also one the SDK does not know; it replaces the typed one. BotGo's `RegisterDispatchEventHandler`.
 * @returns The intents it needs: those of the known event, or `intents`.
 */
export function registerDispatchEventHandler(
  type: string,
  handler: PlainEventHandler,
  intents?: Intent,
): Intent {
  return handlers.register(type, handler, intents);
}

/** Options of {@link newSessionManager}. */
export interface NewSessionManagerOptions extends Omit<SessionManagerOptions, 'sink'> {
  /** A duplicate window that processes share. Default: none. */
  readonly claims?: DeliveryOptions['claims'];
}

/**
 * A session manager that gives events to the process's handlers; a new one for each call (BotGo returns the same one to everybody,
 * its defect D-L7), or what {@link setSessionManager} says. With a `coordinator` it is always a new one over that.
 */
export function newSessionManager({ claims, ...options }: NewSessionManagerOptions = {}): SessionStarter {
  if (makeSessionManager && !options.coordinator) return makeSessionManager();
  const log = options.logger ?? currentLogger();
  const sink = new Delivery({
    handle: (event, context) => handlers.handle(event, eventRun(context)),
    wants: (type) => handlers.wants(type),
    claims,
    onError: ({ error, outcome, event, lane }) =>
      log.error('handler failed', { event: event.t, id: event.id, outcome, lane, error }),
    ...(options.clock && { clock: options.clock }),
  });
  const manager = new SessionManager({ createConnection: makeConnection, ...options, logger: log, sink });
  manager.on('fatal', ({ error }) => handlers.notifyError(error));
  manager.on('disconnect', ({ shard, code, reason, next }) => {
    if (next !== 'fatal') handlers.notifyError(disconnectError(shard, code, reason, next));
  });
  return manager;
}

/** What BotGo hands to `ErrorNotify` when a connection ends: 9000 when the session stays, 9005 when it does not. */
function disconnectError(
  shard: number,
  code: number,
  reason: string,
  next: 'resume' | 'identify',
): BotgoError {
  const what = `shard ${shard} was disconnected (${code}${reason === '' ? '' : ` ${reason}`})`;
  return next === 'resume'
    ? new BotgoError('BOTGO_NEED_RECONNECT', `${what}; its session is resumed`, { botgoCode: 9000 })
    : new BotgoError('BOTGO_CANNOT_RESUME', `${what}; a new session is opened`, { botgoCode: 9005 });
}

function currentLogger(): Logger {
  logger ??= redactingLogger(consoleLogger(), secrets);
  return logger;
}
