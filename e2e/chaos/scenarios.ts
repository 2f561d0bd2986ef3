import { setTimeout as sleep } from 'node:timers/promises';
import { all } from './all.js';
import type { Rules } from './judge/judge.js';
import type { Options } from './options.js';
import type { Scenario, Strikes } from './scenario.js';
import type { Node } from './stage.js';

const HANDLER_MS = 20;
/** Beside the lease: what a take-over may cost. */
const TAKE_OVER_MS = { memory: 1_000, redis: 1_000, etcd: 2_000 } as const;
const HAND_OVER_MS = HANDLER_MS + 500;
/** A closed socket is opened again after a short random pause. */
const RECONNECT_MS = 3_000;
/** A refused resume is tried again after 1, 2 and 4 s before a new session begins. */
const NEW_SESSION_MS = 8_000;
/** Default of `stableAfterMs`, and a second for the connections to come back. */
const STABLE_MS = 6_000;
const PROBE_MS = 1_500;
const START_TIMEOUT_MS = 60_000;
/** From a start of a process to its first event, on a busy machine. */
const START_MS = 2_000;
const BEYOND_LEASE = 1.6;
const BELOW_LEASE = 0.4;

/**
 * Where the platform ends no session, none may begin but those of the start: one more means that the bot could not resume, because it
 * had acknowledged what it had not stored. A buffer too small for the trouble, or a Resume refused while the old connection lives,
 * ends sessions of itself.
 */
function keepsSessions({ shards, switches }: Options): Partial<Rules> {
  const { secondResume, resumesCount, replayEvents, replayMs } = switches;
  const isRefused = secondResume === 'refused' || resumesCount === 'on';
  const isShort = Number(replayEvents) < WHOLE_BUFFER || Number(replayMs) < WHOLE_BUFFER_MS;
  return isRefused || isShort ? {} : { identifies: shards };
}

/** Enough for any trouble of a run. */
const WHOLE_BUFFER = 20_000;
const WHOLE_BUFFER_MS = 300_000;

const takeOverMs = ({ store, leaseMs }: Options): number => leaseMs + TAKE_OVER_MS[store];

/** Strikes again and again, each time when the last one is overcome, while there is time for another. */
async function repeat(strikes: Strikes, lastsMs: number, strike: () => Promise<void>): Promise<void> {
  const { stage, random, leftMs, options } = strikes;
  for (let isFirst = true; isFirst || leftMs() > lastsMs + 1_000; isFirst = false) {
    await sleep(random.between(300, 1_000));
    await strike();
    await stage.untilWell(3 * options.leaseMs + 60_000);
    // What waited is part of what a strike does: the next one would be measured with it.
    await stage.untilCaughtUp(3 * options.leaseMs + 60_000);
  }
}

async function replace(strikes: Strikes, node: Node): Promise<void> {
  const { stage, options } = strikes;
  await stage.kill(node);
  await sleep(options.restartMs);
  await stage.startNode();
}

const kill: Scenario = {
  what: 'kill -9, again and again; an orchestrator starts another',
  stores: ['memory', 'redis', 'etcd'],
  strike: (strikes) =>
    repeat(strikes, strikes.options.leaseMs, () =>
      replace(strikes, strikes.random.pick(strikes.stage.living)),
    ),
  rules: keepsSessions,
  goalMs: (options) => (options.store === 'memory' ? options.restartMs + START_MS : takeOverMs(options)),
};

const pause: Scenario = {
  what: 'SIGSTOP beyond the lease, then SIGCONT',
  stores: ['memory', 'redis', 'etcd'],
  strike: (strikes) => {
    const { stage, options, random } = strikes;
    const lengthMs = options.leaseMs * BEYOND_LEASE;
    return repeat(strikes, lengthMs, async () => {
      const node = random.pick(stage.living);
      stage.pause(node);
      await sleep(lengthMs);
      stage.wake(node);
    });
  },
  rules: keepsSessions,
  goalMs: (options) =>
    options.store === 'memory' ? options.leaseMs * BEYOND_LEASE + START_MS : takeOverMs(options),
};

