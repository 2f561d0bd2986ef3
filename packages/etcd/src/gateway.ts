import type { ConnectionOptions as TlsOptions } from 'node:tls';
import { type Clock, systemClock } from 'botgo/clock';
import { BotgoError, ConfigError } from 'botgo/errs';
import { type Logger, silentLogger } from 'botgo/log';
import { closedError } from 'botgo/session';
import { Pool } from 'undici';
import { EtcdError, readError, toStoreError, UNAUTHENTICATED, UNAVAILABLE } from './store-error.js';

/** How etcd is reached. */
export interface GatewayOptions {
  /** Client URLs of the members, e.g. `http://127.0.0.1:2379`; all or some of them. Another is asked when one fails. */
  readonly endpoints: string | readonly string[];
  /** User name and password, when etcd's authentication is on. */
  readonly auth?: { readonly username: string; readonly password: string } | undefined;
  /** Certificates for `https:` endpoints: `ca`, `cert`, `key`, … of `node:tls`. */
  readonly tls?: Pick<TlsOptions, 'ca' | 'cert' | 'key' | 'passphrase' | 'servername'> | undefined;
  /**
   * How long a call waits for etcd, over all endpoints, before it rejects with `BOTGO_STORE`; milliseconds. A renewal waits up to
   * twice as long, within half of its lease. @defaultValue 3,000
   */
  readonly timeoutMs?: number | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
  /** @defaultValue silent */
  readonly logger?: Logger | undefined;
}

export const GATEWAY_DEFAULTS = { timeoutMs: 3_000 } as const;

const MIN_VERSION = [3, 4] as const;
const CONNECTIONS = 16;
const RETRY_MS = 50;

/** etcd's v3 API as JSON over HTTP: one member after the other until one answers, within a time. */
export class Gateway {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly #pools: readonly [Pool, ...Pool[]];
  readonly #auth: GatewayOptions['auth'];
  readonly #timeoutMs: number;
  #current = 0;
  #checking: Promise<void> | undefined;
  #token: string | undefined;
  readonly #onFailure: (() => void)[] = [];
  #isClosed = false;

  constructor(options: GatewayOptions) {
    const endpoints = typeof options.endpoints === 'string' ? [options.endpoints] : options.endpoints;
    const [first, ...others] = endpoints.map(toOrigin);
    if (first === undefined) throw new ConfigError('Give at least one endpoint of etcd');
    this.#timeoutMs = options.timeoutMs ?? GATEWAY_DEFAULTS.timeoutMs;
    if (!(this.#timeoutMs > 0))
      throw new ConfigError(`timeoutMs must be greater than 0, got ${this.#timeoutMs}`);
    this.clock = options.clock ?? systemClock;
    this.logger = options.logger ?? silentLogger;
    this.#auth = options.auth;
    const tls = options.tls ? { connect: options.tls } : {};
    // A watch is an answer without an end: no time-out for bodies. Calls have one of their own.
    const open = (origin: string): Pool =>
      new Pool(origin, { connections: CONNECTIONS, bodyTimeout: 0, headersTimeout: 0, ...tls });
    this.#pools = [open(first), ...others.map(open)];
  }

  /** Calls `onFailure` when no member has answered in time. */
  onFailure(onFailure: () => void): void {
    this.#onFailure.push(onFailure);
  }

  /**
   * Calls until a member answers or the time is over. A call may so be made twice: what it asks for must bear that.
   * @param leaseMs - Of a renewal: it waits twice as long, if that is no more than half of the lease.
   * @throws {EtcdError} what etcd answered; `BOTGO_STORE` when none could be reached in time
   */
  async call(path: string, body: object, leaseMs = 0): Promise<unknown> {
    const timeoutMs = Math.max(this.#timeoutMs, Math.min(this.#timeoutMs * 2, leaseMs / 2));
    return await this.#perform(timeoutMs, (pool, signal) => this.#post(pool, path, body, signal));
  }

  /** Opens a stream of JSON objects; ends with an error when the connection or the stream does, or `signal` aborts. */
  async *stream(path: string, body: object, signal: AbortSignal): AsyncGenerator<unknown> {
    const response = await this.#perform(this.#timeoutMs, async (pool, timeout) => {
      // The time-out is for the answer's beginning alone.
      const opening = new AbortController();
      const onTimeout = (): void => opening.abort(timeout.reason);
      timeout.addEventListener('abort', onTimeout, { once: true });
      // Without a leader the member says so instead of being silent.
      const headers = { ...this.#headers(), 'grpc-metadata-hasleader': 'true' };
      const both = AbortSignal.any([signal, opening.signal]);
      const request = { path, method: 'POST', body: JSON.stringify(body), headers, signal: both } as const;
      const answer = await pool.request(request);
      timeout.removeEventListener('abort', onTimeout);
      return answer;
    });
    if (response.statusCode !== 200) throw readError(response.statusCode, await response.body.text());
    let rest = '';
    for await (const chunk of response.body.setEncoding('utf8')) {
      rest += String(chunk);
      for (let end = rest.indexOf('\n'); end >= 0; end = rest.indexOf('\n')) {
        const line = rest.slice(0, end).trim();
        rest = rest.slice(end + 1);
        if (line !== '') yield JSON.parse(line) as unknown;
      }
    }
    throw new Error('the stream ended');
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.all(this.#pools.map((pool) => pool.destroy()));
  }

  async #perform<Answer>(
    timeoutMs: number,
    ask: (pool: Pool, signal: AbortSignal) => Promise<Answer>,
  ): Promise<Answer> {
    const untilMs = this.clock.now() + timeoutMs;
    // A member that hangs must leave time for another.
    const shareMs = this.#pools.length > 1 ? timeoutMs / 2 : timeoutMs;
    for (;;) {
      if (this.#isClosed) throw closedError();
      const turn = this.#current;
      const pool = this.#pools[turn % this.#pools.length] ?? this.#pools[0];
      try {
        return await this.#within(Math.min(shareMs, untilMs - this.clock.now()), async (signal) => {
          await this.#ready(pool, signal);
          return await ask(pool, signal);
        });
      } catch (error) {
        if (this.#isClosed) throw closedError();
        if (error instanceof BotgoError) throw error;
        if (error instanceof EtcdError && !this.#mayRetry(error)) throw error;
        // Calls that fail together move on together, by one.
        if (this.#current === turn) this.#current += 1;
        if (this.clock.now() + RETRY_MS >= untilMs) {
          for (const onFailure of this.#onFailure) onFailure();
          throw toStoreError(error);
        }
        await this.clock.sleep(RETRY_MS);
      }
    }
  }

  #mayRetry(error: EtcdError): boolean {
    if (error.code === UNAUTHENTICATED && this.#token !== undefined) {
      // The token has run out.
      this.#token = undefined;
      this.#checking = undefined;
      return true;
    }
    return error.code === UNAVAILABLE;
  }

  async #within<Answer>(timeoutMs: number, work: (signal: AbortSignal) => Promise<Answer>): Promise<Answer> {
    const abort = new AbortController();
    const cancel = this.clock.after(timeoutMs, () =>
      abort.abort(new Error(`no answer within ${Math.round(timeoutMs)} ms`)),
    );
    try {
      return await work(abort.signal);
    } finally {
      cancel();
    }
  }

  async #ready(pool: Pool, signal: AbortSignal): Promise<void> {
    this.#checking ??= this.#check(pool, signal).catch((error: unknown) => {
      this.#checking = undefined;
      throw error;
    });
    await this.#checking;
  }

