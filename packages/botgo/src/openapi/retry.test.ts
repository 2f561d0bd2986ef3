import { expect, test } from 'vitest';
import type { PlatformAction } from '../errs/index.js';
import type { Repeat } from './endpoint.js';
import { backoffMs, mayRepeat } from './retry.js';

/** Attempts that are made when each one fails in the same way. */
function attempts(action: PlatformAction, repeat: Repeat, unsent = false, maxAttempts = 5): number {
  let attempt = 1;
  while (mayRepeat({ action, unsent }, repeat, attempt, maxAttempts)) attempt++;
  return attempt;
}

test.each<[PlatformAction, Repeat, boolean, number]>([
  ['RETRY', 'harmless', false, 5],
  ['RETRY', 'deduplicated', false, 5],
  ['RETRY', 'unsafe', false, 1],
  ['RETRY', 'unsafe', true, 5],
  ['RETRY1', 'harmless', false, 2],
  ['RETRY1', 'unsafe', false, 2],
  ['AUTH', 'harmless', false, 1],
  ['CRED', 'harmless', false, 1],
  ['PERM', 'harmless', false, 1],
  ['PARAM', 'harmless', false, 1],
  ['LIMIT', 'harmless', false, 1],
  ['PENDING', 'harmless', false, 1],
  ['GONE', 'harmless', false, 1],
  ['SAFE', 'harmless', false, 1],
  ['STATE', 'harmless', false, 1],
  ['CONN', 'harmless', false, 1],
])('%s on a request that is %s to repeat, unsent %s: %d attempts of 5', (action, repeat, unsent, count) => {
  expect(attempts(action, repeat, unsent)).toBe(count);
  expect(attempts(action, repeat, unsent, 1)).toBe(1);
});

test('pauses double under full jitter and stop growing', () => {
  expect([1, 2, 3, 4, 5, 6, 7, 50].map((attempt) => backoffMs(attempt, 1))).toEqual([
    200, 400, 800, 1_600, 3_200, 5_000, 5_000, 5_000,
  ]);
  expect(backoffMs(9, 0)).toBe(0);
});
