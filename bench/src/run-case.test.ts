import { expect, test } from 'vitest';
import type { BenchCase } from './bench-case.js';
import { quartiles } from './quartiles.js';
import { isNoisy, runCase } from './run-case.js';

test('quartiles are interpolated', () => {
  expect(quartiles([4, 1, 3, 2])).toEqual({ min: 1, q1: 1.75, median: 2.5, q3: 3.25, max: 4 });
  expect(quartiles([7])).toEqual({ min: 7, q1: 7, median: 7, q3: 7, max: 7 });
  expect(() => quartiles([])).toThrow(RangeError);
});

/** A case whose costs are given; `limits` are taken in turn. */
function fixedCase(ours: number, limits: readonly number[]) {
  const calls: string[] = [];
  let disposed = 0;
  let limitCalls = 0;
  const benchCase: BenchCase = {
    name: 'fixed',
    unit: 'units',
    goal: 2,
    setup: async () => ({
      async ours() {
        calls.push('ours');
        return ours;
      },
      async limit() {
        calls.push('limit');
        return limits[limitCalls++ % limits.length] ?? 1;
      },
      async [Symbol.asyncDispose]() {
        disposed++;
      },
    }),
  };
  return { benchCase, calls, disposed: () => disposed };
}

test('each side is warmed up alike, the rounds are interleaved in turning order, and all is given up at the end', async () => {
  const { benchCase, calls, disposed } = fixedCase(3, [2]);
  const said: string[] = [];
  const result = await runCase(benchCase, 3, (line) => said.push(line));
  expect(calls.slice(0, 4)).toEqual(['ours', 'limit', 'ours', 'limit']);
  expect(calls.slice(4)).toEqual([
    ...['ours', 'limit', 'limit'],
    ...['limit', 'limit', 'ours'],
    ...['limit', 'ours', 'limit'],
  ]);
  expect(result).toMatchObject({ name: 'fixed', unit: 'units', goal: 2 });
  expect([result.ratio.median, result.control.median, result.ours.max, result.limit.min]).toEqual([
    1.5, 1, 3, 2,
  ]);
  expect([said, disposed()]).toEqual([[], 1]);
});

test('a noisy control says so, repeats once, and then stays honest', async () => {
  const { benchCase, calls } = fixedCase(3, [1, 1, 1, 2]);
  const said: string[] = [];
  const result = await runCase(benchCase, 1, (line) => said.push(line));
  expect(said.map((line) => line.includes('too noisy'))).toEqual([true, true]);
  expect(isNoisy(result)).toBe(true);
  expect(calls.filter((side) => side === 'ours')).toHaveLength(6);
});

test('a side that fails ends the run, and what was set up is given up', async () => {
  const { benchCase, disposed } = fixedCase(1, [1]);
  const failing: BenchCase = {
    ...benchCase,
    async setup() {
      const running = await benchCase.setup();
      return { ...running, ours: () => Promise.reject(new Error('a count is wrong')) };
    },
  };
  await expect(runCase(failing, 1, () => {})).rejects.toThrow('a count is wrong');
  expect(disposed()).toBe(1);
});
