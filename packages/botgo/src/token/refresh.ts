import { type Clock, systemClock } from '../clock/index.js';
import type { AccessToken, TokenSource } from './token-source.js';

/** Options of {@link startRefreshAccessToken}. */
export interface RefreshOptions {
  /** Ends the refreshing, also while the first token is waited for. */
  readonly signal?: AbortSignal | undefined;
  /** Hears of each failure after the first token; the next try follows with back-off. An exception it throws is dropped. */
  readonly onError?: ((error: unknown) => void) | undefined;
  readonly clock?: Clock | undefined;
  /** 0 ≤ x < 1; for jitter. */
  readonly random?: (() => number) | undefined;
}

const AHEAD_MS = 30_000;
const MIN_PAUSE_MS = 1_000;
const BACKOFF_CAP_MS = 30_000;

/**
 * Keeps a source's token fresh although nobody asks for it: resolves with the first token in hand, then asks again about 30 s before
 * each end until `signal` aborts. The timer does not keep the process alive. BotGo's function of that name ends the process after ten
 * failures; this one tries for ever and says so to `onError`.
 * @throws {BotgoError} When the first token cannot be had.
 */
export async function startRefreshAccessToken(
  source: TokenSource,
  options: RefreshOptions = {},
): Promise<void> {
  const { signal, onError } = options;
  const clock = options.clock ?? systemClock;
  const random = options.random ?? Math.random;
  let failures = 0;

  function schedule(token: AccessToken): void {
    if (token.expiresAtMs === Number.POSITIVE_INFINITY) return;
    const leftMs = token.expiresAtMs - clock.wallNow();
    const aheadMs = Math.min(AHEAD_MS, leftMs / 4);
    wait(Math.max(MIN_PAUSE_MS, leftMs - aheadMs));
  }

  function wait(delayMs: number): void {
    if (signal?.aborted) return;
    const cancel = clock.after(delayMs, () => {
      signal?.removeEventListener('abort', cancel);
      void refresh();
    });
    signal?.addEventListener('abort', cancel, { once: true });
  }

  async function refresh(): Promise<void> {
    try {
      const token = await source.token({ signal });
      failures = 0;
      schedule(token);
    } catch (error) {
      if (signal?.aborted) return;
      failures++;
      report(error);
      wait(MIN_PAUSE_MS + Math.min(BACKOFF_CAP_MS, MIN_PAUSE_MS * 2 ** Math.min(failures, 10)) * random());
    }
  }

  function report(error: unknown): void {
    try {
      onError?.(error);
    } catch {
      // The caller's mistake must not end the refreshing, and there is nobody else to tell.
    }
  }

  schedule(await source.token({ signal }));
}
