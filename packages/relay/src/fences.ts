/** Sessions remembered by a {@link FenceLog}; one ends for every identify of a shard, so this is days. */
const MAX_SESSIONS = 1_024;

/** One message between its receipt and its settling. */
export interface FenceEntry {
  readonly mark: number;
  readonly session: string;
  readonly seq: number;
  settled: boolean;
}

/**
 * What is settled up to where, in one partition: the mark below which every message is settled, and per gateway session the highest
 * seq there. The access side publishes a session's events in order of seq, and whoever resumes a session begins at or below what was
 * acknowledged: so what is already in the partition of one session is all up to a highest seq, and an arrival at or below that is
 * a copy.
 */
export class FenceLog {
  #entries: FenceEntry[] = [];
  #head = 0;
  readonly #fences = new Map<string, number>();
  checkpoint: number | undefined;

  /** @param stored - What {@link fences} of the last owner gave; anything else is ignored. */
  constructor(stored: unknown) {
    if (typeof stored !== 'object' || stored === null) return;
    for (const [session, seq] of Object.entries(stored))
      if (Number.isSafeInteger(seq)) this.#fences.set(session, Number(seq));
  }

  /** Whether the event was settled here before, by this owner or one before it. */
  isBehind(session: string, seq: number): boolean {
    const fence = this.#fences.get(session);
    return fence !== undefined && seq <= fence;
  }

  open(mark: number, session: string, seq: number): FenceEntry {
    const entry = { mark, session, seq, settled: false };
    this.#entries.push(entry);
    return entry;
  }

  /** @returns Whether the checkpoint moved. */
  settle(entry: FenceEntry): boolean {
    entry.settled = true;
    if (this.#entries[this.#head] !== entry) return false;
    for (let head = this.#entries[this.#head]; head?.settled; head = this.#entries[this.#head]) {
      this.checkpoint = head.mark;
      this.#raise(head.session, head.seq);
      this.#head++;
    }
    if (this.#head === this.#entries.length || this.#head > 1_024) {
      this.#entries.splice(0, this.#head);
      this.#head = 0;
    }
    return true;
  }

  /** For the next owner of the partition, to be stored no earlier than the checkpoint. */
  fences(): Record<string, number> {
    return Object.fromEntries(this.#fences);
  }

  #raise(session: string, seq: number): void {
    if (session === '') return;
    const before = this.#fences.get(session);
    if (before !== undefined) {
      if (seq > before) this.#fences.set(session, seq);
      return;
    }
    this.#fences.set(session, seq);
    if (this.#fences.size <= MAX_SESSIONS) return;
    const [oldest] = this.#fences.keys();
    if (oldest !== undefined) this.#fences.delete(oldest);
  }
}
