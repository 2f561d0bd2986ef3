import type { WebsocketAP } from '../dto/index.js';
import { errSessionLimit, newErr } from '../errs/index.js';

/** The platform counts session starts per 5 seconds; BotGo's constant of 2 is its defect, not a rule. */
export const IDENTIFY_WINDOW_MS = 5_000;

/**
 * BotGo's `CalcInterval`: the pause between two identifies of one bot.
 * @param maxConcurrency - `session_start_limit.max_concurrency`; 0 is read as 1.
 * @returns Milliseconds.
 */
export function calcInterval(maxConcurrency: number): number {
  return Math.ceil(IDENTIFY_WINDOW_MS / Math.max(1, maxConcurrency));
}

/**
 * BotGo's `CheckSessionLimit`: refuses a start that needs more sessions than the platform lets begin now, before it spends any.
 * @param needed - Shards that must identify; default: all of them.
 * @throws {BotgoError} `BOTGO_SESSION_LIMIT`.
 */
export function checkSessionLimit(ap: WebsocketAP, needed: number = ap.shards): void {
  const { remaining, total, reset_after } = ap.session_start_limit;
  if (needed <= remaining) return;
  throw newErr(
    errSessionLimit,
    `${needed} sessions are needed and ${remaining} of ${total} are left: start fewer shards, or wait ${Math.ceil(reset_after / 1000)} s for the reset`,
  );
}
