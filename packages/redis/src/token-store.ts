import { randomUUID } from 'node:crypto';
import type { TokenStore } from 'botgo/token';
import { Connection, type ConnectionOptions } from './connection.js';
import { type KeyOptions, resolveKeys } from './keys.js';
import { RELEASE_LOCK } from './lua/lock.js';

export interface RedisTokenStoreOptions extends ConnectionOptions, KeyOptions {}

/**
 * Shares a bot's access token between its processes: one of them fetches, the others read. What is stored is sealed by the SDK with a
 * key made from the app secret. Give it to `newQQBotTokenSource` as `store`.
 * @throws {ConfigError} on a bad option or URL
 */
export function redisTokenStore(
  options: RedisTokenStoreOptions,
): TokenStore & AsyncDisposable & { close(): Promise<void> } {
  const keys = resolveKeys(options);
  const connection = new Connection(options);
  const close = async (): Promise<void> => connection.close();
  return {
    async read(key) {
      return (await connection.call('read a token', (client) => client.get(keys.token(key)))) ?? undefined;
    },
    async write(key, value, ttlMs) {
      const ttl = Math.max(1, Math.ceil(ttlMs));
      await connection.call('write a token', (client) => client.set(keys.token(key), value, 'PX', ttl));
    },
    async lock(key, ttlMs) {
      const name = keys.token(key);
      const holder = randomUUID();
      const ttl = Math.max(1, Math.ceil(ttlMs));
      const answer = await connection.call('lock a token', (client) =>
        client.set(name, holder, 'PX', ttl, 'NX'),
      );
      if (answer !== 'OK') return undefined;
      return async () => {
        await connection.run(RELEASE_LOCK, [name], [holder]);
      };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
