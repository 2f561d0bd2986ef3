import { BotgoError } from 'botgo/errs';
import type { RedisClient } from './client.js';

/** Longest wait of one read, in milliseconds; half of what the client gives a command, where that is less. */
const BLOCK_MS = 5_000;

/**
 * Waits for what is appended to a partition, on a connection of its own: the server answers at the moment of the append, which no notice
 * followed by a read can match. It reads past the consumer group, so it takes nothing from anybody: whoever uses it has the group
 * deliver the same entries to its owner.
 */
export class StreamTail {
  readonly #connect: () => Promise<RedisClient>;
  readonly #key: string;
  readonly #count: number;
  #client: RedisClient | undefined;
  #isClosed = false;

  constructor(connect: () => Promise<RedisClient>, key: string, count: number) {
    this.#connect = connect;
    this.#key = key;
    this.#count = count;
  }

  /** What XREAD answers about entries after `id`; nil when none came in time. Rejects when closed meanwhile; connects anew after a failure. */
  async read(id: string): Promise<unknown> {
    try {
      this.#client ??= await this.#connect();
      if (this.#isClosed) throw new BotgoError('BOTGO_CLOSED', 'the partition is not read any more');
      const client = this.#client;
      const blockMs = blockMsOf(client);
      return await client.xreadBuffer('COUNT', this.#count, 'BLOCK', blockMs, 'STREAMS', this.#key, id);
    } catch (error) {
      this.#client?.disconnect();
      this.#client = undefined;
      throw error;
    }
  }

  close(): void {
    this.#isClosed = true;
    this.#client?.disconnect();
  }
}

function blockMsOf(client: RedisClient): number {
  const { commandTimeout } = 'nodes' in client ? (client.options.redisOptions ?? {}) : client.options;
  return Math.min(BLOCK_MS, Math.max(1, Math.floor((commandTimeout ?? Number.POSITIVE_INFINITY) / 2)));
}
