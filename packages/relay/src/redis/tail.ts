import { BotgoError } from 'botgo/errs';
import type { RedisClient } from './client.js';

/** Longest wait of one read, in milliseconds: an answer that does not come then is a connection that is gone. */
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
      return await this.#client.xreadBuffer(
        'COUNT',
        this.#count,
        'BLOCK',
        BLOCK_MS,
        'STREAMS',
        this.#key,
        id,
      );
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
