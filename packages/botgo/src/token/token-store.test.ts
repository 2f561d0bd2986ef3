import { expect, test } from 'vitest';
import { type ManualClock, manualClock } from '../clock/index.js';
import type { Logger } from '../log/index.js';
import { newQQBotTokenSource } from './qqbot-token-source.js';
import { TokenSeal, type TokenStore } from './token-store.js';

const SECRET = 'app-secret-0123456789';

function memoryStore(clock: ManualClock, options: { locks: boolean }) {
  const values = new Map<string, { value: string; endsAtMs: number }>();
  const locks = new Map<string, number>();
  const store: TokenStore = {
    async read(key) {
      const entry = values.get(key);
      return entry && clock.now() < entry.endsAtMs ? entry.value : undefined;
    },
    async write(key, value, ttlMs) {
      values.set(key, { value, endsAtMs: clock.now() + ttlMs });
    },
  };
  if (options.locks) {
    store.lock = async (key, ttlMs) => {
      if (clock.now() < (locks.get(key) ?? 0)) return undefined;
      locks.set(key, clock.now() + ttlMs);
      return async () => void locks.delete(key);
    };
  }
  return { store, values, locks };
}

/** Processes of one bot around one store and one endpoint, which counts and answers after `delayMs`. */
function cluster(size: number, options: { locks: boolean; delayMs?: number; store?: TokenStore }) {
  const clock = manualClock();
  const memory = memoryStore(clock, options);
  const warnings: string[] = [];
  const logger: Logger = { debug() {}, info() {}, warn: (message) => warnings.push(message), error() {} };
  let fetches = 0;
  const sources = Array.from({ length: size }, () =>
    newQQBotTokenSource({
      appId: '1',
      secret: SECRET,
      clock,
      random: () => 0.5,
      logger,
      store: options.store ?? memory.store,
      async requester() {
        fetches++;
        const body = JSON.stringify({ access_token: `shared-token-${fetches}`, expires_in: 7200 });
        await clock.sleep(options.delayMs ?? 0);
        return { status: 200, body };
      },
    }),
  );
  return { clock, sources, warnings, ...memory, fetches: () => fetches };
}

test('processes that share a store fetch one token, also when they start together', async () => {
  const { clock, sources, fetches } = cluster(8, { locks: true, delayMs: 400 });
  const tokens = Promise.all(sources.map((source) => source.token()));
  await clock.advance(2_000);
  expect(new Set((await tokens).map((token) => token.value))).toEqual(new Set(['shared-token-1']));
  expect(fetches()).toBe(1);
});

test('near its end one process renews it for all', async () => {
  const { clock, sources, fetches } = cluster(4, { locks: true });
  const first = Promise.all(sources.map((source) => source.token()));
  await clock.advance(2_000);
  await first;
  await clock.advance(7_200_000 - 35_000);
  await Promise.all(sources.map((source) => source.token()));
  await clock.advance(1_000);
  const tokens = await Promise.all(sources.map((source) => source.token()));
  expect(new Set(tokens.map((token) => token.value))).toEqual(new Set(['shared-token-2']));
  expect(fetches()).toBe(2);
});

test('a token that the platform refused is not taken from the store again', async () => {
  const { clock, sources, fetches } = cluster(2, { locks: false });
  const [one, other] = sources;
  const ask = async (source: (typeof sources)[number] | undefined) => {
    const token = source?.token();
    await clock.advance(1);
    return await token;
  };
  const refused = await ask(one);
  expect((await ask(other))?.value).toBe('shared-token-1');
  if (refused) one?.invalidate(refused);
  expect((await ask(one))?.value).toBe('shared-token-2');
  if (refused) other?.invalidate(refused);
  expect((await ask(other))?.value).toBe('shared-token-2');
  expect(fetches()).toBe(2);
});

test('a holder of the lock that died is waited for only so long', async () => {
  const { clock, sources, locks, fetches } = cluster(1, { locks: true });
  locks.set('botgo:token:1:lock', Number.POSITIVE_INFINITY);
  const token = sources[0]?.token();
  await clock.advance(10_000);
  expect(fetches()).toBe(0);
  await clock.advance(10_000);
  expect((await token)?.value).toBe('shared-token-1');
});

test('a store that fails is passed by', async () => {
  const fail = () => Promise.reject(new Error('store down'));
  const { clock, sources, fetches, warnings } = cluster(2, {
    locks: false,
    store: { read: fail, write: fail, lock: fail },
  });
  const tokens = Promise.all(sources.map((source) => source.token()));
  await clock.advance(1);
  expect(await tokens).toHaveLength(2);
  expect(fetches()).toBe(2);
  expect(warnings).toContain('token store failed');
});

test('the store holds no token in clear, as BotGo does in Redis', async () => {
  const { clock, sources, values } = cluster(1, { locks: false });
  const token = sources[0]?.token();
  await clock.advance(1);
  await token;
  const [entry] = values.values();
  expect(entry?.value).toMatch(/^[\w-]+$/);
  expect(Buffer.from(entry?.value ?? '', 'base64url').toString('latin1')).not.toContain('shared-token-1');
});

test('only the same app and secret open what was sealed; anything else reads as nothing', () => {
  const token = { value: 'v', expiresAtMs: 2, refreshAtMs: 1 };
  const seal = new TokenSeal('1', SECRET);
  const sealed = seal.seal(token);
  expect(seal.open(sealed)).toEqual(token);
  expect(new TokenSeal('2', SECRET).open(sealed)).toBeUndefined();
  expect(new TokenSeal('1', 'another').open(sealed)).toBeUndefined();
  for (let cut = 0; cut < sealed.length; cut++) expect(seal.open(sealed.slice(0, cut))).toBeUndefined();
  for (const text of ['', 'x', '{}', `${sealed.slice(0, -2)}xx`, 'ÿÿÿ'])
    expect(seal.open(text)).toBeUndefined();
});
