import { BotgoError, isBotgoError } from '../errs/index.js';
import { diagnosticsChannel } from '../log/index.js';
import type { Duplicates } from './duplicates.js';
import {
  type DeliveredEvent,
  Handling,
  type HandlingLane,
  type HandlingOwner,
  type Outcome,
  type RetryPolicy,
  type SoloEvents,
} from './handling.js';
import { SettleLog } from './settle-log.js';

/** How a lane is opened; the same shape as `LaneOptions` of `event/event-source.ts`, which describes each field. */
export interface DeliveryLaneOptions {
  readonly name: string;
  readonly ordered?: boolean | undefined;
  readonly startAfter?: number | undefined;
  readonly poison?: ReadonlySet<number> | undefined;
  readonly before?: ((mark: number, signal: AbortSignal) => Promise<void> | undefined) | undefined;
  readonly solo?: SoloEvents | undefined;
  readonly onCheckpoint?: ((checkpoint: number) => void) | undefined;
  readonly onSettled?: ((mark: number, outcome: Outcome, error: unknown) => void) | undefined;
  readonly onPressure?: ((paused: boolean) => void) | undefined;
  readonly retry?: RetryPolicy | undefined;
  readonly redelivers?: boolean | undefined;
  readonly guard?: (() => unknown) | undefined;
  readonly origin?: object | undefined;
  readonly holder?: string | undefined;
}

/** What a lane needs of the delivery it belongs to. */
export interface LaneOwner extends HandlingOwner {
  /** Events of one lane that may be unsettled before it asks its source to stop reading. */
  readonly laneCapacity: number;
  /** Runs or queues a handling; settles it through {@link DeliveryLane.settle} when its time has come. */
  dispatch(handling: Handling): void;
  /** What all lanes have received. */
  readonly duplicates: Duplicates;
  /** Reports an event that settled without being handled as it should. */
  report(handling: Handling, outcome: Outcome, error: unknown): void;
  /** Rejects when aborted. */
  sleep(delayMs: number, signal: AbortSignal): Promise<void>;
}

const pressureChannel = diagnosticsChannel('botgo:delivery:pressure');

/** See `Lane` in `event/event-source.ts`. */
export class DeliveryLane implements HandlingLane {
  readonly name: string;
  readonly holder: string | undefined;
  readonly retry: RetryPolicy | undefined;
  readonly redelivers: boolean;
  /**
   * Never dispatched. A full collection that finds no handling alive, as between events, would throw their shape away and with it all
   * code that was optimised for it.
   */
  // biome-ignore lint/correctness/noUnusedPrivateClassMembers: it is there to be alive.
  readonly #shape: Handling;
  readonly #owner: LaneOwner;
  readonly #options: DeliveryLaneOptions;
  readonly #ordered: boolean;
  readonly #log: SettleLog;
  readonly #abort = new AbortController();
  /** Received and not settled, in order of receipt. */
  readonly #open = new Set<Handling>();
  #received: number | undefined;
  /** Why the right to the lane's events is another's. */
  #lost: unknown;
  #state: 'open' | 'draining' | 'ended' = 'open';
  #paused = false;
  #onEmpty: (() => void)[] = [];

  constructor(owner: LaneOwner, options: DeliveryLaneOptions) {
    this.#owner = owner;
    this.#options = options;
    this.name = options.name;
    this.holder = options.holder;
    this.retry = options.retry;
    this.redelivers = options.redelivers ?? false;
    this.#ordered = options.ordered ?? true;
    this.#log = new SettleLog(options.startAfter);
    this.#received = options.startAfter;
    this.#shape = new Handling(owner, this, { t: '', d: undefined }, 0, 0);
  }

  get checkpoint(): number | undefined {
    return this.#log.checkpoint;
  }

  get received(): number | undefined {
    return this.#received;
  }

