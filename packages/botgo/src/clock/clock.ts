/** Stops what was scheduled; calling it twice, or after it ran, does nothing. */
export type Cancel = () => void;

/**
 * Time source. Everything that waits or measures takes one, so that a test never waits for real time: nothing in `src/` calls
 * `Date.now`, `performance.now` or `setTimeout` outside {@link systemClock}.
 */
export interface Clock {
  /** Milliseconds since an arbitrary origin; never goes backwards. For durations and deadlines inside one process. */
  now(): number;
  /** Unix time in milliseconds; may jump. For what is stored, signed or compared across processes. */
  wallNow(): number;
  /** Runs `callback` once after `delayMs` (negative is read as 0). Does not keep the process alive by itself. */
  after(delayMs: number, callback: () => void): Cancel;
  /** Resolves after `delayMs`; rejects with `signal.reason` when aborted. Keeps the process alive while it waits. */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>;
}
