import type { Dispatcher } from 'undici';
import { type Clock, systemClock } from '../clock/index.js';
import { abortedError, BotgoError, ConfigError, isBotgoError } from '../errs/index.js';
import { diagnosticsChannel, type Logger, redactingLogger, Secrets, silentLogger } from '../log/index.js';
import { appIdText, checkSecret, type QQBotCredentials } from './credentials.js';
import { SharedTokens } from './shared-tokens.js';
import {
  DEFAULT_TOKEN_URL,
  readTokenAnswer,
  TokenRefusal,
  type TokenRequester,
  undiciTokenRequester,
} from './token-endpoint.js';
import { AccessToken, type TokenRequest, type TokenSource } from './token-source.js';
import { type SharedToken, TokenSeal, type TokenStore } from './token-store.js';

/** Options of {@link newQQBotTokenSource}. */
export interface QQBotTokenSourceOptions extends QQBotCredentials {
  /** @defaultValue `https://bots.qq.com/app/getAppAccessToken` */
  readonly tokenUrl?: string | undefined;
  /** Time for one request to the endpoint. @defaultValue 10,000, as BotGo */
  readonly timeoutMs?: number | undefined;
  /** Requests before a caller is told that no token can be had. @defaultValue 3 */
  readonly maxAttempts?: number | undefined;
  /** Shares the token with other processes of this bot. */
  readonly store?: TokenStore | undefined;
  /** undici dispatcher of the default requester: for a proxy or a CA of your own. */
  readonly dispatcher?: Dispatcher | undefined;
  readonly requester?: TokenRequester | undefined;
  readonly logger?: Logger | undefined;
  /** Gets the app secret and every token, so that they can be kept out of logs. */
  readonly secrets?: Secrets | undefined;
  readonly clock?: Clock | undefined;
  /** 0 ≤ x < 1; for jitter. */
  readonly random?: (() => number) | undefined;
}

/** @internal */
export const QQBOT_TOKEN_SOURCE_DEFAULTS = {
  tokenUrl: DEFAULT_TOKEN_URL,
  timeoutMs: 10_000,
  maxAttempts: 3,
} as const satisfies Partial<QQBotTokenSourceOptions>;

/** The platform gives a new token only in the last 60 s of the old one, which stays valid until its end. Source: bot-docs. */
const RENEWAL_WINDOW_MS = 60_000;
const REFRESHES = diagnosticsChannel('botgo:token:refresh');
const BACKOFF_BASE_MS = 500;
const BACKOFF_CAP_MS = 30_000;

/** A token and when it ends, by a clock that may jump and by one that may stand still while the machine sleeps. */
interface Held {
  readonly value: string;
  /** Settled already: handing out a token makes no new promise. */
  readonly answer: Promise<AccessToken>;
  readonly unusableAtMs: number;
  readonly unusableAtWallMs: number;
  readonly refreshAtMs: number;
}

/**
 * The bot's access token, fetched when first asked for and kept until shortly before its end. One request is in flight however many
 * ask; in the last minute a new token is fetched in the background while the old one, still valid, is handed out.
 * @throws {ConfigError} on a missing or unusable app id, secret or URL.
 */
export function newQQBotTokenSource(options: QQBotTokenSourceOptions): TokenSource {
  return new QQBotTokenSource(options);
}

class QQBotTokenSource implements TokenSource {
  readonly appId: string;
  readonly #body: string;
  readonly #tokenUrl: string;
  readonly #timeoutMs: number;
  readonly #maxAttempts: number;
  readonly #shared: SharedTokens | undefined;
  readonly #requester: TokenRequester;
  readonly #logger: Logger;
  readonly #secrets: Secrets;
  readonly #clock: Clock;
  readonly #random: () => number;

  #held: Held | undefined;
  #flight: Promise<AccessToken> | undefined;
  /** The value the platform refused last: a store, or the platform itself, may still give it. */
  #refused: string | undefined;
  #failures = 0;
  /** The last failure, when asking again cannot help. */
  #lastError: BotgoError | undefined;
  /** No request before this moment, by `clock.now()`. */
  #notBeforeMs = Number.NEGATIVE_INFINITY;

