import { type Clock, systemClock } from '../clock/index.js';
import { BotgoError, ConfigError } from '../errs/index.js';
import { diagnosticsChannel } from '../log/index.js';
import type { ClaimStore } from './claims.js';
import { Deadlines } from './deadlines.js';
import { Duplicates } from './duplicates.js';
import { identityOf, keyFunction, type Order } from './event-key.js';
import type { Claim, DeliveredEvent, Handling, HandlingContext, NextOptions, Outcome } from './handling.js';
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
  /** @internal */
  readonly duplicates: Duplicates;
  readonly #handle: DeliveryOptions['handle'];
  readonly #wants: DeliveryOptions['wants'];
  readonly #onError: DeliveryOptions['onError'];
  readonly #keyOf: (event: DeliveredEvent) => string;
  readonly #claims: ClaimStore | undefined;
  readonly #clock: Clock;
  readonly #keys = new KeyQueues((dropped) => this.#standIn(dropped));
  readonly #waiters: Waiters;
  readonly #turns: Turns;
  /** Of asynchronous handlings; what is not in them waits for something that is not its own. */
  readonly #deadlines: Deadlines;
  /** Places left for asynchronous handlings. */
  #places: number;
  #pumping = false;

  constructor(options: DeliveryOptions) {
    this.intents = options.intents ?? 0;
    this.#handle = options.handle;
    this.#wants = options.wants;
    this.#onError = options.onError;
    this.#keyOf = keyFunction(options.order ?? DELIVERY_DEFAULTS.order);
    this.laneCapacity = positive('laneCapacity', options.laneCapacity ?? DELIVERY_DEFAULTS.laneCapacity);
    this.duplicates = new Duplicates(options.duplicateWindow ?? DELIVERY_DEFAULTS.duplicateWindow);
    this.#claims = options.claims;
    this.#clock = options.clock ?? systemClock;
    const timeoutMs = positive(
      'handlerTimeoutMs',
      options.handlerTimeoutMs ?? DELIVERY_DEFAULTS.handlerTimeoutMs,
    );
    this.#deadlines = new Deadlines(timeoutMs, this.#clock, (handling, error) => {
      handling.abort(error);
      this.#fail(handling, 'timed-out', error);
    });
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
    this.#keep(handling);
    this.#enqueue(handling);
  }

  #enqueue(handling: Handling): void {
    if (this.#keys.enter(handling, this.#keyOf(handling.event))) this.#keys.makeReady(handling);
    this.#pump();
  }

  /** Makes a handling that does not settle at once count as unsettled, and its copies stand by. */
  #keep(handling: Handling): void {
    handling.home.keep(handling);
    this.duplicates.hold(handling);
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
    this.#deadlines.stop(handling);
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
    this.#deadlines.start(handling);
  }

  #giveUpPlace(handling: Handling): void {
    if (!handling.isAlone) this.#places++;
    if (handling.key !== undefined) this.#keys.leave(handling.key);
    this.#pump();
  }

  #giveToWaiter(handling: Handling): boolean {
    const taker = this.#waiters.offer(this.#keyOf(handling.event), handling.event);
    if (!taker) return false;
    this.#keep(handling);
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
    if (!handling.isKept) this.#keep(handling);
    if (handling.key === undefined && !handling.isAlone) {
      handling.key = this.#keyOf(handling.event);
      this.#keys.reenter(handling.key);
    }
    if (handling.isHeld) return;
    handling.isHeld = true;
    if (!handling.isAlone) this.#places--;
    this.#deadlines.start(handling);
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
    this.#deadlines.stop(handling);
    handling.nextAttempt();
    this.#clock.after(retry.delayMs(handling.attempt), () => {
      if (handling.state !== 'running') return this.#finish(handling, outcome, error);
      this.#deadlines.start(handling);
      this.#start(handling);
    });
  }

  #finish(handling: Handling, outcome: Outcome, error: unknown): void {
    if (handling.isOver) return;
    handling.isOver = true;
    this.#leave(handling);
    if (handling.state === 'dropped') return this.#passOn(handling);
    if (handling.claim) this.#settleClaimed(handling, outcome, error, handling.claim);
    else this.#settle(handling, outcome, error);
    if (settledChannel.hasSubscribers) {
      const { t: type, id } = handling.event;
      settledChannel.publish({ type, id, outcome, durationMs: this.#clock.now() - handling.startedMs });
    }
    this.#makeWay(handling);
  }

  #makeWay(handling: Handling): void {
    if (handling.isHeld) {
      this.#deadlines.stop(handling);
      this.#giveUpPlace(handling);
    } else if (handling.key !== undefined) {
      this.#keys.leave(handling.key);
      this.#pump();
    }
  }

  #settle(handling: Handling, outcome: Outcome, error: unknown): void {
    this.#settleOne(handling, outcome, error);
    for (const taken of handling.taken ?? []) this.#settleOne(taken, outcome, error);
    this.#endTurn(handling);
  }

  #settleOne(handling: Handling, outcome: Outcome, error: unknown): void {
    handling.home.settle(handling, outcome, error);
    this.duplicates.settled(handling, outcome, error);
  }

  /** The handling's lane has ended, so its run counts for nothing: a copy that stands by is handled in its place. */
  #passOn(handling: Handling): void {
    const heir = this.#standIn(handling);
    const released = handling.claim && this.#endClaim(handling.claim, 'release');
    for (const taken of handling.taken ?? []) this.#takeAnew(taken);
    this.#endTurn(handling);
    if (!heir) return this.#makeWay(handling);
    this.#deadlines.stop(handling);
    if (released) released.then(() => this.#begin(heir));
    else this.#begin(heir);
  }

  #standIn(dropped: Handling): Handling | undefined {
    const heir = this.duplicates.passOn(dropped);
    heir?.succeed(dropped);
    return heir;
  }

  #begin(heir: Handling): void {
    if (heir.isHeld) this.#deadlines.start(heir);
    this.#start(heir);
  }

  /** Whoever had taken the event could not see it through, and the taker's own event comes again. */
  #takeAnew(taken: Handling): void {
    const handling = taken.state === 'dropped' ? this.duplicates.passOn(taken) : taken;
    if (!handling) return;
    handling.state = 'waiting';
    handling.hasBegun = false;
    this.#enqueue(handling);
  }

  async #claimAndHandle(handling: Handling, claims: ClaimStore): Promise<unknown> {
    const id = identityOf(handling.event);
    if (id !== undefined) {
      const claim = { id: `${handling.event.t} ${id}`, holder: handling.home.holder ?? handling.lane };
      if ((await claims.claim(claim.id, claim.holder, handling.signal)) === 'done') return DUPLICATE;
      const { signal } = handling;
      if (signal.aborted) {
        // Granted too late: whoever gets the event next must not wait for us.
        await this.#endClaim(claim, 'release');
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
    this.#deadlines.stop(handling);
  }

  #goOn(handling: Handling): unknown {
    handling.signal.throwIfAborted();
    this.#deadlines.start(handling);
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
    await this.#endClaim(claim, handling.comesAgain(outcome) ? 'release' : 'done');
    this.#settle(handling, outcome, error);
  }

  async #endClaim({ id, holder }: Claim, how: 'done' | 'release'): Promise<void> {
    try {
      await this.#claims?.[how](id, holder);
    } catch {
      // Not written: a later copy may be handled again, or waits until the claim is void, which is what the store's absence means.
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
