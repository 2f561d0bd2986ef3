export { type ClosePolicy, type CloseVerdict, closePolicy, RESUMABLE_CLOSE_CODE } from './close-policy.js';
export { Connection } from './connection.js';
export type { ConnectionEvents, ConnectionStatus, GapInfo } from './connection-events.js';
export { CONNECTION_DEFAULTS, type ConnectionOptions, type HeldSession } from './connection-options.js';
export { type FrameHead, type NameHint, scanFrame } from './frame.js';
export { deadlineMs, initialState, NO_OUTPUTS, type Step, step, takesEvents } from './protocol.js';
export {
  PROTOCOL_DEFAULTS,
  type ProtocolOptions,
  type ResolvedProtocolOptions,
  resolveProtocolOptions,
} from './protocol-options.js';
export type {
  ConnectionEnd,
  ConnectKind,
  DisconnectCause,
  Heart,
  IncomingPayload,
  Input,
  Output,
  Phase,
  State,
} from './protocol-types.js';
