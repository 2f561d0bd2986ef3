import type { Clock } from '../clock/index.js';
import type { Coordinator, PermitRequest } from './coordinator.js';

/** Who is refused waits a little longer than he must, or all who wait would ask again in the same millisecond. */
const SPREAD_MS = 50;
/** Who is refused again and again, because others are faster, asks more seldom: down to about once in this time. */
const MAX_SPREAD_MS = 800;

export interface PermitQueueOptions {
  readonly coordinator: Coordinator;
  readonly clock: Clock;
  readonly random: () => number;
  /** What to ask for; read before each call. */
  readonly request: () => PermitRequest;
}

interface Waiter {
  readonly grant: () => void;
  readonly fail: (error: unknown) => void;
}

/**
 * The permits of one kind for one process, in the order they were asked for. One call is under way at a time and asks for all who
 * wait, so that the store is asked as often for fifty connections as for one.
 */
export class PermitQueue {
  readonly #options: PermitQueueOptions;
  readonly #waiters = new Set<Waiter>();
  #isAsking = false;
  /** Ends the wait between two calls when nobody waits any more. */
  #pause: AbortController | undefined;

  constructor(options: PermitQueueOptions) {
    this.#options = options;
  }

  /** Waits for a permit. @throws `signal.reason` when aborted, `BOTGO_STORE`. */
  async take(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const leave = (): void => {
        this.#waiters.delete(waiter);
        signal.removeEventListener('abort', onAbort);
      };
      const onAbort = (): void => {
        leave();
        if (this.#waiters.size === 0) this.#pause?.abort();
        reject(signal.reason);
      };
      const waiter: Waiter = {
        grant: () => {
          leave();
          resolve();
        },
        fail: (error) => {
          leave();
          reject(error);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiters.add(waiter);
      if (!this.#isAsking) void this.#ask();
    });
  }

  /** Asks until nobody waits. Never rejects. */
  async #ask(): Promise<void> {
    this.#isAsking = true;
    // Those who ask in this turn are asked for together.
    await Promise.resolve();
    let refusals = 0;
    while (this.#waiters.size > 0) {
      try {
        const { granted, retryAfterMs } = await this.#options.coordinator.permit({
          ...this.#options.request(),
          count: this.#waiters.size,
        });
        for (const waiter of [...this.#waiters].slice(0, granted)) waiter.grant();
        refusals = granted > 0 ? 0 : refusals + 1;
        const isRefused = retryAfterMs > 0 || granted === 0;
        if (isRefused && this.#waiters.size > 0) await this.#wait(retryAfterMs, refusals);
      } catch (error) {
        for (const waiter of [...this.#waiters]) waiter.fail(error);
      }
    }
    this.#isAsking = false;
  }

  async #wait(retryAfterMs: number, refusals: number): Promise<void> {
    const { clock, random } = this.#options;
    const mostMs = Math.max(SPREAD_MS, MAX_SPREAD_MS - retryAfterMs);
    const spreadMs = random() * Math.min(SPREAD_MS * 2 ** refusals, mostMs);
    this.#pause = new AbortController();
    // Aborted: nobody waits any more.
    await clock.sleep(retryAfterMs + spreadMs, this.#pause.signal).catch(() => undefined);
    this.#pause = undefined;
  }
}
