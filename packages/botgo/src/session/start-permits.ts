import type { Clock } from '../clock/index.js';
import type { WebsocketAP } from '../dto/index.js';
import type { ConnectKind } from '../gateway/index.js';
import type { Coordinator } from './coordinator.js';
import { PermitQueue } from './permit-queue.js';
import { IDENTIFY_WINDOW_MS } from './session-limit.js';

/**
 * The platform's documents set no limit to resumes, and a resume costs no session start: what is paced is only the herd, when the platform
 * closes every socket at once, so that its gateway does not meet all of them in one moment. What most bots have, and any hand-over
 * (a tenth of the shards at a time), passes without a wait; the more shards there are, the more pass at a time, so that a bot is back
 * within ten seconds whatever its size. Short windows instead of one long one, so that it is a stream and not some waves.
 */
const RESUME_WINDOW_MS = 250;
const RESUMES_AT_LEAST = 20;
const RESUMES_TAKE_MS = 10_000;

/** How many resumes a bot of that many shards may send within {@link RESUME_WINDOW_MS}. */
function resumeLimit(shards: number): number {
  return Math.max(RESUMES_AT_LEAST, Math.ceil((shards * RESUME_WINDOW_MS) / RESUMES_TAKE_MS));
}

/**
 * The platform counts Identifies as they come, a connection's length after their permits, and some come sooner than others: a window of
 * permits is longer than one of the platform's by what that may differ.
 */
const TRAVEL_MS = 500;

export interface StartPermitsOptions {
  /** Whose identifies are paced: the platform counts those of a bot, whichever cluster they are of. */
  readonly appId: string;
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  readonly random: () => number;
  readonly accessPoint: WebsocketAP;
  /** Asks the platform how many starts are left. */
  readonly refresh: (() => Promise<WebsocketAP>) | undefined;
  /** Part of the day's starts that run-time identifies leave alone. */
  readonly reserve: number;
  /** Called when a start begins or ends to wait for the day's reset. */
  readonly onWaiting?: ((budget: StartBudget) => void) | undefined;
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
  readonly #identifies: PermitQueue;
  readonly #resumes: PermitQueue;

  constructor(options: StartPermitsOptions, planned: number) {
    this.#options = options;
    this.#free = planned;
    const { total, remaining, reset_after, max_concurrency } = options.accessPoint.session_start_limit;
    this.#total = total;
    this.#remaining = remaining;
    this.#resetAtMs = options.clock.wallNow() + reset_after;
    this.#maxConcurrency = Math.max(1, max_concurrency);
    const { appId, coordinator, clock, random, accessPoint } = options;
    this.#identifies = new PermitQueue({
      ...{ coordinator, clock, random },
      request: () => ({
        name: 'identify',
        appId,
        limit: this.#maxConcurrency,
        windowMs: IDENTIFY_WINDOW_MS + TRAVEL_MS,
      }),
    });
    const resume = { name: 'resume', limit: resumeLimit(accessPoint.shards), windowMs: RESUME_WINDOW_MS };
    this.#resumes = new PermitQueue({ coordinator, clock, random, request: () => resume });
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
    if (kind === 'resume') return await this.#resumes.take(signal);
    await this.#spend(signal);
    await this.#identifies.take(signal);
  }

  /** Takes one start from the day's budget; waits for the reset when only the reserve is left. */
  async #spend(signal: AbortSignal): Promise<void> {
    if (this.#free > 0) {
      this.#free--;
      this.#remaining--;
      return;
    }
    this.#waiting++;
    let isTold = false;
    try {
      for (;;) {
        await this.#refresh();
        if (this.#remaining > this.#total * this.#options.reserve) break;
        const leftMs = this.#resetAtMs - this.#options.clock.wallNow();
        if (leftMs <= 0) this.#beginDay();
        // Another process may have been given more, or the platform may count otherwise: look again from time to time.
        else {
          if (!isTold) this.#options.onWaiting?.(this.budget);
          isTold = true;
          await this.#options.clock.sleep(Math.min(leftMs, 60_000), signal);
        }
      }
      this.#remaining--;
    } finally {
      this.#waiting--;
      if (isTold) this.#options.onWaiting?.(this.budget);
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
