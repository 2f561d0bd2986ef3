import { describe, expect, it } from 'vitest';
import { CloseCode, closeCodeMeaning, OpCode, opMeans, sessionString, shardOfGuild } from './index.js';

describe('shardOfGuild', () => {
  it.each([
    ['4194304', 2, 1],
    ['4194303', 2, 0],
    ['1152921504606847001', 1, 0],
    ['18446744073709551615', 1000, Number((((1n << 64n) - 1n) >> 22n) % 1000n)],
  ])('of guild %s among %i is %i', (guildId, shardCount, shard) => {
    expect(shardOfGuild(guildId, shardCount)).toBe(shard);
  });

  it.each([
    ['', 1],
    ['x', 1],
    ['-1', 1],
    ['1', 0],
    ['1', Number.NaN],
  ])('of %j among %f is undefined', (guildId, shardCount) => {
    expect(shardOfGuild(guildId, shardCount)).toBeUndefined();
  });
});

it('names opcodes and close codes', () => {
  for (const op of Object.values(OpCode)) expect(opMeans(op)).not.toBe('unknown');
  expect(opMeans(3)).toBe('unknown');
  for (const code of Object.values(CloseCode)) expect(closeCodeMeaning(code)).toBeTypeOf('string');
  expect(closeCodeMeaning(4907)).toBe(closeCodeMeaning(4900));
  expect(closeCodeMeaning(1006)).toBeUndefined();
});

it('writes a session on one line, as BotGo does', () => {
  const session = {
    id: 'abc',
    url: 'wss://host',
    intent: 1,
    lastSeq: 7,
    shards: { shardId: 0, shardCount: 2 },
  };
  expect(sessionString(session)).toBe('[ws][ID:abc][Shard:(0/2)][Intent:1]');
});
