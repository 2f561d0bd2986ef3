const BASE_MS = 100;
/** Longest a broker that is back stays unnoticed; a refused connection costs little. */
const MAX_MS = 1_000;

/** Pause before another try at a broker: exponential, half of it jitter. @param attempt - Tries that failed, from 1. */
export function backOff(attempt: number, random: number): number {
  return Math.min(MAX_MS, BASE_MS * 2 ** (attempt - 1)) * (0.5 + random / 2);
}
