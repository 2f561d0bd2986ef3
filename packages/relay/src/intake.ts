import type { IdWindow } from 'botgo/delivery';
import { BotgoError, toBotgoError } from 'botgo/errs';
import {
  type EventSink,
  type IncomingEvent,
  type Lane,
  type Outcome,
  parsePayload,
  type RetryPolicy,
  toIncomingEvent,
} from 'botgo/event';
import type { Envelope } from './envelope.js';

/** Why an event was given up. */
export interface DeadLetter {
  readonly envelope: Envelope;
  readonly outcome: Outcome;
  /** The handler's error as text. */
  readonly reason: string;
  readonly attempts: number;
}

export interface IntakeOptions {
  readonly sink: EventSink;
  /** For logs, e.g. `events/3`. */
  readonly name: string;
  readonly retry: RetryPolicy;
  /** Marks grow (offsets): the checkpoint says up to where everything is settled. `false`: each message is acknowledged by itself. */
  readonly ordered: boolean;
  /** Remembers (session, seq), so that a copy which a slow access process sent again is not handled twice; shared by all intakes. */
  readonly window: IdWindow;
  /** The event is settled: acknowledge it. */
  readonly onSettled: (mark: number) => void;
  /** Stores an event that was given up; it is acknowledged when the promise resolves, and given up again when it rejects. */
  readonly deadLetter: (letter: DeadLetter) => Promise<void>;
  readonly onPressure: (paused: boolean) => void;
  readonly guard?: (() => unknown) | undefined;
}

/** The logic side of one partition: envelopes in, acknowledgements out, whatever the broker. */
export class Intake {
  readonly #options: IntakeOptions;
  readonly #lane: Lane;
  readonly #pending = new Map<number, Envelope>();

  constructor(options: IntakeOptions) {
    this.#options = options;
    this.#lane = options.sink.openLane({
      name: options.name,
      ordered: false,
      retry: options.retry,
      guard: options.guard,
      onPressure: options.onPressure,
      onSettled: (mark, outcome, error) => void this.#settled(mark, outcome, error),
    });
  }

  get unsettled(): number {
    return this.#pending.size;
  }

  /** Takes one message of the broker under a mark of the adapter's choice. */
  offer(envelope: Envelope, mark: number): void {
    this.#pending.set(mark, envelope);
    if (envelope.session !== '' && this.#options.window.add(envelope.session, String(envelope.seq))) {
      return this.#acknowledge(mark);
    }
    if (!this.#options.sink.wants(envelope.event)) return this.#lane.pass(mark);
    let event: IncomingEvent | undefined;
    try {
      event = toIncomingEvent(parsePayload(envelope.value));
    } catch (error) {
      return void this.#giveUp(mark, 'failed', error);
    }
    if (event) this.#lane.receive(event, mark);
    else
      void this.#giveUp(
        mark,
        'failed',
        new BotgoError('BOTGO_PROTOCOL', 'a message whose value is no event'),
      );
  }

  /** See `Lane.drain`. What stays unsettled comes again to whoever gets the partition next. */
  async drain(timeoutMs: number): Promise<boolean> {
    const settled = await this.#lane.drain(timeoutMs);
    this.#forgetPending();
    return settled;
  }

  revoke(reason: unknown): void {
    this.#lane.revoke(reason);
    this.#forgetPending();
  }

  #forgetPending(): void {
    for (const { session, seq } of this.#pending.values()) this.#options.window.forget(session, String(seq));
    this.#pending.clear();
  }

  async #settled(mark: number, outcome: Outcome, error: unknown): Promise<void> {
    if (outcome === 'failed' || outcome === 'timed-out' || outcome === 'poison')
      return this.#giveUp(mark, outcome, error);
    this.#acknowledge(mark);
  }

  async #giveUp(mark: number, outcome: Outcome, error: unknown): Promise<void> {
    const envelope = this.#pending.get(mark);
    if (!envelope) return;
    const attempts = this.#options.retry.maxAttempts;
    await this.#options.deadLetter({ envelope, outcome, reason: toBotgoError(error).message, attempts });
    this.#acknowledge(mark);
  }

  #acknowledge(mark: number): void {
    if (this.#pending.delete(mark)) this.#options.onSettled(mark);
  }
}
