export type { RedisClient, RedisTarget } from './client.js';
export {
  REDIS_STREAMS_DEFAULTS,
  type RedisStreamsPublisherOptions,
  redisStreamsPublisher,
} from './publisher.js';
export { REDIS_SOURCE_DEFAULTS, type RedisStreamsSourceOptions, redisStreamsSource } from './source.js';
