import { setTimeout as sleep } from 'node:timers/promises';
import { judge } from '../judge/judge.js';
import { readRecord } from '../judge/record.js';
import { Progress } from '../progress.js';
import { Random } from '../random.js';
import { type RelayOptions, readRelayOptions, relayReplayCommand } from './options.js';
import { RelayStage } from './stage.js';

const ACCESS = 2;
const WORKERS = 3;
const SETTLE_TIMEOUT_MS = 30_000;
const QUIET_MS = 750;
const POLL_MS = 100;
/** Beside the lease: what a take-over may cost, and a start of the broker. */
const TAKE_OVER_MS = 2_000;

/**
 * `chaos -- relay`: the platform → two access processes → a broker → three workers with a ledger. kill -9 of an access process, of a
 * worker, and a restart of the broker, in turn, for as long as the load goes on.
 */
export async function relayChaos(args: readonly string[]): Promise<boolean> {
  const options = readRelayOptions(args);
  const say = (line: string): void => void process.stderr.write(`${line}\n`);
  const troubles: string[] = [];
  const stage = await RelayStage.open(options);
  let strikes = 0;
  try {
    for (let started = 0; started < ACCESS; started++) await stage.start('access');
    for (let started = 0; started < WORKERS; started++) await stage.start('worker');
    await stage.untilWell();
    const { rate, seconds, seed, broker } = options;
    say(`relay: ${ACCESS} access processes → ${broker} → ${WORKERS} workers; ${rate}/s for ${seconds} s`);
    await stage.control('generate', { rate, seconds, seed });
    strikes = await strike(stage, options, say);
    await untilSettled(stage, options);
    await stage.close(true);
  } catch (error) {
    troubles.push(error instanceof Error ? error.message : String(error));
    await stage.close(false);
  }
  const { figures, problems: broken } = judge(readRecord(options.out), {
    duplicates: 'in-flight',
    poison: options.poison,
  });
  const problems = [...troubles, ...stage.accidents, ...broken];
  const ok = problems.length === 0;
  const { broker, seed, shards, rate, leaseMs } = options;
  const result = {
    ...{
      ok,
      scenario: 'relay',
      store: 'redis',
      broker,
      seed,
      nodes: ACCESS + WORKERS,
      shards,
      rate,
      strikes,
      selfInflicted: stage.selfInflicted,
    },
    ...figures,
    brokerAwayMs: stage.brokerAwayMs,
    goalMs: leaseMs + TAKE_OVER_MS,
  };
  for (const problem of problems) say(`✗ ${problem}`);
  if (!ok) say(`Again: ${relayReplayCommand(options)}`);
  say(`The raw record is in ${options.out}`);
  if (options.json) process.stdout.write(`${JSON.stringify({ ...result, problems })}\n`);
  else
    for (const [name, value] of Object.entries(result)) process.stdout.write(`${name.padEnd(18)}${value}\n`);
  return ok;
}

async function strike(
  stage: RelayStage,
  options: RelayOptions,
  say: (line: string) => void,
): Promise<number> {
  const random = new Random(options.seed);
  const endMs = performance.now() + options.seconds * 1_000;
  const kinds: readonly { readonly what: string; strike(): Promise<void> }[] = [
    {
      what: 'kill -9 of an access process',
      strike: () => stage.replace(random.pick(stage.living('access'))),
    },
    // An event of the plan kills workers itself: one more death, while others are watched alone, would look like theirs.
    ...(options.poison.length > 0
      ? []
      : [{ what: 'kill -9 of a worker', strike: () => stage.replace(random.pick(stage.living('worker'))) }]),
    { what: 'restart of the broker', strike: () => stage.restartBroker() },
  ];
  let strikes = 0;
  // Each kind once, whatever time it takes.
  while (strikes < kinds.length || endMs - performance.now() > options.leaseMs + 3_000) {
    await sleep(random.between(500, 1_500));
    const kind = kinds[strikes % kinds.length];
    say(`strike ${strikes + 1}: ${kind?.what}`);
    await kind?.strike();
    await stage.untilWell();
    strikes++;
  }
  return strikes;
}

/** Until every event is settled, or 30 s after the last was sent and all processes are well. */
async function untilSettled(stage: RelayStage, options: RelayOptions): Promise<void> {
  while ((await stage.control<{ state: string }>('generated')).state !== 'done') await sleep(POLL_MS);
  const progress = new Progress(options.out);
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
      if (nowMs - Math.max(wellSince, quietSince) > SETTLE_TIMEOUT_MS || stage.accidents.length > 0) return;
      if (open === 0 && stage.isWell && nowMs - quietSince >= QUIET_MS) return;
      await sleep(POLL_MS);
    }
  } finally {
    progress.close();
  }
}
