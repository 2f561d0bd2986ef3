export { type RedisClaimStoreOptions, redisClaimStore } from './claim-store.js';
export type { ConnectionOptions, RedisClient } from './connection.js';
export type { KeyOptions } from './keys.js';
export { type LockOptions, newLock } from './lock.js';
export { type RedisCoordinatorOptions, redisCoordinator } from './redis-coordinator.js';
export { newRemoteSessionManager, type RemoteSessionManagerOptions } from './remote-session-manager.js';
export { type RedisReplyStoreOptions, redisReplyStore } from './reply-store.js';
export { type RedisTokenStoreOptions, redisTokenStore } from './token-store.js';
