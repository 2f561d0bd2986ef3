import type { Clock } from 'botgo/clock';
import { toBotgoError } from 'botgo/errs';
import type { Logger } from 'botgo/log';
import type { OwnedResource } from 'botgo/session';
import { backOff } from '../back-off.js';
import type { IntakeDesk } from '../consumer.js';
import type { PartitionHold, PartitionReader } from '../partition-keeper.js';
import type { Acknowledger } from './acknowledger.js';
import type { StreamClient } from './client.js';
import { EntryReader, list, type StreamEntry } from './entries.js';
import type { StreamKeys } from './keys.js';
import { CURSOR, READ, runScript } from './scripts.js';
import { StreamTail } from './tail.js';
import { Tally } from './tally.js';

/** Entries of one read. */
const BATCH = 100;

export interface ReaderParts {
  readonly client: StreamClient;
  readonly acknowledger: Acknowledger;
  readonly keys: StreamKeys;
  readonly group: string;
  readonly partition: number;
  readonly owned: OwnedResource;
  readonly hold: PartitionHold;
  readonly desk: IntakeDesk;
}

/** Reads one partition for as long as it is ours: first what earlier owners left pending, then what is new. */
export class StreamReader implements PartitionReader {
  readonly partition: number;
  readonly #parts: ReaderParts;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #intake: ReturnType<IntakeDesk['open']>;
  readonly #ids = new Map<number, string>();
  readonly #abort = new AbortController();
  #lastMark = 0;
  /** Entries that earlier owners left pending are read from here on. */
  #pendingFrom = '0';
  /** The last entry that was read, or that the group had been delivered before; `undefined` while pending ones are read. */
  #last: string | undefined;
  /** Where the stream ended when this reader began, until everything up to there was read: the last owner may have had it. */
  #formerUntil: string | undefined;
  #isPaused = false;
  #isReading = false;
  readonly #entries = new EntryReader();
  readonly #tail: StreamTail;
  readonly #tally: Tally;

