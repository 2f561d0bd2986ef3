import { type Death, deathsOf } from './handlings.js';
import type { SentLine, TimelineLine } from './record.js';

/** What was found about sessions that ended, and what was told of them. */
export interface Gaps {
  /** Sessions that the platform ended and nobody told of. */
  readonly missing: readonly string[];
  /** Reports of sessions that had not ended, or that were told of before. */
  readonly invented: readonly string[];
  /**
   * Whether an event went into a session that its process did not live to store, so that nobody could ask for the event, and that a
   * report of the shard covers from the session's begin on.
   */
  readonly wasUnseen: (line: SentLine) => boolean;
}

/** A process that is struck this soon after a session began may not have stored it. */
export const UNSTORED_MS = 1_000;

/** A killed process is still written to until its socket is known to be closed. */
const SOCKET_MS = 250;

/** A session that nobody but its process knew of. */
interface Unseen {
  readonly session: string;
  readonly fromMs: number;
  /** When the platform last wrote to its process. */
  readonly untilMs: number;
}

/** One report per session that the platform ended and that was ever stored; none for any other. */
export function gapsOf(timeline: readonly TimelineLine[]): Gaps {
  const ended = new Map(
    timeline.flatMap(({ what, session, at }) => (what === 'session-ended' && session ? [[session, at]] : [])),
  );
  const reporters = new Map<string, TimelineLine[]>();
  const deaths = deathsOf(timeline);
  const invented: string[] = [];
  for (const line of timeline) {
    const { what, session = '' } = line;
    if (what !== 'gap') continue;
    const earlier = reporters.get(session) ?? [];
    // Whoever was struck right after its report may not have stored that it had made it.
    const isRepeated = earlier.some(
      ({ pid, at }) => !deaths.some((death) => death.pid === pid && struckAt(death, at)),
    );
    if (!ended.has(session) || isRepeated) invented.push(session);
    reporters.set(session, [...earlier, line]);
  }
  const reports = [...reporters.values()].flat();
  const unseen = timeline.flatMap(({ what, shard, session = '', at: fromMs }): Unseen[] => {
    const endedMs = ended.get(session);
    if (what !== 'identify' || endedMs === undefined || reporters.has(session)) return [];
    const holders = new Set(
      timeline.flatMap((line) =>
        line.what === 'taken' && line.shard === shard && line.at <= fromMs ? [line.pid] : [],
      ),
    );
    const death = deaths.find((one) => holders.has(one.pid) && struckAt(one, fromMs));
    const isCovered = reports.some(
      (gap) => gap.shard === shard && gap.at > fromMs && (gap.fromMs ?? gap.at) <= fromMs,
    );
    if (!death || !isCovered) return [];
    const isKilled = death.untilMs === Number.POSITIVE_INFINITY;
    return [{ session, fromMs, untilMs: isKilled ? death.at + SOCKET_MS : endedMs }];
  });
  const unseenSessions = new Set(unseen.map(({ session }) => session));
  return {
    missing: [...ended.keys()].filter((session) => !reporters.has(session) && !unseenSessions.has(session)),
    invented,
    wasUnseen: ({ at }) => unseen.some(({ fromMs, untilMs }) => at >= fromMs && at <= untilMs),
  };
}

/** A process was struck before it had surely stored what happened at `atMs`, or was away then. */
function struckAt({ at, untilMs }: Death, atMs: number): boolean {
  return at <= atMs + UNSTORED_MS && untilMs >= atMs;
}
