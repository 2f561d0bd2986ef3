import type { Cancel } from 'botgo/clock';
import { BotgoError, ConfigError, isBotgoError, toBotgoError } from 'botgo/errs';
import { silentLogger } from 'botgo/log';
import type { Coordinator, OwnedResource } from 'botgo/session';
import { backOff } from '../back-off.js';
import type { Consumer, IntakeDesk, PartitionLag } from '../consumer.js';
import { ConsumerSource, type ConsumerSourceOptions } from '../consumer-source.js';
import type { DeadMessage } from '../message.js';
import { type PartitionHold, PartitionKeeper, type PartitionReader } from '../partition-keeper.js';
import { Acknowledger } from './acknowledger.js';
import { checkTarget, type RedisTarget, StreamClient } from './client.js';
import { StreamKeys } from './keys.js';
import { fieldsOf } from './publisher.js';
import { StreamReader } from './reader.js';
import { LAG, runScript, TRIM } from './scripts.js';

export interface RedisStreamsSourceOptions extends RedisTarget, ConsumerSourceOptions {
  readonly appId: string;
  /** Name of the stream, as its publisher has it. */
  readonly stream: string;
  /** Processes of one group share the events; each group gets all of them. Default `logic`. */
  readonly group?: string | undefined;
  /**
   * How the group's processes share the partitions: a coordinator with a prefix of its own, which neither the shards nor another group
   * use. It stays open when the source stops.
   */
  readonly coordinator: Coordinator;
  /** Unique among living members of the group. Default: random. */
  readonly memberId?: string | undefined;
  /** How long partitions stay with a process that is not heard of, in milliseconds. Default 10,000. */
  readonly leaseMs?: number | undefined;
  /** Partitions move between living processes after this long without a change of membership. Default 1,000. */
  readonly quietMs?: number | undefined;
  /** How often entries that every group has acknowledged are dropped, and new partitions looked for. Default 2,000. */
  readonly sweepMs?: number | undefined;
}

export const REDIS_SOURCE_DEFAULTS = Object.freeze({
  group: 'logic',
  leaseMs: 10_000,
  quietMs: 1_000,
  sweepMs: 2_000,
});

/**
 * The logic side on Redis Streams, for `bot.from`: partitions are owned through the coordinator, as shards are; each event is
 * acknowledged by itself, and what a dead process had is pending for the next owner.
 * @throws {ConfigError} on a bad option.
 */
export function redisStreamsSource(options: RedisStreamsSourceOptions): ConsumerSource {
  return new ConsumerSource(new RedisStreamsConsumer(options), options);
}

class RedisStreamsConsumer implements Consumer {
  readonly name: string;
  readonly #options: RedisStreamsSourceOptions;
  readonly #group: string;
  readonly #sweepMs: number;
  readonly #keys: StreamKeys;
  readonly #client: StreamClient;
  readonly #readers = new Map<number, StreamReader>();
  readonly #abort = new AbortController();
  #partitions = 0;
  #keeper: PartitionKeeper | undefined;
  #cancelSweep: Cancel | undefined;
  #acknowledger: Acknowledger | undefined;

