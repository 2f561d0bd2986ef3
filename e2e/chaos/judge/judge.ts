import { type CopyRules, duplicatesOf, isWithoutGuild } from './duplicates.js';
import { gapsOf, UNSTORED_MS } from './gaps.js';
import { deathsOf, type Handled, handlingsOf } from './handlings.js';
import type { RawRecord, SentLine, TimelineLine } from './record.js';

/** What a run is held to beside the counts that must be 0 in every one. */
export interface Rules extends CopyRules {
  /** Events without a guild go to the newest session alone: a session that begins is another road for what follows. */
  readonly isNewestOnly?: boolean | undefined;
  /** Session starts, where the scenario must not spend any beyond those of the start. */
  readonly identifies?: number | undefined;
  /** Session starts beyond the first of each shard follow the end of a session, or a start that its process did not outlive. */
  readonly explainsIdentifies?: boolean | undefined;
  /** Shards taken after the first event was sent, where each may move but once. */
  readonly moves?: number | undefined;
  /** A stop shorter than this takes nothing from a process. @defaultValue 0 */
  readonly leaseMs?: number | undefined;
  /** Events whose handler was made to overrun its time. */
  readonly timedOut?: number | undefined;
  /** Events that were made to kill their process: they and no others are settled as poison, after three deaths. */
  readonly poison?: readonly number[] | undefined;
}

/** The figures of a run; each can be computed again from the raw record. */
export interface Figures {
  readonly events: number;
  /** Sent, neither ended nor refused by the platform, nor unseen. */
  readonly lost: number;
  /** Sent into a session that its process did not live to store; the shard's next report covers them. */
  readonly unseen: number;
  /** Events with more than one `end`. */
  readonly duplicated: number;
  /** First starts out of `n`'s order within a key. */
  readonly reordered: number;
  /** Sessions that the platform ended and nobody reported, although somebody had lived to store them. */
  readonly gapsMissing: number;
  /** Reports of sessions that had not ended, or that were reported before. */
  readonly gapsFalse: number;
  readonly timedOut: number;
  /** Events which a process had started, and had not ended more than 250 ms before it was killed, stopped or cut from the store. */
  readonly inFlightAtDeath: number;
  readonly identifies: number;
  readonly resumes: number;
  /** Shards that a process took after the first event was sent. */
  readonly moves: number;
  readonly fencedWrites: number;
  /** Largest of first end − sent; 0 when nothing ended. */
  readonly delayMaxMs: number;
  /** Duplicates that the rules do not allow. */
  readonly duplicatedOutside: number;
  /** Replies of a woken process to what it had started before it was stopped. */
  readonly staleReplies: number;
  /** Events settled as poison. */
  readonly poisoned: number;
}

export interface Verdict {
  readonly figures: Figures;
  /** What broke a rule, in words; empty when all is well. */
  readonly problems: readonly string[];
}

/** What kills its process is handled no more often, by each shard that it comes by. */
const POISON_STARTS = 3;

const SAMPLE = 10;

/** Judges a run from its raw record alone. */
export function judge(record: RawRecord, rules: Rules): Verdict {
  const handled = handlingsOf(record.ledger);
  const refused = new Set(record.refused.map(({ n }) => n));
  const count = (what: string): number => record.timeline.filter((line) => line.what === what).length;
  const gaps = gapsOf(record.timeline);
  const open = record.sent.filter(({ n }) => !((handled.get(n)?.ends ?? 0) > 0 || refused.has(n)));
  const lost = open.filter((line) => !gaps.wasUnseen(line));
  const duplicates = duplicatesOf(record, handled, rules);
  const reordered = reorderedOf(record, handled, rules);
  const begunMs = Math.min(...record.sent.map(({ at }) => at));
  const poisoned = record.timeline.filter(({ what }) => what === 'poison').flatMap(({ n }) => n ?? []);
  const figures: Figures = {
    events: record.sent.length,
    lost: lost.length,
    unseen: open.length - lost.length,
    duplicated: duplicates.all.length,
    reordered: reordered.length,
    gapsMissing: gaps.missing.length,
    gapsFalse: gaps.invented.length,
    timedOut: count('timeout'),
    inFlightAtDeath: duplicates.inFlight,
    identifies: count('identify'),
    resumes: count('resume'),
    moves: record.timeline.filter(({ what, at }) => what === 'taken' && at >= begunMs).length,
    fencedWrites: count('fenced-write'),
    delayMaxMs: delayMaxOf(record.sent, handled),
    duplicatedOutside: duplicates.outside.length,
    staleReplies: staleRepliesOf(record, handled, rules.leaseMs ?? 0),
    poisoned: poisoned.length,
  };
  const problems: string[] = [];
  const list = (what: string, items: readonly (number | string)[]): void => {
    if (items.length === 0) return;
    const more = items.length > SAMPLE ? ', …' : '';
    problems.push(`${items.length} ${what}: ${items.slice(0, SAMPLE).join(', ')}${more}`);
  };
  list('lost', numbers(lost));
  list('reordered', numbers(reordered));
  list('handled twice without leave', duplicates.outside);
  list('ended sessions without a gap report', gaps.missing);
  list('invented gap reports', gaps.invented);
  const expect = (what: string, got: number, wanted: number | undefined): void => {
    if (wanted !== undefined && got !== wanted) problems.push(`${what}: ${got} instead of ${wanted}`);
  };
  expect('events', Math.min(1, figures.events), 1);
  expect('stale replies', figures.staleReplies, 0);
  expect('identifies', figures.identifies, rules.identifies);
  expect('moves', figures.moves, rules.moves);
  expect('timed out', figures.timedOut, rules.timedOut);
  if (rules.explainsIdentifies) list('session starts for no reason', unexplainedStarts(record.timeline));
  const planted = new Set(rules.poison);
  list(
    'settled as poison without being it',
    [...new Set(poisoned)].filter((n) => !planted.has(n)),
  );
  list(
    'poison not settled as such',
    [...planted].filter((n) => !poisoned.includes(n)),
  );
  list(
    `poison handled more than ${POISON_STARTS} times`,
    [...planted].filter((n) => {
      const { starts, shards } = handled.get(n) ?? { starts: 0, shards: new Set() };
      return starts > POISON_STARTS * shards.size;
    }),
  );
  return { figures, problems };
}

