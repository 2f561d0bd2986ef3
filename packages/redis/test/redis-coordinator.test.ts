import { randomUUID } from 'node:crypto';
import type { Coordinator } from 'botgo/session';
import { Redis } from 'ioredis';
import { inject } from 'vitest';
import { coordinatorContract } from '../../botgo/test/coordinator-contract.js';
import { redisCoordinator } from '../src/index.js';

coordinatorContract('redis', ['empty', 'refill', 'clusters'], async () => {
  const url = inject('redisUrl');
  const prefix = `test-${randomUUID()}`;
  const opened: Coordinator[] = [];
  const admin = new Redis(url);
  const open = (cluster: string): Coordinator => {
    const coordinator = redisCoordinator({ url, prefix: cluster, refillGraceMs: 0 });
    opened.push(coordinator);
    return coordinator;
  };
  return {
    leaseMs: 400,
    open: () => open(prefix),
    openBeside: () => open(`${prefix}-beside`),
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
    now: () => performance.now(),
    async empty() {
      const keys = await admin.keys(`botgo:{${prefix}}:*`);
      if (keys.length > 0) await admin.del(...keys);
    },
    async dispose() {
      await Promise.all(opened.map((coordinator) => coordinator.close()));
      admin.disconnect();
    },
  };
});