  async #check(pool: Pool, signal: AbortSignal): Promise<void> {
    const { statusCode, body } = await pool.request({ path: '/version', method: 'GET', signal });
    const text = await body.text();
    const [version, major, minor] = /"etcdserver":\s*"(\d+)\.(\d+)[^"]*"/.exec(text) ?? [];
    if (statusCode !== 200 || version === undefined)
      throw new BotgoError(
        'BOTGO_STORE',
        `The endpoint is not etcd: GET /version answered HTTP ${statusCode}`,
      );
    const isOld =
      Number(major) < MIN_VERSION[0] || (Number(major) === MIN_VERSION[0] && Number(minor) < MIN_VERSION[1]);
    if (isOld)
      throw new BotgoError(
        'BOTGO_STORE',
        `botgo needs etcd ${MIN_VERSION.join('.')} or later, with API v3; this server says ${version}`,
      );
    if (!this.#auth) return;
    const { username: name, password } = this.#auth;
    const answer = await this.#post(pool, '/v3/auth/authenticate', { name, password }, signal);
    this.#token = (answer as { token?: string }).token;
  }

  async #post(pool: Pool, path: string, body: object, signal: AbortSignal): Promise<unknown> {
    const request = {
      path,
      method: 'POST',
      body: JSON.stringify(body),
      headers: this.#headers(),
      signal,
    } as const;
    const response = await pool.request(request);
    const text = await response.body.text();
    if (response.statusCode !== 200) throw readError(response.statusCode, text);
    return JSON.parse(text) as unknown;
  }

  #headers(): Record<string, string> {
    const json = { 'content-type': 'application/json' };
    return this.#token === undefined ? json : { ...json, authorization: this.#token };
  }
}

/** @throws {ConfigError} without the text, which may hold a password */
function toOrigin(endpoint: string): string {
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    throw new ConfigError('An endpoint of etcd cannot be read: it looks like http://host:2379');
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new ConfigError(`An endpoint of etcd begins with http:// or https://, got ${url.protocol}//`);
  if (url.username !== '' || url.password !== '')
    throw new ConfigError(
      'User name and password of etcd belong into the option auth, not into the endpoint',
    );
  return url.origin;
}
