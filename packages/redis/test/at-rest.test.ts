import { Delivery } from 'botgo/delivery';
import { SessionManager } from 'botgo/session';
import { botToken } from 'botgo/token';
import { Redis } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { startRedis } from '../../../e2e/services/index.js';
import { idleConnection } from '../../botgo/test/support/idle-connection.js';
import { redisCoordinator } from '../src/index.js';
import { disposer } from './own-redis.js';

const LEASE_MS = 3_000;
const THIRD_MS = LEASE_MS / 3;

describe('a member at rest', () => {
  const keep = disposer();

  it.each([1, 200])('asks Redis for one thing per third of its lease, with %i shards', async (shards) => {
    const redis = keep(await startRedis(), (service) => service.stop());
    const start = (memberId: string): SessionManager => {
      const store = { url: redis.url, appId: '102', refillGraceMs: 0 };
      const manager = new SessionManager({
        sink: new Delivery({ handle: () => {}, intents: 1 << 30 }),
        coordinator: keep(redisCoordinator(store), (coordinator) => coordinator.close()),
        memberId,
        leaseMs: LEASE_MS,
        handleSignals: false,
        createConnection: idleConnection,
      });
      const limit = { total: 1_000, remaining: 1_000, reset_after: 60_000, max_concurrency: 1_000 };
      const ap = { url: 'ws://127.0.0.1:1', shards, session_start_limit: limit };
      const run = manager.start(ap, botToken('102', 'token'), 1 << 30);
      return keep(manager, async () => {
        await manager.stop();
        await run;
      });
    };
    const managers = [start('one'), start('other')];
    const client = keep(new Redis(redis.url), (one) => one.disconnect());
    const scripts = async (): Promise<number> => {
      const stats = await client.info('commandstats');
      const counts = [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].map(([, calls]) =>
        Number(calls),
      );
      return counts.reduce((sum, calls) => sum + calls, 0);
    };
    const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    const isBalanced = (): boolean => {
      const [one = 0, other = 0] = managers.map((manager) => manager.status().shards.length);
      return one + other === shards && Math.abs(one - other) <= 1;
    };
    const during = async (thirds: number): Promise<{ calls: number; thirds: number }> => {
      const before = await scripts();
      const startedMs = performance.now();
      await pause(thirds * THIRD_MS);
      const calls = (await scripts()) - before;
      return { calls, thirds: (performance.now() - startedMs) / THIRD_MS };
    };
    // At rest: balanced, and for two thirds nothing came but renewals.
    for (let isAtRest = false; !isAtRest; ) {
      const { calls, thirds } = await during(2);
      isAtRest = isBalanced() && calls <= managers.length * Math.ceil(thirds);
    }
    const { calls, thirds } = await during(6);
    // Of each, one that was sent before may have come late.
    expect(calls).toBeLessThanOrEqual(managers.length * (Math.ceil(thirds) + 1));
    expect(calls).toBeGreaterThanOrEqual(managers.length * 4);
    expect(isBalanced()).toBe(true);
  });
});
