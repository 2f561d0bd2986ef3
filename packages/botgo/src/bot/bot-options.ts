import type { Clock } from '../clock/index.js';
import { systemClock } from '../clock/index.js';
import type { DeliveryOptions } from '../delivery/index.js';
import type { Intent } from '../dto/index.js';
import { ConfigError } from '../errs/index.js';
import {
  consoleLogger,
  type Logger,
  type PinoLike,
  redactingLogger,
  Secrets,
  toLogger,
} from '../log/index.js';
import type { ReplierOptions } from '../message/index.js';
import type { GatewaySourceOptions } from '../session/index.js';
import { botToken, newQQBotTokenSource, type TokenSource } from '../token/index.js';

/** How a bot is made. Credentials are one of: `secret`, `token` (retired by the platform), `tokenSource`. */
export interface BotOptions {
  /** The app id, as the console shows it. */
  readonly appId: string | number;
  /** The app secret. Callbacks need it whatever the other credentials are. */
  readonly secret?: string | undefined;
  /** The fixed token of old (`Bot appid.token`); the platform answers 11245 to it today. */
  readonly token?: string | undefined;
  /** Where the credential comes from, instead of `secret`: to share one between processes. */
  readonly tokenSource?: TokenSource | undefined;
  /** Use the sandbox host. @defaultValue false */
  readonly sandbox?: boolean | undefined;
  /** Another OpenAPI host: a simulator, a proxy. @defaultValue the platform's */
  readonly baseUrl?: string | undefined;
  /** Another token endpoint. @defaultValue the platform's; with `baseUrl` on a loopback address, that host's */
  readonly tokenUrl?: string | undefined;
  /** Intents to ask for, instead of those that the handlers need. */
  readonly intents?: Intent | undefined;
  /** Which events wait for each other. @defaultValue 'conversation' */
  readonly order?: DeliveryOptions['order'];
  /** Asynchronous handlers that may run side by side. @defaultValue 256 */
  readonly concurrency?: number | undefined;
  /** After this long an event is settled as timed out, and `ctx.signal` aborts. @defaultValue 60000 */
  readonly handlerTimeoutMs?: number | undefined;
  /** Ids remembered for duplicates across sessions; 0 switches it off. @defaultValue 8192 */
  readonly duplicateWindow?: number | undefined;
  /** A duplicate window that is shared with other processes. */
  readonly claims?: DeliveryOptions['claims'];
  /** Handles a message that came under two intents (MESSAGE_CREATE and AT_MESSAGE_CREATE) once. @defaultValue true */
  readonly dropDoubledMessages?: boolean | undefined;
  /**
   * Asks for MESSAGE_AUDIT_PASS and MESSAGE_AUDIT_REJECT (intent bit 27), which settle messages that wait for an audit [消息审核].
   * Handlers of both do the same. @defaultValue false
   */
  readonly audits?: boolean | undefined;
  /** How messages are counted, spaced and waited with: limits of one's own, a store shared by processes. @defaultValue the platform's limits */
  readonly sending?: Omit<ReplierOptions, 'appId' | 'clock'> | undefined;
  /** @defaultValue the console, from level info */
  readonly logger?: Logger | PinoLike | undefined;
  readonly clock?: Clock | undefined;
}

/** How a bot connects to the gateway; see `SessionManagerOptions` for each field. */
export interface GatewayOptions
  extends Omit<
    GatewaySourceOptions,
    'tokenSource' | 'accessPoint' | 'refreshAccessPoint' | 'intents' | 'logger' | 'clock'
  > {
  /** Aborting it stops the bot without a drain. */
  readonly signal?: AbortSignal | undefined;
}

export const BOT_DEFAULTS = Object.freeze({ dropDoubledMessages: true, sandbox: false, audits: false });

/** Options with every default filled in. */
export interface ResolvedBotOptions {
  readonly appId: string;
  readonly secret: string | undefined;
  readonly tokenSource: TokenSource;
  readonly sandbox: boolean;
  readonly baseUrl: string | undefined;
  readonly intents: Intent | undefined;
  readonly dropDoubledMessages: boolean;
  readonly audits: boolean;
  readonly sending: ReplierOptions;
  readonly delivery: Pick<
    DeliveryOptions,
    'order' | 'concurrency' | 'handlerTimeoutMs' | 'duplicateWindow' | 'claims'
  >;
  readonly logger: Logger;
  readonly secrets: Secrets;
  readonly clock: Clock;
}

/** Fills in defaults and validates. @throws {ConfigError} without a credential, or on a bad value. */
export function resolveBotOptions(options: BotOptions): ResolvedBotOptions {
  const secrets = new Secrets([options.secret, options.token].filter((value) => value !== undefined));
  const logger = redactingLogger(toLogger(options.logger ?? consoleLogger()), secrets);
  const clock = options.clock ?? systemClock;
  const tokenSource = tokenSourceOf(options, logger, secrets, clock);
  const { order, concurrency, handlerTimeoutMs, duplicateWindow, claims } = options;
  return {
    appId: String(options.appId),
    secret: options.secret,
    tokenSource,
    sandbox: options.sandbox ?? BOT_DEFAULTS.sandbox,
    baseUrl: options.baseUrl,
    intents: options.intents,
    dropDoubledMessages: options.dropDoubledMessages ?? BOT_DEFAULTS.dropDoubledMessages,
    audits: options.audits ?? BOT_DEFAULTS.audits,
    sending: { ...options.sending, appId: String(options.appId), clock },
    delivery: { order, concurrency, handlerTimeoutMs, duplicateWindow, claims },
    logger,
    secrets,
    clock,
  };
}

function tokenSourceOf(options: BotOptions, logger: Logger, secrets: Secrets, clock: Clock): TokenSource {
  const { appId, secret, token, tokenSource } = options;
  if (tokenSource !== undefined) {
    if (tokenSource.appId !== String(appId))
      throw new ConfigError(`the token source is for the app ${tokenSource.appId}, the bot for ${appId}`);
    return tokenSource;
  }
  if (token !== undefined) return botToken(appId, token);
  if (secret === undefined)
    throw new ConfigError('a bot needs its secret (or a tokenSource): new Bot({ appId, secret })');
  const tokenUrl = options.tokenUrl ?? tokenUrlOf(options.baseUrl);
  return newQQBotTokenSource({ appId, secret, tokenUrl, logger, secrets, clock });
}

/** A simulator serves everything under one address; nobody would give it their secret and the platform's token endpoint. */
function tokenUrlOf(baseUrl: string | undefined): string | undefined {
  if (baseUrl === undefined || !URL.canParse(baseUrl)) return undefined;
  const { hostname, origin } = new URL(baseUrl);
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
  return isLoopback ? `${origin}/app/getAppAccessToken` : undefined;
}
