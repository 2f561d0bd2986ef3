import type { Cancel, Clock } from './clock.js';

interface Timer {
  atMs: number;
  order: number;
  callback: () => void;
}

/** A {@link Clock} that moves only when told to: for tests of anything that waits. */
export interface ManualClock extends Clock {
  /** Moves both clocks forward, running what falls due in order of time; waits for promises between two timers. */
  advance(byMs: number): Promise<void>;
  /** Moves the wall clock alone, as a corrected system time does; `now()` stays. */
  jumpWall(byMs: number): void;
  /** Timers and sleeps that wait. */
  readonly pending: number;
}

/** @param startWallMs - Unix time at the start; default 2026-01-01T00:00:00Z. `now()` starts at 0. */
export function manualClock(startWallMs = Date.UTC(2026, 0, 1)): ManualClock {
  let nowMs = 0;
  let wallOffsetMs = startWallMs;
  let order = 0;
  const timers = new Set<Timer>();

  function after(delayMs: number, callback: () => void): Cancel {
    const timer = { atMs: nowMs + Math.max(delayMs, 0), order: order++, callback };
    timers.add(timer);
    return () => void timers.delete(timer);
  }

  function nextDue(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of timers) {
      if (timer.atMs > untilMs) continue;
      if (!next || timer.atMs < next.atMs || (timer.atMs === next.atMs && timer.order < next.order))
        next = timer;
    }
    return next;
  }

  return {
    now: () => nowMs,
    wallNow: () => nowMs + wallOffsetMs,
    after,
    sleep(delayMs, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const cancel = after(delayMs, () => {
          signal?.removeEventListener('abort', onAbort);
          resolve();
        });
        function onAbort(): void {
          cancel();
          reject(signal?.reason);
        }
        signal?.addEventListener('abort', onAbort, { once: true });
      });
    },
    async advance(byMs) {
      const untilMs = nowMs + byMs;
      await settlePromises();
      for (let timer = nextDue(untilMs); timer; timer = nextDue(untilMs)) {
        timers.delete(timer);
        nowMs = Math.max(nowMs, timer.atMs);
        timer.callback();
        await settlePromises();
      }
      nowMs = untilMs;
    },
    jumpWall(byMs) {
      wallOffsetMs += byMs;
    },
    get pending() {
      return timers.size;
    },
  };
}

/** One turn of the event loop, so that chains of promises started by a timer run before the next timer. */
function settlePromises(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
