import { type Clock, systemClock } from 'botgo/clock';
import { BotgoError, ConfigError, isBotgoError } from 'botgo/errs';
import type { Logger } from 'botgo/log';
import type { Cluster, Redis } from 'ioredis';

/** A client of ioredis: one server, Sentinel, or Cluster. */
export type RedisClient = Redis | Cluster;

/** Which Redis: one of the two. */
export interface RedisTarget {
  /** `redis://[user:password@]host:port[/db]`, or `rediss://` for TLS. The connection is ours and closed with the adapter. */
  readonly url?: string | undefined;
  /**
   * A client of yours, e.g. for Sentinel or Cluster. It stays open. The logic side opens one more connection like it for each partition
   * that it reads.
   */
  readonly client?: RedisClient | undefined;
}

const RECONNECT_FIRST_MS = 50;
/** A server that is back is found within this: what waited meanwhile has to be caught up with. */
const RECONNECT_MAX_MS = 250;
const COMMAND_TIMEOUT_MS = 10_000;
/** How long a command waits for a connection that is being made again. */
const READY_MS = 2_000;
const REFUSED = /WRONGPASS|NOAUTH|NOPERM|invalid password/i;

/** @throws {ConfigError} unless exactly one of the two is given. */
export function checkTarget({ url, client }: RedisTarget): void {
  if ((url === undefined) === (client === undefined))
    throw new ConfigError('give either url or client, to say which Redis carries the stream');
}

/** One connection that is ours, or the client that was passed in. Never retries by itself: a command's outcome must be known. */
export class StreamClient {
  readonly #target: RedisTarget;
  readonly #logger: Logger;
  readonly #clock: Clock;
  #client: RedisClient | undefined;
  /** Shared by all that wait for a connection which is being made again. */
  #waiting: Promise<void> | undefined;
  #stopWaiting: (() => void) | undefined;
  /** Why the last connection was refused: no other try will fare better. */
  #refusal: unknown;

  constructor(target: RedisTarget, logger: Logger, clock: Clock = systemClock) {
    this.#target = target;
    this.#logger = logger;
    this.#clock = clock;
  }

  /** Connects. @throws {ConfigError} without ioredis, or on a refused password; `BOTGO_BROKER` when it cannot be reached. */
  async open(): Promise<void> {
    try {
      this.#client ??= this.#target.client ?? (await this.#create(this.#target.url ?? ''));
      if (this.#client.status === 'wait' || this.#client.status === 'end')
        await Promise.race([this.#client.connect(), refused(this.#client)]);
      await this.#client.ping();
    } catch (error) {
      // The command only learns that there is no connection.
      throw toBrokerError('connect', this.#refusal ?? error);
    }
  }

  /** Runs commands. @param what - For the error's text. */
  async run<Result>(what: string, command: (client: RedisClient) => Promise<Result>): Promise<Result> {
    const client = this.#client;
    if (!client) throw new BotgoError('BOTGO_BROKER', `Redis is not connected: cannot ${what}`);
    try {
      if (client.status !== 'ready') await this.#ready(client);
      return await command(client);
    } catch (error) {
      throw toBrokerError(what, error);
    }
  }

  /** Another connection to the same server, for commands that block. It is the caller's to close. */
  async connect(): Promise<RedisClient> {
    const client = this.#client;
    if (client && client.status !== 'ready') await this.#ready(client);
    if (!client || this.#client !== client)
      throw new BotgoError('BOTGO_BROKER', 'Redis is not connected: cannot open a connection');
    // Each class by itself: their methods differ in their options.
    const another: RedisClient =
      'nodes' in client
        ? client.duplicate([], { lazyConnect: true })
        : client.duplicate({ lazyConnect: true });
    another.on('error', (error: unknown) => this.#failed(error));
    try {
      await another.connect();
      return another;
    } catch (error) {
      another.disconnect();
      throw toBrokerError('connect', error);
    }
  }

  close(): void {
    if (this.#target.client !== undefined) return;
    this.#client?.disconnect();
    this.#client = undefined;
    // It says nothing when it had no connection.
    this.#stopWaiting?.();
  }

  /**
   * Waits a while for a connection of ours that is being made again. Those who try later, and later each time, would come long after
   * the server. Resolves also when there is none: the command says why.
   */
  async #ready(client: RedisClient): Promise<void> {
    if (this.#target.client !== undefined) return;
    this.#waiting ??= new Promise<void>((resolve) => {
      const settle = (): void => {
        cancel();
        client.off('ready', settle);
        this.#waiting = undefined;
        this.#stopWaiting = undefined;
        resolve();
      };
      const cancel = this.#clock.after(READY_MS, settle);
      client.on('ready', settle);
      this.#stopWaiting = settle;
    });
    await this.#waiting;
  }

  async #create(url: string): Promise<Redis> {
    if (!URL.canParse(url) || !/^rediss?:$/.test(new URL(url).protocol))
      // Not with the text: it may hold a password.
      throw new ConfigError(
        'the Redis URL cannot be read: it looks like redis://[user:password@]host:port[/db]',
      );
    const Redis = await loadClient();
    const client = new Redis(url, {
      lazyConnect: true,
      // What was sent again behind our back could change the order.
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: COMMAND_TIMEOUT_MS,
      retryStrategy: (times) => Math.min(RECONNECT_FIRST_MS * 2 ** Math.min(times, 10), RECONNECT_MAX_MS),
      // A server that is reading its data guesses when it will be done, in whole seconds, and is often done long before.
      maxLoadingRetryTime: RECONNECT_MAX_MS,
    });
    client.on('error', (error: unknown) => {
      if (REFUSED.test(String(error))) this.#refusal = error;
      this.#failed(error);
    });
    client.on('ready', () => {
      this.#refusal = undefined;
    });
    return client;
  }

  #failed(error: unknown): void {
    this.#logger.debug('redis connection failed', { error: toBrokerError('connect', error).message });
  }
}

/** Rejects with the first error that a person must mend; a client that is refused goes on trying by itself. */
function refused(client: RedisClient): Promise<never> {
  return new Promise((_, reject) => {
    client.on('error', (error: unknown) => {
      if (REFUSED.test(String(error))) reject(error);
    });
  });
}

async function loadClient(): Promise<typeof Redis> {
  try {
    return (await import('ioredis')).Redis;
  } catch (cause) {
    throw new ConfigError('the relay over Redis Streams needs the package ioredis: npm install ioredis', {
      cause,
    });
  }
}

/** A failure of Redis, without what the command carried: that may be a password or an event. */
function toBrokerError(what: string, error: unknown): BotgoError {
  if (isBotgoError(error)) return error;
  const message = error instanceof Error ? error.message || error.name : String(error);
  const cause = new Error(message);
  if (REFUSED.test(message))
    return new ConfigError(`Redis refuses this user or password, so the relay cannot ${what} (${message})`, {
      cause,
    });
  if (/unknown command/i.test(message))
    return new ConfigError(`the relay needs Redis 6.2 or later to ${what} (${message})`, { cause });
  const advice = /MISCONF|OOM/.test(message) ? ': free its disk or memory' : '';
  return new BotgoError('BOTGO_BROKER', `Redis could not ${what}${advice} (${message})`, { cause });
}
