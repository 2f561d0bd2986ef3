export { type EtcdCoordinatorOptions, etcdCoordinator } from './etcd-coordinator.js';
export type { GatewayOptions } from './gateway.js';
export type { KeyOptions } from './keys.js';
export { EtcdLock, type EtcdLockOptions, newLock } from './lock.js';
