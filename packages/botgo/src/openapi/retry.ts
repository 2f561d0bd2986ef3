import type { PlatformAction } from '../errs/index.js';
import type { Repeat } from './endpoint.js';

const BACKOFF_BASE_MS = 200;
const BACKOFF_CAP_MS = 5_000;

/** What happened to an attempt, as far as repeating it is concerned. */
export interface Failure {
  /** What the platform's answer asks for; `RETRY` when there was no answer. */
  readonly action: PlatformAction;
  /** Nothing reached the platform. */
  readonly unsent: boolean;
}

/**
 * Whether to send once more. `RETRY` needs a request whose copy does no harm, or one that was never sent; `RETRY1` are failures of
 * checks that come before the work, so that any request may be repeated, once. `AUTH` is not decided here: it needs a new token.
 * @param attempt - How many attempts were made, 1 or more.
 */
export function mayRepeat(failure: Failure, repeat: Repeat, attempt: number, maxAttempts: number): boolean {
  if (attempt >= maxAttempts) return false;
  if (failure.action === 'RETRY1') return attempt === 1;
  return failure.action === 'RETRY' && (failure.unsent || repeat !== 'unsafe');
}

/** Pause before the next attempt, with full jitter. @param random - 0 ≤ x < 1 */
export function backoffMs(attempt: number, random: number): number {
  return Math.min(BACKOFF_CAP_MS, BACKOFF_BASE_MS * 2 ** Math.min(attempt - 1, 10)) * random;
}
