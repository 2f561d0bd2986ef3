export {
  type AssignInput,
  type AssignMember,
  type AssignmentDecision,
  type AssignmentInput,
  assign,
  decideAssignment,
  type HandOver,
} from './assign.js';
export { ClusterLook, type ClusterLookOptions, passOn } from './cluster-look.js';
export { coalesce } from './coalesce.js';
export type {
  ClusterValue,
  ClusterView,
  Coordinator,
  JoinOptions,
  MemberInfo,
  Membership,
  MemberView,
  OwnedResource,
  PermitAnswer,
  PermitRequest,
  Release,
  RenewResult,
  ResourceView,
  StateWrite,
} from './coordinator.js';
export {
  closedError,
  leaseLostError,
  memberInUseError,
  otherAppError,
  type ResolvedJoinOptions,
  type ResolvedPermitRequest,
  requireName,
  requirePermit,
  resolveJoinOptions,
  toJson,
  valueToJson,
} from './coordinator-input.js';
export { GatewaySource, type GatewaySourceOptions } from './gateway-source.js';
export { Lease } from './lease.js';
export { Lock, type LockBackend, type LockParts, LockTakenError } from './lock.js';
export type { SessionManagerEvents, SessionManagerStatus, ShardStatus } from './manager-events.js';
export { SESSION_DEFAULTS, type SessionManagerOptions } from './manager-options.js';
export { type MemoryCoordinatorOptions, memoryCoordinator } from './memory-coordinator.js';
export type { ConnectionFactory, ShardConnection } from './owned-shard.js';
export { calcInterval, checkSessionLimit, IDENTIFY_WINDOW_MS } from './session-limit.js';
export { SessionManager } from './session-manager.js';
export type { StartBudget } from './start-permits.js';
export { type StaticCoordinatorOptions, type StaticShards, staticCoordinator } from './static-coordinator.js';
