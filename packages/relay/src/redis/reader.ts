import type { Clock } from 'botgo/clock';
import { BotgoError, toBotgoError } from 'botgo/errs';
import type { Logger } from 'botgo/log';
import type { OwnedResource } from 'botgo/session';
import { backOff } from '../back-off.js';
import type { BrokerMessage, IntakeDesk } from '../consumer.js';
import type { PartitionHold, PartitionReader } from '../partition-keeper.js';
import type { StreamClient } from './client.js';
import type { StreamKeys } from './keys.js';
import { READ, runScript } from './scripts.js';

/** Entries of one read, and of one acknowledgement. */
const BATCH = 100;

export interface ReaderParts {
  readonly client: StreamClient;
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
  /** Pending entries are read from here on; `>` when all are. */
  #from = '0';
  #isPaused = false;
  #isReading = false;
  #mayHaveMore = false;
  #settled: string[] = [];
  #acknowledging: Promise<void> | undefined;

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
      acknowledge: (mark) => this.#acknowledge(mark),
      onPressure: (paused) => {
        this.#isPaused = paused;
        if (!paused) this.wake();
      },
    });
    this.wake();
  }

  /** There may be something to read. */
  wake(): void {
    this.#mayHaveMore = true;
    if (!this.#isReading) void this.#read();
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
      this.#acknowledging,
      this.#clock.sleep(timeoutMs, timer.signal).catch(() => undefined),
    ]);
    timer.abort();
    this.#settled = [];
  }

  revoke(reason: unknown): void {
    this.#abort.abort();
    this.#settled = [];
    this.#intake.revoke(reason);
  }

  async #read(): Promise<void> {
    this.#isReading = true;
    const { signal } = this.#abort;
    for (let failures = 0; this.#mayHaveMore && !this.#isPaused && !signal.aborted; ) {
      this.#mayHaveMore = false;
      if (this.#parts.hold.guard() !== undefined) break;
      try {
        const entries = await this.#readOnce();
        failures = 0;
        if (signal.aborted) break;
        if (entries === undefined) this.#from = '>';
        // A notice follows what was appended after a read: a read that was not full need not be tried again.
        if (entries === undefined || entries.length === BATCH || (this.#from !== '>' && entries.length > 0))
          this.#mayHaveMore = true;
        for (const entry of entries ?? []) this.#offer(entry);
      } catch (error) {
        failures++;
        this.#mayHaveMore = true;
        this.#logger.warn('a partition could not be read; it is tried again', {
          partition: this.#parts.owned.name,
          error: toBotgoError(error).message,
        });
        await this.#clock.sleep(backOff(failures, this.#parts.desk.random()), signal).catch(() => undefined);
      }
    }
    this.#isReading = false;
  }

  /** The next entries; `undefined` when no pending one is left. */
  async #readOnce(): Promise<readonly StreamEntry[] | undefined> {
    const { client, keys, group, partition, owned } = this.#parts;
    const key = keys.partition(partition);
    const read = (): Promise<unknown> =>
      client.run('read a partition', (redis) =>
        runScript(
          redis,
          READ,
          [key, keys.fences],
          [group, `${group}/${partition}`, owned.token, BATCH, this.#from],
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
    const entries = readEntries(reply);
    if (this.#from === '>') return entries;
    const last = entries.at(-1);
    if (last === undefined) return undefined;
    this.#from = last.id;
    return entries;
  }

  #offer({ id, message }: StreamEntry): void {
    const mark = ++this.#lastMark;
    this.#ids.set(mark, id);
    // Pending, but trimmed by hand: there is nothing left to handle.
    if (message === undefined) this.#acknowledge(mark);
    else this.#intake.offer(message, mark);
  }

  #acknowledge(mark: number): void {
    const id = this.#ids.get(mark);
    if (id === undefined) return;
    this.#ids.delete(mark);
    this.#settled.push(id);
    this.#acknowledging ??= this.#acknowledgeAll().finally(() => {
      this.#acknowledging = undefined;
    });
  }

  async #acknowledgeAll(): Promise<void> {
    const { client, keys, group, partition, desk } = this.#parts;
    // What settles together is acknowledged together.
    await new Promise((resolve) => setImmediate(resolve));
    for (let failures = 0; this.#settled.length > 0; ) {
      const ids = this.#settled.slice(0, BATCH * 10);
      try {
        await client.run('acknowledge', (redis) => redis.xack(keys.partition(partition), group, ...ids));
        failures = 0;
        this.#settled.splice(0, ids.length);
      } catch (error) {
        failures++;
        this.#logger.warn('events could not be acknowledged; it is tried again', {
          partition: this.#parts.owned.name,
          error: toBotgoError(error).message,
        });
        await this.#clock.sleep(backOff(failures, desk.random())).catch(() => undefined);
      }
    }
  }
}

interface StreamEntry {
  readonly id: string;
  /** `undefined`: the entry was deleted. */
  readonly message: BrokerMessage | undefined;
}

/** What XREADGROUP of one stream answers: nil, or `[[key, [[id, [field, value, …] | nil], …]]]`. */
function readEntries(reply: unknown): StreamEntry[] {
  if (reply === null || reply === undefined) return [];
  const [stream] = list(reply);
  const [, entries] = list(stream);
  return list(entries).map((entry) => {
    const [id, fields] = list(entry);
    return { id: String(id), message: fields === null ? undefined : readMessage(list(fields)) };
  });
}

export function readMessage(fields: readonly unknown[]): BrokerMessage {
  const headers: Record<string, string> = {};
  let value: Buffer = Buffer.alloc(0);
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const name = String(fields[at]);
    const field = fields[at + 1];
    if (name === 'value' && Buffer.isBuffer(field)) value = field;
    else headers[name] = String(field);
  }
  return { headers, value };
}

function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new BotgoError('BOTGO_BROKER', 'Redis answered a read with something that is no list of entries');
}
