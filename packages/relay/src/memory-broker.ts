import { BotgoError, ConfigError } from 'botgo/errs';
import { type Coordinator, memoryCoordinator, type OwnedResource } from 'botgo/session';
import type { Consumer, IntakeDesk, PartitionLag } from './consumer.js';
import { ConsumerSource, type ConsumerSourceOptions } from './consumer-source.js';
import { type Envelope, toHeaders } from './envelope.js';
import type { BrokerMessage, DeadMessage } from './message.js';
import { PartitionKeeper, type PartitionReader } from './partition-keeper.js';
import { partitionOf } from './partition-of.js';
import type { Publisher } from './publisher.js';
import { type EventWatch, RelayedEvent } from './relayed-event.js';
import { WatchedEvents } from './watched-events.js';

export interface MemoryBrokerOptions {
  /** Default 8. */
  readonly partitions?: number | undefined;
}

export interface MemorySourceOptions extends ConsumerSourceOptions {
  /** Sources of one group share the events; each group gets all of them. Default `logic`. */
  readonly group?: string | undefined;
  /** Default 1,000. */
  readonly quietMs?: number | undefined;
}

interface Entry extends BrokerMessage {
  readonly mark: number;
  /** Set where an earlier process may have died of it. */
  readonly watch: EventWatch | undefined;
  /** Groups that have not settled it. */
  readonly awaited: Set<MemoryGroup>;
  readonly done: () => void;
}

/** Messages of one partition that some group has not settled, oldest first. */
interface Partition {
  readonly name: string;
  entries: Entry[];
}

const APP_ID = 'memory';
const LEASE_MS = 10_000;

/**
 * A broker inside one process, without a server: access and logic apart in the same program, for a first deployment and for tests. A
 * publish is acknowledged when every group's handler has settled the event, so that the shard's checkpoint means the same as without
 * a relay, and nothing is lost that the platform can replay. Events that nobody has a source for are kept until somebody has. What
 * kills its process is found by what the shard's owner stores of it: the platform sends it again, to whatever process comes next.
 */
export class MemoryBroker {
  /** @internal */
  readonly partitions: Partition[] = [];
  readonly #groups = new Map<string, MemoryGroup>();
  readonly #dead: DeadMessage[] = [];
  #lastMark = 0;

  /** @throws {ConfigError} on a bad value. */
  constructor(options: MemoryBrokerOptions = {}) {
    this.addPartitions(options.partitions ?? 8);
  }

  /** The access side: an option of `relay`. */
  publisher(): Publisher {
    return {
      name: 'memory',
      isPipelined: true,
      open: async () => {},
      publish: (batch) => this.#publish(batch),
      close: async () => {},
    };
  }

  /** The logic side, for `bot.from`. @throws {ConfigError} on a bad value. */
  source(options: MemorySourceOptions = {}): ConsumerSource {
    const { group: name = 'logic', quietMs = 1_000 } = options;
    let group = this.#groups.get(name);
    if (!group) {
      group = new MemoryGroup(name);
      this.#groups.set(name, group);
      for (const { entries } of this.partitions) for (const entry of entries) entry.awaited.add(group);
    }
    return new ConsumerSource(new MemoryConsumer(this, group, quietMs), options);
  }

  /** Messages that were given up, oldest first. */
  get deadLetters(): readonly DeadMessage[] {
    return this.#dead;
  }

  /** Adds partitions: keys move to others, so order between what is there and what comes is not kept across the change. */
  addPartitions(count: number): void {
    if (!(Number.isSafeInteger(count) && count >= 1))
      throw new ConfigError(`partitions must be a whole number of 1 or more, got ${count}`);
    const first = this.partitions.length;
    for (let index = first; index < first + count; index++)
      this.partitions.push({ name: `memory/${index}`, entries: [] });
    for (const group of this.#groups.values()) group.changed();
  }

  /** @internal */
  bury(message: DeadMessage): void {
    this.#dead.push(message);
  }

  async #publish(batch: readonly Envelope[]): Promise<void> {
    const groups = [...this.#groups.values()];
    const settled = batch.map(
      (envelope) =>
        new Promise<void>((done) => {
          const partition = this.partitions[partitionOf(envelope.key, this.partitions.length)];
          if (!partition) throw new BotgoError('BOTGO_BROKER', 'the memory broker has no partition');
          partition.entries.push({
            mark: ++this.#lastMark,
            watch: envelope instanceof RelayedEvent ? envelope.watch : undefined,
            headers: toHeaders(envelope),
            value: envelope.value,
            awaited: new Set(groups),
            done,
          });
        }),
    );
    for (const group of groups) group.published();
    await Promise.all(settled);
  }
}

/** The members of one group and what they share. */
class MemoryGroup {
  readonly coordinator: Coordinator = memoryCoordinator();
  readonly consumers = new Set<MemoryConsumer>();

  constructor(readonly name: string) {}

  published(): void {
    for (const consumer of this.consumers) consumer.read();
  }

