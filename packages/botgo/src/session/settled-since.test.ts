import { describe, expect, it } from 'vitest';
import type { ConnectionStatus } from '../gateway/index.js';
import { SettledSince } from './settled-since.js';

const status = (wholeAtMs: number | undefined, received: number | undefined): ConnectionStatus => ({
  ...{ phase: 'ready', isLive: true, sessionId: 'a', checkpoint: undefined, unsettled: 0, attempt: 0 },
  ...{ isPaused: false, error: undefined, wholeAtMs, received },
});
const at = (since: SettledSince, seq: number | undefined, wholeAtMs?: number, received?: number) =>
  since.at({ id: 'a', seq }, status(wholeAtMs, received));

describe('since when events may be unsettled', () => {
  it('is the last heartbeat by which everything had come that is settled now', () => {
    const since = new SettledSince(undefined, 0);
    expect(at(since, 0, 10_000, 0)).toBe(10_000);
    expect(at(since, 4, 20_000, 5)).toBe(10_000);
    expect(at(since, 5, 20_000, 9)).toBe(20_000);
    expect(at(since, 9, 20_000, 9)).toBe(20_000);
  });

  it('stays where it is while one event is open, whatever else comes, and catches up at once', () => {
    const since = new SettledSince(undefined, 0);
    at(since, 0, 10_000, 0);
    for (let n = 1; n <= 1_000; n++) expect(at(since, 0, 10_000 + n * 1_000, n)).toBe(10_000);
    // What was not noted for want of room counts from the last that was.
    const caughtUp = at(since, 1_000, 1_010_000, 1_000) ?? 0;
    expect(caughtUp).toBeGreaterThan(10_000);
    expect(at(since, 1_000, 1_010_000, 1_000)).toBe(1_010_000);
  });

  it('is what the last owner knew until this one knows more', () => {
    const since = new SettledSince('a', 7_000);
    expect(since.at({ id: 'a', seq: 3 }, undefined)).toBe(7_000);
    expect(at(since, 3, 7_000, 3)).toBe(7_000);
    expect(at(since, 3, 30_000, 8)).toBe(7_000);
    expect(at(since, 8, 30_000, 8)).toBe(30_000);
  });

  it('begins with each session, and is unknown where nobody tells', () => {
    const since = new SettledSince('old', 7_000);
    expect(at(since, 900, 50_000, 901)).toBe(50_000);
    expect(since.at(undefined, status(50_000, 901))).toBeUndefined();
    expect(new SettledSince(undefined, 0).at({ id: 'a', seq: 1 }, status(undefined, 1))).toBeUndefined();
  });
});
