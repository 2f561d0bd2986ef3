import type { Clock } from '../clock/index.js';
import type { WebsocketAP } from '../dto/index.js';
import type { ConnectKind } from '../gateway/index.js';
import type { Coordinator } from './coordinator.js';
import { IDENTIFY_WINDOW_MS } from './session-limit.js';

/** Resumes are not limited by the platform's documents; a herd of them is not sent at once all the same. */
const RESUMES_PER_SECOND = 20;

export interface StartPermitsOptions {
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  readonly random: () => number;
  readonly accessPoint: WebsocketAP;
  /** Asks the platform how many starts are left. */
  readonly refresh: (() => Promise<WebsocketAP>) | undefined;
  /** Part of the day's starts that run-time identifies leave alone. */
  readonly reserve: number;
}

/** The day's budget of session starts, as far as it is known. */
export interface StartBudget {
  readonly total: number;
  readonly remaining: number;
  /** Unix time in milliseconds at which `remaining` is `total` again. */
  readonly resetAtMs: number;
  /** Identifies that wait for the reset because the reserve is reached. */
  readonly waiting: number;
}

/**
 * Paces identifies and resumes over the whole cluster, and keeps the last part of the day's starts for a restart by hand: a bot that
 * burnt all of them in a loop could not be started again before the next day.
 */
export class StartPermits {
  readonly #options: StartPermitsOptions;
  #total: number;
  #remaining: number;
  #resetAtMs: number;
  #maxConcurrency: number;
  #waiting = 0;
  /** Identifies of the start itself, which was checked as a whole. */
  #free: number;

  constructor(options: StartPermitsOptions, planned: number) {
    this.#options = options;
    this.#free = planned;
    const { total, remaining, reset_after, max_concurrency } = options.accessPoint.session_start_limit;
    this.#total = total;
    this.#remaining = remaining;
    this.#resetAtMs = options.clock.wallNow() + reset_after;
    this.#maxConcurrency = Math.max(1, max_concurrency);
  }

  get budget(): StartBudget {
    return {
      total: this.#total,
      remaining: this.#remaining,
      resetAtMs: this.#resetAtMs,
      waiting: this.#waiting,
    };
  }

  /** Waits until a connection of that kind may be opened. @throws `signal.reason` when aborted, `BOTGO_STORE`. */
  async take(kind: ConnectKind, signal: AbortSignal): Promise<void> {
    if (kind === 'resume')
      return this.#take({ name: 'resume', limit: RESUMES_PER_SECOND, windowMs: 1_000 }, signal);
    await this.#spend(signal);
    await this.#take({ name: 'identify', limit: this.#maxConcurrency, windowMs: IDENTIFY_WINDOW_MS }, signal);
  }

  async #take(
    request: { name: string; limit: number; windowMs: number },
    signal: AbortSignal,
  ): Promise<void> {
    const { coordinator, clock, random } = this.#options;
    for (;;) {
      signal.throwIfAborted();
      const answer = await coordinator.permit(request);
      if (answer.granted) return;
      // Spread: all who wait would ask again in the same millisecond.
      await clock.sleep(answer.retryAfterMs + random() * 100, signal);
    }
  }

  /** Takes one start from the day's budget; waits for the reset when only the reserve is left. */
  async #spend(signal: AbortSignal): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      this.#remaining--;
      return;
    }
    this.#waiting++;
    try {
      for (;;) {
        await this.#refresh();
        if (this.#remaining > this.#total * this.#options.reserve) break;
        const leftMs = this.#resetAtMs - this.#options.clock.wallNow();
        if (leftMs <= 0) this.#beginDay();
        // Another process may have been given more, or the platform may count otherwise: look again from time to time.
        else await this.#options.clock.sleep(Math.min(leftMs, 60_000), signal);
      }
      this.#remaining--;
    } finally {
      this.#waiting--;
    }
  }

  #beginDay(): void {
    this.#remaining = this.#total;
    this.#resetAtMs = this.#options.clock.wallNow() + 24 * 3_600_000;
  }

  async #refresh(): Promise<void> {
    if (!this.#options.refresh) return;
    try {
      const { session_start_limit: limit } = await this.#options.refresh();
      this.#total = limit.total;
      this.#remaining = limit.remaining;
      this.#resetAtMs = this.#options.clock.wallNow() + limit.reset_after;
      this.#maxConcurrency = Math.max(1, limit.max_concurrency);
    } catch {
      // The count we keep ourselves stands in until the platform answers again.
    }
  }
}
