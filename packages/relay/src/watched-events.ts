import type { SoloEvents } from 'botgo/event';
import type { EventWatch } from './relayed-event.js';
import type { LaneWatch } from './suspects.js';

/** Events of one reader that an earlier process may have died of, by the reader's own marks. At rest there are none. */
export class WatchedEvents implements LaneWatch {
  readonly poison = new Set<number>();
  readonly #open = new Map<number, EventWatch>();
  /** In a handler of this process. */
  readonly #begun = new Map<number, EventWatch>();
  /** Settled, and it has not been said yet that they have ended. */
  readonly #ending = new Map<number, EventWatch>();

  /** An event is about to be offered. */
  take(mark: number, watch: EventWatch): void {
    this.#open.set(mark, watch);
    if (watch.isPoison) this.poison.add(mark);
  }

  get before(): LaneWatch['before'] {
    return this.#open.size > 0 ? this.#before : undefined;
  }

  get solo(): SoloEvents | undefined {
    return this.#open.size > 0 ? this.#solo : undefined;
  }

  settled(mark: number): void {
    const watch = this.#open.get(mark);
    if (!watch) return;
    this.#open.delete(mark);
    this.poison.delete(mark);
    if (watch.isSolo && this.#begun.has(mark)) this.#ending.set(mark, watch);
    this.#leave(mark);
  }

  /** Nothing is handled here any more. */
  end(): void {
    for (const mark of [...this.#begun.keys()]) this.#leave(mark);
  }

  readonly #before = (mark: number, signal: AbortSignal): Promise<void> | undefined => {
    const watch = this.#open.get(mark);
    if (!watch) return undefined;
    this.#leave(mark);
    this.#begun.set(mark, watch);
    return watch.begin(signal);
  };

  readonly #solo: SoloEvents = {
    has: (mark) => this.#open.get(mark)?.isSolo ?? false,
    ended: async (mark, signal) => {
      const watch = this.#open.get(mark) ?? this.#ending.get(mark);
      this.#ending.delete(mark);
      this.#leave(mark);
      await watch?.ended(signal);
    },
  };

  #leave(mark: number): void {
    this.#begun.get(mark)?.end();
    this.#begun.delete(mark);
  }
}
