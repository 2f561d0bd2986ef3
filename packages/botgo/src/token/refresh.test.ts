import { expect, test } from 'vitest';
import { manualClock } from '../clock/index.js';
import { BotgoError } from '../errs/index.js';
import { botToken } from './fixed-token.js';
import { newQQBotTokenSource } from './qqbot-token-source.js';
import { startRefreshAccessToken } from './refresh.js';
import { AccessToken, type TokenSource } from './token-source.js';

function countingSource(lifeMs: number | (() => number)) {
  const clock = manualClock();
  const atMs: number[] = [];
  let failing = false;
  const source: TokenSource = {
    appId: '1',
    async token() {
      atMs.push(clock.now());
      if (failing) throw new BotgoError('BOTGO_TOKEN', 'down');
      return new AccessToken(
        'QQBot',
        `t${atMs.length}`,
        clock.wallNow() + (typeof lifeMs === 'number' ? lifeMs : lifeMs()),
      );
    },
    invalidate() {},
  };
  function fail(now: boolean): void {
    failing = now;
  }
  return { clock, atMs, source, fail };
}

test('a token is renewed ahead of its end although nobody asks', async () => {
  const clock = manualClock();
  let fetches = 0;
  const source = newQQBotTokenSource({
    appId: '1',
    secret: 'secret-1234',
    clock,
    random: () => 0.5,
    requester: async () => ({
      status: 200,
      body: JSON.stringify({ access_token: `t${++fetches}`, expires_in: 7200 }),
    }),
  });
  await startRefreshAccessToken(source, { clock });
  expect(fetches).toBe(1);
  await clock.advance(7_200_000 - 20_000);
  expect(fetches).toBe(2);
  await clock.advance(7_200_000 * 5);
  expect(fetches).toBe(7);
});

test('the delay is taken from what is left of the token, not from its first life, as BotGo does', async () => {
  const { clock, atMs, source } = countingSource(100_000);
  await startRefreshAccessToken(source, { clock });
  await clock.advance(200_000);
  expect(atMs).toEqual([0, 75_000, 150_000]);
});

test('a token without life left is asked for once a second, not in a loop', async () => {
  const { clock, atMs, source } = countingSource(0);
  await startRefreshAccessToken(source, { clock });
  await clock.advance(10_000);
  expect(atMs).toHaveLength(11);
});

test('the first failure is the caller’s; later ones go to onError, with back-off, and it never gives up', async () => {
  const { clock, atMs, source, fail } = countingSource(100_000);
  fail(true);
  await expect(startRefreshAccessToken(source, { clock })).rejects.toMatchObject({ code: 'BOTGO_TOKEN' });
  expect(clock.pending).toBe(0);

  fail(false);
  const errors: unknown[] = [];
  const onError = (error: unknown) => {
    errors.push(error);
    throw new Error('the callback fails too');
  };
  await startRefreshAccessToken(source, { clock, onError, random: () => 0.999 });
  fail(true);
  await clock.advance(3_600_000);
  expect(errors.length).toBeGreaterThan(100);
  expect(errors.length).toBeLessThan(140);
  fail(false);
  const before = atMs.length;
  await clock.advance(120_000);
  expect(atMs.length).toBeGreaterThan(before);
});

test('the signal ends it', async () => {
  const { clock, atMs, source } = countingSource(100_000);
  const abort = new AbortController();
  await startRefreshAccessToken(source, { clock, signal: abort.signal });
  abort.abort();
  expect(clock.pending).toBe(0);
  await clock.advance(1_000_000);
  expect(atMs).toEqual([0]);
});

test('a fixed token needs no refreshing', async () => {
  const clock = manualClock();
  await startRefreshAccessToken(botToken('1', 'abc-def'), { clock });
  expect(clock.pending).toBe(0);
});
