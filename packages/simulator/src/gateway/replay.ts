/** An event as it waits for sessions: everything but its `s`, already serialised. */
export interface PreparedEvent {
  readonly t: string;
  /** `,"t":…,"id":…,"d":…}`: what follows `{"op":0,"s":<s>` in the frame. */
  readonly tail: string;
  /** Number of a generated event, for the record of a load run; 0 = none. */
  readonly n: number;
}

interface Kept {
  readonly s: number;
  readonly atMs: number;
  readonly event: PreparedEvent;
  /** True once the frame was written to a connection. */
  sent: boolean;
}

/** The events of one session that can be sent again. */
export class ReplayBuffer {
  #kept: Kept[] = [];
  #head = 0;
  #floor = 0;

  get size(): number {
    return this.#kept.length - this.#head;
  }

  /** Everything up to this `s` is gone: a Resume with a smaller one cannot be served. */
  get floor(): number {
    return this.#floor;
  }

  add(s: number, event: PreparedEvent, atMs: number, sent: boolean): void {
    this.#kept.push({ s, atMs, event, sent });
  }

  /** Drops what lies at or before `s`. */
  trim(s: number): void {
    let first = this.#kept[this.#head];
    while (first !== undefined && first.s <= s) {
      this.#drop();
      first = this.#kept[this.#head];
    }
    if (s > this.#floor) this.#floor = s;
  }

  /** Applies the bounds; returns the dropped events that no connection ever got. */
  bound(maxEvents: number, oldestMs: number): PreparedEvent[] {
    const unsent: PreparedEvent[] = [];
    let first = this.#kept[this.#head];
    while (first !== undefined && (this.size > maxEvents || first.atMs < oldestMs)) {
      if (!first.sent) unsent.push(first.event);
      this.#floor = first.s;
      this.#drop();
      first = this.#kept[this.#head];
    }
    return unsent;
  }

  /** What comes after `s`, oldest first, marked as sent. */
  *after(s: number): Generator<{ readonly s: number; readonly event: PreparedEvent }> {
    for (let index = this.#head; index < this.#kept.length; index++) {
      const kept = this.#kept[index];
      if (kept === undefined || kept.s <= s) continue;
      kept.sent = true;
      yield kept;
    }
  }

  /** Empties the buffer; returns what no connection ever got. */
  clear(): PreparedEvent[] {
    const unsent = this.#kept.slice(this.#head).filter((kept) => !kept.sent);
    this.#kept = [];
    this.#head = 0;
    return unsent.map((kept) => kept.event);
  }

  #drop(): void {
    this.#head++;
    // Moving the array now and then keeps a push at constant cost on average.
    if (this.#head > 1_024 && this.#head * 2 > this.#kept.length) {
      this.#kept = this.#kept.slice(this.#head);
      this.#head = 0;
    }
  }
}