  constructor(parts: ReaderParts) {
    this.#parts = parts;
    this.partition = parts.partition;
    this.#clock = parts.desk.clock;
    this.#logger = parts.desk.logger;
    this.#intake = parts.desk.open({
      name: parts.owned.name,
      acknowledgement: 'each',
      isPartition: true,
      state: parts.owned.state,
      guard: parts.hold.guard,
      holder: parts.hold.holder,
      store: parts.hold.store,
      acknowledge: (mark) => this.#acknowledge(mark),
      onPressure: (paused) => {
        this.#isPaused = paused;
        if (!paused) this.#readOn();
      },
    });
    const { client, keys, partition, owned } = parts;
    this.#tally = new Tally({ name: owned.name, partition, token: owned.token });
    this.#tail = new StreamTail(() => client.connect(), keys.partition(partition), BATCH);
    this.#abort.signal.addEventListener('abort', () => this.#tail.close(), { once: true });
    this.#readOn();
  }

  state(): unknown {
    return this.#intake.state();
  }

  async drain(timeoutMs: number): Promise<void> {
    this.#abort.abort();
    await this.#intake.drain(timeoutMs);
    const timer = new AbortController();
    // What cannot be acknowledged now comes again to the next owner.
    await Promise.race([
      this.#parts.acknowledger.finish(this.#tally),
      this.#clock.sleep(timeoutMs, timer.signal).catch(() => undefined),
    ]);
    timer.abort();
    this.#tally.end();
  }

  revoke(reason: unknown): void {
    this.#abort.abort();
    this.#tally.end();
    this.#intake.revoke(reason);
  }

  #readOn(): void {
    if (!this.#isReading) void this.#read();
  }

  /** May go on: neither given up, nor are handlers behind, nor is the lease over. */
  #mayRead(): boolean {
    return !this.#abort.signal.aborted && !this.#isPaused && this.#parts.hold.guard() === undefined;
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    const { signal } = this.#abort;
    for (let failures = 0; this.#mayRead(); ) {
      try {
        if (this.#last === undefined) await this.#readPending();
        else await this.#follow(this.#last);
        failures = 0;
      } catch (error) {
        if (signal.aborted) break;
        failures++;
        this.#logger.warn('a partition could not be read; it is tried again', {
          partition: this.#parts.owned.name,
          error: toBotgoError(error).message,
        });
        await this.#clock.sleep(backOff(failures, this.#parts.desk.random()), signal).catch(() => undefined);
      }
    }
    this.#isReading = false;
  }

  /** Takes the next of what earlier owners left pending; after the last, finds out where the group stands. */
  async #readPending(): Promise<void> {
    const { client, keys, group, partition, owned } = this.#parts;
    const key = keys.partition(partition);
    const read = (): Promise<unknown> =>
      client.run('read a partition', (redis) =>
        runScript(
          redis,
          READ,
          [key, keys.fences],
          [group, `${group}/${partition}`, owned.token, BATCH, this.#pendingFrom],
        ),
      );
    const reply = await read().catch(async (error: unknown) => {
      if (!/NOGROUP/.test(toBotgoError(error).message)) throw error;
      await client.run('create a consumer group', (redis) =>
        redis.xgroup('CREATE', key, group, '0', 'MKSTREAM').catch((refused: unknown) => {
          if (!/BUSYGROUP/.test(String(refused))) throw refused;
        }),
      );
      return await read();
    });
    const entries = this.#entries.readEntries(reply);
    const last = entries.at(-1)?.id;
    if (last === undefined) {
      const answer = await client.run('look a group up', (redis) => runScript(redis, CURSOR, [key], [group]));
      const [cursor, end, delivered] = list(answer).map(String);
      this.#last = cursor ?? '0-0';
      this.#tally.startAt(delivered ? Number(delivered) : undefined);
      // The last owner may have had what the group was not told of yet.
      if (end !== undefined && isAfter(end, this.#last)) this.#formerUntil = end;
      else this.#intake.caughtUp();
      return;
    }
    if (!this.#mayRead()) return;
    this.#pendingFrom = last;
    for (const entry of entries) this.#offer(entry, true);
  }

  /**
   * Takes what is appended after `last`, at the moment it is. The group is told of it with the acknowledgements: an entry that it does not
   * hold as pending when this process dies is unread, and comes to the next owner as such.
   */
  async #follow(last: string): Promise<void> {
    const entries = this.#entries.readEntries(await this.#tail.read(last));
    if (!this.#mayRead()) return;
    this.#last = entries.at(-1)?.id ?? last;
    for (const { id } of entries) this.#tally.read(id);
    for (const entry of entries) this.#offer(entry, this.#isFormer(entry.id));
    if (entries.length === 0) this.#caughtUp();
  }

  /** Whether the last owner may have had it. */
  #isFormer(id: string): boolean {
    if (this.#formerUntil === undefined) return false;
    if (!isAfter(id, this.#formerUntil)) return true;
    this.#caughtUp();
    return false;
  }

  /** All that the last owner may have had was read. */
  #caughtUp(): void {
    if (this.#formerUntil === undefined) return;
    this.#formerUntil = undefined;
    this.#intake.caughtUp();
  }

  #offer({ id, message }: StreamEntry, isFormer: boolean): void {
    const mark = ++this.#lastMark;
    this.#ids.set(mark, id);
    // Pending, but trimmed by hand: there is nothing left to handle.
    if (message === undefined) return this.#acknowledge(mark);
    const isSuspect = this.#parts.owned.afterCrash;
    this.#intake.offer(message, mark, isFormer ? { ref: id, isSuspect } : undefined);
  }

  #acknowledge(mark: number): void {
    const id = this.#ids.get(mark);
    if (id === undefined) return;
    this.#ids.delete(mark);
    this.#tally.settle(id);
    this.#parts.acknowledger.soon(this.#tally);
  }
}

/** Whether an entry's id is the later one. */
function isAfter(id: string, other: string): boolean {
  const [ms = 0, seq = 0] = id.split('-').map(Number);
  const [otherMs = 0, otherSeq = 0] = other.split('-').map(Number);
  return ms > otherMs || (ms === otherMs && seq > otherSeq);
}
