import { type Clock, systemClock } from 'botgo/clock';
import { BotgoError, ConfigError } from 'botgo/errs';
import { type Logger, silentLogger } from 'botgo/log';
import { closedError } from 'botgo/session';
import { type Cluster, Redis } from 'ioredis';
import type { Script } from './lua/script.js';
import { messageOf, toStoreError } from './store-error.js';

/** A client of ioredis: one server, Sentinel, or Cluster. */
export type RedisClient = Redis | Cluster;

/** How Redis is reached: one of `url` and `client`. */
export interface ConnectionOptions {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS. The connection is ours and closed by `close()`. */
  readonly url?: string | undefined;
  /** A client of yours, e.g. for Sentinel or Cluster. `close()` leaves it open. */
  readonly client?: RedisClient | undefined;
  /** How long a call waits for Redis before it rejects with `BOTGO_STORE`, in milliseconds. @defaultValue 2,000 */
  readonly timeoutMs?: number | undefined;
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
  /** @defaultValue silent */
  readonly logger?: Logger | undefined;
}

export const CONNECTION_DEFAULTS = { timeoutMs: 2_000 } as const;

const MIN_VERSION = [6, 2] as const;
const RECONNECT_FIRST_MS = 50;
const RECONNECT_MAX_MS = 1_000;
/** How often a server that is reading its data is asked whether it is done. */
const LOADING_MS = 250;

/** What a command may answer with: bulk strings as text, integers, nil, lists of them. */
export type Reply = string | number | null | readonly Reply[];

/** A Redis that is asked within a time, checked once per connection, and whose failures are `BOTGO_STORE`. */
export class Connection {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly #client: RedisClient;
  readonly #ownsClient: boolean;
  readonly #timeoutMs: number;
  #connecting: Promise<void> | undefined;
  #checking: Promise<void> | undefined;
  /** When this server started, by our clock; as of the last check. */
  #serverStartedMs = Number.NEGATIVE_INFINITY;
  #lastError: unknown;
  /** It has answered before: what fails now is no matter of address or TLS. */
  #hasAnswered = false;
  #hasWarned = false;
  readonly #onReady: (() => void)[] = [];
  #isClosed = false;

