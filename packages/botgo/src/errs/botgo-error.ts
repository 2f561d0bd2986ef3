/**
 * The SDK's own error codes. A code never changes its meaning; messages may. `docs/errors.md` describes each of them, and a test
 * holds the two together.
 */
export const BOTGO_ERROR_CODES = Object.freeze({
  BOTGO_CONFIG: 'an option or argument is missing or wrong',
  BOTGO_NEED_RECONNECT: 'the gateway asked for a new connection; the session stays',
  BOTGO_INVALID_SESSION: 'the gateway refused the session; a new one is needed',
  BOTGO_URL_INVALID: 'the gateway URL is empty or not a WebSocket URL',
  BOTGO_OPENAPI_NOT_FOUND: 'no OpenAPI implementation is registered for that version',
  BOTGO_SESSION_LIMIT: 'more shards than the platform allows to start now',
  BOTGO_CANNOT_RESUME: 'the connection ended in a way that ends its session',
  BOTGO_CANNOT_IDENTIFY: 'the gateway refuses this bot or these intents for good',
  BOTGO_PAGER_MISSING: 'a call that reads pages was made without a pager',
  BOTGO_UNKNOWN: 'an error that is not of the SDK, wrapped',
  BOTGO_OPENAPI: 'the OpenAPI answered with an error',
  BOTGO_NETWORK: 'a host could not be reached or the connection broke',
  BOTGO_TIMEOUT: 'no answer came in time',
  BOTGO_ABORTED: 'the caller aborted the operation',
  BOTGO_BAD_RESPONSE: 'an answer was not of the documented form',
  BOTGO_TOKEN: 'no access token could be had',
  BOTGO_GATEWAY_FATAL: 'the gateway closed the connection with a code that forbids reconnecting',
  BOTGO_PROTOCOL: 'a gateway frame was not of the documented form',
  BOTGO_HANDLER_TIMEOUT: 'a handler did not return in time',
  BOTGO_EVENT_POISON: 'an event was in flight at several deaths of its process and is skipped',
  BOTGO_LEASE_LOST: 'this process no longer owns the shard it acts for',
  BOTGO_FENCED: 'a write came from an owner that has been replaced',
  BOTGO_STORE: 'the coordination store could not be reached or refused',
  BOTGO_BROKER: 'the message broker could not be reached or refused',
  BOTGO_CLUSTER_MISMATCH:
    'members of one cluster disagree on the app, the intents, the shard count or what is stored',
  BOTGO_CLOSED: 'the object was closed before the call',
  BOTGO_SIGNATURE: 'a callback request is not signed as the platform signs',
  BOTGO_REPLY_REFUSED: 'the platform would refuse this reply, so it was not sent',
});

/** One of {@link BOTGO_ERROR_CODES}. */
export type BotgoErrorCode = keyof typeof BOTGO_ERROR_CODES;

/** What a {@link BotgoError} may carry besides code and message. */
export interface BotgoErrorInfo extends ErrorOptions {
  /** `X-Tps-trace-ID` of the answer: quote it when reporting to the platform. */
  readonly traceId?: string | undefined;
  /** The number that BotGo's `errs` package gives this error (9000–9999). */
  readonly botgoCode?: number | undefined;
}

/** Marks our errors across two installed copies of the package, where `instanceof` fails. */
const BRAND = Symbol.for('botgo.error');

/** Every error the SDK throws. Switch on {@link BotgoError.code}, never on the text. */
export class BotgoError extends Error {
  override readonly name: string = 'BotgoError';
  readonly code: BotgoErrorCode;
  /** `X-Tps-trace-ID` of the answer that caused it, when there was one. */
  declare readonly traceId: string | undefined;
  /** BotGo's number for it, when BotGo has one. */
  declare readonly botgoCode: number | undefined;

  constructor(code: BotgoErrorCode, message: string, info: BotgoErrorInfo = {}) {
    super(message, 'cause' in info ? { cause: info.cause } : undefined);
    this.code = code;
    // Only what is known becomes a field: Node prints each of them when nobody catches the error.
    if (info.traceId !== undefined) this.traceId = info.traceId;
    if (info.botgoCode !== undefined) this.botgoCode = info.botgoCode;
  }
}
Object.defineProperty(BotgoError.prototype, BRAND, { value: true });

/** Whether `error` is a {@link BotgoError}, from whichever copy of the package; with `code`, of that code. */
export function isBotgoError(error: unknown, code?: BotgoErrorCode): error is BotgoError {
  if (!(error instanceof Error && BRAND in error)) return false;
  return code === undefined || ('code' in error && error.code === code);
}

/** The first {@link BotgoError} in the chain of causes. */
export function findBotgoError(error: unknown): BotgoError | undefined {
  for (let link = error, depth = 0; link instanceof Error && depth < 32; link = link.cause, depth++) {
    if (isBotgoError(link)) return link;
  }
  return undefined;
}

/** A wrong option or argument: a mistake in the program or its configuration, found before anything was done. */
export class ConfigError extends BotgoError {
  override readonly name = 'ConfigError';
  constructor(message: string, info: BotgoErrorInfo = {}) {
    super('BOTGO_CONFIG', message, info);
  }
}
