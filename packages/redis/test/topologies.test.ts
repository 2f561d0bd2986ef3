import { Cluster, Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type RedisClusterService,
  type SentinelService,
  startRedisCluster,
  startSentinel,
} from '../../../e2e/services/index.js';
import { coordinatorContract } from '../../botgo/test/coordinator-contract.js';
import { newLock, redisClaimStore, redisCoordinator, redisTokenStore } from '../src/index.js';
import { disposer, member, newPrefix, until } from './own-redis.js';

describe('Redis Cluster', () => {
  let service: RedisClusterService;
  let client: Cluster;
  beforeAll(async () => {
    service = await startRedisCluster();
    client = new Cluster([...service.nodes]);
    // Every coordinator of these tests shares it.
    client.setMaxListeners(0);
  });
  afterAll(async () => {
    client.disconnect();
    await service.stop();
  });

  coordinatorContract('redis cluster', ['clusters'], async () => {
    const prefix = newPrefix();
    const opened: { close(): Promise<void> }[] = [];
    const open = (cluster: string) => {
      const coordinator = redisCoordinator({ client, prefix: cluster, refillGraceMs: 0 });
      opened.push(coordinator);
      return coordinator;
    };
    return {
      leaseMs: 500,
      open: () => open(prefix),
      openBeside: () => open(`${prefix}-beside`),
      now: () => performance.now(),
      pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      dispose: async () => {
        await Promise.all(opened.map((coordinator) => coordinator.close()));
      },
    };
  });

  it('locks, shares tokens and claims events', async () => {
    for (const name of ['plain', 'with {tag} inside'.replaceAll(' ', '-')]) {
      const lock = newLock(`${newPrefix()}-${name}`, 'me', client);
      await lock.lock(5_000);
      await lock.renew(5_000);
      expect(await lock.release()).toBe(true);
    }
    const tokens = redisTokenStore({ client, prefix: newPrefix() });
    await tokens.write('key', 'sealed', 5_000);
    expect(await tokens.read('key')).toBe('sealed');
    const claims = redisClaimStore({ client, prefix: newPrefix() });
    const { signal } = new AbortController();
    expect(await claims.claim('id', 'me 1', signal)).toBe('granted');
    await claims.done('id', 'me 1');
    expect(await claims.claim('id', 'you 2', signal)).toBe('done');
  });
});

describe('Redis Sentinel', () => {
  const keep = disposer();
  let service: SentinelService;
  beforeAll(async () => {
    service = await startSentinel();
  });
  afterAll(() => service.stop());

  it('goes on with the promoted replica: leases and owners stay', async () => {
    const client = keep(
      new Redis({ sentinels: [...service.sentinels], name: service.name, sentinelRetryStrategy: () => 100 }),
      (redis) => redis.disconnect(),
    );
    client.on('error', () => undefined);
    const store = keep(redisCoordinator({ client, prefix: newPrefix(), refillGraceMs: 0 }), (s) => s.close());
    const a = await store.join(member('a', 60_000));
    const [x] = await a.claim(['x']);
    await a.renew([{ ...x!, state: 1 }]);
    await service.killMaster();
    const renewed = await until(() => a.renew([{ ...x!, state: 2 }]).catch(() => undefined));
    expect(renewed).toEqual({ lost: [] });
    expect((await store.view()).resources).toMatchObject([{ owner: 'a', token: x!.token }]);
  });
});
