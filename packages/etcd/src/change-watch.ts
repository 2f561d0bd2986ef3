import type { Cancel } from 'botgo/clock';
import type { Gateway } from './gateway.js';
import { watchBody } from './kv.js';

/** Shortest time between two calls of the listeners: a start of many members is one burst of changes. */
const QUIET_MS = 25;
const RETRY_FIRST_MS = 50;
const RETRY_MAX_MS = 2_000;

interface WatchAnswer {
  readonly result?: {
    readonly created?: boolean;
    readonly canceled?: boolean;
    readonly compact_revision?: string;
    readonly events?: readonly unknown[];
  };
}

/**
 * Tells listeners that something under a prefix changed. A watch that is lost, for whatever reason, is made again from now on and
 * counts as a change, since nobody knows what was missed: so no old revision is ever asked for that may be compacted away. A slow poll
 * stands in for a watch that is silent although it looks alive.
 */
export class ChangeWatch {
  readonly #gateway: Gateway;
  readonly #prefix: string;
  readonly #pollMs: number;
  readonly #listeners = new Set<() => void>();
  #watching: AbortController | undefined;
  #cancelPoll: Cancel | undefined;
  #cancelCall: Cancel | undefined;
  #calledMs = Number.NEGATIVE_INFINITY;

  constructor(gateway: Gateway, prefix: string, pollMs: number) {
    this.#gateway = gateway;
    this.#prefix = prefix;
    this.#pollMs = pollMs;
  }

  add(onChange: () => void): () => void {
    const listener = (): void => onChange();
    this.#listeners.add(listener);
    if (!this.#watching) {
      this.#watching = new AbortController();
      void this.#watch(this.#watching.signal);
      this.#pollLater();
    }
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.stop();
    };
  }

  stop(): void {
    this.#listeners.clear();
    this.#watching?.abort();
    this.#watching = undefined;
    this.#cancelPoll?.();
    this.#cancelCall?.();
    this.#cancelCall = undefined;
  }

  /** Never rejects; ends when aborted. */
  async #watch(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#gateway;
    let retryMs = RETRY_FIRST_MS;
    while (!signal.aborted) {
      try {
        for await (const answer of this.#gateway.stream('/v3/watch', watchBody(this.#prefix), signal)) {
          const { created, canceled, events } = (answer as WatchAnswer).result ?? {};
          if (canceled) break;
          if (created) retryMs = RETRY_FIRST_MS;
          // What happened before the watch began is news too.
          if (created || events) this.#call();
        }
      } catch (error) {
        if (signal.aborted) return;
        logger.debug('etcd watch was lost', { error });
      }
      await clock.sleep(retryMs, signal).catch(() => undefined);
      retryMs = Math.min(retryMs * 2, RETRY_MAX_MS);
    }
  }

  #pollLater(): void {
    this.#cancelPoll?.();
    this.#cancelPoll = this.#gateway.clock.after(this.#pollMs, () => this.#call());
  }

  #call(): void {
    if (this.#cancelCall || !this.#watching) return;
    const { clock } = this.#gateway;
    const waitMs = Math.max(0, this.#calledMs + QUIET_MS - clock.now());
    this.#cancelCall = clock.after(waitMs, () => {
      this.#cancelCall = undefined;
      this.#calledMs = clock.now();
      this.#pollLater();
      for (const listener of this.#listeners) listener();
    });
  }
}
