// A member of a group for the contract's process that is killed: plain Node must be able to import it.
import { redisCoordinator } from '@botgo/redis';
import { redisStreamsSource } from '@botgo/relay/redis';
import { Cluster } from 'ioredis';

export function createSource({ url, nodes, stream, group, ...options }) {
  const target = nodes ? { client: new Cluster(nodes) } : { url };
  const coordinator = redisCoordinator({ ...target, prefix: `${stream}:${group}`, refillGraceMs: 0 });
  return redisStreamsSource({ ...options, ...target, stream, group, coordinator });
}
