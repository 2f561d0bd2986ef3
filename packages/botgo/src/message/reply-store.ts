import type { Clock } from '../clock/index.js';
import { systemClock } from '../clock/index.js';
import type { Pace } from './pace-book.js';

/** One counter that a message is counted against. */
export interface Budget {
  readonly key: string;
  /** `Infinity`: counted, never refused. */
  readonly max: number;
  /** The counter starts with its first use and ends so much later, in milliseconds. */
  readonly windowMs: number;
  /** Counted only when this other counter of the same claim is unused so far: for "different channels of a guild". */
  readonly onlyFirstOf?: string | undefined;
}

/** What a claim gave. */
export type BudgetClaim =
  | {
      readonly granted: true;
      /** Of the first budget: how many claims it has had, this one included. Grows also where uses were given back. */
      readonly serial: number;
      /** The budgets that were counted, for {@link ReplyStore.release}. */
      readonly keys: readonly string[];
    }
  | {
      readonly granted: false;
      /** Which budget is full, by its place in the claim. */
      readonly full: number;
      readonly freeInMs: number;
    };

/** How much of a counter is used. */
export interface BudgetUse {
  readonly used: number;
  /** The platform said that nothing is left. */
  readonly closed: boolean;
}

/**
 * Where replies and quotas are counted. {@link memoryReplyStore} for one process; a shared one when several processes may answer the same
 * message or send proactive messages for the same bot. All methods may answer at once or by a promise.
 */
export interface ReplyStore {
  /** Takes one use of each budget, or, when one is full, of none: one atomic step. */
  claim(budgets: readonly Budget[]): BudgetClaim | Promise<BudgetClaim>;
  /** Gives a use of each key back: the message was surely not sent. The serial stays. */
  release(keys: readonly string[]): void | Promise<void>;
  /** Grants nothing more from a counter: the platform says that nothing is left. */
  exhaust(budget: Budget): void | Promise<void>;
  read(key: string): BudgetUse | Promise<BudgetUse>;
  /**
   * Takes the next start that is free by every pace, unless it is more than `maxDelayMs` away. A store without it leaves each process to
   * space its own sends. {@link ReplyStore.hold} goes with it.
   */
  pace?(paces: readonly Pace[], maxDelayMs: number): PaceTurn | Promise<PaceTurn>;
  /** Nobody starts under these keys of paces for so long: the platform asked to slow down. */
  hold?(keys: readonly string[], holdMs: number): void | Promise<void>;
  /**
   * Leaves a text for other processes, for so long: how an audit ended, whose event came to one process while another waits for it. A
   * store without it leaves each process to what it hears itself. {@link ReplyStore.recall} goes with it.
   */
  remember?(key: string, text: string, keepMs: number): void | Promise<void>;
  /** What was left under the key, if its time is not over. */
  recall?(key: string): string | undefined | Promise<string | undefined>;
}

/** When a send may start. */
export interface PaceTurn {
  readonly granted: boolean;
  /** Until the start; where it was not granted, until it would have been. */
  readonly delayMs: number;
}

interface Counter {
  used: number;
  serial: number;
  endsMs: number;
  closed: boolean;
}

/** Counters kept at most. At the longest reply window of 60 minutes that is 27 answered messages a second. */
const CAPACITY = 100_000;

/** Counts in this process. */
export function memoryReplyStore(options: { readonly clock?: Clock | undefined } = {}): ReplyStore {
  return new MemoryReplyStore(options.clock ?? systemClock, CAPACITY);
}

/** @internal */
export class MemoryReplyStore implements ReplyStore {
  readonly #clock: Clock;
  readonly #capacity: number;
  readonly #counters = new Map<string, Counter>();

  constructor(clock: Clock, capacity: number) {
    this.#clock = clock;
    this.#capacity = capacity;
  }

  claim(budgets: readonly Budget[]): BudgetClaim {
    const nowMs = this.#clock.now();
    const counted = budgets.filter((budget) => this.#counts(budget, nowMs));
    for (const budget of counted) {
      const counter = this.#live(budget.key, nowMs);
      if (counter === undefined || (counter.used < budget.max && !counter.closed)) continue;
      return { granted: false, full: budgets.indexOf(budget), freeInMs: counter.endsMs - nowMs };
    }
    let serial = 0;
    for (const budget of counted) {
      const counter = this.#live(budget.key, nowMs) ?? this.#open(budget, nowMs);
      counter.used++;
      counter.serial++;
      if (budget === budgets[0]) serial = counter.serial;
    }
    return { granted: true, serial, keys: counted.map(({ key }) => key) };
  }

  release(keys: readonly string[]): void {
    for (const key of keys) {
      const counter = this.#counters.get(key);
      if (counter && counter.used > 0) counter.used--;
    }
  }

  exhaust(budget: Budget): void {
    const nowMs = this.#clock.now();
    const counter = this.#live(budget.key, nowMs) ?? this.#open(budget, nowMs);
    counter.closed = true;
  }

  read(key: string): BudgetUse {
    const { used = 0, closed = false } = this.#live(key, this.#clock.now()) ?? {};
    return { used, closed };
  }

  #counts({ onlyFirstOf }: Budget, nowMs: number): boolean {
    return onlyFirstOf === undefined || (this.#live(onlyFirstOf, nowMs)?.used ?? 0) === 0;
  }

  #live(key: string, nowMs: number): Counter | undefined {
    const counter = this.#counters.get(key);
    return counter && counter.endsMs > nowMs ? counter : undefined;
  }

  #open(budget: Budget, nowMs: number): Counter {
    if (this.#counters.size >= this.#capacity) this.#makeRoom(nowMs);
    const counter = { used: 0, serial: 0, endsMs: nowMs + budget.windowMs, closed: false };
    this.#counters.set(budget.key, counter);
    return counter;
  }

  /** Drops what has ended; when that is too little, what was opened first. */
  #makeRoom(nowMs: number): void {
    for (const [key, counter] of this.#counters) if (counter.endsMs <= nowMs) this.#counters.delete(key);
    const target = this.#capacity - Math.max(1, Math.floor(this.#capacity / 10));
    for (const key of this.#counters.keys()) {
      if (this.#counters.size <= target) return;
      this.#counters.delete(key);
    }
  }
}
