import type { EventType } from './event-type.js';
import type { Intent } from './intent.js';
import type { OpCode } from './opcode.js';

/** What every payload may carry, on the gateway in both directions and as the body of a callback. */
export interface WSPayloadBase {
  op: OpCode;
  /** Sequence number, with op 0 from the platform. */
  s?: number;
  /** Event type, with op 0. */
  t?: EventType;
  /** Event id, of most events; the value for `event_id` of an answer. Not to be mixed up with `d.id`. */
  id?: string;
}

/** A payload. */
export interface WSPayload<Data = unknown> extends WSPayloadBase {
  d?: Data;
}

/** `d` of op 2. */
export interface WSIdentityData {
  /** `QQBot {access_token}`. */
  token: string;
  intents: Intent;
  /** Shard id and shard count. */
  shard: [number, number];
  /** Free, without effect. */
  properties?: { $os?: string; $browser?: string; $device?: string };
}

/** `d` of op 6. */
export interface WSResumeData {
  /** `QQBot {access_token}`. */
  token: string;
  session_id: string;
  /** Newest sequence number that was handled. */
  seq: number;
}

/** `d` of op 10. */
export interface WSHelloData {
  /** Milliseconds between two heartbeats. */
  heartbeat_interval: number;
}

/** `d` of READY. */
export interface WSReadyData {
  version: number;
  /** Needed for a resume. */
  session_id: string;
  user: WSUser;
  /** Shard id and shard count; the documents' sample shows `[0,0]`. */
  shard: [number, number];
}

/** The bot, as READY names it. */
export interface WSUser {
  id: string;
  username: string;
  bot: boolean;
}
