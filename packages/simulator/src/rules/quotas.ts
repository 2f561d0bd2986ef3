import type { Refusal } from './refusal.js';

/** So many uses of `key` in a window that starts with its first use. */
export interface Quota {
  readonly key: string;
  readonly max: number;
  readonly perMs: number;
  /** What a use above it is refused with. */
  readonly refusal: () => Refusal;
}

interface Window {
  endsAtMs: number;
  used: number;
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const DAY_MS = 86_400_000;
export const MONTH_MS = 30 * DAY_MS;

/** Counters of all limits. Times are passed in. */
export class Quotas {
  readonly #windows = new Map<string, Window>();

  /** Counts one use against each quota, or, when one is full, against none; returns that one's refusal. */
  take(quotas: readonly Quota[], nowMs: number): Refusal | undefined {
    for (const quota of quotas) if (this.used(quota.key, nowMs) >= quota.max) return quota.refusal();
    for (const quota of quotas) this.#count(quota, nowMs);
    return undefined;
  }

  used(key: string, nowMs: number): number {
    const window = this.#windows.get(key);
    return window === undefined || window.endsAtMs <= nowMs ? 0 : window.used;
  }

  #count(quota: Quota, nowMs: number): void {
    const window = this.#windows.get(quota.key);
    if (window !== undefined && window.endsAtMs > nowMs) {
      window.used++;
      return;
    }
    if (this.#windows.size > 10_000) this.#dropEnded(nowMs);
    this.#windows.set(quota.key, { endsAtMs: nowMs + quota.perMs, used: 1 });
  }

  #dropEnded(nowMs: number): void {
    for (const [key, window] of this.#windows) if (window.endsAtMs <= nowMs) this.#windows.delete(key);
  }
}
