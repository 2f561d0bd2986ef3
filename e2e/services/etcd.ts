import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BinarySpec, findBinary } from './binary.js';
import { ChildService, freePorts } from './child-process.js';
import type { Service } from './service.js';

const ETCD: BinarySpec = {
  service: 'etcd',
  program: 'etcd',
  versionArgs: ['--version'],
  versionPattern: /etcd Version: (\d+)\.(\d+)/,
  minVersion: [3, 4],
  packages: ['etcd-server'],
};

/** etcd with one member on free ports of the loopback interface. Its data outlive {@link Service.restart}. */
export async function startEtcd(): Promise<Service> {
  const [service] = await startEtcdCluster(1);
  if (!service) throw new Error('an etcd cluster of one has a member');
  return service;
}

/** An etcd cluster; each member can be killed, paused and started again by itself. */
export async function startEtcdCluster(size: number): Promise<Service[]> {
  const binary = await findBinary(ETCD);
  const ports = await freePorts(size * 2);
  const folder = await mkdtemp(join(tmpdir(), 'botgo-etcd-'));
  const members = Array.from({ length: size }, (_, index) => ({
    name: `m${index}`,
    port: ports[index * 2] ?? 0,
    client: `http://127.0.0.1:${ports[index * 2]}`,
    peer: `http://127.0.0.1:${ports[index * 2 + 1]}`,
  }));
  const initial = members.map(({ name, peer }) => `${name}=${peer}`).join(',');
  let running = size;
  return await Promise.all(
    members.map(async ({ name, port, client, peer }): Promise<Service> => {
      const args = [
        ...['--name', name, '--data-dir', join(folder, name), '--initial-cluster', initial],
        ...['--listen-client-urls', client, '--advertise-client-urls', client],
        ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
        ...[
          '--heartbeat-interval',
          '50',
          '--election-timeout',
          '500',
          '--logger',
          'zap',
          '--log-level',
          'warn',
        ],
      ];
      const spawnEtcd = (): Promise<ChildService> =>
        ChildService.start({
          command: binary.path,
          args,
          env: { ...binary.env, ETCD_UNSUPPORTED_ARCH: process.arch },
          isReady: async () => (await (await fetch(`${client}/health`)).text()).includes('"true"'),
        });
      let child = await spawnEtcd();
      return {
        url: client,
        port,
        get pid() {
          return child.pid;
        },
        pause: () => child.pause(),
        wake: () => child.wake(),
        kill: () => child.kill(),
        async restart({ empty = false } = {}) {
          await child.kill();
          if (empty) await rm(join(folder, name), { recursive: true });
          child = await spawnEtcd();
        },
        async stop() {
          await child.stop();
          running -= 1;
          if (running === 0) await rm(folder, { recursive: true, force: true });
        },
      };
    }),
  );
}
