import type { Cancel, Clock } from 'botgo/clock';

/** Shortest time between two calls of the listeners: a start of many members is one burst of changes. */
const QUIET_MS = 25;

export interface ChangeWatchOptions {
  readonly clock: Clock;
  /** Starts the notifications; returns a function that ends them. */
  readonly subscribe: (onMessage: () => void) => () => void;
  /** Asks the store whether anything changed, and reports it through {@link ChangeWatch.observe}. */
  readonly look: () => Promise<void>;
  /** How long nothing may be heard of the store before it is asked. */
  readonly pollMs: number;
}

/**
 * Tells listeners that the cluster changed: by notification; by the count of changes that every reply of the store carries, in case a
 * notification was lost; and at the moment when a lease of another member, or the refilling, runs out: who looks then announces it to all.
 */
export class ChangeWatch {
  readonly #options: ChangeWatchOptions;
  readonly #listeners = new Set<() => void>();
  #unsubscribe: (() => void) | undefined;
  #epoch: string | undefined;
  #cancelLook: Cancel | undefined;
  #cancelCall: Cancel | undefined;
  #calledMs = Number.NEGATIVE_INFINITY;

  constructor(options: ChangeWatchOptions) {
    this.#options = options;
  }

  add(onChange: () => void): () => void {
    const listener = (): void => onChange();
    this.#listeners.add(listener);
    if (!this.#unsubscribe) {
      this.#unsubscribe = this.#options.subscribe(() => this.#call());
      this.#lookIn(this.#options.pollMs);
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.stop();
    };
  }

  /** What a reply said: the count of changes, and when the next lease runs out (negative: none does). */
  observe(epoch: string, nextMs: number): void {
    // The first count counts as news: nobody knows what changed between the watch and it.
    const isNews = this.#epoch !== epoch;
    this.#epoch = epoch;
    if (!this.#unsubscribe) return;
    if (isNews) this.#call();
    this.#lookIn(nextMs < 0 ? this.#options.pollMs : Math.min(nextMs + 1, this.#options.pollMs));
  }

  stop(): void {
    this.#listeners.clear();
    this.#unsubscribe?.();
    this.#unsubscribe = undefined;
    this.#cancelLook?.();
    this.#cancelCall?.();
    this.#cancelCall = undefined;
  }

  #lookIn(delayMs: number): void {
    this.#cancelLook?.();
    this.#cancelLook = this.#options.clock.after(delayMs, () => {
      this.#lookIn(this.#options.pollMs);
      // The store cannot be reached: whoever uses it hears so from the calls of his own.
      this.#options.look().catch(() => undefined);
    });
  }

  #call(): void {
    if (this.#cancelCall) return;
    const { clock } = this.#options;
    const waitMs = Math.max(0, this.#calledMs + QUIET_MS - clock.now());
    this.#cancelCall = clock.after(waitMs, () => {
      this.#cancelCall = undefined;
      this.#calledMs = clock.now();
      for (const listener of this.#listeners) listener();
    });
  }
}
