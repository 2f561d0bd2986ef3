import { randomUUID } from 'node:crypto';
import type { Coordinator } from 'botgo/session';
import { inject } from 'vitest';
import { coordinatorContract } from '../../botgo/test/coordinator-contract.js';
import { etcdCoordinator } from '../src/index.js';

const key = (text: string): string => Buffer.from(text).toString('base64');

coordinatorContract('etcd', ['empty', 'refill', 'clusters'], async () => {
  const endpoints = inject('etcdUrl');
  const prefix = `test-${randomUUID()}`;
  const opened: Coordinator[] = [];
  const post = async (path: string, body: object): Promise<unknown> => {
    const response = await fetch(`${endpoints}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
    return await response.json();
  };
  // etcd counts whole seconds, and looks twice a second for leases that have run out.
  const leaseMs = 1_500;
  const open = (cluster: string): Coordinator => {
    const coordinator = etcdCoordinator({ endpoints, prefix: cluster, refillGraceMs: 0 });
    opened.push(coordinator);
    return coordinator;
  };
  return {
    leaseMs,
    open: () => open(prefix),
    openBeside: () => open(`${prefix}-beside`),
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms < leaseMs ? ms : ms + 1_000)),
    now: () => performance.now(),
    async empty() {
      const body = { key: key(`botgo/${prefix}/`), range_end: key(`botgo/${prefix}0`) };
      const { kvs = [] } = (await post('kv/range', body)) as { kvs?: { lease?: string }[] };
      await post('kv/deleterange', body);
      // An etcd that lost its data has lost the leases too.
      const leases = new Set(kvs.flatMap(({ lease }) => (lease === undefined ? [] : [lease])));
      await Promise.all([...leases].map((ID) => post('lease/revoke', { ID })));
    },
    async dispose() {
      await Promise.all(opened.map((coordinator) => coordinator.close()));
    },
  };
});
