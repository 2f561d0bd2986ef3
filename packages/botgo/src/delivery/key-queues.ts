import type { Handling } from './handling.js';

interface KeyQueue {
  /** Handlings of the key that run, or that wait for a place in {@link KeyQueues.ready}. */
  active: number;
  waiting: Handling[];
  head: number;
}

/**
 * One line per busy key, and one line of those whose turn it is but for whom `concurrency` has no place. Keys without work take no
 * memory.
 */
export class KeyQueues {
  readonly #standIn: (dropped: Handling) => Handling | undefined;
  readonly #queues = new Map<string, KeyQueue>();
  #ready: Handling[] = [];
  #readyHead = 0;

  /** @param standIn - Asked, once for each, who is to be handled in place of one whose lane has ended. */
  constructor(standIn: (dropped: Handling) => Handling | undefined) {
    this.#standIn = standIn;
  }

  /** No key is busy: whatever comes may run without looking its key up. */
  get isIdle(): boolean {
    return this.#queues.size === 0;
  }

  /** Puts a handling into the line of its key. @returns Whether it is its turn. */
  enter(handling: Handling, key: string): boolean {
    handling.key = key;
    const queue = this.#queues.get(key);
    if (!queue) {
      this.#queues.set(key, { active: 1, waiting: [], head: 0 });
      return true;
    }
    if (queue.active === 0 && queue.head === queue.waiting.length) {
      queue.active = 1;
      return true;
    }
    queue.waiting.push(handling);
    return false;
  }

  /** A handling of the key is over, or gives the key up while it waits: the next in line becomes ready. */
  leave(key: string): void {
    const queue = this.#queues.get(key);
    if (!queue) return;
    queue.active--;
    if (queue.active > 0) return;
    const next = this.#takeWaiting(queue);
    if (next) {
      queue.active = 1;
      this.makeReady(next);
    } else this.#queues.delete(key);
  }

  /** A handling that had given its key up goes on; the line waits for it too. */
  reenter(key: string): void {
    const queue = this.#queues.get(key);
    if (queue) queue.active++;
    else this.#queues.set(key, { active: 1, waiting: [], head: 0 });
  }

  makeReady(handling: Handling): void {
    this.#ready.push(handling);
  }

  /** The next handling whose turn it is; dropped ones for whom nobody stands in are passed over. */
  takeReady(): Handling | undefined {
    while (this.#readyHead < this.#ready.length) {
      const handling = this.#ready[this.#readyHead++];
      if (this.#readyHead === this.#ready.length) {
        this.#ready = [];
        this.#readyHead = 0;
      }
      if (!handling) continue;
      const next = this.#standing(handling);
      if (next) return next;
      if (handling.key !== undefined) this.leave(handling.key);
    }
    return undefined;
  }

  #takeWaiting(queue: KeyQueue): Handling | undefined {
    while (queue.head < queue.waiting.length) {
      const handling = queue.waiting[queue.head++];
      if (queue.head > 256) {
        queue.waiting.splice(0, queue.head);
        queue.head = 0;
      }
      const next = handling && this.#standing(handling);
      if (next) return next;
    }
    return undefined;
  }

  #standing(handling: Handling): Handling | undefined {
    return handling.state === 'waiting' ? handling : this.#standIn(handling);
  }
}
