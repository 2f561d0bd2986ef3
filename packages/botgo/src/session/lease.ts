import type { Cancel, Clock } from '../clock/index.js';
import { BotgoError } from '../errs/index.js';

/**
 * How long this member may still act, counted from when its last successful renewal was sent. Over when either clock says so: the
 * monotonic one stands still while a machine is suspended, the wall clock may be set back.
 */
export class Lease {
  readonly #clock: Clock;
  readonly #leaseMs: number;
  #untilMs = 0;
  #wallUntilMs = 0;
  #over: BotgoError | undefined;
  #onOver: ((error: BotgoError) => void) | undefined;
  #cancel: Cancel | undefined;

  constructor(clock: Clock, leaseMs: number) {
    this.#clock = clock;
    this.#leaseMs = leaseMs;
  }

  /** Take this before sending a renewal, and pass it to {@link extend} when it succeeded. */
  mark(): { nowMs: number; wallMs: number } {
    return { nowMs: this.#clock.now(), wallMs: this.#clock.wallNow() };
  }

  /** @param onOver - Called once, whoever notices first that the lease has run out: the timer, or an event that asked. */
  extend(sent: { nowMs: number; wallMs: number }, onOver: (error: BotgoError) => void): void {
    if (this.#over) return;
    this.#untilMs = sent.nowMs + this.#leaseMs;
    this.#wallUntilMs = sent.wallMs + this.#leaseMs;
    this.#onOver = onOver;
    this.#cancel?.();
    this.#cancel = this.#clock.after(this.#untilMs - this.#clock.now() + 1, () => void this.check());
  }

  /** Why this member may not act any more; `undefined` while it may. Called per event. */
  readonly check = (): BotgoError | undefined => {
    if (this.#over) return this.#over;
    if (this.#clock.now() < this.#untilMs && this.#clock.wallNow() < this.#wallUntilMs) return undefined;
    const error = new BotgoError(
      'BOTGO_LEASE_LOST',
      'this process did not renew its lease in time (it was paused, or the store could not be reached): its shards belong to others now',
    );
    this.end(error);
    // Later: whoever asked is in the middle of an event.
    queueMicrotask(() => this.#onOver?.(error));
    return error;
  };

  /** Ends the lease before its time. */
  end(error: BotgoError): void {
    this.#over ??= error;
    this.#cancel?.();
  }
}
