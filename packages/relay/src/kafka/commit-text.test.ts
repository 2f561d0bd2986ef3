import { describe, expect, it } from 'vitest';
import { readCommitText, writeCommitText } from './commit-text.js';

const hash = (n: number): string => n.toString(16).padStart(16, '0');
const sessionsOf = (count: number): Record<string, number> =>
  Object.fromEntries(Array.from({ length: count }, (_, n) => [`a${hash(n)}`, 1_000_000 + n]));

describe('the text beside a committed offset', () => {
  it('says what the next owner needs, and whether the partition is being read', () => {
    const state = {
      sessions: { a1: 7, b2: 9 },
      suspects: { inFlight: ['1000004', '1000011'], deaths: { '1000011': 2 } },
    };
    const text = writeCommitText({ state, isOpen: true }, 1_000_000);
    expect(text).toBe('{"sessions":{"a1":7,"b2":9},"open":1,"inFlight":[4,11],"deaths":[[11,2]]}');
    expect(readCommitText(text, 1_000_000)).toEqual({ state, isOpen: true });
  });

  it('says no more than that at rest', () => {
    expect(writeCommitText({ state: { sessions: { a1: 7 } }, isOpen: false }, 5)).toBe(
      '{"sessions":{"a1":7}}',
    );
  });

  it.each([
    undefined,
    '',
    'x',
    '7',
    'null',
    '[]',
    '{"open":true,"sessions":{"a":"b"},"inFlight":["c"],"deaths":[1,[2]]}',
  ])('makes nothing of %s, which somebody else wrote', (text) => {
    const { state, isOpen } = readCommitText(text, 5);
    expect(isOpen).toBe(false);
    expect(state.sessions).toEqual({});
    expect(state.suspects ?? { inFlight: [], deaths: {} }).toEqual({ inFlight: [], deaths: {} });
  });

  it('stays within what a broker stores: the oldest sessions make way, then the newest suspects', () => {
    const offsets = Array.from({ length: 512 }, (_, n) => String(1_000_000 + n * 7));
    const suspects = { inFlight: offsets, deaths: Object.fromEntries(offsets.map((ref) => [ref, 2])) };
    const text = writeCommitText({ state: { sessions: sessionsOf(200), suspects }, isOpen: true }, 1_000_000);
    expect(text.length).toBeLessThanOrEqual(4_096);
    const { state } = readCommitText(text, 1_000_000);
    expect(state.suspects?.inFlight[0]).toBe('1000000');
    expect(state.suspects?.inFlight.length).toBeGreaterThan(200);
    const many = readCommitText(
      writeCommitText({ state: { sessions: sessionsOf(400) }, isOpen: true }, 1),
      1,
    );
    expect(Object.keys(many.state.sessions).length).toBeGreaterThan(100);
    expect(many.state.sessions[`a${hash(399)}`]).toBe(1_000_399);
  });
});
