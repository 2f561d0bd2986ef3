export { leftOut } from './binary.js';
export { ChildService, freePorts } from './child-process.js';
export { startEtcd, startEtcdCluster } from './etcd.js';
export { startKafka } from './kafka.js';
export { type LoadingRedis, startLoadingRedis } from './loading-redis.js';
export { type PulsarService, startPulsar } from './pulsar.js';
export {
  type RedisClusterService,
  type RedisServerOptions,
  type SentinelService,
  startRedis,
  startRedisCluster,
  startSentinel,
} from './redis.js';
export type { Service } from './service.js';
