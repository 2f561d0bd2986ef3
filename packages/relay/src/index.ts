export { type Envelope, fromHeaders, hashSession, toHeaders } from './envelope.js';
export { type DeadLetter, Intake, type IntakeOptions } from './intake.js';
export type { Publisher } from './publisher.js';
export { type Relay, type RelayOptions, relay } from './relay.js';
export { RELAY_DEFAULTS, RelaySink, type RelaySinkOptions } from './relay-sink.js';
export { type FrameIdentity, identifyFrame } from './scan.js';
