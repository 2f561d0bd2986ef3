// A member of a group for the contract's process that is killed: plain Node must be able to import it.
import { redisCoordinator } from '@botgo/redis';
import { redisStreamsSource } from '@botgo/relay/redis';

export function createSource({ url, stream, group, ...options }) {
  const coordinator = redisCoordinator({ url, prefix: `${stream}:${group}`, refillGraceMs: 0 });
  return redisStreamsSource({ ...options, url, stream, group, coordinator });
}
