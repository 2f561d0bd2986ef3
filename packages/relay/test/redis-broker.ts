import { randomUUID } from 'node:crypto';
import { redisCoordinator } from '@botgo/redis';
import { Cluster, Redis } from 'ioredis';
import type { ContractBroker } from '../src/contract/index.js';
import type { BrokerMessage } from '../src/index.js';
import { EntryReader } from '../src/redis/entries.js';
import { redisStreamsPublisher, redisStreamsSource } from '../src/redis/index.js';

/** Times of a source with which a test need not wait for leases. */
export const SHORT = { appId: '102', leaseMs: 2_000, quietMs: 100, sweepMs: 200 } as const;

/** A server by its URL, or a Redis Cluster by its nodes. */
export type RedisPlace =
  | { readonly url: string; restart?(): Promise<void> }
  | { readonly nodes: readonly { readonly host: string; readonly port: number }[] };

/** Redis Streams for the contract of adapters, each stream and group with keys of its own. */
export function redisBroker(place: RedisPlace): ContractBroker {
  const ends: (() => unknown)[] = [];
  const connect = (): Redis | Cluster => {
    const client = 'nodes' in place ? new Cluster([...place.nodes]) : new Redis(place.url);
    ends.push(() => client.disconnect());
    return client;
  };
  // What a bot's author would write: a URL where there is one server, a client of ioredis for a Cluster.
  const target = 'nodes' in place ? { client: connect() } : { url: place.url };
  return {
    async openStream(partitions) {
      const stream = `test-${randomUUID()}`;
      const create = async (count: number): Promise<void> => {
        const publisher = redisStreamsPublisher({ ...target, stream, partitions: count });
        await publisher.open();
        await publisher.close();
      };
      await create(partitions);
      let wanted = partitions;
      return {
        publisher: () => redisStreamsPublisher({ ...target, stream, partitions: wanted }),
        source(group, options) {
          const coordinator = redisCoordinator({ ...target, prefix: `${stream}:${group}`, refillGraceMs: 0 });
          ends.push(() => coordinator.close());
          return redisStreamsSource({ ...options, ...SHORT, ...target, stream, group, coordinator });
        },
        async deadLetters(group): Promise<BrokerMessage[]> {
          const entries = await connect().xrangeBuffer(`botgo:{${stream}}:dead:${group}`, '-', '+');
          return entries.map(([, fields]) => new EntryReader().readMessage(fields));
        },
        async addPartitions(more) {
          wanted += more;
          await create(wanted);
        },
        memberProgram: (group) => ({
          module: new URL('./redis-member.mjs', import.meta.url).href,
          create: 'createSource',
          options: { ...SHORT, ...place, stream, group },
        }),
      };
    },
    async restart() {
      if ('restart' in place) await place.restart?.();
    },
    async close() {
      for (const end of ends.splice(0).reverse()) await end();
    },
  };
}
