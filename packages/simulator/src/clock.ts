/** Undoes a scheduled call; harmless after it ran. */
export type Cancel = () => void;

/**
 * The simulator's only source of time. Everything that waits or reads a time goes through it, so that a test can move
 * an hour in no time.
 */
export interface SimClock {
  /** Milliseconds since an arbitrary origin; never goes backwards. */
  now(): number;
  /** Unix time in milliseconds, as the platform would print it. */
  wall(): number;
  /** Runs `run` once after `ms`; a value below 0 counts as 0. */
  after(ms: number, run: () => void): Cancel;
  /** Moves both times forward by `ms` and runs, in order, what became due. */
  advance(ms: number): void;
  /** Drops everything scheduled. */
  stop(): void;
}

export interface ClockOptions {
  /** True: time only moves by {@link SimClock.advance}. @defaultValue false */
  readonly frozen?: boolean;
  /** Unix time at the start, in milliseconds. @defaultValue the system's */
  readonly wallMs?: number;
}

interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly run: () => void;
}

/** A clock that follows the system's, or stands still, and can always be moved forward. */
export function createClock(options: ClockOptions = {}): SimClock {
  const frozen = options.frozen ?? false;
  const startMs = performance.now();
  const wallStartMs = options.wallMs ?? Date.now();
  const timers: Timer[] = [];
  let movedMs = 0;
  let order = 0;
  let alarm: NodeJS.Timeout | undefined;
  let alarmDueMs = Number.POSITIVE_INFINITY;

  const now = (): number => (frozen ? 0 : performance.now() - startMs) + movedMs;

  function runDue(untilMs: number): void {
    for (let first = timers[0]; first !== undefined && first.dueMs <= untilMs; first = timers[0]) {
      timers.shift();
      first.run();
    }
    setAlarm();
  }

  function setAlarm(): void {
    if (frozen) return;
    const dueMs = timers[0]?.dueMs ?? Number.POSITIVE_INFINITY;
    if (dueMs === alarmDueMs) return;
    clearTimeout(alarm);
    alarm = undefined;
    alarmDueMs = dueMs;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    alarm = setTimeout(
      () => {
        alarmDueMs = Number.POSITIVE_INFINITY;
        runDue(now());
      },
      Math.min(Math.max(0, dueMs - now()), 2 ** 31 - 1),
    );
    // The listening socket keeps the process alive; a pending heartbeat check must not.
    alarm.unref();
  }

  return {
    now,
    wall: () => Math.round(wallStartMs + now()),
    after(ms, run) {
      const timer: Timer = { dueMs: now() + Math.max(0, ms), order: order++, run };
      let low = 0;
      let high = timers.length;
      while (low < high) {
        const middle = (low + high) >>> 1;
        const other = timers[middle];
        if (other !== undefined && other.dueMs <= timer.dueMs) low = middle + 1;
        else high = middle;
      }
      timers.splice(low, 0, timer);
      setAlarm();
      return () => {
        const index = timers.indexOf(timer);
        if (index >= 0) timers.splice(index, 1);
        setAlarm();
      };
    },
    advance(ms) {
      const targetMs = now() + ms;
      // Step from timer to timer, so that what a timer schedules inside the moved span runs at its own time.
      for (let first = timers[0]; first !== undefined && first.dueMs <= targetMs; first = timers[0]) {
        const stepMs = first.dueMs - now();
        if (stepMs > 0) movedMs += stepMs;
        timers.shift();
        first.run();
      }
      const restMs = targetMs - now();
      if (restMs > 0) movedMs += restMs;
      setAlarm();
    },
    stop() {
      timers.length = 0;
      setAlarm();
    },
  };
}

/** `2026-03-04T05:06:07+08:00`: the platform prints Beijing time without milliseconds. */
export function beijingTime(wallMs: number): string {
  return `${new Date(wallMs + 8 * 3_600_000).toISOString().slice(0, 19)}+08:00`;
}
