import { Delivery } from 'botgo/delivery';
import { SessionManager } from 'botgo/session';
import { botToken } from 'botgo/token';
import { describe, expect, it } from 'vitest';
import { startEtcd } from '../../../e2e/services/index.js';
import { idleConnection } from '../../botgo/test/support/idle-connection.js';
import { etcdCoordinator } from '../src/index.js';
import { disposer, lossyProxy, until } from './support.js';

describe('a member at rest', () => {
  const keep = disposer();

  it.each([1, 200])('asks etcd for one thing per third of its lease, with %i shards', async (shards) => {
    const etcd = keep(await startEtcd(), (service) => service.stop());
    const proxy = keep(await lossyProxy(etcd.url), (p) => p.close());
    const leaseMs = 3_000;
    const start = (memberId: string, endpoints: string): SessionManager => {
      const manager = new SessionManager({
        sink: new Delivery({ handle: () => {}, intents: 1 << 30 }),
        coordinator: keep(
          etcdCoordinator({ endpoints, appId: '102', refillGraceMs: 0, pollMs: 2_500 }),
          (c) => c.close(),
        ),
        memberId,
        leaseMs,
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
    const managers = [start('counted', proxy.url), start('other', etcd.url)];
    const thirdMs = leaseMs / 3;
    const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    const isBalanced = (): boolean => {
      const [one = 0, other = 0] = managers.map((manager) => manager.status().shards.length);
      return one + other === shards && Math.abs(one - other) <= 1;
    };
    // At rest: balanced, what was taken last is stored, and for two thirds nothing came but renewals.
    await until(async () => {
      proxy.calls.length = 0;
      await pause(2 * thirdMs);
      return isBalanced() && proxy.calls.every((path) => path === '/v3/lease/keepalive');
    });
    proxy.calls.length = 0;
    const startedMs = performance.now();
    await pause(6 * thirdMs);
    const thirds = (performance.now() - startedMs) / thirdMs;
    expect(new Set(proxy.calls)).toEqual(new Set(['/v3/lease/keepalive']));
    // One that was sent before may have come late.
    expect(proxy.calls.length).toBeLessThanOrEqual(Math.ceil(thirds) + 1);
    expect(isBalanced()).toBe(true);
  });
});
