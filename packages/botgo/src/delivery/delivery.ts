import { type Clock, systemClock } from '../clock/index.js';
import { BotgoError, ConfigError } from '../errs/index.js';
import { diagnosticsChannel } from '../log/index.js';
import type { ClaimStore } from './claims.js';
import { identityOf, keyFunction, type Order } from './event-key.js';
import type { Claim, DeliveredEvent, Handling, HandlingContext, NextOptions, Outcome } from './handling.js';
import { IdWindow } from './id-window.js';
import { KeyQueues } from './key-queues.js';
import { DeliveryLane, type DeliveryLaneOptions, type LaneOwner } from './lane.js';
import { Turns } from './turns.js';
import { Waiters } from './waiters.js';

/** An event that settled without being handled as it should. */
export interface DeliveryProblem {
  /** The handler's error; `BOTGO_HANDLER_TIMEOUT` or `BOTGO_EVENT_POISON` for the others. */
  readonly error: unknown;
  readonly outcome: Outcome;
  readonly event: DeliveredEvent;
  readonly lane: string;
  readonly attempt: number;
}

export interface DeliveryOptions {
  /** Handles one event. Returning a promise (or anything with `then`) makes it asynchronous; anything else settles it at once. */
  readonly handle: (event: DeliveredEvent, context: HandlingContext) => unknown;
  /** Whether anybody listens to events of that name. Default: to all. */
  readonly wants?: ((type: string) => boolean) | undefined;
  /** Intent mask that the handlers need. Default 0. */
  readonly intents?: number | undefined;
  /** Told of each event that failed, timed out or was poison. A throw in it is dropped. Default: nobody. */
  readonly onError?: ((problem: DeliveryProblem) => void) | undefined;
  /** Default `conversation`. */
  readonly order?: Order | undefined;
  /** Asynchronous handlers that may run side by side. Default 256. */
  readonly concurrency?: number | undefined;
  /** After this long a handler's event is settled as `timed-out`; `Infinity` never. Default 60,000. */
  readonly handlerTimeoutMs?: number | undefined;
  /** Events of one lane that may be unsettled before reading stops. Default 1,000. */
  readonly laneCapacity?: number | undefined;
  /** Ids remembered for duplicates across sessions. 0 switches it off. Default 8,192. */
  readonly duplicateWindow?: number | undefined;
  /** A duplicate window shared with other processes. Default: none. */
  readonly claims?: ClaimStore | undefined;
  readonly clock?: Clock | undefined;
}

export const DELIVERY_DEFAULTS = Object.freeze({
  concurrency: 256,
  handlerTimeoutMs: 60_000,
  laneCapacity: 1_000,
  duplicateWindow: 8_192,
  order: 'conversation' as Order,
});

const settledChannel = diagnosticsChannel('botgo:delivery:settled');

/**
 * Runs handlers for the events of any transport: in order per key, keys side by side, each settled exactly once, duplicates dropped,
 * time-outs reported, and no more taken in than can be held. It is the {@link EventSink} of `event/event-source.ts`.
 *
 * The road of an event whose handler is synchronous allocates one small object and touches no queue unless its key is busy.
 */
export class Delivery implements LaneOwner {
  readonly intents: number;
  readonly laneCapacity: number;
  readonly #handle: DeliveryOptions['handle'];
  readonly #wants: DeliveryOptions['wants'];
  readonly #onError: DeliveryOptions['onError'];
  readonly #keyOf: (event: DeliveredEvent) => string;
  readonly #handlerTimeoutMs: number;
  readonly #window: IdWindow | undefined;
  readonly #claims: ClaimStore | undefined;
  readonly #clock: Clock;
  readonly #keys = new KeyQueues();
  readonly #waiters: Waiters;
  readonly #turns: Turns;
  /** Asynchronous handlings that run, oldest start first: the first is the next to time out. */
  readonly #running = new Set<Handling>();
  /** Places left for asynchronous handlings. */
  #places: number;
  #pumping = false;
  #cancelTimer: (() => void) | undefined;

