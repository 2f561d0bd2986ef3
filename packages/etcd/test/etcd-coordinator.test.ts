import { randomUUID } from 'node:crypto';
import type { Coordinator } from 'botgo/session';
import { inject } from 'vitest';
import { coordinatorContract } from '../../botgo/test/coordinator-contract.js';
import { etcdCoordinator } from '../src/index.js';

const key = (text: string): string => Buffer.from(text).toString('base64');

coordinatorContract('etcd', ['empty'], async () => {
  const endpoints = inject('etcdUrl');
  const prefix = `test-${randomUUID()}`;
  const opened: Coordinator[] = [];
  // etcd counts whole seconds, and looks twice a second for leases that have run out.
  const leaseMs = 1_500;
  return {
    leaseMs,
    open() {
      const coordinator = etcdCoordinator({ endpoints, prefix });
      opened.push(coordinator);
      return coordinator;
    },
    pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms < leaseMs ? ms : ms + 1_000)),
    async empty() {
      const body = JSON.stringify({ key: key(`botgo/${prefix}/`), range_end: key(`botgo/${prefix}0`) });
      await fetch(`${endpoints}/v3/kv/deleterange`, { method: 'POST', body });
    },
    async dispose() {
      await Promise.all(opened.map((coordinator) => coordinator.close()));
    },
  };
});
