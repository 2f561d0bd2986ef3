import type { Intent } from './intent.js';

/** Answer of `GET /gateway`. */
export interface GatewayURL {
  /** A wss URL. */
  url: string;
}

/** Answer of `GET /gateway/bot`: where to connect, and how often. */
export interface WebsocketAP {
  /** A wss URL. */
  url: string;
  /** How many shards the platform suggests. */
  shards: number;
  session_start_limit: SessionStartLimit;
}

/** How many sessions may be started. */
export interface SessionStartLimit {
  /** Per 24 hours. */
  total: number;
  /** Left now. */
  remaining: number;
  /** Milliseconds until `remaining` is `total` again. */
  reset_after: number;
  /** Per 5 seconds. */
  max_concurrency: number;
}

/** One part of a bot's events: guild `id` belongs to shard `(id >> 22) % shardCount`. */
export interface ShardConfig {
  /** From 0. */
  shardId: number;
  /** At least 1. */
  shardCount: number;
}

/** A session with the gateway, without its credential: what is needed to resume it. */
export interface Session {
  /** Empty until READY. */
  id: string;
  /** The wss URL. */
  url: string;
  intent: Intent;
  /** Newest sequence number that was handled; 0 when there was none. */
  lastSeq: number;
  shards: ShardConfig;
}

/** One line about a session, for logs. */
export function sessionString(session: Session): string {
  const { id, shards, intent } = session;
  return `[ws][ID:${id}][Shard:(${shards.shardId}/${shards.shardCount})][Intent:${intent}]`;
}

/**
 * The shard that gets a guild's events.
 * @param guildId - An unsigned 64-bit decimal number as a string.
 * @returns undefined when it is not such a number.
 */
export function shardOfGuild(guildId: string, shardCount: number): number | undefined {
  if (!/^\d{1,20}$/.test(guildId) || !(shardCount >= 1)) return undefined;
  return Number((BigInt(guildId) >> 22n) % BigInt(Math.trunc(shardCount)));
}
