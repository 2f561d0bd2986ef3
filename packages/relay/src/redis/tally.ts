/** What one acknowledgement tells the consumer group of one partition. */
export interface Report {
  /** Up to where the partition was read; `undefined` when that is no further than the group knows. */
  readonly last: string | undefined;
  /** Entries that were read past the group, up to `last`. */
  readonly read: number;
  /** How many the group has been delivered with that, counted as Redis counts them; `undefined` when that is not known. */
  readonly delivered: number | undefined;
  /** Those up to `last` that are not settled yet: they become pending. */
  readonly pending: readonly string[];
  /** Pending ones that are settled. */
  readonly acknowledged: readonly string[];
  /** What settles with this report, whether it was ever pending or not. */
  readonly settled: number;
}

/**
 * `open`: read past the group; `settled`: settled before the group heard of it, so that it never becomes pending; `told`: a report said
 * that it is pending, and whether that report arrived may be unknown.
 */
type ReadState = 'open' | 'settled' | 'told';

/**
 * Of one partition, what its consumer group has not been told yet: what was read past it, and what was settled. Most entries settle
 * before the group hears of them: it only has to know up to where, and which ones are still open.
 */
export class Tally {
  readonly name: string;
  readonly partition: number;
  /** Fencing token under which the partition is owned. */
  readonly token: number;
  /** Read past the group, in the order of the stream. */
  readonly #read = new Map<string, ReadState>();
  #acknowledged: string[] = [];
  #unreported = 0;
  #delivered: number | undefined;
  #isEnded = false;

  constructor(partition: { readonly name: string; readonly partition: number; readonly token: number }) {
    this.name = partition.name;
    this.partition = partition.partition;
    this.token = partition.token;
  }

  /** Something settled that the group has not heard of. */
  get isDue(): boolean {
    return this.#unreported > 0;
  }

  /** How many entries the group had been delivered when reading past it began; see {@link Report.delivered}. */
  startAt(delivered: number | undefined): void {
    this.#delivered = delivered;
  }

  /** An entry was read past the group. */
  read(id: string): void {
    this.#read.set(id, 'open');
  }

  /** An entry was settled: one that was read past the group, or one that the group had pending before. */
  settle(id: string): void {
    if (this.#isEnded) return;
    this.#unreported++;
    if (this.#read.get(id) === 'open') this.#read.set(id, 'settled');
    else this.#acknowledged.push(id);
  }

  /** What there is to tell, naming at most `limit` ids. Told again, with what came since, unless {@link confirm} follows. */
  report(limit: number): Report {
    const acknowledged = this.#acknowledged.slice(0, limit);
    const pending: string[] = [];
    let last: string | undefined;
    let read = 0;
    let settled = acknowledged.length;
    for (const [id, state] of this.#read) {
      if (acknowledged.length + pending.length >= limit) break;
      last = id;
      read++;
      if (state === 'settled') settled++;
      else {
        pending.push(id);
        this.#read.set(id, 'told');
      }
    }
    const delivered = this.#delivered === undefined ? undefined : this.#delivered + read;
    return { last, read, delivered, pending, acknowledged, settled };
  }

  /** The group has heard of the last report. */
  confirm({ read, delivered, acknowledged, settled }: Report): void {
    if (this.#isEnded) return;
    let left = read;
    for (const id of this.#read.keys()) {
      if (left-- === 0) break;
      this.#read.delete(id);
    }
    this.#delivered = delivered;
    this.#acknowledged.splice(0, acknowledged.length);
    this.#unreported -= settled;
  }

  /** Nothing more is told: the partition is given up, or belongs to another. */
  end(): void {
    this.#isEnded = true;
    this.#read.clear();
    this.#acknowledged = [];
    this.#unreported = 0;
  }
}
