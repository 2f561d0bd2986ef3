import type { LogFields, Logger } from './logger.js';

const REDACTED = '[redacted]';
/** What is nested deeper, or comes after so many values, is replaced, not passed on unread. */
const MAX_DEPTH = 8;
const MAX_VALUES = 2_000;
/** Shorter strings would blank out half of every log. */
const MIN_SECRET_LENGTH = 4;
const MAX_SECRETS = 64;

/** Fields whose text is a credential whatever it holds. Numbers pass: a fencing token is called `token` too. */
const SECRET_KEY =
  /^(?:access_?token|refresh_?token|client_?secret|app_?secret|bot_?secret|secret|token|authorization|password)$/i;

/** Credentials as they look on the wire, for those nobody registered. */
const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/\b(QQBot|Bearer)\s+[\w.~+/=-]{6,}/g, `$1 ${REDACTED}`],
  [/\bBot\s+([\w-]+)\.[\w.~+/=-]{6,}/g, `Bot $1.${REDACTED}`],
  [
    // Not the path `getAppAccessToken` before a colon.
    /((?:(?<!getApp)access_?token|client_?secret|app_?secret)\\?["']?\s*[:=]\s*\\?["']?)[^\s"'\\&,}]+/gi,
    `$1${REDACTED}`,
  ],
];

/**
 * The credentials in use, so that they can be taken out of texts and values before anything is logged. Holds the last 64: a token
 * that ended long ago need not be looked for.
 */
export class Secrets {
  readonly #values = new Set<string>();
  #sorted: readonly string[] = [];

  constructor(values: Iterable<string> = []) {
    for (const value of values) this.add(value);
  }

  /** Registers a credential. Strings under four characters are ignored. */
  add(value: string): void {
    if (value.length < MIN_SECRET_LENGTH || this.#values.has(value)) return;
    this.#values.add(value);
    for (const oldest of this.#values) {
      if (this.#values.size <= MAX_SECRETS) break;
      this.#values.delete(oldest);
    }
    const forms = [...this.#values].flatMap((secret) => [
      secret,
      JSON.stringify(secret).slice(1, -1),
      encodeSafely(secret),
    ]);
    // The longest first: one secret may be the beginning of another.
    this.#sorted = [...new Set(forms)].sort((a, b) => b.length - a.length);
  }

  /** `text` without credentials: the registered ones, and what looks like one. */
  redactText(text: string): string {
    let result = text;
    for (const secret of this.#sorted) {
      if (result.includes(secret)) result = result.replaceAll(secret, REDACTED);
    }
    for (const [pattern, replacement] of PATTERNS) result = result.replace(pattern, replacement);
    return result;
  }

  /**
   * `value` without credentials, at any depth up to a bound. What needs no change is returned as it is; errors, arrays, maps and
   * sets that do are copied. Never throws: a value that cannot be read is replaced.
   */
  redact(value: unknown): unknown {
    return new Redaction(this).value(value, 0);
  }
}

/** A logger that sees neither the registered secrets nor anything that looks like a credential. */
export function redactingLogger(logger: Logger, secrets: Secrets): Logger {
  function pass(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields?: LogFields): void {
    const text = secrets.redactText(message);
    if (fields) logger[level](text, secrets.redact(fields) as LogFields);
    else logger[level](text);
  }
  return {
    debug: (message, fields) => pass('debug', message, fields),
    info: (message, fields) => pass('info', message, fields),
    warn: (message, fields) => pass('warn', message, fields),
    error: (message, fields) => pass('error', message, fields),
    sync: () => logger.sync?.(),
  };
}

/** One walk over one value: counts what it has seen, so that a huge or cyclic value ends. */
class Redaction {
  readonly #secrets: Secrets;
  readonly #open = new Set<object>();
  #left = MAX_VALUES;

  constructor(secrets: Secrets) {
    this.#secrets = secrets;
  }

  value(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.#secrets.redactText(value);
    if (typeof value !== 'object' || value === null) return value;
    if (this.#open.has(value)) return '[circular]';
    if (depth > MAX_DEPTH || this.#left-- <= 0) return '[…]';
    this.#open.add(value);
    try {
      return this.#object(value, depth + 1);
    } catch {
      return '[unreadable]';
    } finally {
      this.#open.delete(value);
    }
  }

  #object(value: object, depth: number): unknown {
    if (value instanceof Error) return this.#error(value, depth);
    if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return `[${value.byteLength} bytes]`;
    if (Array.isArray(value)) return this.#array(value, depth);
    if (value instanceof Map) return this.#array([...value], depth);
    if (value instanceof Set) return this.#array([...value], depth);
    if ('toJSON' in value && typeof value.toJSON === 'function') {
      const json: unknown = value.toJSON();
      return json === value ? this.#record(value, depth) : this.value(json, depth);
    }
    return this.#record(value, depth);
  }

  #array(values: readonly unknown[], depth: number): unknown {
    const copy: unknown[] = [];
    for (const value of values) {
      if (this.#left <= 0) {
        copy.push('[…]');
        break;
      }
      copy.push(this.value(value, depth));
    }
    return copy.length === values.length && copy.every((value, index) => Object.is(value, values[index]))
      ? values
      : copy;
  }

  #record(record: object, depth: number): unknown {
    const copy: Record<string, unknown> = {};
    let changed = false;
    for (const key of Object.keys(record)) {
      const before: unknown = Reflect.get(record, key);
      const after = SECRET_KEY.test(key) && typeof before === 'string' ? REDACTED : this.value(before, depth);
      const name = this.#secrets.redactText(key);
      // A plain assignment to `__proto__` would set the prototype.
      Object.defineProperty(copy, name, {
        value: after,
        enumerable: true,
        configurable: true,
        writable: true,
      });
      changed ||= name !== key || !Object.is(before, after);
    }
    return changed ? copy : record;
  }

  /** A changed error stays an error of its class, so that loggers print it as one. */
  #error(error: Error, depth: number): unknown {
    const descriptors = Object.getOwnPropertyDescriptors(error);
    let changed = false;
    for (const [key, descriptor] of Object.entries(descriptors)) {
      const before: unknown = Reflect.get(error, key);
      const after = SECRET_KEY.test(key) && typeof before === 'string' ? REDACTED : this.value(before, depth);
      const enumerable = descriptor.enumerable ?? false;
      Reflect.set(descriptors, key, { value: after, enumerable, configurable: true, writable: true });
      changed ||= !Object.is(before, after);
    }
    return changed ? Object.create(Object.getPrototypeOf(error) as object, descriptors) : error;
  }
}

/** Lone surrogates cannot be encoded; such a secret is looked for as it is. */
function encodeSafely(text: string): string {
  try {
    return encodeURIComponent(text);
  } catch {
    return text;
  }
}