const platformRestart: Scenario = {
  what: 'every socket closed at once',
  stores: ['memory', 'redis', 'etcd'],
  strike: (strikes) =>
    repeat(strikes, STABLE_MS + 2_000, async () => {
      const fault = strikes.random.pick([
        { kind: 'cut' },
        { kind: 'close', code: 4009 },
        { kind: 'reconnect' },
      ]);
      await strikes.stage.control('fault', fault);
      // A platform that goes again before a connection counts as stable is met with longer and longer pauses.
      await sleep(STABLE_MS);
    }),
  rules: ({ shards }) => ({ duplicates: 'none', identifies: shards }),
  goalMs: () => RECONNECT_MS,
};

const sessionLost: Scenario = {
  what: 'the platform ends sessions, or refuses to resume them',
  stores: ['memory', 'redis', 'etcd'],
  strike: (strikes) => {
    const { stage, options, random } = strikes;
    return repeat(strikes, 3_000, async () => {
      const shard = Math.floor(random.between(0, options.shards));
      const isRefused = random.next() < 0.5;
      if (isRefused) {
        await stage.control('fault', {
          kind: 'refuse-resume',
          times: 1,
          code: random.pick([4006, 4007, 4900]),
        });
        await stage.control('fault', { kind: 'cut', shard });
      } else await stage.control('fault', { kind: 'end-session', shard });
      await sleep(2_500);
    });
  },
  rules: () => ({ duplicates: 'none' }),
  goalMs: () => NEW_SESSION_MS,
};

const slowHandler: Scenario = {
  what: 'handlers that fall behind, and handlers that overrun their time',
  stores: ['memory', 'redis', 'etcd'],
  settings: (options) => {
    const from = Math.floor((options.rate * options.seconds) / 4);
    return {
      handlerTimeoutMs: SLOW_TIMEOUT_MS,
      concurrency: JAM_WIDTH,
      laneCapacity: 50,
      plan: {
        slow: slowEvents(options).map((n) => ({ n, ms: 2 * SLOW_TIMEOUT_MS })),
        // Reading stops for longer than two heartbeats, so that sockets are closed and resumed when there is room.
        jam: { from, to: from + JAM_WIDTH * JAM_ROUNDS, ms: JAM_MS },
      },
    };
  },
  strike: async ({ stage }) => stage.untilWell(),
  rules: (options) => ({
    duplicates: 'none',
    timedOut: slowEvents(options).length,
    identifies: options.shards,
  }),
  // What came in a jam waits until it is over, and then for its turn.
  goalMs: () => JAM_ROUNDS * JAM_MS + 2 * SLOW_TIMEOUT_MS + RECONNECT_MS,
};

const SLOW_TIMEOUT_MS = 2_000;
const JAM_WIDTH = 32;
const JAM_ROUNDS = 5;
const JAM_MS = 1_000;

function slowEvents({ rate, seconds }: Options): number[] {
  const total = rate * seconds;
  return [0.1, 0.2, 0.6, 0.8].map((part) => Math.max(1, Math.floor(total * part)));
}

const poison: Scenario = {
  what: 'events that kill whoever handles them',
  stores: ['memory', 'redis', 'etcd'],
  settings: (options) => ({
    plan: {
      poison: poisonEvents(options).map((n, index) => ({ n, afterMs: index === 0 ? 0 : SLOW_POISON_MS })),
    },
  }),
  strike: async () => {},
  rules: (options) => ({
    ...keepsSessions(options),
    poison: poisonEvents(options),
  }),
  goalMs: (options) => 2 * 3 * (options.restartMs + START_MS + takeOverMs(options)),
};

/** One kills at once and leaves no trace; one takes so long that others end behind it, which no checkpoint covers when it kills. */
const SLOW_POISON_MS = 600;

function poisonEvents({ rate, seconds }: Options): number[] {
  const total = rate * seconds;
  return [Math.max(1, Math.floor(total * 0.15)), Math.max(2, Math.floor(total * 0.5))];
}

