import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Why the platform will not send an event again, by its own record. */
export type RefusedReason = 'resume-refused' | 'buffer-ended' | 'no-session';

/** A line of `sent.ndjson`. */
export interface SentLine {
  readonly n: number;
  readonly id: string;
  /** What keeps its order. */
  readonly key: string;
  readonly t: string;
  readonly at: number;
}

/** A line of `refused.ndjson`. */
export interface RefusedLine {
  readonly n: number;
  readonly reason: RefusedReason;
  readonly at: number;
}

/** A line of `ledger-<pid>.ndjson`, with the process that wrote it. */
export interface LedgerLine {
  readonly pid: number;
  readonly n: number;
  readonly phase: 'start' | 'end';
  readonly at: number;
  /** By which it came. */
  readonly shard?: number;
}

/** A line of `timeline.ndjson`. */
export interface TimelineLine {
  readonly at: number;
  readonly what: string;
  readonly pid?: number;
  readonly shard?: number;
  readonly session?: string;
  /** Of a gap: since when events may be missing. */
  readonly fromMs?: number;
  readonly n?: number;
}

/** A line of `replies.ndjson`: an answer that reached the platform. */
export interface ReplyLine {
  readonly n: number;
  readonly pid: number;
  readonly at: number;
}

/** Everything a run leaves behind, from which every figure can be computed again. Times are Unix milliseconds. */
export interface RawRecord {
  readonly sent: readonly SentLine[];
  readonly refused: readonly RefusedLine[];
  readonly ledger: readonly LedgerLine[];
  readonly timeline: readonly TimelineLine[];
  readonly replies: readonly ReplyLine[];
}

const LEDGER = /^ledger-(\d+)\.ndjson$/;

/** Reads what a run wrote. @throws when a file is missing or a line is not whole */
export function readRecord(folder: string): RawRecord {
  const ledger: LedgerLine[] = [];
  for (const name of readdirSync(folder)) {
    const pid = Number(LEDGER.exec(name)?.[1]);
    if (Number.isNaN(pid)) continue;
    for (const line of readLines<Omit<LedgerLine, 'pid'>>(join(folder, name))) ledger.push({ pid, ...line });
  }
  return {
    sent: readLines(join(folder, 'sent.ndjson')),
    refused: readLines(join(folder, 'refused.ndjson')),
    ledger,
    timeline: readLines(join(folder, 'timeline.ndjson')),
    replies: readLines(join(folder, 'replies.ndjson')),
  };
}

function readLines<Line>(path: string): Line[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  const rest = lines.pop();
  if (rest !== '') throw new Error(`${path} ends in the middle of a line`);
  return lines.map((line) => JSON.parse(line) as Line);
}
