/** Body of creating an HTTP session; deprecated by the platform. */
export interface HTTPIdentity {
  intents: number;
  /** Shard id and shard count. */
  shards: [number, number];
  callback_url: string;
}

/** Answer of creating an HTTP session; deprecated by the platform. */
export interface HTTPReady {
  version: number;
  session_id: string;
  bot: { id: string; username: string };
  /** Shard id and shard count. */
  shard: [number, number];
}

/** An HTTP session; deprecated by the platform. */
export interface HTTPSession {
  app_id: number;
  session_id: string;
  callback_url: string;
  env: string;
  intents: number;
  last_heartbeat_time: string;
  state: string;
  /** Shard id and shard count. */
  shards: [number, number];
}
