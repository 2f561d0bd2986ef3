import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formatDuration, parseDuration } from './index.js';

it.each([
  ['3s', 3_000],
  ['1m30s', 90_000],
  ['1.5h', 5_400_000],
  ['-250ms', -250],
  ['+2s', 2_000],
  ['1500us', 1.5],
  ['1500µs', 1.5],
  ['.5s', 500],
  ['0', 0],
])('%s is %f ms', (text, ms) => {
  expect(parseDuration(text)).toBeCloseTo(ms, 9);
});

it.each(['', '3', 's', '1 s', '1d', '--1s', '1.2.3s', 'NaNs'])('%j is no length of time', (text) => {
  expect(parseDuration(text)).toBeUndefined();
});

it('reads back what it writes', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => {
      expect(parseDuration(formatDuration(ms))).toBe(ms);
    }),
  );
  expect(parseDuration(formatDuration(0.25))).toBe(0.25);
});
