import { describe, expect, it } from 'vitest';
import { Tally } from './tally.js';

const ALL = 1_000;

function tallyOf(ids: readonly string[]): Tally {
  const tally = new Tally({ name: 's/0', partition: 0, token: 1 });
  for (const id of ids) tally.read(id);
  return tally;
}

describe('what a consumer group is told of a partition', () => {
  it('is nothing while nothing was settled', () => {
    const tally = tallyOf(['1-0', '2-0']);
    expect(tally.isDue).toBe(false);
    tally.settle('2-0');
    expect(tally.isDue).toBe(true);
  });

  it('is only up to where, when everything read past it was settled', () => {
    const tally = tallyOf(['1-0', '2-0', '3-0']);
    for (const id of ['2-0', '1-0', '3-0']) tally.settle(id);
    const report = tally.report(ALL);
    expect(report).toMatchObject({ last: '3-0', read: 3, pending: [], acknowledged: [] });
    tally.confirm(report);
    expect(tally.isDue).toBe(false);
  });

  it('is what became pending, and its settling later', () => {
    const tally = tallyOf(['1-0', '2-0', '3-0']);
    tally.settle('2-0');
    const first = tally.report(ALL);
    expect(first).toMatchObject({ last: '3-0', pending: ['1-0', '3-0'], acknowledged: [] });
    // While the report is on its way.
    tally.settle('3-0');
    tally.confirm(first);
    expect(tally.isDue).toBe(true);
    const second = tally.report(ALL);
    expect(second).toMatchObject({ last: undefined, pending: [], acknowledged: ['3-0'] });
    tally.confirm(second);
    expect(tally.isDue).toBe(false);
    tally.settle('1-0');
    expect(tally.report(ALL)).toMatchObject({ last: undefined, acknowledged: ['1-0'] });
  });

  it('is also what an earlier owner left pending and this one settled', () => {
    const tally = tallyOf([]);
    tally.settle('1-0');
    expect(tally.report(ALL)).toMatchObject({ last: undefined, pending: [], acknowledged: ['1-0'] });
  });

  it('is said again, with what came since, where nobody knows whether it arrived', () => {
    const tally = tallyOf(['1-0', '2-0', '3-0']);
    tally.settle('1-0');
    expect(tally.report(ALL)).toMatchObject({ pending: ['2-0', '3-0'] });
    tally.settle('2-0');
    tally.read('4-0');
    const again = tally.report(ALL);
    // 2-0 may be pending since the first: only an acknowledgement takes it away.
    expect(again).toMatchObject({ last: '4-0', read: 4, acknowledged: ['2-0'] });
    expect(again.pending).toEqual(expect.arrayContaining(['3-0', '4-0']));
    expect(again.pending).not.toContain('1-0');
    tally.confirm(again);
    expect(tally.isDue).toBe(false);
    tally.settle('4-0');
    expect(tally.report(ALL)).toMatchObject({ last: undefined, acknowledged: ['4-0'] });
  });

  it('names no more ids than one call may have, and moves the group no further than to those', () => {
    const tally = tallyOf(['1-0', '2-0', '3-0', '4-0', '5-0']);
    tally.startAt(10);
    tally.settle('2-0');
    tally.settle('5-0');
    const first = tally.report(2);
    expect(first).toMatchObject({ last: '3-0', read: 3, delivered: 13, pending: ['1-0', '3-0'] });
    tally.confirm(first);
    expect(tally.isDue).toBe(true);
    const second = tally.report(2);
    expect(second).toMatchObject({ last: '5-0', read: 2, delivered: 15, pending: ['4-0'] });
    tally.confirm(second);
    expect(tally.isDue).toBe(false);
  });

  it('counts on from what the group had been delivered, and does not guess', () => {
    const tally = tallyOf(['8-0']);
    tally.settle('8-0');
    expect(tally.report(ALL).delivered).toBeUndefined();
    tally.startAt(7);
    tally.confirm(tally.report(ALL));
    tally.read('9-0');
    tally.settle('9-0');
    expect(tally.report(ALL).delivered).toBe(9);
  });

  it('is nothing any more after the end', () => {
    const tally = tallyOf(['1-0', '2-0']);
    tally.settle('1-0');
    const report = tally.report(ALL);
    tally.end();
    tally.settle('2-0');
    tally.confirm(report);
    expect(tally.isDue).toBe(false);
  });
});