  constructor(options: RedisStreamsSourceOptions) {
    checkTarget(options);
    this.#options = options;
    this.#keys = new StreamKeys(options.stream);
    this.#group = options.group ?? REDIS_SOURCE_DEFAULTS.group;
    if (this.#group === '' || /\s/.test(this.#group))
      throw new ConfigError(`group must be a name without white space, got ${JSON.stringify(this.#group)}`);
    if (typeof options.coordinator?.join !== 'function')
      throw new ConfigError(
        'redisStreamsSource needs a coordinator, by which its processes share the partitions',
      );
    this.#sweepMs = options.sweepMs ?? REDIS_SOURCE_DEFAULTS.sweepMs;
    if (!(this.#sweepMs >= 1)) throw new ConfigError(`sweepMs must be at least 1, got ${this.#sweepMs}`);
    this.name = `redis stream ${options.stream}, group ${this.#group}`;
    this.#client = new StreamClient(options, options.logger ?? silentLogger, options.clock);
  }

  async run(desk: IntakeDesk): Promise<void> {
    await this.#open(desk);
    if (this.#abort.signal.aborted) return;
    const { coordinator, appId, memberId } = this.#options;
    const { leaseMs = REDIS_SOURCE_DEFAULTS.leaseMs, quietMs = REDIS_SOURCE_DEFAULTS.quietMs } =
      this.#options;
    const acknowledger = new Acknowledger({
      client: this.#client,
      keys: this.#keys,
      group: this.#group,
      clock: desk.clock,
      random: desk.random,
      logger: desk.logger,
    });
    this.#acknowledger = acknowledger;
    this.#keeper = new PartitionKeeper(this.#names(), {
      coordinator,
      appId,
      memberId,
      leaseMs,
      quietMs,
      drainMs: desk.drainMs,
      open: (owned, hold) => this.#read(desk, acknowledger, owned, hold),
      onJoined: () => desk.joined(),
      clock: desk.clock,
      logger: desk.logger,
    });
    this.#sweepLater(desk);
    await this.#keeper.run();
  }

  async stop(drainMs: number): Promise<void> {
    this.#abort.abort();
    this.#cancelSweep?.();
    await this.#keeper?.stop(drainMs);
    this.#acknowledger?.stop();
    this.#client.close();
  }

  async deadLetter({ headers, value }: DeadMessage): Promise<void> {
    await this.#client.run('publish a dead letter', (client) =>
      client.xadd(this.#keys.dead(this.#group), '*', ...fieldsOf(headers), 'value', value),
    );
  }

  async lag(): Promise<readonly PartitionLag[]> {
    return await Promise.all(
      this.#names().map(async (partition, index) => {
        const reply = await this.#client.run('read the lag', (client) =>
          runScript(client, LAG, [this.#keys.partition(index)], [this.#group]),
        );
        return { partition, messages: Number(reply) };
      }),
    );
  }

  /** Waits for Redis, and for a publisher that has made the stream. */
  async #open(desk: IntakeDesk): Promise<void> {
    const { signal } = this.#abort;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await this.#client.open();
        this.#partitions = await this.#countPartitions();
        if (this.#partitions > 0) return;
        desk.logger.warn('the stream does not exist yet; waiting for an access process to make it', {
          stream: this.#options.stream,
        });
      } catch (error) {
        if (isBotgoError(error, 'BOTGO_CONFIG')) throw error;
        desk.logger.warn('the broker cannot be reached; it is tried again', {
          error: toBotgoError(error).message,
        });
      }
      await desk.clock.sleep(backOff(attempt, desk.random()), signal).catch(() => undefined);
    }
  }

  async #countPartitions(): Promise<number> {
    return await this.#client.run('look the stream up', async (client) =>
      Number((await client.hget(this.#keys.meta, 'partitions')) ?? 0),
    );
  }

  #names(): string[] {
    return Array.from({ length: this.#partitions }, (_, index) => `${this.#options.stream}/${index}`);
  }

  #read(
    desk: IntakeDesk,
    acknowledger: Acknowledger,
    owned: OwnedResource,
    hold: PartitionHold,
  ): PartitionReader {
    const partition = Number(owned.name.slice(owned.name.lastIndexOf('/') + 1));
    if (!Number.isSafeInteger(partition))
      throw new BotgoError('BOTGO_BROKER', `the coordinator gave ${owned.name}, which is no partition`);
    const shared = { client: this.#client, keys: this.#keys, group: this.#group, acknowledger, desk };
    const reader = new StreamReader({ ...shared, partition, owned, hold });
    this.#readers.set(partition, reader);
    const forget = (): void => {
      if (this.#readers.get(partition) === reader) this.#readers.delete(partition);
    };
    return {
      state: () => reader.state(),
      drain: async (timeoutMs) => {
        await reader.drain(timeoutMs);
        forget();
      },
      revoke: (reason) => {
        reader.revoke(reason);
        forget();
      },
    };
  }

  #sweepLater(desk: IntakeDesk): void {
    this.#cancelSweep = desk.clock.after(this.#sweepMs, () => {
      void this.#sweep(desk).finally(() => {
        if (!this.#abort.signal.aborted) this.#sweepLater(desk);
      });
    });
  }

  async #sweep(desk: IntakeDesk): Promise<void> {
    try {
      const partitions = await this.#countPartitions();
      if (partitions > this.#partitions) {
        this.#partitions = partitions;
        this.#keeper?.setPartitions(this.#names());
      }
      for (const index of this.#readers.keys())
        await this.#client.run('trim a partition', (client) =>
          runScript(client, TRIM, [this.#keys.partition(index)], []),
        );
    } catch (error) {
      desk.logger.warn('the stream could not be swept; it is tried again', {
        error: toBotgoError(error).message,
      });
    }
  }
}
