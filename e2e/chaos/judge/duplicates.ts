import { type Death, deathsOf, type Handled, type Mark, wasInFlight } from './handlings.js';
import type { RawRecord, SentLine } from './record.js';

/** What the platform of a run sends more than once, or under no name. */
export interface CopyRules {
  /** Which events may be handled twice: none; those in flight at a death; those and what no stored checkpoint covered at one. */
  readonly duplicates: 'none' | 'in-flight' | 'since-write';
  /** Processes share a duplicate window. */
  readonly hasWindow?: boolean | undefined;
  /** What events other than messages, which have an id of their own, are called. Default `same`. */
  readonly eventIds?: 'same' | 'per-session' | 'absent' | undefined;
  /** Events without a guild come to every shard. */
  readonly isSpread?: boolean | undefined;
}

/** What was found about events handled twice. */
export interface Duplicates {
  readonly all: readonly number[];
  /** Those handled, or begun, again without leave. */
  readonly outside: readonly number[];
  /** Events in flight at a death, handled twice or not. */
  readonly inFlight: number;
}

/** An end this shortly before a death may not have been written anywhere yet. */
const GRACE_MS = 250;

/** Longest time from an event's end to the write of a state that covers it, on a machine under load. */
const UNWRITTEN_MS = 1_500;

/** Finds what was handled twice, and whether each copy had leave. */
export function duplicatesOf(
  record: RawRecord,
  handled: ReadonlyMap<number, Handled>,
  rules: CopyRules,
): Duplicates {
  const deaths = deathsOf(record.timeline);
  const emptied = record.timeline.filter(({ what }) => what === 'store-emptied').map(({ at }) => at);
  const uncovered = new Uncovered(deaths);
  const everyShard = new Set([...handled.values()].flatMap(({ shards }) => [...shards]));
  const all: number[] = [];
  const outside: number[] = [];
  let inFlight = 0;
  for (const line of [...record.sent].sort((a, b) => a.n - b.n)) {
    const one = handled.get(line.n);
    if (!one) continue;
    // What every shard had holds each of them up.
    const shards = isEverywhere(line, rules) ? everyShard : one.shards;
    uncovered.see(one, shards);
    const wasStruck = deaths.some((death) => wasInFlight(one, death, GRACE_MS));
    if (wasStruck) inFlight++;
    if (one.ends >= 2) all.push(line.n);
    if (one.ends === 0) continue;
    const repeats = copiesOf(line, one, rules).flatMap(repeatsOf);
    if (repeats.every((repeat) => mayRepeat(repeat, { line, wasStruck, rules, uncovered, emptied }))) {
      if (repeats.length > 0) uncovered.seeLeft(one, shards);
    } else outside.push(line.n);
  }
  return { all, outside, inFlight };
}

/** A mark in a ledger, and whose. */
interface OwnMark extends Mark {
  readonly pid: number;
}

/**
 * The marks of an event, oldest first, sorted by what a bot can tell to be the same event. Where the platform sends an event to every
 * shard, and the processes share no window or the copies no id, each shard's is another; but within one process copies with one id
 * are still the same.
 */
function copiesOf(line: SentLine, one: Handled, rules: CopyRules): OwnMark[][] {
  const marks = [...one.byPid]
    .flatMap(([pid, ofPid]) => ofPid.map((mark) => ({ ...mark, pid })))
    .sort((a, b) => a.at - b.at);
  const hasOneId = isMessage(line) || (rules.eventIds ?? 'same') === 'same';
  if (!isEverywhere(line, rules) || (rules.hasWindow && hasOneId)) return [marks];
  return [...groups(marks, ({ shard }) => shard), ...(hasOneId ? groups(marks, ({ pid }) => pid) : [])];
}

function groups<Item>(items: readonly Item[], keyOf: (item: Item) => unknown): Item[][] {
  const found = new Map<unknown, Item[]>();
  for (const item of items) {
    const group = found.get(keyOf(item));
    if (group) group.push(item);
    else found.set(keyOf(item), [item]);
  }
  return [...found.values()];
}

