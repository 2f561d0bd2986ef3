import { inspect } from 'node:util';
import type { LogFields, Logger } from './logger.js';

/** Severity, lowest first. */
export const LOG_LEVELS = Object.freeze({ debug: 10, info: 20, warn: 30, error: 40, silent: 50 });

/** One of {@link LOG_LEVELS}; `silent` lets nothing through. */
export type LogLevel = keyof typeof LOG_LEVELS;

/** Where lines go: `process.stderr`, a file stream, or an array in a test. */
export interface LogStream {
  write(text: string): unknown;
  /** As a terminal has it: whether colours are understood and wanted (`NO_COLOR` is looked at by Node itself). */
  hasColors?(): boolean;
}

/** Options of {@link consoleLogger}. */
export interface ConsoleLoggerOptions {
  /** Lines below it are dropped. @defaultValue `info` */
  readonly level?: LogLevel | undefined;
  /** @defaultValue `process.stderr`, so that a program's own output stays clean */
  readonly stream?: LogStream | undefined;
  /** Unix time in milliseconds of a line. @defaultValue the machine's clock */
  readonly now?: (() => number) | undefined;
}

/** @internal */
export const CONSOLE_LOGGER_DEFAULTS = { level: 'info' } as const satisfies Partial<ConsoleLoggerOptions>;

type WrittenLevel = Exclude<LogLevel, 'silent'>;

const LABELS: Readonly<Record<WrittenLevel, string>> = Object.freeze({
  debug: 'DEBUG',
  info: 'INFO ',
  warn: 'WARN ',
  error: 'ERROR',
});

const COLOURS: Readonly<Record<WrittenLevel, string>> = Object.freeze({
  debug: '\u001b[90m',
  info: '\u001b[36m',
  warn: '\u001b[33m',
  error: '\u001b[31m',
});

const INSPECT_OPTIONS = Object.freeze({
  depth: 4,
  compact: true,
  breakLength: Number.POSITIVE_INFINITY,
  maxArrayLength: 50,
  maxStringLength: 2_000,
});

/**
 * The SDK's own logger: one readable line for each message, `2026-01-31 08:00:00.000 INFO  shard ready shard=1 session=ab…`. Text is
 * written as it is (a `%` is a `%`: BotGo's console reads messages as printf formats, defect D-L14), and what would break the line
 * is escaped. It is the only place in the SDK that writes to a standard stream.
 */
export function consoleLogger(options: ConsoleLoggerOptions = {}): Logger {
  const threshold = LOG_LEVELS[options.level ?? CONSOLE_LOGGER_DEFAULTS.level];
  const stream = options.stream ?? process.stderr;
  const now = options.now ?? Date.now;
  const coloured = stream.hasColors?.() ?? false;

  function write(level: WrittenLevel, message: string, fields: LogFields | undefined): void {
    if (LOG_LEVELS[level] < threshold) return;
    const label = coloured ? `${COLOURS[level]}${LABELS[level]}\u001b[0m` : LABELS[level];
    stream.write(`${timestamp(now())} ${label} ${escapeControls(message)}${formatFields(fields)}\n`);
  }

  return {
    debug: (message, fields) => write('debug', message, fields),
    info: (message, fields) => write('info', message, fields),
    warn: (message, fields) => write('warn', message, fields),
    error: (message, fields) => write('error', message, fields),
    sync() {},
  };
}

function timestamp(unixMs: number): string {
  return new Date(unixMs).toISOString().replace('T', ' ').replace('Z', '');
}

function formatFields(fields: LogFields | undefined): string {
  if (!fields) return '';
  let line = '';
  for (const [key, value] of Object.entries(fields)) {
    if (value !== undefined) line += ` ${escapeControls(key)}=${formatValue(value)}`;
  }
  return line;
}

function formatValue(value: unknown): string {
  if (typeof value === 'string') return /^[^\s"=\p{Cc}]+$/u.test(value) ? value : JSON.stringify(value);
  if (value instanceof Error) return JSON.stringify(describeError(value));
  return escapeControls(inspect(value, INSPECT_OPTIONS));
}

/** Name, code and message of an error and of what caused it; the stack is for a debugger, not for a line. */
function describeError(error: Error): string {
  const parts: string[] = [];
  for (let link: unknown = error, depth = 0; link instanceof Error && depth < 8; link = link.cause, depth++) {
    const code = 'code' in link && typeof link.code === 'string' ? ` [${link.code}]` : '';
    parts.push(`${link.name}${code}: ${link.message}`);
  }
  return parts.join('; caused by ');
}

/** Keeps one message on one line: a user's text must not be able to forge another. */
function escapeControls(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (character) => JSON.stringify(character).slice(1, -1));
}
