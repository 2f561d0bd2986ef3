/** Structured values beside a message. Never a token, a secret or a message body: those are redacted or left out before. */
export type LogFields = Readonly<Record<string, unknown>>;

/**
 * What the SDK logs to. Messages are constant strings, values go into `fields`, so that a log can be searched.
 * The methods are BotGo's `log.Logger` without its printf twins.
 */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** Writes out what is buffered. */
  sync?(): void | Promise<void>;
}

/** The part of a pino logger that is needed to log through it (object first, message second). */
export interface PinoLike {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
  flush?(): void;
  bindings(): object;
}

/** Accepts a {@link Logger} as it is, or a pino logger (recognised by its `bindings` method) turned into one. */
export function toLogger(logger: Logger | PinoLike): Logger {
  if (!('bindings' in logger)) return logger;
  return {
    debug: (message, fields = {}) => logger.debug(fields, message),
    info: (message, fields = {}) => logger.info(fields, message),
    warn: (message, fields = {}) => logger.warn(fields, message),
    error: (message, fields = {}) => logger.error(fields, message),
    sync: () => logger.flush?.(),
  };
}

/** Drops everything. */
export const silentLogger: Logger = Object.freeze({ debug() {}, info() {}, warn() {}, error() {} });
