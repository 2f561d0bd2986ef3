import type { LedgerLine, TimelineLine } from './record.js';

/** A line of a ledger about one event. */
export interface Mark {
  readonly phase: 'start' | 'end';
  readonly at: number;
  readonly shard: number | undefined;
}

/** What the ledgers say about one event. */
export interface Handled {
  /** When any handler first started. */
  firstStart: number;
  /** When any handler first ended. */
  firstEnd: number;
  lastEnd: number;
  starts: number;
  ends: number;
  /** Shards by which it came. */
  readonly shards: Set<number | undefined>;
  /** Starts and ends of each process, in the order of its ledger. */
  readonly byPid: Map<number, Mark[]>;
}

/** Sorts the ledgers by event. */
export function handlingsOf(ledger: readonly LedgerLine[]): Map<number, Handled> {
  const handled = new Map<number, Handled>();
  for (const { pid, n, phase, at, shard } of ledger) {
    let one = handled.get(n);
    if (!one) {
      one = {
        firstStart: Number.POSITIVE_INFINITY,
        firstEnd: Number.POSITIVE_INFINITY,
        lastEnd: Number.NEGATIVE_INFINITY,
        starts: 0,
        ends: 0,
        shards: new Set(),
        byPid: new Map(),
      };
      handled.set(n, one);
    }
    if (phase === 'start') {
      one.firstStart = Math.min(one.firstStart, at);
      one.starts++;
    } else {
      one.firstEnd = Math.min(one.firstEnd, at);
      one.lastEnd = Math.max(one.lastEnd, at);
      one.ends++;
    }
    one.shards.add(shard);
    const mark: Mark = { phase, at, shard };
    const marks = one.byPid.get(pid);
    if (marks) marks.push(mark);
    else one.byPid.set(pid, [mark]);
  }
  return handled;
}

/** A process was killed, stopped or cut from the store. */
export interface Death {
  readonly pid: number;
  readonly at: number;
  /** When it was woken or connected again; never for a killed one. */
  readonly untilMs: number;
}

/** What strikes a process, and what ends that; a kill is final. */
const ENDS_WITH: ReadonlyMap<string, string | undefined> = new Map([
  ['kill', undefined],
  ['pause', 'wake'],
  ['cut', 'heal'],
]);

export function deathsOf(timeline: readonly TimelineLine[]): Death[] {
  return timeline.flatMap(({ what, pid, at }) => {
    if (pid === undefined || !ENDS_WITH.has(what)) return [];
    const end = ENDS_WITH.get(what);
    const back = timeline.find((line) => line.pid === pid && line.at >= at && line.what === end);
    return [{ pid, at, untilMs: back?.at ?? Number.POSITIVE_INFINITY }];
  });
}

/**
 * Whether a process had started an event and not ended it more than `graceMs` before it was struck. A later start of the same
 * process counts for itself.
 */
export function wasInFlight(handled: Handled, death: Death, graceMs: number): boolean {
  let isOpen = false;
  for (const { phase, at } of handled.byPid.get(death.pid) ?? []) {
    if (phase === 'start' && at <= death.at) isOpen = true;
    if (phase === 'end' && at <= death.at - graceMs) isOpen = false;
  }
  return isOpen;
}
