import { isObject, type JsonObject } from '../json.js';

/** Opcodes a client may send. */
export const OP = {
  heartbeat: 1,
  identify: 2,
  resume: 6,
  reconnect: 7,
  invalidSession: 9,
  hello: 10,
  ack: 11,
} as const;

/** What the platform closes with. Source: gateway.md 9. */
export const CLOSE = {
  unknownError: 4000,
  invalidOpcode: 4001,
  invalidPayload: 4002,
  notAuthenticated: 4003,
  authenticationFailed: 4004,
  alreadyAuthenticated: 4005,
  sessionInvalid: 4006,
  wrongSeq: 4007,
  tooFast: 4008,
  expired: 4009,
  invalidShard: 4010,
  tooManyGuilds: 4011,
  invalidVersion: 4012,
  invalidIntents: 4013,
  intentsNotPermitted: 4014,
  internalFirst: 4900,
  internalLast: 4913,
  offline: 4914,
  banned: 4915,
} as const;

/** Why a frame cannot be served. */
export interface FrameProblem {
  readonly code: number;
  readonly reason: string;
}

export type ClientFrame =
  | { readonly op: typeof OP.heartbeat; readonly d: number | null }
  | { readonly op: typeof OP.identify; readonly d: IdentifyData }
  | { readonly op: typeof OP.resume; readonly d: ResumeData };

export interface IdentifyData {
  readonly token: string | undefined;
  readonly intents: unknown;
  readonly shard: unknown;
}

export interface ResumeData {
  readonly token: string | undefined;
  readonly sessionId: string;
  readonly seq: unknown;
}

/** Reads a text frame of a client. */
export function readFrame(text: string): ClientFrame | FrameProblem {
  let frame: unknown;
  try {
    frame = JSON.parse(text);
  } catch {
    return invalid('the frame is not JSON');
  }
  if (!isObject(frame)) return invalid('the frame is not an object');
  switch (frame.op) {
    case OP.heartbeat:
      return readHeartbeat(frame);
    case OP.identify:
      return readIdentify(frame);
    case OP.resume:
      return readResume(frame);
    default:
      return { code: CLOSE.invalidOpcode, reason: 'invalid opcode' };
  }
}

function readHeartbeat(frame: JsonObject): ClientFrame | FrameProblem {
  const d = frame.d ?? null;
  if (d === null) return { op: OP.heartbeat, d };
  if (typeof d === 'number' && Number.isSafeInteger(d) && d >= 0) return { op: OP.heartbeat, d };
  return invalid('d of a heartbeat is not a sequence number');
}

function readIdentify(frame: JsonObject): ClientFrame | FrameProblem {
  const d = frame.d;
  if (!isObject(d)) return invalid('d of Identify is not an object');
  const token = d.token;
  if (token !== undefined && typeof token !== 'string') return invalid('token is not a string');
  return { op: OP.identify, d: { token, intents: d.intents, shard: d.shard } };
}

function readResume(frame: JsonObject): ClientFrame | FrameProblem {
  const d = frame.d;
  if (!isObject(d)) return invalid('d of Resume is not an object');
  const token = d.token;
  if (token !== undefined && typeof token !== 'string') return invalid('token is not a string');
  const sessionId = d.session_id;
  if (typeof sessionId !== 'string') return invalid('session_id is not a string');
  return { op: OP.resume, d: { token, sessionId, seq: d.seq } };
}

function invalid(reason: string): FrameProblem {
  return { code: CLOSE.invalidPayload, reason };
}

/** `[id, count]` of an Identify; undefined when it is not valid. */
export function readShard(value: unknown): readonly [id: number, count: number] | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [id, count]: unknown[] = value;
  if (typeof id !== 'number' || typeof count !== 'number') return undefined;
  if (!Number.isSafeInteger(id) || !Number.isSafeInteger(count)) return undefined;
  return id >= 0 && count >= 1 && id < count ? [id, count] : undefined;
}