  changed(): void {
    for (const consumer of this.consumers) consumer.rebalance();
  }
}

class MemoryConsumer implements Consumer {
  readonly name: string;
  readonly #broker: MemoryBroker;
  readonly #group: MemoryGroup;
  readonly #quietMs: number;
  readonly #readers = new Set<MemoryReader>();
  #keeper: PartitionKeeper | undefined;
  #isStopped = false;

  constructor(broker: MemoryBroker, group: MemoryGroup, quietMs: number) {
    this.name = `memory, group ${group.name}`;
    this.#broker = broker;
    this.#group = group;
    this.#quietMs = quietMs;
  }

  async run(desk: IntakeDesk): Promise<void> {
    if (this.#isStopped) return;
    this.#group.consumers.add(this);
    this.#keeper = new PartitionKeeper(this.#names(), {
      coordinator: this.#group.coordinator,
      appId: APP_ID,
      leaseMs: LEASE_MS,
      quietMs: this.#quietMs,
      drainMs: desk.drainMs,
      open: (owned, { guard, holder }) => this.#open(desk, owned, guard, holder),
      onJoined: () => desk.joined(),
      clock: desk.clock,
      logger: desk.logger,
    });
    await this.#keeper.run();
  }

  async stop(drainMs: number): Promise<void> {
    this.#isStopped = true;
    this.#group.consumers.delete(this);
    await this.#keeper?.stop(drainMs);
  }

  async deadLetter(message: DeadMessage): Promise<void> {
    this.#broker.bury(message);
  }

  async lag(): Promise<readonly PartitionLag[]> {
    return this.#broker.partitions.map(({ name, entries }) => ({
      partition: name,
      messages: entries.filter(({ awaited }) => awaited.has(this.#group)).length,
    }));
  }

  read(): void {
    for (const reader of this.#readers) reader.read();
  }

  rebalance(): void {
    this.#keeper?.setPartitions(this.#names());
  }

  #names(): string[] {
    return this.#broker.partitions.map(({ name }) => name);
  }

  #open(desk: IntakeDesk, owned: OwnedResource, guard: () => unknown, holder: string): PartitionReader {
    const partition = this.#broker.partitions.find(({ name }) => name === owned.name);
    if (!partition) throw new BotgoError('BOTGO_BROKER', `the memory broker has no partition ${owned.name}`);
    const reader = new MemoryReader(desk, partition, this.#group, { owned, guard, holder });
    this.#readers.add(reader);
    return {
      state: () => reader.state(),
      drain: async (timeoutMs) => {
        await reader.drain(timeoutMs);
        this.#readers.delete(reader);
      },
      revoke: (reason) => {
        reader.revoke(reason);
        this.#readers.delete(reader);
      },
    };
  }
}

class MemoryReader {
  readonly #watched = new WatchedEvents();
  readonly #partition: Partition;
  readonly #group: MemoryGroup;
  readonly #intake: ReturnType<IntakeDesk['open']>;
  #lastMark = 0;
  #isPaused = false;
  #isStopped = false;
  #isReading = false;

  constructor(
    desk: IntakeDesk,
    partition: Partition,
    group: MemoryGroup,
    hold: { owned: OwnedResource; guard: () => unknown; holder: string },
  ) {
    this.#partition = partition;
    this.#group = group;
    this.#intake = desk.open({
      name: partition.name,
      acknowledgement: 'each',
      isPartition: true,
      state: hold.owned.state,
      watch: this.#watched,
      guard: hold.guard,
      holder: hold.holder,
      acknowledge: (mark) => this.#settle(mark),
      onPressure: (paused) => {
        this.#isPaused = paused;
        if (!paused) this.read();
      },
    });
    queueMicrotask(() => this.read());
  }

  /** Offers what is there and not yet offered; handlers may publish or settle meanwhile. */
  read(): void {
    if (this.#isReading) return;
    this.#isReading = true;
    for (let entry = this.#next(); entry !== undefined; entry = this.#next()) {
      this.#lastMark = entry.mark;
      if (entry.watch) this.#watched.take(entry.mark, entry.watch);
      this.#intake.offer(entry, entry.mark);
    }
    this.#isReading = false;
  }

  state(): unknown {
    return this.#intake.state();
  }

  async drain(timeoutMs: number): Promise<void> {
    this.#isStopped = true;
    await this.#intake.drain(timeoutMs);
    this.#watched.end();
  }

  revoke(reason: unknown): void {
    this.#isStopped = true;
    this.#intake.revoke(reason);
    this.#watched.end();
  }

  #next(): Entry | undefined {
    if (this.#isPaused || this.#isStopped) return undefined;
    // Marks grow along the partition; what lies before the last one offered is behind us.
    const { entries } = this.#partition;
    let low = 0;
    let high = entries.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((entries[middle]?.mark ?? 0) > this.#lastMark) high = middle;
      else low = middle + 1;
    }
    while (low < entries.length && !entries[low]?.awaited.has(this.#group)) low++;
    return entries[low];
  }

  #settle(mark: number): void {
    this.#watched.settled(mark);
    const { entries } = this.#partition;
    const at = entries.findIndex((entry) => entry.mark === mark);
    const entry = entries[at];
    if (!entry?.awaited.delete(this.#group) || entry.awaited.size > 0) return;
    entries.splice(at, 1);
    entry.done();
  }
}
