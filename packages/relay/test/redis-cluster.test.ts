import { afterAll, beforeAll, describe, it } from 'vitest';
import { type RedisClusterService, startRedisCluster } from '../../../e2e/services/index.js';
import { ADAPTER_CONTRACT } from '../src/contract/index.js';
import { redisBroker } from './redis-broker.js';

describe('adapter contract: Redis Streams on a Redis Cluster', () => {
  let cluster: RedisClusterService;
  beforeAll(async () => {
    cluster = await startRedisCluster();
  });
  afterAll(() => cluster.stop());

  for (const { name, run } of ADAPTER_CONTRACT.filter(({ needs }) => needs !== 'restart')) {
    it(name, async () => {
      const broker = redisBroker(cluster);
      try {
        await run(broker);
      } finally {
        await broker.close();
      }
    }, 150_000);
  }
});
