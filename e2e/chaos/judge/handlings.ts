import type { LedgerLine, TimelineLine } from './record.js';

/** What the ledgers say about one event. */
export interface Handled {
  /** When any handler first started. */
  firstStart: number;
  /** When any handler first ended. */
  firstEnd: number;
  ends: number;
  /** Starts and ends of each process, in the order of its ledger. */
  readonly byPid: Map<number, { phase: 'start' | 'end'; at: number }[]>;
}

/** Sorts the ledgers by event. */
export function handlingsOf(ledger: readonly LedgerLine[]): Map<number, Handled> {
  const handled = new Map<number, Handled>();
  for (const { pid, n, phase, at } of ledger) {
    let one = handled.get(n);
    if (!one) {
      one = {
        firstStart: Number.POSITIVE_INFINITY,
        firstEnd: Number.POSITIVE_INFINITY,
        ends: 0,
        byPid: new Map(),
      };
      handled.set(n, one);
    }
    if (phase === 'start') one.firstStart = Math.min(one.firstStart, at);
    else {
      one.firstEnd = Math.min(one.firstEnd, at);
      one.ends++;
    }
    const marks = one.byPid.get(pid);
    if (marks) marks.push({ phase, at });
    else one.byPid.set(pid, [{ phase, at }]);
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

const DEATHS: ReadonlySet<string> = new Set(['kill', 'pause', 'cut']);
const RETURNS: ReadonlySet<string> = new Set(['wake', 'heal']);

export function deathsOf(timeline: readonly TimelineLine[]): Death[] {
  return timeline.flatMap(({ what, pid, at }) => {
    if (pid === undefined || !DEATHS.has(what)) return [];
    const back = timeline.find((line) => line.pid === pid && line.at >= at && RETURNS.has(line.what));
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

/** Whether a process ended an event after `sinceMs` before it was struck, or while it was. */
export function wasEndedSince(handled: Handled, death: Death, sinceMs: number): boolean {
  const marks = handled.byPid.get(death.pid) ?? [];
  return marks.some(
    ({ phase, at }) => phase === 'end' && at > death.at - sinceMs && at <= death.untilMs + sinceMs,
  );
}
