import { performance } from 'node:perf_hooks';
import { setTimeout as sleepFor } from 'node:timers/promises';
import type { Clock } from './clock.js';

/** `setTimeout` reads a longer delay as 1 ms. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock: the only place in the SDK that reads the time or sets a timer. */
export const systemClock: Clock = Object.freeze({
  now: () => performance.now(),
  wallNow: () => Date.now(),
  after(delayMs: number, callback: () => void) {
    const timer = setTimeout(callback, clampDelayMs(delayMs));
    timer.unref();
    return () => clearTimeout(timer);
  },
  async sleep(delayMs: number, signal?: AbortSignal) {
    signal?.throwIfAborted();
    try {
      await sleepFor(clampDelayMs(delayMs), undefined, signal ? { signal } : {});
    } catch (error) {
      // Node rejects with an AbortError of its own; callers were promised the reason they gave.
      signal?.throwIfAborted();
      throw error;
    }
  },
});

function clampDelayMs(delayMs: number): number {
  return Math.min(Math.max(delayMs, 0), MAX_TIMER_MS);
}
