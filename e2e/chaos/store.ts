import { join } from 'node:path';
import { type Service, startEtcd, startRedis, startSentinel } from '../services/index.js';
import type { StoreAddress } from './messages.js';
import type { Options } from './options.js';
import { StoreProxy } from './store-proxy.js';

/** One node's way to the store. */
export interface StoreLine {
  readonly address: StoreAddress;
  /** From now on nothing gets through, and nobody is told. */
  cut(): void;
  heal(): void;
  close(): Promise<void>;
}

/** The store of a run. */
export interface RunStore {
  connect(): Promise<StoreLine>;
  /** Ends it in the middle and starts it again, with its data or without. */
  restart(options: { readonly empty: boolean }): Promise<void>;
  /** Kills the server that takes the writes; resolves when its replica has taken its place. */
  failOver(): Promise<void>;
  close(): Promise<void>;
}

/**
 * @param hasReplica - Redis with a replica and sentinels in place of one server.
 * @param adopt - Told of every process that is started.
 */
export async function startStore(
  options: Options,
  hasReplica: boolean,
  adopt: (pid: number) => void,
): Promise<RunStore> {
  if (hasReplica) return await sentinelStore(adopt);
  switch (options.store) {
    case 'memory':
      return memoryStore(join(options.out, 'state.json'));
    case 'redis': {
      // Written before it is answered: a kill leaves everything behind. With `everysec` a write may wait for a flush that is under way.
      const redis = await startRedis({ persist: true, args: ['--appendfsync', 'no'] });
      return serverStore(redis, adopt, (port) => ({ kind: 'redis', url: `redis://127.0.0.1:${port}` }));
    }
    case 'etcd':
      return serverStore(await startEtcd(), adopt, (port) => ({
        kind: 'etcd',
        url: `http://127.0.0.1:${port}`,
      }));
    default:
      return options.store satisfies never;
  }
}

/** One process at a time, with its state in a file: there is nothing to cut it from. */
function memoryStore(file: string): RunStore {
  const never = (): never => {
    throw new Error('a memory store is part of its process: it cannot be cut off or restarted');
  };
  return {
    connect: async () => ({
      address: { kind: 'memory', file },
      cut: never,
      heal: never,
      close: async () => {},
    }),
    restart: async () => never(),
    failOver: async () => never(),
    close: async () => {},
  };
}

/** A server of its own, which each node reaches by a way of its own. */
function serverStore(
  server: Service,
  adopt: (pid: number) => void,
  addressAt: (port: number) => StoreAddress,
): RunStore {
  adopt(server.pid);
  return {
    async connect() {
      const proxy = await StoreProxy.open(server.port);
      return {
        address: addressAt(proxy.port),
        cut: () => proxy.cut(),
        heal: () => proxy.heal(),
        close: () => proxy.close(),
      };
    },
    async restart(options) {
      await server.restart(options);
      adopt(server.pid);
    },
    async failOver() {
      throw new Error('one server has no replica that could take its place');
    },
    close: () => server.stop(),
  };
}

/** A Redis and its replica, which nodes find through sentinels and reach without a proxy. */
async function sentinelStore(adopt: (pid: number) => void): Promise<RunStore> {
  const service = await startSentinel();
  const { sentinels, name } = service;
  for (const pid of service.pids) adopt(pid);
  const never = (): never => {
    throw new Error('nodes find this store by themselves: it cannot be cut off or restarted');
  };
  return {
    connect: async () => ({
      address: { kind: 'sentinel', sentinels, name },
      cut: never,
      heal: never,
      close: async () => {},
    }),
    restart: async () => never(),
    async failOver() {
      await service.killMaster();
      await service.promoted();
    },
    close: () => service.stop(),
  };
}
