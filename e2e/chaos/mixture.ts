import type { Options, StoreKind } from './options.js';
import { Random } from './random.js';

/** Values that `all` draws from, one for each switch. */
export const SWITCH_VALUES = {
  eventIds: ['same', 'per-session', 'absent'],
  trimOnHeartbeat: ['on', 'off'],
  generations: ['coexist', 'newest-wins'],
  secondResume: ['newest-wins', 'refused'],
  close1000: ['ends', 'keeps'],
  eventsWithoutGuild: ['hash', 'shard0', 'all', 'newest'],
  resumesCount: ['off', 'on'],
  replayEvents: [20_000, 200],
  replayMs: [300_000, 5_000],
  heartbeatMs: [1_000, 300, 5_000],
} as const satisfies Readonly<Record<string, readonly (string | number)[]>>;

/** Draws one value of each switch. */
export function drawSwitches(random: Random): Record<string, string | number> {
  return Object.fromEntries(
    Object.entries(SWITCH_VALUES).map(([name, values]) => [name, random.pick<string | number>(values)]),
  );
}

/** What can be done to a run, and where. */
const KINDS = {
  // To processes.
  kill: ['memory', 'redis', 'etcd'],
  pause: ['memory', 'redis', 'etcd'],
  replace: ['redis', 'etcd'],
  start: ['redis', 'etcd'],
  stop: ['redis', 'etcd'],
  // To the store.
  partition: ['redis', 'etcd'],
  'store-outage': ['redis', 'etcd'],
  'store-restart': ['redis', 'etcd'],
  'store-loss': ['redis', 'etcd'],
  // By the platform.
  cut: ['memory', 'redis', 'etcd'],
  close: ['memory', 'redis', 'etcd'],
  reconnect: ['memory', 'redis', 'etcd'],
  silent: ['memory', 'redis', 'etcd'],
  'drop-acks': ['memory', 'redis', 'etcd'],
  duplicate: ['memory', 'redis', 'etcd'],
  'end-session': ['memory', 'redis', 'etcd'],
  'refuse-resume': ['memory', 'redis', 'etcd'],
} as const satisfies Readonly<Record<string, readonly StoreKind[]>>;

export type StrikeKind = keyof typeof KINDS;

/** One strike of a mixture. */
export interface Strike {
  readonly kind: StrikeKind;
  /** From the begin of the load. */
  readonly atMs: number;
  /** How long it lasts, where it lasts. */
  readonly lengthMs: number;
  /** From 0 to less than 1: which of the processes that are there then. */
  readonly which: number;
  /** The shard that it strikes; `undefined` for every one. */
  readonly shard: number | undefined;
}

/** An event whose handler takes long and listens to nobody. */
export interface SlowEvent {
  readonly n: number;
  readonly ms: number;
}

export interface Mixture {
  readonly strikes: readonly Strike[];
  readonly slow: readonly SlowEvent[];
}

/** Seconds of load for each strike. */
const SECONDS_EACH = 2.5;
const LEAST_STRIKES = 4;
/** By then processes that have just started keep up. */
const FIRST_MS = 1_500;
const MOST_SLOW = 4;
const MOST_SLOW_MS = 2_500;
/** Below the lease and beyond it. */
const SHORTEST = 0.2;
const LONGEST = 2;

/** Draws strikes at random times, so that some overlap; the same for the same options. */
export function drawMixture({ seed, store, shards, seconds, rate, leaseMs }: Options): Mixture {
  // Not the draws of the switches over again.
  const random = new Random(seed + 1_000_003);
  const kinds = (Object.keys(KINDS) as StrikeKind[]).filter((kind) =>
    (KINDS[kind] as readonly StoreKind[]).includes(store),
  );
  const strikes = Array.from(
    { length: LEAST_STRIKES + Math.floor(seconds / SECONDS_EACH) },
    (): Strike => ({
      kind: random.pick(kinds),
      atMs: Math.floor(random.between(Math.min(FIRST_MS, seconds * 500), seconds * 1_000)),
      lengthMs: Math.floor(leaseMs * random.between(SHORTEST, LONGEST)),
      which: random.next(),
      shard: random.next() < 0.5 ? Math.floor(random.between(0, shards)) : undefined,
    }),
  ).sort((a, b) => a.atMs - b.atMs);
  const slow = Array.from({ length: Math.floor(random.between(0, MOST_SLOW + 1)) }, () => ({
    n: Math.floor(random.between(1, rate * seconds)),
    ms: Math.floor(random.between(500, MOST_SLOW_MS)),
  }));
  return { strikes, slow };
}

/** A mixture in words, one line each. */
export function tellMixture({ strikes, slow }: Mixture): string[] {
  return [
    ...strikes.map(({ kind, atMs, lengthMs, which, shard }) => {
      const where = shard === undefined ? '' : ` shard ${shard}`;
      return `  ${(atMs / 1_000).toFixed(1)} s ${kind} (${lengthMs} ms, ${which.toFixed(2)}${where})`;
    }),
    ...slow.map(({ n, ms }) => `  event ${n} takes ${ms} ms`),
  ];
}
