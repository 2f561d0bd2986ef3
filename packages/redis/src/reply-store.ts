import { BotgoError } from 'botgo/errs';
import type { Budget, ReplyStore } from 'botgo/message';
import { Connection, type ConnectionOptions, type Reply } from './connection.js';
import { type KeyOptions, resolveKeys } from './keys.js';
import { CLAIM_SENDS, EXHAUST_SENDS, HOLD_SENDS, PACE_SENDS, RELEASE_SENDS } from './lua/sends.js';

export interface RedisReplyStoreOptions extends ConnectionOptions, KeyOptions {}

/** Requests reach the platform less evenly than they left: a little more than its window. */
const PACE_MARGIN_MS = 50;

/**
 * Counts replies, quotas and paces for all processes of a bot: give it as `sending: { store }` to each of them. Whichever answers a
 * message, together they never send more than the platform takes, and no `msg_seq` twice. While Redis cannot be reached nothing is sent:
 * the call rejects with `BOTGO_STORE`.
 * @throws {ConfigError} on a bad option or URL
 */
export function redisReplyStore(
  options: RedisReplyStoreOptions,
): Required<ReplyStore> & AsyncDisposable & { close(): Promise<void> } {
  const keys = resolveKeys(options);
  const connection = new Connection(options);
  const close = async (): Promise<void> => connection.close();

  return {
    async claim(budgets) {
      const looked = budgets.flatMap(({ onlyFirstOf }) => (onlyFirstOf === undefined ? [] : [onlyFirstOf]));
      const names = [...budgets.map(({ key }) => key), ...looked];
      const args = budgets.flatMap(({ max, windowMs, onlyFirstOf }) => [
        Number.isFinite(max) ? max : -1,
        Math.max(1, Math.ceil(windowMs)),
        onlyFirstOf === undefined ? 0 : names.lastIndexOf(onlyFirstOf) + 1,
      ]);
      const [granted, first = 0, ...rest] = numbers(
        await connection.run(
          CLAIM_SENDS,
          names.map((name) => keys.sends(name)),
          [budgets.length, ...args],
        ),
      );
      if (granted === 1)
        return {
          granted: true,
          serial: first,
          keys: rest.map((place) => budgets[place]?.key).filter((key) => key !== undefined),
        };
      return { granted: false, full: first, freeInMs: rest[0] ?? 0 };
    },
    async release(names) {
      await connection.run(
        RELEASE_SENDS,
        names.map((name) => keys.sends(name)),
        [],
      );
    },
    async exhaust({ key, windowMs }: Budget) {
      await connection.run(EXHAUST_SENDS, [keys.sends(key)], [Math.max(1, Math.ceil(windowMs))]);
    },
    async read(key) {
      const [used, closed] = await connection.call('read a count of sends', (client) =>
        client.hmget(keys.sends(key), 'u', 'c'),
      );
      return { used: Number(used ?? 0), closed: closed === '1' };
    },
    async pace(paces, maxDelayMs) {
      const names = paces.map(({ key }) => key);
      const [granted, delayMs = 0] = numbers(
        await connection.run(
          PACE_SENDS,
          [...names.map((name) => keys.pace(name)), ...names.map((name) => keys.hold(name))],
          [
            paces.length,
            Math.ceil(maxDelayMs),
            ...paces.flatMap(({ max, windowMs }) => [max, Math.ceil(windowMs) + PACE_MARGIN_MS]),
          ],
        ),
      );
      return { granted: granted === 1, delayMs };
    },
    async hold(names, holdMs) {
      await connection.run(
        HOLD_SENDS,
        names.map((name) => keys.hold(name)),
        [Math.max(1, Math.ceil(holdMs))],
      );
    },
    async remember(key, text, keepMs) {
      const ttl = Math.max(1, Math.ceil(keepMs));
      await connection.call('leave a note', (client) => client.set(keys.note(key), text, 'PX', ttl));
    },
    async recall(key) {
      return (await connection.call('read a note', (client) => client.get(keys.note(key)))) ?? undefined;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function numbers(reply: Reply): readonly number[] {
  if (Array.isArray(reply) && reply.every((item) => typeof item === 'number')) return reply;
  throw new BotgoError('BOTGO_STORE', 'Redis answered a script of botgo with something else');
}
