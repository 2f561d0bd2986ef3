import { type NewSessionManagerOptions, newSessionManager, type SessionStarter } from 'botgo';
import { BotgoError, ConfigError } from 'botgo/errs';
import { redisClaimStore } from './claim-store.js';
import type { ConnectionOptions, RedisClient } from './connection.js';
import { redisCoordinator } from './redis-coordinator.js';

/** How {@link newRemoteSessionManager} runs. */
export interface RemoteSessionManagerOptions
  extends Omit<NewSessionManagerOptions, 'coordinator' | 'claims'>,
    Pick<ConnectionOptions, 'timeoutMs'> {
  /**
   * BotGo's `WithClusterKey`: processes that give the same key share the shards. Default: the bot's app id, so that two bots never
   * meet (BotGo's `defaultCluster` is every bot's).
   */
  readonly clusterKey?: string | undefined;
  /** Whether an event that comes twice, after a crash, is handled by one process only; costs a round trip an event. @defaultValue true */
  readonly sharedWindow?: boolean | undefined;
}

/**
 * BotGo's `remote.New(redis, …)`: a session manager whose shards are shared by all processes that use the same Redis. Give it to
 * `setSessionManager`, or start it yourself; the process's handlers (`registerHandlers`) get the events.
 * @param redis - A client of ioredis; it stays yours and open.
 * @throws {ConfigError} without a client. `start` rejects with `BOTGO_STORE` when Redis cannot be used, and as `SessionManager.start`.
 */
export function newRemoteSessionManager(
  redis: RedisClient,
  options: RemoteSessionManagerOptions = {},
): SessionStarter {
  if (typeof redis?.duplicate !== 'function')
    throw new ConfigError('newRemoteSessionManager needs a client of ioredis, e.g. new Redis(url)');
  const { clusterKey, sharedWindow = true, timeoutMs, ...more } = options;
  const running = new Set<SessionStarter>();
  let isStopped = false;

  return {
    /** Each start is a manager of its own, so that several bots of one process may be started by the same object. */
    async start(ap, tokenSource, intents, startOptions) {
      if (isStopped) throw new BotgoError('BOTGO_CLOSED', 'this session manager was stopped: make a new one');
      const { clock, logger } = more;
      const store = { client: redis, appId: tokenSource.appId, prefix: clusterKey, timeoutMs, clock, logger };
      const coordinator = redisCoordinator(store);
      const claims = sharedWindow ? redisClaimStore(store) : undefined;
      const manager = newSessionManager({ ...more, coordinator, claims });
      running.add(manager);
      try {
        await manager.start(ap, tokenSource, intents, startOptions);
      } finally {
        running.delete(manager);
        await claims?.close();
        await coordinator.close();
      }
    },

    async stop() {
      isStopped = true;
      await Promise.all([...running].map((manager) => manager.stop()));
    },
  };
}
