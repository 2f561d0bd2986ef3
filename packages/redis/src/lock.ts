import type { BotgoError } from 'botgo/errs';
import { Lock, requireName } from 'botgo/session';
import { Connection, type ConnectionOptions, type RedisClient } from './connection.js';
import { LOCK, RELEASE_LOCK, RENEW_LOCK } from './lua/lock.js';

/** Options of {@link newLock}. */
export interface LockOptions extends Pick<ConnectionOptions, 'timeoutMs' | 'clock' | 'logger'> {
  /** Called once for each hold that is lost, with the reason. The hold's `signal` is aborted before. */
  readonly onLost?: ((reason: BotgoError) => void) | undefined;
}

/**
 * A lock on Redis, as BotGo's `sessions/remote/lock`.
 * @param name - The key.
 * @param value - Who holds it, for people who look.
 * @param client - A client of ioredis; it stays yours.
 */
export function newLock(name: string, value: string, client: RedisClient, options: LockOptions = {}): Lock {
  requireName('name of a lock', name);
  const connection = new Connection({
    client,
    timeoutMs: options.timeoutMs,
    clock: options.clock,
    logger: options.logger,
  });
  const { clock, logger } = connection;
  const backend = {
    async acquire(expireMs: number) {
      const token = await connection.run(LOCK, [name, fenceKey(name)], [value, expireMs]);
      return typeof token === 'string' ? { token: Number(token), hold: `${token} ${value}` } : undefined;
    },
    renew: async (hold: string, expireMs: number) =>
      (await connection.run(RENEW_LOCK, [name], [hold, expireMs])) === 1,
    release: async (hold: string) => (await connection.run(RELEASE_LOCK, [name], [hold])) === 1,
  };
  return new Lock({ name, backend, clock, logger, onLost: options.onLost });
}

/** On the same node of a cluster as the lock: under its hash tag, or with its whole name as one. */
function fenceKey(name: string): string {
  return /\{[^}]+\}/.test(name) ? `${name}:fence` : `{${name}}:fence`;
}
