import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

export const STORES = ['memory', 'redis', 'etcd'] as const;
export type StoreKind = (typeof STORES)[number];

/** How a run is set up. */
export interface Options {
  readonly scenario: string;
  readonly store: StoreKind;
  readonly nodes: number;
  readonly shards: number;
  /** Events per second. */
  readonly rate: number;
  readonly seconds: number;
  readonly leaseMs: number;
  readonly seed: number;
  readonly maxConcurrency: number;
  /** How long an orchestrator takes to start a process in place of one that ended. */
  readonly restartMs: number;
  /** The simulator's. */
  readonly switches: Readonly<Record<string, string | number>>;
  /** Those of `switches` that were given by hand. */
  readonly sets: readonly string[];
  readonly out: string;
  readonly json: boolean;
}

export const USAGE = `Usage: npm run -s chaos -- NAME [--store memory|redis|etcd] [--nodes N] [--shards N] [--rate R] [--seconds T]
       [--lease-ms L] [--seed X] [--max-concurrency N] [--set SWITCH=VALUE]... [--json] [--out DIR]
       npm run -s chaos -- short [--store S] [--seed X]         every scenario on every store, a few seconds each
       npm run -s chaos -- table [--store S]... [--scenario N]... [--rate R] … [--out DIR]     rows for docs/reliability.md
       npm run -s chaos -- mutants [NAME]...                    defects brought in, and which are caught
       npm run -s chaos -- relay [--broker redis|kafka|pulsar] [--poison] …`;

/**
 * What the platform's documents leave open, as a run has it unless told otherwise. Heartbeats come often, so that a run sees many
 * of them; the limits of sending are off, because a run is about receiving.
 */
const SWITCHES = {
  eventIds: 'same',
  trimOnHeartbeat: 'on',
  generations: 'coexist',
  secondResume: 'newest-wins',
  close1000: 'ends',
  eventsWithoutGuild: 'hash',
  replayEvents: 20_000,
  replayMs: 300_000,
  heartbeatMs: 1_000,
  payloadsPerMinute: 0,
  rateLimits: 'off',
} as const;

/** @throws with a sentence for a person who made a mistake */
export function readOptions(args: readonly string[]): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      store: { type: 'string', default: 'redis' },
      nodes: { type: 'string' },
      shards: { type: 'string', default: '20' },
      rate: { type: 'string', default: '1000' },
      seconds: { type: 'string', default: '40' },
      'lease-ms': { type: 'string', default: '10000' },
      seed: { type: 'string', default: '1' },
      'max-concurrency': { type: 'string', default: '10' },
      set: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  });
  const [scenario, ...others] = positionals;
  if (scenario === undefined || others.length > 0) throw new Error('give the name of one scenario');
  const store = STORES.find((kind) => kind === values.store);
  if (store === undefined) throw new Error(`--store must be one of ${STORES.join(', ')}`);
  const nodes = count('--nodes', values.nodes ?? (store === 'memory' ? '1' : '4'));
  if (store === 'memory' && nodes !== 1) throw new Error('--store memory is one process: leave --nodes out');
  return {
    scenario,
    store,
    nodes,
    shards: count('--shards', values.shards),
    rate: count('--rate', values.rate),
    seconds: count('--seconds', values.seconds),
    leaseMs: count('--lease-ms', values['lease-ms']),
    seed: count('--seed', values.seed),
    maxConcurrency: count('--max-concurrency', values['max-concurrency']),
    restartMs: 500,
    switches: { ...SWITCHES, ...readSets(values.set) },
    sets: values.set,
    out: resolve(values.out ?? join(tmpdir(), `botgo-chaos-${scenario}-${process.pid}`)),
    json: values.json,
  };
}

/** The command that does the same run again. */
export function replayCommand(options: Options): string {
  const { scenario, store, nodes, shards, rate, seconds, leaseMs, seed, maxConcurrency, sets } = options;
  const words = [
    `npm run -s chaos -- ${scenario} --store ${store}`,
    ...(store === 'memory' ? [] : [`--nodes ${nodes}`]),
    `--shards ${shards} --rate ${rate} --seconds ${seconds} --lease-ms ${leaseMs} --seed ${seed}`,
    ...(maxConcurrency === 10 ? [] : [`--max-concurrency ${maxConcurrency}`]),
    ...sets.map((set) => `--set ${set}`),
    '--json --out DIR',
  ];
  return words.join(' ');
}

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new Error(`${name} must be a whole number from 1 on`);
  return value;
}

function readSets(sets: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    sets.map((set) => {
      const equals = set.indexOf('=');
      if (equals < 1) throw new Error(`--set must look like SWITCH=VALUE, got ${set}`);
      return [set.slice(0, equals), set.slice(equals + 1)];
    }),
  );
}