function numbers(lines: readonly SentLine[]): number[] {
  return lines.map(({ n }) => n);
}

/**
 * Events whose handler first started before that of an earlier one of their key. A session that begins is another road for what has no
 * guild, where the newest session alone gets that, or each does: it brings what follows, whatever has become of what went before.
 */
function reorderedOf(record: RawRecord, handled: ReadonlyMap<number, Handled>, rules: Rules): SentLine[] {
  const begins = record.timeline.filter(({ what }) => what === 'identify').map(({ at }) => at);
  const latest = new Map<string, { start: number; sentMs: number }>();
  const found: SentLine[] = [];
  for (const line of [...record.sent].sort((a, b) => a.n - b.n)) {
    const start = handled.get(line.n)?.firstStart ?? Number.POSITIVE_INFINITY;
    if (start === Number.POSITIVE_INFINITY) continue;
    const before = latest.get(line.key);
    const isOtherRoad =
      (rules.isNewestOnly === true || rules.isSpread === true) &&
      isWithoutGuild(line) &&
      begins.some((at) => at >= (before?.sentMs ?? 0) && at <= line.at);
    if (before && !isOtherRoad && start < before.start) found.push(line);
    else latest.set(line.key, { start, sentMs: line.at });
  }
  return found;
}

function delayMaxOf(sent: readonly SentLine[], handled: ReadonlyMap<number, Handled>): number {
  let max = 0;
  for (const { n, at } of sent) {
    const end = handled.get(n)?.firstEnd ?? Number.POSITIVE_INFINITY;
    if (end !== Number.POSITIVE_INFINITY) max = Math.max(max, end - at);
  }
  return max;
}

/** Starts of a shard's session while its last one had not ended, with the shard and the new session. */
function unexplainedStarts(timeline: readonly TimelineLine[]): string[] {
  const deaths = deathsOf(timeline);
  const starts = timeline.filter(({ what }) => what === 'identify');
  const ended = new Map(
    timeline.flatMap(({ what, session, at }) => (what === 'session-ended' && session ? [[session, at]] : [])),
  );
  const last = new Map<number | undefined, TimelineLine>();
  return starts.flatMap((start) => {
    const before = last.get(start.shard);
    last.set(start.shard, start);
    if (!before) return [];
    // The platform ends a session that was given up when the next one has begun.
    const hasEnded = (ended.get(before.session ?? '') ?? Number.POSITIVE_INFINITY) <= start.at + UNSTORED_MS;
    const wasForgotten = deaths.some(({ at }) => at >= before.at && at <= before.at + UNSTORED_MS);
    return hasEnded || wasForgotten ? [] : [`shard ${start.shard} ${start.session}`];
  });
}

function staleRepliesOf(record: RawRecord, handled: ReadonlyMap<number, Handled>, leaseMs: number): number {
  const pauses = deathsOf(record.timeline.filter(({ what }) => what === 'pause' || what === 'wake')).filter(
    ({ at, untilMs }) => untilMs - at >= leaseMs,
  );
  return record.replies.filter(({ n, pid, at }) =>
    pauses.some((pause) => {
      if (pause.pid !== pid || at < pause.untilMs) return false;
      const starts = (handled.get(n)?.byPid.get(pid) ?? []).filter(({ phase }) => phase === 'start');
      return (
        starts.some((start) => start.at <= pause.at) && !starts.some((start) => start.at >= pause.untilMs)
      );
    }),
  ).length;
}
