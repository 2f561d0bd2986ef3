export type { Consumer, IntakeDesk, PartitionLag } from './consumer.js';
export {
  CONSUMER_DEFAULTS,
  ConsumerSource,
  type ConsumerSourceOptions,
  type ConsumerStatus,
} from './consumer-source.js';
export { type Envelope, fromHeaders, type Headers, hashSession, toHeaders } from './envelope.js';
export type { FrameIdentity } from './frame-identity.js';
export type { Intake, IntakeOptions, IntakeState } from './intake.js';
export { MemoryBroker, type MemoryBrokerOptions, type MemorySourceOptions } from './memory-broker.js';
export type { BrokerMessage, DeadMessage } from './message.js';
export {
  type PartitionHold,
  PartitionKeeper,
  type PartitionKeeperOptions,
  type PartitionReader,
} from './partition-keeper.js';
export { partitionOf } from './partition-of.js';
export type { Publisher } from './publisher.js';
export { type Relay, type RelayOptions, type RelayStatus, relay } from './relay.js';
export { RELAY_DEFAULTS, RelaySink, type RelaySinkOptions } from './relay-sink.js';
export { identifyFrame } from './scan.js';
export { type LaneWatch, POISON_DEATHS, type Provenance, type SuspectsState } from './suspects.js';
