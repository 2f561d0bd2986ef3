import { once } from 'node:events';
import { connect } from 'node:net';
import { startEtcd, startRedis } from '@botgo/e2e/services';
import { etcdCoordinator } from '@botgo/etcd';
import { redisCoordinator } from '@botgo/redis';
import { Delivery } from 'botgo/delivery';
import {
  type ConnectionFactory,
  type Coordinator,
  SessionManager,
  type SessionManagerOptions,
} from 'botgo/session';
import { botToken } from 'botgo/token';
import type { BenchCase, RunningCase } from './bench-case.js';

const APP_ID = '102000001';
const LEASE_MS = 10_000;
const WINDOW_MS = 10_000;
/** Per member and third of a lease: a renewal, and on Redis a look, which goes out with it. */
const OPERATIONS_AT_REST = { redis: 2, etcd: 1 } as const;

/** A store that counts what is asked of it. */
interface CountingStore {
  coordinator(): Coordinator;
  /** Operations so far: scripts on Redis, gRPC calls on etcd. */
  operations(): Promise<number>;
  stop(): Promise<void>;
}

/**
 * What a cluster at rest asks of a real store, by the store's own count: real session managers, one coordinator and connection each, whose
 * shards are connected to nothing. The limit is one round trip per member per third of the lease, however many shards it holds: on etcd a
 * renewal, on Redis a renewal and a look together. `busy-…`: every checkpoint moves all the time, so that each member writes them as well; no
 * goal. A round takes ten seconds, and a case as long again until its cluster is at rest: this is no bench for a quick look.
 */
export const STORES_CASES: readonly BenchCase[] = (['redis', 'etcd'] as const).flatMap((store) => [
  storeCase(store, 100, 10, false),
  storeCase(store, 1_000, 10, false),
  // Where a hundred members watch, etcd's JSON gateway makes a hundred copies of each change: two busy cores do not start them in a lease.
  ...(store === 'redis' ? [storeCase(store, 1_000, 100, false)] : []),
  storeCase(store, 1_000, 10, true),
]);

function storeCase(store: 'redis' | 'etcd', shards: number, members: number, busy: boolean): BenchCase {
  return {
    name: `${busy ? 'busy-' : ''}${store}-${shards}x${members}`,
    unit: 'operations per second',
    goal: busy ? null : 1,
    setup: () => setUp(store, shards, members, busy),
  };
}

async function setUp(
  which: 'redis' | 'etcd',
  shards: number,
  members: number,
  busy: boolean,
): Promise<RunningCase> {
  const store = which === 'redis' ? await countingRedis() : await countingEtcd();
  const shardsMove = { seq: 1, isOn: false };
  const managers = Array.from(
    { length: members },
    (_, n) => new SessionManager(managerOptions(store, n, shardsMove)),
  );
  const limit = { total: 100_000, remaining: 100_000, reset_after: 60_000, max_concurrency: 100_000 };
  const ap = { url: 'ws://127.0.0.1:1', shards, session_start_limit: limit };
  const runs = managers.map((manager) => manager.start(ap, botToken(APP_ID, 'bench-token'), 1 << 30));
  const failed = Promise.race(runs.map((run) => run.then(() => new Promise<never>(() => {}))));
  await Promise.race([settled(managers, shards), failed]);
  shardsMove.isOn = busy;
  const moving = setInterval(() => shardsMove.seq++, 10);
  return {
    async ours() {
      const before = await store.operations();
      const startedMs = performance.now();
      await pause(WINDOW_MS);
      const count = (await store.operations()) - before;
      if (owned(managers) !== shards) throw new Error('a shard has no owner any more');
      return (count * 1_000) / (performance.now() - startedMs);
    },
    limit: async () => (OPERATIONS_AT_REST[which] * members * 3_000) / LEASE_MS,
    async [Symbol.asyncDispose]() {
      clearInterval(moving);
      await Promise.all(managers.map((manager) => manager.stop()));
      await Promise.all(runs);
      await store.stop();
    },
  };
}

function managerOptions(
  store: CountingStore,
  n: number,
  moves: { readonly seq: number; readonly isOn: boolean },
): SessionManagerOptions {
  return {
    sink: new Delivery({ handle: () => {}, intents: 1 << 30 }),
    coordinator: store.coordinator(),
    memberId: `member-${n}`,
    leaseMs: LEASE_MS,
    handleSignals: false,
    createConnection: idleConnection(moves),
  };
}

/** A shard that is connected to nothing: ready at once, with a checkpoint that moves when `moves` says so. */
function idleConnection(moves: { readonly seq: number; readonly isOn: boolean }): ConnectionFactory {
  return (options) => {
    const id = `session-${options.shard}`;
    let end: () => void = () => {};
    const seq = (): number => (moves.isOn ? moves.seq : 1);
    const connection = {
      get session() {
        return { id, seq: seq() };
      },
      run: () =>
        new Promise<void>((resolve) => {
          end = resolve;
        }),
      drain: async () => ({ id, seq: seq() }),
      close: async () => end(),
      revoke: () => end(),
      inFlight: () => [],
      on: () => connection,
      status: () => ({
        phase: 'ready' as const,
        isLive: true,
        sessionId: id,
        checkpoint: seq(),
        unsettled: 0,
        attempt: 0,
        isPaused: false,
        error: undefined,
      }),
    };
    return connection as unknown as ReturnType<ConnectionFactory>;
  };
}

function owned(managers: readonly SessionManager[]): number {
  return managers.reduce((sum, manager) => sum + manager.status().shards.length, 0);
}

/** Resolves when every shard has an owner, the counts differ by one at most, and nothing has moved for a lease. */
async function settled(managers: readonly SessionManager[], shards: number): Promise<void> {
  let quietSinceMs = performance.now();
  for (const manager of managers)
    manager.on('ownership', () => {
      quietSinceMs = performance.now();
    });
  for (;;) {
    const counts = managers.map((manager) => manager.status().shards.length);
    const isBalanced = Math.max(...counts) - Math.min(...counts) <= 1;
    if (isBalanced && owned(managers) === shards && performance.now() - quietSinceMs > LEASE_MS) return;
    await pause(100);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function countingRedis(): Promise<CountingStore> {
  const redis = await startRedis();
  return {
    coordinator: () => redisCoordinator({ url: redis.url, appId: APP_ID }),
    async operations() {
      const stats = await askRedis(redis.port, 'INFO commandstats');
      let calls = 0;
      for (const [, count] of stats.matchAll(/^cmdstat_(?:evalsha|eval|evalsha_ro):calls=(\d+)/gm))
        calls += Number(count);
      return calls;
    },
    stop: () => redis.stop(),
  };
}

/** Asks by an inline command; the answer is one bulk string. */
async function askRedis(port: number, command: string): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.end(`${command}\r\nQUIT\r\n`);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await once(socket, 'close');
  return text;
}

async function countingEtcd(): Promise<CountingStore> {
  const etcd = await startEtcd();
  return {
    coordinator: () => etcdCoordinator({ endpoints: etcd.url, appId: APP_ID }),
    async operations() {
      const response = await fetch(`${etcd.url}/metrics`);
      let calls = 0;
      for (const [, count] of (await response.text()).matchAll(/^grpc_server_handled_total\{.*\} (\S+)$/gm))
        calls += Number(count);
      return calls;
    },
    stop: () => etcd.stop(),
  };
}
