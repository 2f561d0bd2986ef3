import { describe, expect, it } from 'vitest';
import { drawMixture, drawSwitches, SWITCH_VALUES, tellMixture } from './mixture.js';
import { readOptions } from './options.js';
import { Random } from './random.js';

const SEEDS = Array.from({ length: 200 }, (_, index) => index + 1);
const options = (seed: number, store = 'redis') =>
  readOptions(['all', '--store', store, '--seed', `${seed}`, '--seconds', '15', '--shards', '6']);

describe('a mixture', () => {
  it('is the same for the same seed, and another for another', () => {
    expect(drawMixture(options(7))).toEqual(drawMixture(options(7)));
    expect(new Set(SEEDS.map((seed) => tellMixture(drawMixture(options(seed))).join())).size).toBe(
      SEEDS.length,
    );
    expect(drawSwitches(new Random(7))).toEqual(drawSwitches(new Random(7)));
  });

  it('comes to every value of every switch, and to every kind of strike that its store knows', () => {
    for (const [name, values] of Object.entries(SWITCH_VALUES)) {
      const drawn = new Set(SEEDS.map((seed) => drawSwitches(new Random(seed))[name]));
      expect(drawn).toEqual(new Set<string | number>(values));
    }
    const kinds = (store: string) =>
      new Set(SEEDS.flatMap((seed) => drawMixture(options(seed, store)).strikes.map(({ kind }) => kind)));
    expect(kinds('redis').size).toBe(17);
    expect(kinds('etcd')).toEqual(kinds('redis'));
    expect([...kinds('memory')].filter((kind) => /store|partition|replace|start|stop/.test(kind))).toEqual(
      [],
    );
  });

  it('strikes while the load goes on, in the order of time', () => {
    for (const seed of SEEDS) {
      const times = drawMixture(options(seed)).strikes.map(({ atMs }) => atMs);
      expect(times).toEqual([...times].sort((a, b) => a - b));
      expect(times.length).toBeGreaterThan(3);
      expect(Math.max(...times)).toBeLessThan(15_000);
    }
  });
});