  constructor(options: DeliveryOptions) {
    this.intents = options.intents ?? 0;
    this.#handle = options.handle;
    this.#wants = options.wants;
    this.#onError = options.onError;
    this.#keyOf = keyFunction(options.order ?? DELIVERY_DEFAULTS.order);
    this.#handlerTimeoutMs = positive(
      'handlerTimeoutMs',
      options.handlerTimeoutMs ?? DELIVERY_DEFAULTS.handlerTimeoutMs,
    );
    this.laneCapacity = positive('laneCapacity', options.laneCapacity ?? DELIVERY_DEFAULTS.laneCapacity);
    const capacity = options.duplicateWindow ?? DELIVERY_DEFAULTS.duplicateWindow;
    this.#window = capacity > 0 ? new IdWindow(capacity) : undefined;
    this.#claims = options.claims;
    this.#clock = options.clock ?? systemClock;
    this.#waiters = new Waiters(this.#clock);
    this.#turns = new Turns(this.#clock);
    this.#places = positive('concurrency', options.concurrency ?? DELIVERY_DEFAULTS.concurrency);
  }

  wants(type: string): boolean {
    return this.#wants ? this.#wants(type) : true;
  }

  openLane(options: DeliveryLaneOptions): DeliveryLane {
    return new DeliveryLane(this, options);
  }

  /** @internal */
  sleep(delayMs: number, signal: AbortSignal): Promise<void> {
    return this.#clock.sleep(delayMs, signal);
  }

  /** @internal */
  isDuplicate(event: DeliveredEvent): boolean {
    if (!this.#window) return false;
    const id = identityOf(event);
    return id !== undefined && this.#window.add(event.t, id);
  }

  /** @internal */
  forget(event: DeliveredEvent): void {
    const id = this.#window && identityOf(event);
    if (id !== undefined) this.#window?.forget(event.t, id);
  }

  /** @internal */
  report(handling: Handling, outcome: Outcome, error: unknown): void {
    try {
      this.#onError?.({
        error,
        outcome,
        event: handling.event,
        lane: handling.lane,
        attempt: handling.attempt,
      });
    } catch {
      // A reporter that throws must not take the connection with it; there is nobody left to report to.
    }
  }

  /** @internal */
  dispatch(handling: Handling): void {
    handling.isAlone = runsAlone(handling.event.t);
    if (handling.isAlone) return this.#start(handling);
    if (!this.#waiters.isEmpty && this.#giveToWaiter(handling)) return;
    // Nothing to wait for: run at once, and look the key up only if the handler turns out to be asynchronous.
    if (this.#keys.isIdle && this.#places > 0) return this.#start(handling);
    handling.home.keep(handling);
    if (this.#keys.enter(handling, this.#keyOf(handling.event))) this.#keys.makeReady(handling);
    this.#pump();
  }

  /** @internal */
  async waitForNext(handling: Handling, options: NextOptions): Promise<DeliveredEvent> {
    if (handling.state !== 'running' || handling.isOver) {
      throw new BotgoError('BOTGO_CLOSED', 'next() was called after the handler had settled');
    }
    this.#hold(handling);
    // While it waits it holds neither its key nor a place nor a turn, and its time does not run.
    this.#leave(handling);
    handling.turn?.end();
    this.#running.delete(handling);
    this.#giveUpPlace(handling);
    try {
      return await this.#waiters.wait(this.#keyOf(handling.event), handling, options);
    } catch (error) {
      this.#takePlaceAgain(handling);
      throw error;
    }
  }

  /** At once when the awaited event is there, not when the handler gets to run: what comes next must queue behind it. */
  #takePlaceAgain(handling: Handling): void {
    this.#enter(handling);
    if (!handling.isAlone) this.#places--;
    if (handling.key !== undefined) this.#keys.reenter(handling.key);
    this.#run(handling);
  }

  #giveUpPlace(handling: Handling): void {
    if (!handling.isAlone) this.#places++;
    if (handling.key !== undefined) this.#keys.leave(handling.key);
    this.#pump();
  }

  #giveToWaiter(handling: Handling): boolean {
    const taker = this.#waiters.offer(this.#keyOf(handling.event), handling.event);
    if (!taker) return false;
    handling.home.keep(handling);
    handling.state = 'running';
    handling.hasBegun = true;
    taker.taken = [...(taker.taken ?? []), handling];
    this.#takePlaceAgain(taker);
    return true;
  }

  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    while (this.#places > 0) {
      const handling = this.#keys.takeReady();
      if (!handling) break;
      this.#start(handling);
    }
    this.#pumping = false;
  }

  #start(handling: Handling): void {
    if (handling.isKept && !handling.home.mayHandle()) return this.#finish(handling, 'failed', undefined);
    handling.state = 'running';
    if (settledChannel.hasSubscribers) handling.startedMs = this.#clock.now();
    let result: unknown;
    try {
      if (this.#claims) result = this.#claimAndHandle(handling, this.#claims);
      else result = this.#prepareAndHandle(handling);
    } catch (error) {
      return this.#fail(handling, 'failed', error);
    }
    if (isThenable(result)) this.#await(handling, result);
    else this.#finish(handling, 'handled', undefined);
  }

  #await(handling: Handling, result: PromiseLike<unknown>): void {
    const { attempt } = handling;
    this.#hold(handling);
    result.then(
      (value) => {
        if (handling.attempt === attempt)
          this.#finish(handling, value === DUPLICATE ? 'duplicate' : 'handled', undefined);
      },
      (error: unknown) => {
        if (handling.attempt === attempt) this.#fail(handling, 'failed', error);
      },
    );
  }

  /** Makes a handling that did not settle at once count as unsettled, stand in its key's line and take a place. */
  #hold(handling: Handling): void {
    if (!handling.isKept) handling.home.keep(handling);
    if (handling.key === undefined && !handling.isAlone) {
      handling.key = this.#keyOf(handling.event);
      this.#keys.reenter(handling.key);
    }
    if (handling.isHeld) return;
    handling.isHeld = true;
    if (!handling.isAlone) this.#places--;
    this.#run(handling);
  }

  /** Starts the clock of a handling that holds a place. */
  #run(handling: Handling): void {
    handling.startedMs = this.#clock.now();
    this.#running.add(handling);
    this.#armTimer();
  }

  #fail(handling: Handling, outcome: 'failed' | 'timed-out', error: unknown): void {
    const { retry } = handling.home;
    if (!retry || handling.attempt >= retry.maxAttempts || handling.isOver || handling.state !== 'running') {
      return this.#finish(handling, outcome, error);
    }
    this.report(handling, outcome, error);
    this.#leave(handling);
    this.#endTurn(handling);
    // The pause keeps the key (order) and the place (a storm of failures must not multiply itself); its time does not run.
    this.#hold(handling);
    this.#running.delete(handling);
    handling.nextAttempt();
    this.#clock.after(retry.delayMs(handling.attempt), () => {
      if (handling.state !== 'running') return this.#finish(handling, outcome, error);
      this.#run(handling);
      this.#start(handling);
    });
  }

  #finish(handling: Handling, outcome: Outcome, error: unknown): void {
    if (handling.isOver) return;
    handling.isOver = true;
    this.#leave(handling);
    if (handling.claim) this.#settleClaimed(handling, outcome, error, handling.claim);
    else this.#settle(handling, outcome, error);
    if (settledChannel.hasSubscribers) {
      const { t: type, id } = handling.event;
      settledChannel.publish({ type, id, outcome, durationMs: this.#clock.now() - handling.startedMs });
    }
    if (handling.isHeld) {
      this.#running.delete(handling);
      this.#giveUpPlace(handling);
    } else if (handling.key !== undefined) {
      this.#keys.leave(handling.key);
      this.#pump();
    }
  }

  #settle(handling: Handling, outcome: Outcome, error: unknown): void {
    handling.home.settle(handling, outcome, error);
    for (const taken of handling.taken ?? []) taken.home.settle(taken, outcome, error);
    this.#endTurn(handling);
  }

  async #claimAndHandle(handling: Handling, claims: ClaimStore): Promise<unknown> {
    const id = identityOf(handling.event);
    if (id !== undefined) {
      const claim = { id: `${handling.event.t} ${id}`, holder: handling.home.holder ?? handling.lane };
      if ((await claims.claim(claim.id, claim.holder, handling.signal)) === 'done') return DUPLICATE;
      const { signal } = handling;
      if (signal.aborted) {
        // Granted too late: whoever gets the event next must not wait for us.
        await claims.release(claim.id, claim.holder).catch(() => {});
        throw signal.reason;
      }
      handling.claim = claim;
    }
    return this.#prepareAndHandle(handling);
  }

  /** Handles the event when its source is prepared and nobody has to be alone. */
  #prepareAndHandle(handling: Handling): unknown {
    const { before, solo } = handling.home;
    if (!this.#turns.isOpen || solo?.has(handling.mark)) return this.#awaitTurn(handling);
    handling.hasBegun = true;
    const waiting = before?.(handling.mark, handling.signal);
    if (!waiting) return this.#call(handling);
    this.#stopTime(handling);
    return waiting.then(() => (this.#turns.isOpen ? this.#goOn(handling) : this.#awaitTurn(handling)));
  }

  async #awaitTurn(handling: Handling): Promise<unknown> {
    const { home, mark, signal } = handling;
    this.#stopTime(handling);
    const { solo } = home;
    if (solo?.has(mark)) {
      handling.hasBegun = false;
      handling.turn = { solo, end: await this.#turns.take(signal, solo.record) };
      handling.hasBegun = true;
      await home.before?.(mark, signal);
      return this.#goOn(handling);
    }
    do {
      handling.hasBegun = false;
      await this.#turns.pass(signal);
      handling.hasBegun = true;
      await home.before?.(mark, signal);
    } while (!this.#turns.isOpen);
    return this.#goOn(handling);
  }

  /** What comes before a handler may wait for the handlers of others: its own time does not run meanwhile. */
  #stopTime(handling: Handling): void {
    this.#hold(handling);
    this.#running.delete(handling);
  }

  #goOn(handling: Handling): unknown {
    handling.signal.throwIfAborted();
    this.#run(handling);
    return this.#call(handling);
  }

  #call(handling: Handling): unknown {
    this.#enter(handling);
    handling.hasBegun = true;
    return this.#handle(handling.event, handling);
  }

  #enter(handling: Handling): void {
    if (handling.isInside) return;
    handling.isInside = true;
    this.#turns.entered();
  }

  #leave(handling: Handling): void {
    if (!handling.isInside) return;
    handling.isInside = false;
    this.#turns.left();
  }

  /** The next may begin when it is written down that this one is not in flight any more, or writes it itself. */
  #endTurn(handling: Handling): void {
    const { turn, home, mark } = handling;
    if (!turn) return;
    handling.turn = undefined;
    if (this.#turns.isNext(turn.solo.record)) return turn.end();
    turn.solo.ended(mark, home.signal).then(turn.end, turn.end);
  }

  /** The outcome is written before the checkpoint moves, so that no copy finds a claim that nobody will ever settle. */
  async #settleClaimed(handling: Handling, outcome: Outcome, error: unknown, claim: Claim): Promise<void> {
    const comesAgain = handling.state === 'dropped' || (handling.home.redelivers && outcome !== 'handled');
    try {
      if (comesAgain) await this.#claims?.release(claim.id, claim.holder);
      else await this.#claims?.done(claim.id, claim.holder);
    } catch {
      // Not written: a later copy may be handled again, which is what the store's absence means.
    }
    this.#settle(handling, outcome, error);
  }

  #armTimer(): void {
    if (this.#cancelTimer || !Number.isFinite(this.#handlerTimeoutMs)) return;
    const [next] = this.#running;
    if (!next) return;
    this.#cancelTimer = this.#clock.after(next.startedMs + this.#handlerTimeoutMs - this.#clock.now(), () => {
      this.#cancelTimer = undefined;
      this.#expire();
      this.#armTimer();
    });
  }

  #expire(): void {
    const nowMs = this.#clock.now();
    for (const handling of this.#running) {
      if (handling.startedMs + this.#handlerTimeoutMs > nowMs) return;
      const { t, id } = handling.event;
      const error = new BotgoError(
        'BOTGO_HANDLER_TIMEOUT',
        `the handler of ${t} ${id ?? '(no id)'} did not return within ${this.#handlerTimeoutMs} ms: raise handlerTimeoutMs or return sooner`,
      );
      handling.abort(error);
      this.#fail(handling, 'timed-out', error);
    }
  }
}

const DUPLICATE: unique symbol = Symbol('duplicate');

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

function positive(name: string, value: number): number {
  if (!(value > 0)) throw new ConfigError(`${name} must be greater than 0, got ${value}`);
  return value;
}

/**
 * An interaction has to be answered within seconds; the end of an audit is what a handler of the same conversation may be waiting for.
 */
function runsAlone(type: string): boolean {
  return type === 'INTERACTION_CREATE' || type === 'MESSAGE_AUDIT_PASS' || type === 'MESSAGE_AUDIT_REJECT';
}
