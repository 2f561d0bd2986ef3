import type { ClaimStore } from 'botgo/delivery';
import { BotgoError, ConfigError } from 'botgo/errs';
import { Connection, type ConnectionOptions } from './connection.js';
import { type KeyOptions, resolveKeys } from './keys.js';
import { CLAIM_EVENT, SETTLE_EVENT } from './lua/event-claim.js';

export interface RedisClaimStoreOptions extends ConnectionOptions, KeyOptions {
  /** How long an event that was handled is remembered, in milliseconds. @defaultValue 600,000 */
  readonly windowMs?: number | undefined;
  /** After this a claim is void, whoever holds it: the time-out of handlers. Milliseconds. @defaultValue 60,000 */
  readonly handlerTimeoutMs?: number | undefined;
}

export const REDIS_CLAIM_STORE_DEFAULTS = { windowMs: 600_000, handlerTimeoutMs: 60_000 } as const;

const RETRY_FIRST_MS = 20;
const RETRY_MAX_MS = 500;

/**
 * A duplicate window that all processes of a bot share. Use the prefix of the coordinator: the first word of a holder is taken as its
 * member id, and its claims are void as soon as that member's lease has ended. A holder that is no member is bound by
 * `handlerTimeoutMs` alone.
 * @throws {ConfigError} on a bad option or URL
 */
export function redisClaimStore(
  options: RedisClaimStoreOptions,
): ClaimStore & AsyncDisposable & { close(): Promise<void> } {
  const keys = resolveKeys(options);
  const windowMs = positive('windowMs', options.windowMs ?? REDIS_CLAIM_STORE_DEFAULTS.windowMs);
  const claimMs = positive(
    'handlerTimeoutMs',
    options.handlerTimeoutMs ?? REDIS_CLAIM_STORE_DEFAULTS.handlerTimeoutMs,
  );
  const connection = new Connection(options);
  const { clock, logger } = connection;
  /** Members of this process that had a lease in this store. */
  const members = new Set<string>();
  const closing = new AbortController();
  let isAway = false;

  function answered(): void {
    if (isAway) logger.info('claim store is back');
    isAway = false;
  }

  function failed(error: unknown): void {
    if (!isAway) logger.warn('claim store failed: events wait until it is back', { error });
    isAway = true;
  }

  /** One try; no answer also while the store cannot be reached: no claim is given then, and the event waits. */
  async function tryClaim(id: string, holder: string): Promise<'granted' | 'done' | undefined> {
    const [memberId = ''] = holder.split(' ', 1);
    try {
      const [, membersKey = '', leasesKey = ''] = keys.cluster;
      const answer = await connection.run(
        CLAIM_EVENT,
        [keys.event(id), membersKey, leasesKey],
        [holder, memberId, claimMs, members.has(memberId) ? '1' : '0'],
      );
      answered();
      if (answer === 'member') members.add(memberId);
      if (answer === 'member' || answer === 'granted') return 'granted';
      return answer === 'done' ? 'done' : undefined;
    } catch (error) {
      failed(error);
      return undefined;
    }
  }

  /** Tried until it is written or the claim is void by its time: who waits for the event would wait for so long, and handle it again. */
  async function settle(id: string, holder: string, keepMs: number): Promise<void> {
    const untilMs = clock.now() + claimMs;
    await again(closing.signal, (waitMs) => {
      const isLast = clock.now() + waitMs >= untilMs;
      return trySettle(id, holder, keepMs, isLast);
    });
  }

  /** Asks again, after pauses that grow, until there is an answer. @throws `signal.reason`, and what `ask` throws. */
  async function again<Answer>(
    signal: AbortSignal,
    ask: (waitMs: number) => Promise<Answer | undefined>,
  ): Promise<Answer> {
    for (let waitMs = RETRY_FIRST_MS; ; waitMs = Math.min(waitMs * 2, RETRY_MAX_MS)) {
      signal.throwIfAborted();
      const answer = await ask(waitMs);
      if (answer !== undefined) return answer;
      await clock.sleep(waitMs, signal);
    }
  }

  async function trySettle(
    id: string,
    holder: string,
    keepMs: number,
    isLast: boolean,
  ): Promise<true | undefined> {
    let answer: unknown;
    try {
      answer = await connection.run(SETTLE_EVENT, [keys.event(id)], [holder, keepMs]);
    } catch (error) {
      if (isLast || closing.signal.aborted) throw error;
      failed(error);
      return undefined;
    }
    answered();
    if (answer === 1) return true;
    throw new BotgoError(
      'BOTGO_FENCED',
      'The event was claimed by another holder, because this claim was void',
    );
  }

  const close = async (): Promise<void> => {
    closing.abort(new BotgoError('BOTGO_CLOSED', 'the claim store was closed'));
    await connection.close();
  };
  return {
    claim: (id, holder, signal) => again(signal, () => tryClaim(id, holder)),
    done: (id, holder) => settle(id, holder, windowMs),
    release: (id, holder) => settle(id, holder, 0),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function positive(name: string, value: number): number {
  if (!(value >= 1)) throw new ConfigError(`${name} must be 1 or more, got ${value}`);
  return Math.ceil(value);
}