  constructor(options: QQBotTokenSourceOptions) {
    const defaults = QQBOT_TOKEN_SOURCE_DEFAULTS;
    const appId = appIdText(options.appId);
    const secret = checkSecret('secret', options.secret);
    const clock = options.clock ?? systemClock;
    const random = options.random ?? Math.random;
    const secrets = options.secrets ?? new Secrets();
    secrets.add(secret);
    const logger = redactingLogger(options.logger ?? silentLogger, secrets);
    this.appId = appId;
    this.#body = JSON.stringify({ appId, clientSecret: secret });
    this.#tokenUrl = checkUrl(options.tokenUrl ?? defaults.tokenUrl);
    this.#timeoutMs = checkPositive('timeoutMs', options.timeoutMs ?? defaults.timeoutMs);
    this.#maxAttempts = checkPositive('maxAttempts', options.maxAttempts ?? defaults.maxAttempts);
    this.#shared =
      options.store &&
      new SharedTokens({
        appId,
        store: options.store,
        seal: new TokenSeal(appId, secret),
        logger,
        clock,
        random,
      });
    this.#requester = options.requester ?? undiciTokenRequester(options.dispatcher);
    this.#logger = logger;
    this.#secrets = secrets;
    this.#clock = clock;
    this.#random = random;
  }

  token(request: TokenRequest = {}): Promise<AccessToken> {
    const held = this.#held;
    if (held && this.#clock.now() < held.unusableAtMs && this.#clock.wallNow() < held.unusableAtWallMs) {
      if (this.#clock.now() >= held.refreshAtMs) this.#refreshBehind();
      return held.answer;
    }
    return waitFor(this.#fetchOnce(this.#maxAttempts), request.signal);
  }

  invalidate(token: AccessToken): void {
    if (this.#held?.value !== token.value) return;
    this.#held = undefined;
    this.#refused = token.value;
  }

  /** Starts a fetch that nobody waits for: a failure is logged, and a later call tries again. */
  #refreshBehind(): void {
    if (!this.#flight && this.#clock.now() >= this.#notBeforeMs) this.#fetchOnce(1);
  }

  #fetchOnce(maxAttempts: number): Promise<AccessToken> {
    if (this.#flight) return this.#flight;
    const flight = this.#fetch(maxAttempts).finally(() => {
      this.#flight = undefined;
    });
    // Every caller may have gone away before it fails.
    flight.catch(() => {});
    this.#flight = flight;
    return flight;
  }

  async #fetch(maxAttempts: number): Promise<AccessToken> {
    for (let attempt = 1; ; attempt++) {
      await this.#waitTurn();
      const startedMs = this.#clock.now();
      try {
        const refused = this.#refused;
        const shared = this.#shared
          ? await this.#shared.obtain(refused, () => this.#request())
          : await this.#request();
        this.#succeed(shared);
        this.#publish(true, startedMs);
        return await this.#hold(shared);
      } catch (thrown) {
        const refusal = this.#toRefusal(thrown);
        this.#fail(refusal);
        this.#publish(false, startedMs);
        const { appId } = this;
        this.#logger.warn('access token not fetched', { appId, attempt, error: refusal.failure });
        if (!refusal.retryable || attempt >= maxAttempts) throw refusal.failure;
      }
    }
  }

  /** Sleeps off a failure that may pass; one that will not is given again at once, without asking the platform. */
  async #waitTurn(): Promise<void> {
    const waitMs = this.#notBeforeMs - this.#clock.now();
    if (waitMs <= 0) return;
    if (this.#lastError) throw this.#lastError;
    await this.#clock.sleep(waitMs);
  }

