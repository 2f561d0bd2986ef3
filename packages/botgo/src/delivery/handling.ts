import { setMaxListeners } from 'node:events';
import type { SettleEntry } from './settle-log.js';

/** How an event was settled; see `Outcome` in `event/event-source.ts`. */
export type Outcome = 'handled' | 'failed' | 'timed-out' | 'duplicate' | 'unhandled' | 'poison';

/** How often and after which pauses a failed event is handled again; see `RetryPolicy` in `event/event-source.ts`. */
export interface RetryPolicy {
  readonly maxAttempts: number;
  delayMs(attempt: number): number;
}

/** Events that are handled with nothing else beside them; see `SoloEvents` in `event/event-source.ts`. */
export interface SoloEvents {
  has(mark: number): boolean;
  ended(mark: number, signal: AbortSignal): Promise<void>;
  readonly record?: object | undefined;
}

/** An event as `delivery/` sees it; any transport's event has this shape. */
export interface DeliveredEvent {
  readonly t: string;
  readonly id?: string | undefined;
  readonly s?: number | undefined;
  readonly d: unknown;
}

/** How long and for what a handler waits with {@link HandlingContext.next}. */
export interface NextOptions {
  /** Which event is awaited; default: the next message of the conversation. */
  readonly accept?: ((event: DeliveredEvent) => boolean) | undefined;
  /** Default 60,000. */
  readonly timeoutMs?: number | undefined;
}

/** What a handler can ask about its own run. */
export interface HandlingContext {
  readonly event: DeliveredEvent;
  /** Which try this is; the first is 1. */
  readonly attempt: number;
  /** Name of the lane it came by, e.g. `shard 3`. */
  readonly lane: string;
  /** Aborted when the result no longer counts: the handler timed out, the process lost the shard, or it stops. */
  readonly signal: AbortSignal;
  /**
   * Asks whether this process may still act for the event: `undefined`, or why not. A process that slept learns from it what no timer
   * has told its signal yet. Cheap.
   */
  lost(): unknown;
  /**
   * Waits for the next event of the same key; it is taken ahead of the queue, and other events of the key go on meanwhile. The awaited
   * event settles together with this one.
   * @throws {BotgoError} `BOTGO_TIMEOUT` when none came in time; `signal.reason` when aborted.
   */
  next(options?: NextOptions): Promise<DeliveredEvent>;
}

/** What {@link Handling} needs of the delivery that runs it. */
export interface HandlingOwner {
  waitForNext(handling: Handling, options: NextOptions): Promise<DeliveredEvent>;
}

/** An event's claim in a shared duplicate window. */
export interface Claim {
  readonly id: string;
  readonly holder: string;
}

/** What a handling and the delivery that runs it need of its lane. */
export interface HandlingLane {
  readonly name: string;
  readonly holder: string | undefined;
  readonly retry: RetryPolicy | undefined;
  readonly redelivers: boolean;
  readonly signal: AbortSignal;
  readonly before: ((mark: number, signal: AbortSignal) => Promise<void> | undefined) | undefined;
  readonly solo: SoloEvents | undefined;
  /** Whether events of the lane may still be handled here; ends the lane when not. */
  mayHandle(): boolean;
  /** Why the right to its events is another's; `undefined` while it is not. */
  lost(): unknown;
  /** Counts the handling as unsettled, in its place of the checkpoint. */
  keep(handling: Handling): void;
  /** The event's outcome is known. */
  settle(handling: Handling, outcome: Outcome, error: unknown): void;
}

/**
 * One event on its way through its handler. `waiting`: in a queue; `settled`: its outcome is known; `dropped`: its lane ended, so it
 * stays unsettled whatever its handler still does.
 */
export class Handling implements HandlingContext {
  readonly event: DeliveredEvent;
  readonly mark: number;
  readonly home: HandlingLane;
  state: 'waiting' | 'running' | 'settled' | 'dropped' = 'waiting';
  attempt = 1;
  /** Runs without a key and beside the limit: an interaction, the end of an audit. */
  isAlone = false;
  /** Its lane counts it as unsettled. */
  isKept = false;
  /** It takes one of the places for asynchronous handlers. */
  isHeld = false;
  /** Its handler was called, or what comes right before that has begun. */
  hasBegun = false;
  /** Its handler runs. */
  isInside = false;
  /** It has its turn to run with nothing else beside it. */
  turn: { readonly solo: SoloEvents; readonly end: () => void } | undefined;
  /** Its handler's run has been accounted for; a later result is ignored. */
  isOver = false;
  /** The queue it stands in or runs for. */
  key: string | undefined;
  /** Its place in the checkpoint; `undefined` when it settled at once or the lane has no order. */
  entry: SettleEntry | undefined;
  startedMs = 0;
  /** What it has claimed in the shared window. */
  claim: Claim | undefined;
  /** Events it was given by {@link next}; they settle with it. */
  taken: Handling[] | undefined;
  /** The id's number among the duplicates; 0 when it has none. */
  readonly number: number;
  /** The one that has the event in hand, while this is a copy that stands by. */
  first: Handling | undefined;
  /** Copies that stand by. */
  copies: Handling[] | undefined;
  readonly #owner: HandlingOwner;
  #abort: AbortController | undefined;
  #signal: AbortSignal | undefined;

  constructor(owner: HandlingOwner, home: HandlingLane, event: DeliveredEvent, mark: number, number: number) {
    this.#owner = owner;
    this.home = home;
    this.event = event;
    this.mark = mark;
    this.number = number;
  }

  get lane(): string {
    return this.home.name;
  }

  get signal(): AbortSignal {
    // A process that slept through its lease must notice before its next send, not at its next event.
    this.home.mayHandle();
    if (!this.#signal) {
      this.#abort ??= new AbortController();
      this.#signal = AbortSignal.any([this.#abort.signal, this.home.signal]);
      // Each call under way listens to it; a handler may make many side by side.
      setMaxListeners(0, this.#signal);
    }
    return this.#signal;
  }

  lost(): unknown {
    return this.home.lost();
  }

  /** Tells the handler, if it listens, that its result no longer counts. */
  abort(reason: unknown): void {
    this.#abort ??= new AbortController();
    this.#abort.abort(reason);
  }

  /** Its handler runs, or what comes right before that: a death now may be its. A copy shares what its first is in. */
  get isInFlight(): boolean {
    const { state, hasBegun } = this.first ?? this;
    return state === 'running' && hasBegun;
  }

  /** After that outcome whoever sent the event sends it again. */
  comesAgain(outcome: Outcome): boolean {
    return this.home.redelivers && (outcome === 'failed' || outcome === 'timed-out');
  }

  /** Steps into the place of one whose lane has ended: its line, and its place among those that run. */
  succeed(dropped: Handling): void {
    this.key = dropped.key;
    this.isAlone = dropped.isAlone;
    this.isHeld = dropped.isHeld;
  }

  /** Begins another try, with a signal of its own. */
  nextAttempt(): void {
    this.attempt++;
    this.hasBegun = false;
    this.#abort = undefined;
    this.#signal = undefined;
  }

  next(options: NextOptions = {}): Promise<DeliveredEvent> {
    return this.#owner.waitForNext(this, options);
  }
}
