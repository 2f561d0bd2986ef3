/** One received event that is not settled, in the order of receipt. */
export interface SettleEntry {
  mark: number;
  settled: boolean;
}

/** Places of settled events that are kept. */
const KEPT = 1_024;

/**
 * Finds the checkpoint: the highest mark at or below which everything received is settled. Marks need not be free of holes. Only what
 * is unsettled costs memory: while nothing is, a settled mark is the checkpoint, and runs of settled marks behind an unsettled one
 * are folded into their last.
 */
export class SettleLog {
  /** From `#head` to `#tail`; the places beyond are kept, since an array that is emptied has to grow again. */
  readonly #entries: SettleEntry[] = [];
  #head = 0;
  #tail = 0;
  /** `undefined` before anything settled. */
  checkpoint: number | undefined;

  constructor(startAfter: number | undefined) {
    this.checkpoint = startAfter;
  }

  /** An event was received and settled at once. */
  pass(mark: number): void {
    if (this.#head === this.#tail) {
      this.checkpoint = mark;
      return;
    }
    const last = this.#entries[this.#tail - 1];
    if (last?.settled) last.mark = mark;
    else this.#add({ mark, settled: true });
  }

  /** An event was received; pass the entry to {@link settle} when it is settled. */
  open(mark: number): SettleEntry {
    const entry = { mark, settled: false };
    this.#add(entry);
    return entry;
  }

  /** @returns Whether the checkpoint moved. */
  settle(entry: SettleEntry): boolean {
    entry.settled = true;
    if (this.#head === this.#tail || this.#entries[this.#head] !== entry) return false;
    while (this.#head < this.#tail) {
      const head = this.#entries[this.#head];
      if (!head?.settled) break;
      this.checkpoint = head.mark;
      this.#head++;
    }
    if (this.#head === this.#tail) {
      this.#head = 0;
      this.#tail = 0;
      if (this.#entries.length > KEPT) this.#entries.length = 0;
    } else if (this.#head > KEPT) {
      this.#entries.splice(0, this.#head);
      this.#tail -= this.#head;
      this.#head = 0;
    }
    return true;
  }

  #add(entry: SettleEntry): void {
    this.#entries[this.#tail++] = entry;
  }
}
