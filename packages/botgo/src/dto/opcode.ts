import type { OpenNumber } from './open-enum.js';

/**
 * Opcodes of gateway and callback payloads. 3, 4, 5 and 8 are unused.
 * BotGo's names: `WSDispatchEvent`, `WSHeartbeat`, `WSIdentity`, `WSResume`, `WSReconnect`, `WSInvalidSession`,
 * `WSHello`, `WSHeartbeatAck`, `HTTPCallbackAck`, `HTTPCallbackValidation`, in this order.
 */
export const OpCode = {
  /** Server to client: an event. */
  dispatch: 0,
  /** Client to server: `d` is a sequence number or null. */
  heartbeat: 1,
  /** Client to server: opens a new session. */
  identify: 2,
  /** Client to server: takes a session up again. */
  resume: 6,
  /** Server to client: close, connect again, resume. */
  reconnect: 7,
  /** Server to client: Identify or Resume was refused. */
  invalidSession: 9,
  /** Server to client: first frame of a connection. */
  hello: 10,
  /** Server to client: answer to a heartbeat; on a callback, the bot's answer to one. */
  heartbeatAck: 11,
  /** Bot's answer to a callback; `d` 0 is success, 1 asks for another delivery. */
  httpCallbackAck: 12,
  /** Platform to callback URL: prove that you hold the secret. */
  httpCallbackValidation: 13,
} as const;

export type OpCode = OpenNumber<typeof OpCode>;

/** BotGo's name for an opcode. */
export type OPCode = OpCode;

const meanings: ReadonlyMap<number, string> = new Map([
  [OpCode.dispatch, 'Event'],
  [OpCode.heartbeat, 'Heartbeat'],
  [OpCode.identify, 'Identify'],
  [OpCode.resume, 'Resume'],
  [OpCode.reconnect, 'Reconnect'],
  [OpCode.invalidSession, 'InvalidSession'],
  [OpCode.hello, 'Hello'],
  [OpCode.heartbeatAck, 'HeartbeatAck'],
  [OpCode.httpCallbackAck, 'HTTPCallbackAck'],
  [OpCode.httpCallbackValidation, 'HTTPCallbackValidation'],
]);

/** A name for an opcode, for logs; `unknown` when the number is not one of {@link OpCode}. */
export function opMeans(op: OpCode): string {
  return meanings.get(op) ?? 'unknown';
}
