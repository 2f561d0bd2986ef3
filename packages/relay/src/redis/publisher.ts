import { isAscii, isUtf8 } from 'node:buffer';
import { ConfigError } from 'botgo/errs';
import { type Logger, silentLogger } from 'botgo/log';
import { type Envelope, toHeaders } from '../envelope.js';
import { partitionOf } from '../partition-of.js';
import type { Publisher } from '../publisher.js';
import { checkTarget, type RedisClient, type RedisTarget, StreamClient } from './client.js';
import { StreamKeys } from './keys.js';
import { APPEND, runScript } from './scripts.js';

export interface RedisStreamsPublisherOptions extends RedisTarget {
  /** Name of the stream, e.g. `qq-events`. Its keys are `botgo:{<stream>}:…`. */
  readonly stream: string;
  /**
   * Partitions it should have. A stream that has fewer gets more; one that has more keeps them. Several times the logic processes that
   * you will ever run. Default 16.
   */
  readonly partitions?: number | undefined;
  /** Default: silent. */
  readonly logger?: Logger | undefined;
}

export const REDIS_STREAMS_DEFAULTS = Object.freeze({ partitions: 16 });

/**
 * The access side on Redis Streams: an option of `relay`. An event is acknowledged when Redis has it, so run Redis with
 * `appendonly yes` (and `appendfsync always` where not even a power failure may lose one).
 * @throws {ConfigError} on a bad option.
 */
export function redisStreamsPublisher(options: RedisStreamsPublisherOptions): Publisher {
  return new RedisStreamsPublisher(options);
}

class RedisStreamsPublisher implements Publisher {
  readonly name: string;
  readonly #keys: StreamKeys;
  readonly #client: StreamClient;
  readonly #wanted: number;
  #partitions = 0;

  constructor(options: RedisStreamsPublisherOptions) {
    checkTarget(options);
    this.name = `redis stream ${options.stream}`;
    this.#keys = new StreamKeys(options.stream);
    this.#wanted = options.partitions ?? REDIS_STREAMS_DEFAULTS.partitions;
    if (!(Number.isSafeInteger(this.#wanted) && this.#wanted >= 1))
      throw new ConfigError(`partitions must be a whole number of 1 or more, got ${this.#wanted}`);
    this.#client = new StreamClient(options, options.logger ?? silentLogger);
  }

  async open(): Promise<void> {
    await this.#client.open();
    const { meta } = this.#keys;
    await this.#client.run('create the stream', async (client) => {
      // Two that start together both raise it, and never lower it.
      const existing = Number((await client.hget(meta, 'partitions')) ?? 0);
      if (existing < this.#wanted) await client.hset(meta, 'partitions', this.#wanted);
      this.#partitions = Math.max(existing, this.#wanted);
    });
  }

  async publish(batch: readonly Envelope[]): Promise<void> {
    await this.#client.run('publish', (client) => this.#publish(client, batch));
  }

  async close(): Promise<void> {
    this.#client.close();
  }

  async #publish(client: RedisClient, batch: readonly Envelope[]): Promise<void> {
    const [first] = batch;
    if (batch.length === 1 && first) return await this.#append(client, first);
    const positions = new Map<number, number>();
    // One command: a hundred of them would cost this process more than everything else it does.
    const args: (string | number | Buffer)[] = [ENTRY_WIDTH];
    for (const envelope of batch) {
      const partition = partitionOf(envelope.key, this.#partitions);
      let position = positions.get(partition);
      if (position === undefined) {
        position = positions.size + 1;
        positions.set(partition, position);
      }
      args.push(position);
      pushFields(args, toHeaders(envelope));
      args.push('value', asText(envelope.value));
    }
    const keys = [...positions.keys()].map((partition) => this.#keys.partition(partition));
    await runScript(client, APPEND, keys, args);
  }

  /** One event by itself is all or nothing without a script. */
  async #append(client: RedisClient, envelope: Envelope): Promise<void> {
    const fields: (string | Buffer)[] = [];
    pushFields(fields, toHeaders(envelope));
    fields.push('value', asText(envelope.value));
    await client.xadd(this.#keys.partition(partitionOf(envelope.key, this.#partitions)), '*', ...fields);
  }
}

/** Nine headers and the value. */
const ENTRY_WIDTH = 20;

/** Values longer than this stay bytes: as text they would be copied more often than that is worth. */
const MAX_ASCII = 16_384;
/** Text beyond ASCII takes two bytes a character while it is joined. */
const MAX_TEXT = 1_024;

/** A value as text where that is the same bytes: a command of texts alone costs the client a fraction of one with a buffer in it. */
function asText(value: Buffer): string | Buffer {
  if (value.length <= MAX_ASCII && isAscii(value)) return value.toString('latin1');
  return value.length <= MAX_TEXT && isUtf8(value) ? value.toString() : value;
}

function pushFields(args: (string | number | Buffer)[], headers: Readonly<Record<string, string>>): void {
  for (const name in headers) args.push(name, headers[name] ?? '');
}

/** Field, value, field, value …, as XADD takes them. */
export function fieldsOf(headers: Readonly<Record<string, string | undefined>>): string[] {
  const fields: string[] = [];
  for (const name in headers) {
    const text = headers[name];
    if (text !== undefined) fields.push(name, text);
  }
  return fields;
}