  constructor(options: ConnectionOptions) {
    const { url, client } = options;
    if ((url === undefined) === (client === undefined))
      throw new ConfigError('Give either url or client, to say which Redis to use');
    this.#timeoutMs = options.timeoutMs ?? CONNECTION_DEFAULTS.timeoutMs;
    if (!(this.#timeoutMs > 0))
      throw new ConfigError(`timeoutMs must be greater than 0, got ${this.#timeoutMs}`);
    this.clock = options.clock ?? systemClock;
    this.logger = options.logger ?? silentLogger;
    this.#ownsClient = client === undefined;
    this.#client = client ?? openClient(url ?? '');
    if (this.#ownsClient) this.#client.on('error', (error: unknown) => this.#onError(error));
    // After a reconnect it may be another server: check again. Not for a client of another's, which many of us may share.
    if (this.#ownsClient) this.#client.on('close', () => this.#onClose());
  }

  /** Milliseconds that the server has been up, or more. */
  get serverUpMs(): number {
    return this.clock.now() - this.#serverStartedMs;
  }

  /** Runs a script by its hash, and by its text where the server does not know it (yet, or again). */
  async run(script: Script, keys: readonly string[], args: readonly (string | number)[]): Promise<Reply> {
    return await this.call(script.name, async (client) => {
      try {
        return (await client.evalsha(script.sha, keys.length, ...keys, ...args)) as Reply;
      } catch (error) {
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return (await client.eval(script.source, keys.length, ...keys, ...args)) as Reply;
      }
    });
  }

  /** Any other command. @param what - For the error's text. */
  async call<Result>(what: string, command: (client: RedisClient) => Promise<Result>): Promise<Result> {
    if (this.#isClosed) throw closedError();
    let isConnected = false;
    try {
      return await this.#within(async (isOver) => {
        await this.#ready();
        isConnected = true;
        // The caller has been told that it failed: do not do it after all, now that there is a connection.
        if (isOver()) throw new Error('too late');
        return await command(this.#client);
      });
    } catch (error) {
      if (this.#isClosed) throw closedError();
      throw toStoreError(isConnected ? `run "${what}"` : `be reached${this.#where()}`, error);
    }
  }

  /**
   * Listens to a channel on a connection of its own. Messages may be lost; `onMessage` is also called after each (re)connect.
   * @returns A function that ends it.
   */
  subscribe(channel: string, onMessage: () => void): () => void {
    // Each branch by itself: the two classes' methods differ in their options. Subscribing anew is done below, where a failure is
    // caught: the client's own would end the process.
    const subscriber: RedisClient =
      this.#client instanceof Redis
        ? this.#client.duplicate({ autoResubscribe: false })
        : this.#client.duplicate();
    subscriber.on('error', (error: unknown) => {
      this.logger.debug('redis subscriber failed', { error: toStoreError('subscribe', error).message });
    });
    subscriber.on('message', onMessage);
    subscriber.on('ready', () => {
      subscriber.subscribe(channel).then(onMessage, () => undefined);
    });
    // One made with lazyConnect waits to be told; any other connects by itself.
    if (subscriber.status === 'wait') subscriber.connect().catch(() => undefined);
    return () => subscriber.disconnect();
  }

  /** Calls `onReady` whenever the connection has been made, again or for the first time; ends with {@link close}. */
  onConnect(onReady: () => void): void {
    this.#client.on('ready', onReady);
    this.#onReady.push(onReady);
  }

  /** Idempotent. A client that was passed in stays open. */
  close(): void {
    this.#isClosed = true;
    for (const onReady of this.#onReady.splice(0)) this.#client.off('ready', onReady);
    if (this.#ownsClient) this.#client.disconnect();
  }

  #onError(error: unknown): void {
    this.#lastError = error;
    this.logger.debug('redis connection failed', { error: toStoreError('connect', error).message });
  }

  #onClose(): void {
    this.#checking = undefined;
  }

  async #ready(): Promise<void> {
    if (this.#ownsClient && this.#client.status !== 'ready') {
      // Shared by all calls that wait.
      this.#connecting ??= this.#connect().finally(() => {
        this.#connecting = undefined;
      });
      await this.#connecting;
    }
    this.#checking ??= this.#check().catch((error: unknown) => {
      this.#checking = undefined;
      throw error;
    });
    await this.#checking;
  }

  /** Waits for the connection; the caller bounds the time. */
  async #connect(): Promise<void> {
    const client = this.#client;
    if (client.status === 'wait' || client.status === 'end')
      client.connect().catch((error: unknown) => {
        this.#lastError ??= error;
      });
    await new Promise<void>((resolve, reject) => {
      const settle = (): void => {
        client.off('ready', onReady);
        client.off('error', onError);
        client.off('end', onEnd);
      };
      const onReady = (): void => {
        settle();
        this.#lastError = undefined;
        resolve();
      };
      const onError = (error: unknown): void => {
        // A refused password does not get better by waiting; an unreachable host may.
        if (!/WRONGPASS|NOAUTH|invalid password|^DENIED/i.test(messageOf(error))) return;
        settle();
        reject(error);
      };
      const onEnd = (): void => {
        settle();
        reject(this.#lastError ?? new Error('the connection ended'));
      };
      client.on('ready', onReady);
      client.on('error', onError);
      client.on('end', onEnd);
      if (client.status === 'ready') onReady();
    });
  }