  get unsettled(): number {
    return this.#open.size;
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  inFlight(limit: number): number[] {
    const marks: number[] = [];
    for (const handling of this.#open) {
      if (marks.length >= limit) break;
      if (handling.isInFlight) marks.push(handling.mark);
    }
    return marks;
  }

  receive(event: DeliveredEvent, mark: number): void {
    if (!this.#accept(mark) || !this.mayHandle()) return;
    const number = this.#owner.duplicates.remember(event);
    if (number < 0) return this.#receiveCopy(event, mark, -number);
    const handling = new Handling(this.#owner, this, event, mark, number);
    if (this.#options.poison?.has(mark)) {
      const error = poisonError(event);
      this.#owner.report(handling, 'poison', error);
      return this.#settleAtOnce(mark, 'poison', error);
    }
    this.#owner.dispatch(handling);
  }

  /** What is settled is dropped. What is in hand is not yet done: its copy holds the checkpoint up until it is. */
  #receiveCopy(event: DeliveredEvent, mark: number, number: number): void {
    const first = this.#owner.duplicates.inHand(number);
    if (!first || this.#options.poison?.has(mark)) return this.#settleAtOnce(mark, 'duplicate');
    const copy = new Handling(this.#owner, this, event, mark, number);
    this.#owner.duplicates.standBy(copy, first);
    this.keep(copy);
  }

  pass(mark: number): void {
    if (this.#accept(mark)) this.#settleAtOnce(mark, 'unhandled');
  }

  get before(): DeliveryLaneOptions['before'] {
    return this.#options.before;
  }

  get solo(): SoloEvents | undefined {
    return this.#options.solo;
  }

  /** Whether events of the lane may still be handled here; ends the lane when not. */
  mayHandle(): boolean {
    if (!this.#options.guard || this.#state === 'ended') return this.#state !== 'ended';
    const reason = this.#options.guard();
    if (reason !== undefined) this.revoke(reason);
    return reason === undefined;
  }

  /**
   * Why nothing may be done any more for events of the lane: another process may handle them. `undefined` while it is ours, and also
   * after a drain, until the right to act ends.
   */
  lost(): unknown {
    // Asked after the end too: a handler may go on when its lane has been drained.
    this.#lost ??= this.#options.guard?.();
    if (this.#lost !== undefined) this.revoke(this.#lost);
    return this.#lost;
  }

  /** Keeps a handling that has not settled at once. */
  keep(handling: Handling): void {
    handling.isKept = true;
    // Asking whether it may be handled has ended the lane.
    if (this.#state === 'ended') {
      handling.state = 'dropped';
      return;
    }
    if (this.#ordered) handling.entry = this.#log.open(handling.mark);
    this.#open.add(handling);
    if (!this.#paused && this.#open.size >= this.#owner.laneCapacity) this.#setPaused(true);
  }

  /** The event's outcome is known. */
  settle(handling: Handling, outcome: Outcome, error: unknown): void {
    if (handling.state === 'dropped' || handling.state === 'settled') return;
    handling.state = 'settled';
    if (handling.comesAgain(outcome)) this.#owner.duplicates.forget(handling.number);
    // A copy's failure is that of its first.
    if ((outcome === 'failed' || outcome === 'timed-out') && !handling.first)
      this.#owner.report(handling, outcome, error);
    if (!handling.isKept) return this.#settleAtOnce(handling.mark, outcome, error);
    this.#open.delete(handling);
    if (handling.entry && this.#log.settle(handling.entry)) this.#moved();
    this.#options.onSettled?.(handling.mark, outcome, error);
    if (this.#paused && this.#open.size <= this.#owner.laneCapacity / 2) this.#setPaused(false);
    if (this.#open.size === 0 && this.#onEmpty.length > 0) this.#tellEmpty();
  }

  async drain(timeoutMs: number): Promise<boolean> {
    if (this.#state === 'open') this.#state = 'draining';
    if (this.#open.size > 0) {
      const timer = new AbortController();
      const timeOut = Number.isFinite(timeoutMs)
        ? [this.#owner.sleep(timeoutMs, timer.signal).catch(() => {})]
        : [];
      await Promise.race([this.#empty(), ...timeOut]);
      timer.abort();
    }
    const settled = this.#open.size === 0;
    this.revoke(new BotgoError('BOTGO_CLOSED', `${this.name} stopped before this handler returned`));
    return settled;
  }

  /** Resolves when nothing is unsettled any more, or the lane has ended. */
  #empty(): Promise<void> {
    return new Promise((resolve) => {
      this.#onEmpty.push(resolve);
    });
  }

  revoke(reason: unknown): void {
    if (isBotgoError(reason, 'BOTGO_LEASE_LOST')) this.#lost ??= reason;
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    // They stay unsettled and will come again.
    for (const handling of this.#open) handling.state = 'dropped';
    this.#open.clear();
    this.#abort.abort(reason);
    this.#tellEmpty();
  }

  #tellEmpty(): void {
    for (const resolve of this.#onEmpty.splice(0)) resolve();
  }

  #accept(mark: number): boolean {
    if (this.#state !== 'open') return false;
    if (!this.#ordered) return true;
    if (this.#received !== undefined && mark <= this.#received) return false;
    this.#received = mark;
    return true;
  }

  #settleAtOnce(mark: number, outcome: Outcome, error?: unknown): void {
    if (this.#ordered) {
      this.#log.pass(mark);
      this.#moved();
    }
    this.#options.onSettled?.(mark, outcome, error);
  }

  #moved(): void {
    const checkpoint = this.#log.checkpoint;
    if (this.#options.onCheckpoint && checkpoint !== undefined) this.#options.onCheckpoint(checkpoint);
  }

  #setPaused(paused: boolean): void {
    this.#paused = paused;
    if (pressureChannel.hasSubscribers)
      pressureChannel.publish({ lane: this.name, paused, waiting: this.#open.size });
    this.#options.onPressure?.(paused);
  }
}

function poisonError(event: DeliveredEvent): BotgoError {
  return new BotgoError(
    'BOTGO_EVENT_POISON',
    `${event.t} ${event.id ?? '(no id)'} was in flight at several deaths of its process and is skipped: handle it by hand`,
  );
}
