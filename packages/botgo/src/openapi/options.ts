import type { Dispatcher } from 'undici';
import { type Clock, systemClock } from '../clock/index.js';
import { ConfigError } from '../errs/index.js';
import { type Logger, Secrets, silentLogger } from '../log/index.js';
import type { TokenSource } from '../token/index.js';
import type { ConnectionOptions } from './dispatcher.js';
import type { Filters } from './filter-chain.js';

/** The production host. Since 2026-08 `https://api.bot.qq.com` answers the same paths. Source: bot-docs, official wiki. */
export const DEFAULT_BASE_URL = 'https://api.sgroup.qq.com';

/** The sandbox host [沙箱环境]: sandbox guilds only. Source: bot-docs. */
export const SANDBOX_BASE_URL = 'https://sandbox.api.sgroup.qq.com';

/** Hosts of the platform, which may see a credential whatever the client's base URL is. */
const PLATFORM_ORIGINS = [DEFAULT_BASE_URL, SANDBOX_BASE_URL, 'https://api.bot.qq.com'];

/** Options of an OpenAPI client. */
export interface OpenAPIOptions extends ConnectionOptions {
  readonly tokenSource: TokenSource;
  /** @defaultValue the token source's */
  readonly appId?: string | undefined;
  /** Use the sandbox host. @defaultValue false */
  readonly sandbox?: boolean | undefined;
  /** Another host, with or without a path: a simulator, a proxy of your own. @defaultValue the platform's host */
  readonly baseUrl?: string | undefined;
  /** Time for one attempt, from asking for a connection to the end of the answer. @defaultValue 5,000 */
  readonly timeoutMs?: number | undefined;
  /** Attempts in all, where repeating is safe; 1: never repeat. @defaultValue 3 */
  readonly maxAttempts?: number | undefined;
  /** Longer answers are not read. @defaultValue 10 MiB */
  readonly maxResponseBytes?: number | undefined;
  /** An undici dispatcher of your own instead of the client's pool; the connection options are not used then, and it stays open. */
  readonly dispatcher?: Dispatcher | undefined;
  readonly logger?: Logger | undefined;
  /** Gets every token, so that it can be kept out of logs. */
  readonly secrets?: Secrets | undefined;
  /** Log every request and answer, without credentials, at info level. @defaultValue false */
  readonly debug?: boolean | undefined;
  /** Filters shared with other clients; they run before the client's own. */
  readonly sharedFilters?: Filters | undefined;
  readonly clock?: Clock | undefined;
  /** 0 ≤ x < 1; for jitter. */
  readonly random?: (() => number) | undefined;
}

/** @internal */
export const OPENAPI_DEFAULTS = {
  timeoutMs: 5_000,
  maxAttempts: 3,
  maxResponseBytes: 10 * 1024 * 1024,
} as const satisfies Partial<OpenAPIOptions>;

/** Options with every default filled in. */
export interface ResolvedOpenAPIOptions {
  readonly tokenSource: TokenSource;
  readonly appId: string;
  readonly baseUrl: BaseUrl;
  readonly trustedOrigins: ReadonlySet<string>;
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  readonly maxResponseBytes: number;
  readonly logger: Logger;
  readonly secrets: Secrets;
  readonly debug: boolean;
  readonly sharedFilters: Filters | undefined;
  readonly clock: Clock;
  readonly random: () => number;
}

/** A base URL in the two parts that a request needs. */
export interface BaseUrl {
  readonly origin: string;
  /** Without a slash at its end. */
  readonly prefix: string;
}

/** Fills in defaults and validates. @throws {ConfigError} on a bad value. */
export function resolveOpenAPIOptions(options: OpenAPIOptions): ResolvedOpenAPIOptions {
  const { tokenSource } = options;
  if (typeof tokenSource?.token !== 'function')
    throw new ConfigError(
      'An OpenAPI client needs a token source: newQQBotTokenSource(…), or botToken(appId, token)',
    );
  const appId = options.appId ?? tokenSource.appId;
  if (!/^[\x21-\x7e]+$/.test(appId))
    throw new ConfigError(
      'appId must be text of visible ASCII characters (the console shows it as a number)',
    );
  const baseUrl = parseBaseUrl(
    options.baseUrl ?? (options.sandbox === true ? SANDBOX_BASE_URL : DEFAULT_BASE_URL),
  );
  return {
    tokenSource,
    appId,
    baseUrl,
    trustedOrigins: new Set([baseUrl.origin, ...PLATFORM_ORIGINS]),
    timeoutMs: checkPositive('timeoutMs', options.timeoutMs ?? OPENAPI_DEFAULTS.timeoutMs),
    maxAttempts: checkPositive('maxAttempts', options.maxAttempts ?? OPENAPI_DEFAULTS.maxAttempts),
    maxResponseBytes: checkPositive(
      'maxResponseBytes',
      options.maxResponseBytes ?? OPENAPI_DEFAULTS.maxResponseBytes,
    ),
    logger: options.logger ?? silentLogger,
    secrets: options.secrets ?? new Secrets(),
    debug: options.debug ?? false,
    sharedFilters: options.sharedFilters,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}

/** @throws {ConfigError} */
export function checkPositive(name: string, value: number): number {
  if (value > 0) return value;
  throw new ConfigError(`${name} must be a number above 0, got ${value}`);
}

function parseBaseUrl(text: string): BaseUrl {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || url.username !== '' || url.search !== '' || url.hash !== '')
    throw new ConfigError(`baseUrl must be an http or https URL without credentials and query`);
  return { origin: url.origin, prefix: url.pathname.replace(/\/+$/, '') };
}
