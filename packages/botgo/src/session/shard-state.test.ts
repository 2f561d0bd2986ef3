import { describe, expect, it } from 'vitest';
import { POISON_DEATHS } from '../delivery/index.js';
import { foreignStateOf, readShardState, STATE_VERSION, writeShardState } from './shard-state.js';

const NOW_MS = 1_700_000_000_000;
const WRITTEN = writeShardState({ id: 'session-1', seq: 41 }, [42, 43], { 42: 1 }, NOW_MS);

describe('what is stored of a shard', () => {
  it('is read as it was written', () => {
    const taken = readShardState(JSON.parse(JSON.stringify(WRITTEN)), false, NOW_MS + 500);
    expect(taken).toMatchObject({
      session: { id: 'session-1', seq: 41 },
      ageMs: 500,
      deaths: { 42: 1 },
      suspects: 'known',
    });
    expect(taken.foreign).toBeUndefined();
  });

  it('is read with fields that a later release has added under the same number', () => {
    const state = { ...WRITTEN, compressed: true, session: { id: 'session-1', seq: 41, gateway: 'b' } };
    const taken = readShardState(state, false, NOW_MS);
    expect(taken.session).toEqual({ id: 'session-1', seq: 41 });
    expect(taken.foreign).toBeUndefined();
  });

  it('says since when something may be missing, and an older release said nothing but when it wrote', () => {
    const session = { id: 'a', seq: 1 };
    const told = writeShardState(session, [], {}, NOW_MS, { settledAt: NOW_MS - 60_000 });
    expect(readShardState(told, true, NOW_MS + 500)).toMatchObject({ ageMs: 500, settledAgeMs: 60_500 });
    const { settledAt: _, ...untold } = told;
    expect(readShardState(untold, true, NOW_MS + 500)).toMatchObject({ ageMs: 500, settledAgeMs: 500 });
  });

  it.each([undefined, null])('is nothing where nobody wrote: %s', (state) => {
    expect(readShardState(state, true, NOW_MS)).toMatchObject({ session: undefined, suspects: 'none' });
    expect(foreignStateOf(state)).toBeUndefined();
  });

  const version = STATE_VERSION + 1;
  it.each<[string, unknown, object]>([
    [
      'a newer format with the same session',
      { ...WRITTEN, v: version },
      { version, sessionId: 'session-1', lastSeq: 41, atMs: NOW_MS },
    ],
    [
      'a newer format of another shape',
      { v: version, s: 'x' },
      { version, sessionId: '', lastSeq: null, atMs: undefined },
    ],
    ['a much newer format', { v: 99, session: 'x' }, { version: 99, sessionId: '', lastSeq: null }],
    ['a format before the first', { ...WRITTEN, v: 0 }, { version: undefined, sessionId: 'session-1' }],
    ['no number', { ...WRITTEN, v: '1' }, { version: undefined, sessionId: 'session-1' }],
    ['a part that is missing', { v: 1, session: null }, { version: undefined, sessionId: '' }],
    ['a session without an id', { ...WRITTEN, session: { seq: 3 } }, { version: undefined, lastSeq: 3 }],
    ['a list', [1, 2], { version: undefined, sessionId: '' }],
    ['a text', 'session-1', { version: undefined, sessionId: '' }],
  ])('resumes nothing and says so for %s', (_what, state, foreign) => {
    const taken = readShardState(state, true, NOW_MS);
    expect(taken).toMatchObject({ session: undefined, deaths: {}, suspects: 'none', foreign });
    expect(taken.poison.size).toBe(0);
    expect(foreignStateOf(state)).toMatchObject(foreign);
  });
});

describe('deaths', () => {
  const session = { id: 'a', seq: 10 };

  it('are counted for what was in flight, kept for what waited, and condemn at the third', () => {
    const written = writeShardState(session, [11], { 11: 2, 12: 2, 9: 1 }, 0);
    const taken = readShardState(written, true, 0);
    expect(taken.deaths).toEqual({ 11: 3, 12: 2 });
    expect([...taken.poison]).toEqual([11]);
    expect(POISON_DEATHS).toBe(3);
    expect(taken.suspects).toBe('all');
  });

  it('are not counted where the shard was handed over, but are not forgotten', () => {
    const taken = readShardState(writeShardState(session, [11], { 12: 2 }, 0), false, 0);
    expect(taken.deaths).toEqual({ 12: 2 });
    expect(taken.suspects).toBe('known');
    expect(readShardState(writeShardState(session, [11], {}, 0), false, 0).suspects).toBe('none');
  });

  it('leave everything under suspicion over a hand-over, as long as not all of it has come again', () => {
    const written = writeShardState(session, [], {}, 0, { isSuspect: true });
    expect(readShardState(JSON.parse(JSON.stringify(written)), false, 0).suspects).toBe('all');
    expect(writeShardState(session, [], {}, 0)).not.toHaveProperty('isSuspect');
  });
});