  #fail(refusal: TokenRefusal): void {
    this.#lastError = refusal.retryable ? undefined : refusal.failure;
    this.#failures++;
    this.#notBeforeMs = this.#clock.now() + this.#backoffMs() * this.#random();
  }

  #succeed(shared: SharedToken): void {
    this.#lastError = undefined;
    if (shared.value !== this.#refused) {
      this.#failures = 0;
      return;
    }
    // The refused token once more: callers that have it refused again must not turn this into a loop.
    this.#failures++;
    this.#notBeforeMs = this.#clock.now() + this.#backoffMs();
  }

  #backoffMs(): number {
    return Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.min(this.#failures - 1, 10));
  }

  /** One POST; its time ends it even when the requester ignores the signal. */
  #request(): Promise<SharedToken> {
    const startedWallMs = this.#clock.wallNow();
    const abort = new AbortController();
    const answer = this.#requester({
      url: this.#tokenUrl,
      headers: { 'content-type': 'application/json', accept: 'application/json' },
      body: this.#body,
      signal: abort.signal,
    }).then((response) => {
      const { value, lifeMs } = readTokenAnswer(this.appId, response, (text) =>
        this.#secrets.redactText(text),
      );
      const refreshAtMs = startedWallMs + this.#refreshAfterMs(lifeMs);
      return { value, expiresAtMs: startedWallMs + lifeMs, refreshAtMs };
    });
    return new Promise((resolve, reject) => {
      const cancel = this.#clock.after(this.#timeoutMs, () => {
        const message = `The token endpoint did not answer within ${this.#timeoutMs} ms`;
        reject(new BotgoError('BOTGO_TIMEOUT', message));
        abort.abort();
      });
      answer.then(resolve, reject).finally(cancel);
    });
  }

  /** Inside the platform's renewal window; for a short life, after the middle of it. Jitter keeps processes apart. */
  #refreshAfterMs(lifeMs: number): number {
    if (lifeMs > RENEWAL_WINDOW_MS) return lifeMs - 50_000 + 20_000 * this.#random();
    return lifeMs * (0.5 + 0.25 * this.#random());
  }

  #hold(shared: SharedToken): Promise<AccessToken> {
    const { value, expiresAtMs, refreshAtMs } = shared;
    const nowMs = this.#clock.now();
    const nowWallMs = this.#clock.wallNow();
    const leftMs = expiresAtMs - nowWallMs;
    // A request on its way when the token ends would be refused.
    const usableMs = leftMs - Math.min(2_000, leftMs / 10);
    const answer = Promise.resolve(new AccessToken('QQBot', value, expiresAtMs));
    this.#secrets.add(value);
    this.#held = {
      value,
      answer,
      unusableAtMs: nowMs + usableMs,
      unusableAtWallMs: nowWallMs + usableMs,
      refreshAtMs: nowMs + refreshAtMs - nowWallMs,
    };
    return answer;
  }

  #toRefusal(thrown: unknown): TokenRefusal {
    if (thrown instanceof TokenRefusal) return thrown;
    const cause = isBotgoError(thrown)
      ? thrown
      : new BotgoError(
          'BOTGO_NETWORK',
          'The token endpoint could not be reached: check its host name, the network and the proxy',
          {
            cause: thrown,
          },
        );
    const message = `App ${this.appId} got no access token from ${new URL(this.#tokenUrl).host}: ${cause.message}`;
    return new TokenRefusal(new BotgoError('BOTGO_TOKEN', message, { cause }), true);
  }

  #publish(ok: boolean, startedMs: number): void {
    if (REFRESHES.hasSubscribers)
      REFRESHES.publish({ appId: this.appId, ok, durationMs: this.#clock.now() - startedMs });
  }
}

/** The caller's wait ends with its signal; the fetch goes on for the others. */
function waitFor(flight: Promise<AccessToken>, signal: AbortSignal | undefined): Promise<AccessToken> {
  if (!signal) return flight;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortedError(signal, 'Waiting for an access token'));
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    flight.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}

function checkUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new ConfigError(`tokenUrl must be an http or https URL, got ${JSON.stringify(text)}`);
}

function checkPositive(name: string, value: number): number {
  if (value > 0) return value;
  throw new ConfigError(`${name} must be a number above 0, got ${value}`);
}
