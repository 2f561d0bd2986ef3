/** Session starts of one bot: the day's budget and the window of 5 s. Times are passed in. Source: gateway.md 3 and 12. */
export interface SessionStartLimit {
  readonly total: number;
  readonly remaining: number;
  /** Milliseconds until the budget is full again. */
  readonly reset_after: number;
  readonly max_concurrency: number;
}

export const IDENTIFY_WINDOW_MS = 5_000;
/** A client that waits exactly 5 s must not fail because its second frame travelled faster than its first. */
export const IDENTIFY_TOLERANCE_MS = 250;
const DAY_MS = 86_400_000;

export class SessionLimits {
  #remaining: number;
  #resetsAtMs: number;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #windowUsed = 0;

  constructor(
    private readonly limits: {
      total: number;
      remaining: number;
      resetAfterMs: number;
      maxConcurrency: () => number;
    },
    nowMs: number,
  ) {
    this.#remaining = limits.remaining;
    this.#resetsAtMs = nowMs + limits.resetAfterMs;
  }

  look(nowMs: number): SessionStartLimit {
    this.#refill(nowMs);
    return {
      total: this.limits.total,
      remaining: this.#remaining,
      reset_after: Math.max(0, Math.round(this.#resetsAtMs - nowMs)),
      max_concurrency: this.limits.maxConcurrency(),
    };
  }

  /** Spends one start. A refused one costs nothing. */
  take(nowMs: number): 'ok' | 'no-budget' | 'too-fast' {
    this.#refill(nowMs);
    if (this.#remaining <= 0) return 'no-budget';
    if (nowMs - this.#windowStartMs >= IDENTIFY_WINDOW_MS - IDENTIFY_TOLERANCE_MS) {
      this.#windowStartMs = nowMs;
      this.#windowUsed = 0;
    }
    if (this.#windowUsed >= Math.max(1, this.limits.maxConcurrency())) return 'too-fast';
    this.#windowUsed++;
    this.#remaining--;
    return 'ok';
  }

  #refill(nowMs: number): void {
    if (nowMs < this.#resetsAtMs) return;
    this.#remaining = this.limits.total;
    this.#resetsAtMs += (Math.floor((nowMs - this.#resetsAtMs) / DAY_MS) + 1) * DAY_MS;
  }
}