  async #check(): Promise<void> {
    const client = this.#client;
    // ioredis goes on in database 0 when the server has none of that number.
    if (this.#ownsClient && client instanceof Redis && client.options.db)
      await client.select(client.options.db);
    const info = await client.info('server');
    const version = /^redis_version:(\d+)\.(\d+)\S*/m.exec(info);
    const [text = 'unknown', major, minor] = version ?? [];
    const isOld =
      Number(major) < MIN_VERSION[0] || (Number(major) === MIN_VERSION[0] && Number(minor) < MIN_VERSION[1]);
    if (!version || isOld)
      throw new BotgoError(
        'BOTGO_STORE',
        `botgo needs Redis ${MIN_VERSION.join('.')} or later, this server says ${text.trim()}`,
      );
    const upSeconds = Number(/^uptime_in_seconds:(\d+)/m.exec(info)?.[1] ?? Number.POSITIVE_INFINITY);
    this.#serverStartedMs = this.clock.now() - upSeconds * 1_000;
    this.#hasAnswered = true;
    if (!this.#hasWarned) await this.#warnOfSettings(info);
  }

  /** Settings with which botgo works until the day that they matter. */
  async #warnOfSettings(info: string): Promise<void> {
    this.#hasWarned = true;
    if (/^redis_mode:cluster/m.test(info) && this.#client instanceof Redis)
      this.logger.warn(
        'this Redis is one node of a Cluster: give a client for the whole of it, or a move of slots ends it',
        {
          node: this.#where().trim(),
        },
      );
    // Of no account for what was asked: a server may keep it to itself.
    const memory = await this.#client.info('memory').catch(() => '');
    const policy = /^maxmemory_policy:(\S+)/m.exec(memory)?.[1] ?? 'noeviction';
    if (/^maxmemory:0\s*$/m.test(memory) || policy === 'noeviction') return;
    this.logger.warn('this Redis forgets keys when its memory is full: set maxmemory-policy noeviction', {
      policy,
      loses: policy.startsWith('volatile')
        ? 'claims of events, counts of replies, the token'
        : 'sessions and all else',
    });
  }

  /** For errors: without credentials. */
  #where(): string {
    if (!(this.#client instanceof Redis)) return '';
    const { host, port, path, sentinels, name } = this.#client.options;
    if (sentinels) return ` through Sentinel (${name ?? 'no name'})`;
    return ` at ${path ?? `${host ?? 'localhost'}:${port ?? 6379}`}`;
  }

  #noAnswer(): string {
    const text = `no answer within ${this.#timeoutMs} ms`;
    if (this.#hasAnswered)
      return this.#lastError === undefined ? text : `${text}: ${messageOf(this.#lastError)}`;
    const isTls = this.#client instanceof Redis && this.#client.options.tls !== undefined;
    if (isTls && this.#lastError === undefined) return `${text}: is this a port with TLS, as rediss:// says?`;
    if (this.#lastError === undefined) return text;
    const message = messageOf(this.#lastError);
    return `${text}: ${message}${!isTls && /closed|ECONNRESET/.test(message) ? ' Does it want TLS (rediss://)?' : ''}`;
  }

  async #within<Result>(work: (isOver: () => boolean) => Promise<Result>): Promise<Result> {
    return await new Promise<Result>((resolve, reject) => {
      let isOver = false;
      const cancel = this.clock.after(this.#timeoutMs, () => {
        isOver = true;
        reject(new Error(this.#noAnswer()));
      });
      work(() => isOver)
        .then(resolve, reject)
        .finally(cancel);
    });
  }
}

function openClient(url: string): Redis {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch (cause) {
    // Not with the text: it may hold a password.
    throw new ConfigError(
      'The Redis URL cannot be read: it looks like redis://[user:password@]host:port[/db]',
      {
        cause: new Error(cause instanceof Error ? cause.name : 'invalid URL'),
      },
    );
  }
  if (parsed.protocol !== 'redis:' && parsed.protocol !== 'rediss:')
    throw new ConfigError(`A Redis URL begins with redis:// or rediss://, got ${parsed.protocol}//`);
  return new Redis(url, {
    lazyConnect: true,
    // A command that waits for a connection would run long after its caller gave up.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableAutoPipelining: true,
    retryStrategy: (times) => Math.min(RECONNECT_FIRST_MS * 2 ** Math.min(times, 10), RECONNECT_MAX_MS),
    // It guesses in whole seconds when it will be done, and is often done long before.
    maxLoadingRetryTime: LOADING_MS,
  });
}
