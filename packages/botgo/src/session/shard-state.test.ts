import { describe, expect, it } from 'vitest';
import { readShardState, writeShardState } from './shard-state.js';

describe('deaths', () => {
  const session = { id: 'a', seq: 10 };

  it('are counted for what was in flight, kept for what waited, and condemn at the fourth', () => {
    const written = writeShardState(session, [11], { 11: 3, 12: 2, 9: 1 }, 0);
    const taken = readShardState(written, true, 0);
    expect(taken.deaths).toEqual({ 11: 4, 12: 2 });
    expect([...taken.poison]).toEqual([11]);
    expect(taken.isSuspect).toBe(true);
  });

  it('are not counted where the shard was handed over, but are not forgotten', () => {
    const taken = readShardState(writeShardState(session, [11], { 12: 2 }, 0), false, 0);
    expect(taken.deaths).toEqual({ 12: 2 });
    expect(taken.isSuspect).toBe(true);
    expect(readShardState(writeShardState(session, [11], {}, 0), false, 0).isSuspect).toBe(false);
  });
});
