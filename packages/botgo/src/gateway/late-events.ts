import type { FrameHead } from './frame.js';

/** Most that is kept for one shard. */
const CAPACITY = 1_000;

/** An event as it came. */
export interface LateEvent {
  readonly data: Buffer;
  readonly head: FrameHead;
}

/**
 * Events that came while a shard is being handed over, or on a socket that is being left. After a resume they come again, here or to the
 * next owner. When the session ends before that, nobody gets them again: then they are handled by whoever has them.
 */
export class LateEvents {
  #kept: LateEvent[] = [];
  #highest = -1;

  get isFull(): boolean {
    return this.#kept.length >= CAPACITY;
  }

  /** Keeps an event while there is room; one that came before, or has no `s`, is left alone. */
  keep(data: Buffer, head: FrameHead): void {
    if (this.isFull || head.s === undefined || head.s <= this.#highest) return;
    this.#highest = head.s;
    this.#kept.push({ data, head });
  }

  /** All that was kept, oldest first; nothing is, afterwards. */
  take(): readonly LateEvent[] {
    const kept = this.#kept;
    this.#kept = [];
    this.#highest = -1;
    return kept;
  }
}