/** An end, and what shows that the event was taken up again: a later start, or a later end. */
interface Repeat {
  readonly end: OwnMark;
  readonly again: OwnMark;
}

function repeatsOf(marks: readonly OwnMark[]): Repeat[] {
  return marks.flatMap((end, index) => {
    if (end.phase !== 'end') return [];
    const later = marks.slice(index + 1).filter(({ phase, at }) => phase === 'end' || at > end.at);
    return later.map((again) => ({ end, again }));
  });
}

/** What decides about a repeat. */
interface Circumstances {
  readonly line: SentLine;
  readonly wasStruck: boolean;
  readonly rules: CopyRules;
  readonly uncovered: Uncovered;
  /** When the store lost its data. */
  readonly emptied: readonly number[];
}

function mayRepeat(repeat: Repeat, { line, wasStruck, rules, uncovered, emptied }: Circumstances): boolean {
  if (rules.duplicates === 'none') return false;
  if (wasStruck) return true;
  if (rules.duplicates === 'in-flight') {
    // The window knows an event by its id, unless it was lost with the store's data in between.
    const isKnown = isMessage(line) || rules.eventIds !== 'absent';
    const isForgotten = emptied.some((at) => at >= repeat.end.at - GRACE_MS && at <= repeat.again.at);
    if (isKnown && !isForgotten) return false;
    // Then processes that had each received their copy cannot tell.
    const isCopy = isEverywhere(line, rules) && repeat.end.pid !== repeat.again.pid;
    if (isForgotten && isCopy) return true;
  }
  return uncovered.explains(repeat);
}

/**
 * What no stored checkpoint covered when a process died. A checkpoint is the highest event of a shard below which everything is settled,
 * and what is settled is stored within {@link UNWRITTEN_MS}: so an event comes again exactly if it, or an earlier one of its shard, was
 * still open that long before the death. Asked and told in the order of the events.
 */
class Uncovered {
  /** By death, the shards of which an earlier event was open. */
  readonly #open: ReadonlyMap<Death, Set<number | undefined>>;

  constructor(deaths: readonly Death[]) {
    this.#open = new Map(deaths.map((death) => [death, new Set()]));
  }

  /** The next event. @param shards - Those that it held up. */
  see(one: Handled, shards: Handled['shards']): void {
    for (const [death, open] of this.#open) {
      const sinceMs = death.at - UNWRITTEN_MS;
      const marks = one.byPid.get(death.pid) ?? [];
      const wasStarted = marks.some(({ phase, at }) => phase === 'start' && at <= death.untilMs);
      const wasEnded = marks.some(({ phase, at }) => phase === 'end' && at <= sinceMs);
      // Started by this process, which had it to do, or ended by nobody.
      if ((wasStarted && !wasEnded) || one.firstEnd > sinceMs) addAll(open, shards);
    }
  }

  /** That event came again, with leave: it had not been covered, and was open until its last end. */
  seeLeft(one: Handled, shards: Handled['shards']): void {
    for (const [death, open] of this.#open)
      if (one.lastEnd > death.at - UNWRITTEN_MS && one.firstEnd < death.at) addAll(open, shards);
  }

  /** Whether an event that ended came again because its process died before that was stored. */
  explains({ end, again }: Repeat): boolean {
    for (const [death, shards] of this.#open) {
      const wasBefore = end.at <= death.untilMs + UNWRITTEN_MS && again.at >= death.at;
      if (death.pid === end.pid && wasBefore && shards.has(end.shard)) return true;
    }
    return false;
  }
}

function addAll<Item>(to: Set<Item>, from: Iterable<Item>): void {
  for (const item of from) to.add(item);
}

/** The platform sends it to every shard. */
function isEverywhere(line: SentLine, rules: CopyRules): boolean {
  return rules.isSpread === true && isWithoutGuild(line);
}

function isMessage({ t }: SentLine): boolean {
  return t.endsWith('MESSAGE_CREATE');
}

/** What belongs to a group or a person: which shard carries it is not documented. */
export function isWithoutGuild({ key }: SentLine): boolean {
  return /^(c2c|group|interaction)\//.test(key);
}
