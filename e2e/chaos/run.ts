import { setTimeout as sleep } from 'node:timers/promises';
import { deathsOf } from './judge/handlings.js';
import { type Figures, judge, type Rules } from './judge/judge.js';
import { readRecord, type TimelineLine } from './judge/record.js';
import type { Options } from './options.js';
import { Progress } from './progress.js';
import { Random } from './random.js';
import type { Scenario } from './scenario.js';
import { Stage } from './stage.js';

/** What a run came to; its raw record lies in `options.out`. */
export interface RunResult {
  readonly figures: Figures;
  readonly goalMs: number;
  readonly problems: readonly string[];
}

interface GenerateStatus {
  readonly state: 'idle' | 'waiting' | 'running' | 'done';
  readonly n: number;
}

/** A run that is not settled by then never will be. */
const SETTLE_TIMEOUT_MS = 30_000;
/** Nor one whose processes never stay well for so long: each takes up to a lease to be replaced. */
const WELL_TIMEOUT_MS = 90_000;
const POLL_MS = 100;
/** A copy of what was handled would have come by then. */
const QUIET_MS = 750;

/** Runs a scenario and judges what it left behind. @param say - For progress, one line each. */
export async function run(
  options: Options,
  scenario: Scenario,
  say: (line: string) => void,
): Promise<RunResult> {
  const random = new Random(options.seed);
  const troubles: string[] = [];
  const stage = await Stage.open(options, scenario.settings?.(options) ?? {});
  try {
    const nodes = scenario.nodes ?? options.nodes;
    for (let started = 0; started < nodes; started++) await stage.startNode();
    await stage.untilWell();
    say(
      `${nodes} processes hold ${options.shards} shards; sending ${options.rate}/s for ${options.seconds} s`,
    );
    await stage.control('generate', { rate: options.rate, seconds: options.seconds, seed: options.seed });
    const endMs = performance.now() + options.seconds * 1_000;
    const leftMs = (): number => endMs - performance.now();
    await scenario.strike({ stage, options, random, leftMs });
    say('every strike is done');
    await untilSent(stage);
    await untilSettled(stage, options);
    await stage.close(true);
  } catch (error) {
    troubles.push(error instanceof Error ? error.message : String(error));
    await stage.close(false);
  }
  const record = readRecord(options.out);
  for (const pid of starvedOf(record.timeline))
    say(
      `process ${pid} lost its lease although nobody had struck it: the machine is too busy for a lease of ${options.leaseMs} ms`,
    );
  const { figures, problems } = judge(record, {
    ...rulesOf(options),
    ...scenario.rules(options),
  });
  return {
    figures,
    goalMs: scenario.goalMs(options),
    problems: [...troubles, ...stage.accidents, ...problems],
  };
}

/** What the store and the platform's switches make of a run, whatever its scenario. */
function rulesOf({ store, leaseMs, switches }: Options): Rules {
  const { eventIds, eventsWithoutGuild } = switches;
  return {
    duplicates: store === 'redis' ? 'in-flight' : 'since-write',
    hasWindow: store === 'redis',
    leaseMs,
    eventIds: eventIds === 'per-session' || eventIds === 'absent' ? eventIds : 'same',
    isSpread: eventsWithoutGuild === 'all',
    isNewestOnly: eventsWithoutGuild === 'newest',
  };
}

/** Processes that lost their lease by themselves: what follows is no word about the SDK. */
function starvedOf(timeline: readonly TimelineLine[]): Set<number> {
  const deaths = deathsOf(timeline);
  const lost = timeline.filter(({ what }) => what === 'lease-lost');
  return new Set(
    lost.flatMap(({ pid }) => (pid !== undefined && !deaths.some((death) => death.pid === pid) ? [pid] : [])),
  );
}

async function untilSent(stage: Stage): Promise<void> {
  for (;;) {
    const { state } = await stage.control<GenerateStatus>('generated');
    if (state === 'done') return;
    await sleep(POLL_MS);
  }
}

/** Until every event is settled, or 30 s after the last was sent and all processes are well. */
async function untilSettled(stage: Stage, options: Options): Promise<void> {
  const progress = new Progress(options.out);
  const giveUpMs = performance.now() + WELL_TIMEOUT_MS + 6 * options.leaseMs;
  let wellSince = performance.now();
  let quietSince = performance.now();
  let lines = 0;
  try {
    for (;;) {
      const nowMs = performance.now();
      const open = progress.open();
      if (!stage.isWell) wellSince = nowMs;
      if (progress.lines !== lines) quietSince = nowMs;
      lines = progress.lines;
      if (nowMs - wellSince > SETTLE_TIMEOUT_MS || nowMs > giveUpMs) return;
      if (open === 0 && stage.isWell && nowMs - quietSince >= QUIET_MS) return;
      if (stage.accidents.length > 0) return;
      await sleep(POLL_MS);
    }
  } finally {
    progress.close();
  }
}
