/** One received event that is not settled, in the order of receipt. */
export interface SettleEntry {
  mark: number;
  settled: boolean;
}

/**
 * Finds the checkpoint: the highest mark at or below which everything received is settled. Marks need not be free of holes. Only what
 * is unsettled costs memory: while nothing is, a settled mark is the checkpoint, and runs of settled marks behind an unsettled one
 * are folded into their last.
 */
export class SettleLog {
  #entries: SettleEntry[] = [];
  #head = 0;
  /** `undefined` before anything settled. */
  checkpoint: number | undefined;

  constructor(startAfter: number | undefined) {
    this.checkpoint = startAfter;
  }

  /** An event was received and settled at once. */
  pass(mark: number): void {
    const last = this.#entries.at(-1);
    if (last === undefined) this.checkpoint = mark;
    else if (last.settled) last.mark = mark;
    else this.#entries.push({ mark, settled: true });
  }

  /** An event was received; pass the entry to {@link settle} when it is settled. */
  open(mark: number): SettleEntry {
    const entry = { mark, settled: false };
    this.#entries.push(entry);
    return entry;
  }

  /** @returns Whether the checkpoint moved. */
  settle(entry: SettleEntry): boolean {
    entry.settled = true;
    if (this.#entries[this.#head] !== entry) return false;
    for (let head = this.#entries[this.#head]; head?.settled; head = this.#entries[this.#head]) {
      this.checkpoint = head.mark;
      this.#head++;
    }
    if (this.#head === this.#entries.length) {
      this.#entries.length = 0;
      this.#head = 0;
    } else if (this.#head > 1024) {
      this.#entries.splice(0, this.#head);
      this.#head = 0;
    }
    return true;
  }
}
