import assert from 'node:assert/strict';
import { Delivery } from 'botgo/delivery';
import type { ConsumerSource } from '../consumer-source.js';
import { readEvent } from './access.js';
import { eventually } from './eventually.js';

/** What members handled, in the order in which it began; shared by the members of a group. */
export class Ledger {
  readonly starts: { readonly n: number; readonly key: string }[] = [];
  readonly ends: number[] = [];

  /** Waits until every one of `numbers` was handled. */
  async has(numbers: readonly number[]): Promise<void> {
    await eventually(
      `${numbers.length} events are handled`,
      () => {
        const ended = new Set(this.ends);
        return numbers.every((n) => ended.has(n));
      },
      () => {
        const ended = new Set(this.ends);
        const missing = numbers.filter((n) => !ended.has(n));
        return { missing: missing.length, first: missing.slice(0, 10) };
      },
    );
  }

  /** First beginnings of one key must come in the order of their numbers. */
  checkOrder(): void {
    const seen = new Set<number>();
    const highest = new Map<string, number>();
    for (const { n, key } of this.starts) {
      if (seen.has(n)) continue;
      seen.add(n);
      const before = highest.get(key) ?? 0;
      assert.ok(n > before, `event ${n} of ${key} was handled after ${before}`);
      highest.set(key, n);
    }
  }

  checkOnce(): void {
    const seen = new Set<number>();
    const twice = this.ends.filter((n) => seen.size === seen.add(n).size);
    assert.deepEqual(twice, [], 'events that were handled twice');
  }
}

export interface LogicOptions {
  readonly ledger: Ledger;
  /** Runs between beginning and end of each event. */
  readonly work?: ((n: number) => unknown) | undefined;
  readonly laneCapacity?: number | undefined;
}

/** A logic process: a source and handlers that write a ledger. Copies are dropped by session and seq alone. */
export class Logic {
  readonly source: ConsumerSource;
  readonly #running: Promise<void>;

  private constructor(source: ConsumerSource, { ledger, work, laneCapacity }: LogicOptions) {
    this.source = source;
    const sink = new Delivery({
      duplicateWindow: 0,
      laneCapacity,
      async handle(event, { signal }) {
        const read = readEvent(event);
        ledger.starts.push(read);
        await work?.(read.n);
        if (!signal.aborted) ledger.ends.push(read.n);
      },
    });
    this.#running = source.run(sink);
    this.#running.catch(() => {});
  }

  /** Starts a member and waits until it has joined its group. */
  static async start(source: ConsumerSource, options: LogicOptions): Promise<Logic> {
    const logic = new Logic(source, options);
    let failure: unknown;
    logic.#running.catch((error: unknown) => {
      failure = error;
    });
    await eventually('the group is joined', () => {
      if (failure !== undefined) throw failure;
      return source.status().isReady;
    });
    return logic;
  }

  async stop(): Promise<void> {
    await this.source.stop();
    await this.#running;
  }
}
