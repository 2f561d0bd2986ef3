import type { BotgoError } from '../errs/index.js';
import type { ConnectionEvents, ConnectionStatus, GapInfo } from '../gateway/index.js';
import type { StartBudget } from './start-permits.js';

/** Events a `SessionManager` emits; tuple = listener arguments. */
export interface SessionManagerEvents {
  ready: [info: { shard: number; sessionId: string; resumed: boolean }];
  disconnect: [info: { shard: number } & ConnectionEvents['disconnect'][0]];
  /** Events may have been lost. */
  gap: [info: GapInfo];
  /**
   * This process joined the cluster, left it in order, or lost its lease (it was paused, or the store could not be reached): its shards
   * are others' then, and it joins again by itself.
   */
  membership: [info: { memberId: string; state: 'joined' | 'left' | 'lost'; error?: BotgoError }];
  /** The coordination store cannot be reached any more, or can again. */
  store: [info: { isReachable: boolean; error?: BotgoError }];
  /** Reading of a shard stopped because handlers are behind, or goes on. */
  pressure: [info: { shard: number; isPaused: boolean }];
  /** Permit or token for a shard's connection could not be had; it is tried again. */
  refused: [info: { shard: number; error: BotgoError }];
  /** Session starts wait for the day's reset because only the reserve is left, or do so no longer (`waiting` is 0). */
  budget: [info: StartBudget];
  /** A shard came to this process or left it. */
  ownership: [info: { shard: number; owned: boolean; token: number }];
  /** A write of this process was refused because the shard has another owner. */
  fencedWrite: [info: { shard: number; token: number }];
  /** A shard stopped for good. */
  fatal: [info: { shard: number; error: BotgoError }];
}

/** One shard of this process. */
export interface ShardStatus extends ConnectionStatus {
  readonly shard: number;
  readonly token: number;
}

/** What a manager can say about itself; made for a health endpoint. */
export interface SessionManagerStatus {
  readonly memberId: string | undefined;
  readonly shardCount: number;
  /** Shards of this process, by number. */
  readonly shards: readonly ShardStatus[];
  /** The process does its work or has a way back to it; when `false`, restart it. */
  readonly isLive: boolean;
  /** It has shards, or need have none, and each of them takes events; `false` while it stops or comes back into the cluster. */
  readonly isReady: boolean;
  readonly isStoreReachable: boolean;
  readonly budget: StartBudget | undefined;
}
