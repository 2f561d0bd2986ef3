import { describe, expect, it } from 'vitest';
import { shardOfGuild, shardOfText } from './routing.js';

describe('shardOfGuild', () => {
  it.each([
    ['0', 4, 0],
    ['4194304', 2, 1],
    ['4194303', 2, 0],
    ['1152921504606846976', 2, 0],
    ['1152921504611041280', 2, 1],
    ['18446744073709551615', 7, Number((0xffffffffffffffffn >> 22n) % 7n)],
  ])('%s of %i is %i', (id, count, shard) => {
    expect(shardOfGuild(id, count)).toBe(shard);
  });

  it('hashes an id that is no number', () => {
    expect(shardOfGuild('my-guild', 5)).toBe(shardOfText('my-guild', 5));
  });
});

describe('shardOfText', () => {
  it('is FNV-1a and stays inside the count', () => {
    expect(shardOfText('a', 2 ** 32)).toBe(0xe40c292c);
    const used = new Set(Array.from({ length: 200 }, (_, index) => shardOfText(`openid-${index}`, 8)));
    expect([...used].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });
});