const rollout: Scenario = {
  what: 'every process replaced, one by one',
  stores: ['redis', 'etcd'],
  strike: async ({ stage }) => {
    for (const node of stage.living) {
      const next = await stage.startNode('next');
      await stage.until('the new process is ready', () => next.status?.isReady === true, START_TIMEOUT_MS);
      // A probe takes its time: long enough for shards to be balanced, were it not for the release.
      await sleep(PROBE_MS);
      await stage.stop(node);
    }
    await stage.untilWell();
  },
  rules: ({ shards }) => ({ duplicates: 'none', identifies: shards, moves: shards }),
  goalMs: () => HAND_OVER_MS,
};

const scale: Scenario = {
  what: 'from 2 processes to 6, then to 3',
  stores: ['redis', 'etcd'],
  nodes: 2,
  strike: async ({ stage, options }) => {
    const balanced = (): boolean => {
      const shares = stage.living.map(({ status }) => status?.owned ?? 0);
      return stage.isWell && Math.max(...shares) - Math.min(...shares) <= 1;
    };
    await Promise.all(Array.from({ length: 4 }, () => stage.startNode()));
    await stage.until('six processes share the shards', balanced, options.leaseMs + 60_000);
    await Promise.all(stage.living.slice(0, 3).map((node) => stage.stop(node)));
    await stage.until('three processes share the shards', balanced, options.leaseMs + 60_000);
  },
  rules: ({ shards }) => ({ duplicates: 'none', identifies: shards }),
  goalMs: () => HAND_OVER_MS,
};

const storeOutage: Scenario = {
  what: 'the store out of reach for everybody, below and beyond the lease',
  stores: ['redis', 'etcd'],
  strike: (strikes) => {
    const { stage, options } = strikes;
    let times = 0;
    return repeat(strikes, options.leaseMs * BEYOND_LEASE, async () => {
      const lengthMs = options.leaseMs * (times++ % 2 === 0 ? BELOW_LEASE : BEYOND_LEASE);
      const nodes = stage.running;
      await stage.cut(nodes);
      await sleep(lengthMs);
      stage.heal(nodes);
    });
  },
  rules: keepsSessions,
  goalMs: (options) => options.leaseMs * BEYOND_LEASE + takeOverMs(options),
};

const storeRestart: Scenario = {
  what: 'the store killed and started again, with its data and without',
  stores: ['redis', 'etcd'],
  strike: (strikes) => {
    let times = 0;
    return repeat(strikes, 2_000, async () => {
      await strikes.stage.restartStore({ empty: times++ % 2 === 1 });
    });
  },
  rules: keepsSessions,
  goalMs: takeOverMs,
};

const partition: Scenario = {
  what: 'one process cut from the store while it still reads the gateway',
  stores: ['redis', 'etcd'],
  strike: (strikes) => {
    const { stage, options, random } = strikes;
    const lengthMs = options.leaseMs * BEYOND_LEASE;
    return repeat(strikes, lengthMs, async () => {
      const node = random.pick(stage.living);
      await stage.cut([node]);
      await sleep(lengthMs);
      stage.heal([node]);
    });
  },
  rules: keepsSessions,
  goalMs: takeOverMs,
};

const storeFailover: Scenario = {
  what: 'the Redis that takes the writes killed, and its replica promoted by Sentinel',
  stores: ['redis'],
  isOptIn: true,
  settings: () => ({ hasReplica: true }),
  strike: async ({ stage, options, random }) => {
    await sleep(random.between(1_000, (options.seconds * 1_000) / 2));
    await stage.failOver();
    await stage.untilWell(3 * options.leaseMs + 60_000);
  },
  rules: keepsSessions,
  goalMs: (options) => FAIL_OVER_MS + takeOverMs(options),
};

/** Until sentinels that ask each second agree, and have promoted the replica. */
const FAIL_OVER_MS = 3_000;

/** Every scenario, by its name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  kill,
  pause,
  rollout,
  scale,
  'store-outage': storeOutage,
  'store-restart': storeRestart,
  partition,
  'store-failover': storeFailover,
  'platform-restart': platformRestart,
  'session-lost': sessionLost,
  'slow-handler': slowHandler,
  poison,
  all,
};
