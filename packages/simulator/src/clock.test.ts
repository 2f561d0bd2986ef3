import { describe, expect, it } from 'vitest';
import { beijingTime, createClock } from './clock.js';

describe('a frozen clock', () => {
  it('runs what is due in order of time, at its own time, also what is scheduled on the way', () => {
    const clock = createClock({ frozen: true, wallMs: 1_000 });
    const ran: [string, number][] = [];
    const note = (name: string) => () => ran.push([name, clock.now()]);
    clock.after(30, note('c'));
    clock.after(10, () => {
      ran.push(['a', clock.now()]);
      clock.after(10, note('b'));
    });
    clock.after(10, note('a2'));
    const cancel = clock.after(20, note('never'));
    cancel();
    clock.advance(25);
    expect(ran).toEqual([
      ['a', 10],
      ['a2', 10],
      ['b', 20],
    ]);
    expect([clock.now(), clock.wall()]).toEqual([25, 1_025]);
    clock.stop();
    clock.advance(100);
    expect(ran).toHaveLength(3);
  });
});

describe('a running clock', () => {
  it('can be moved ahead', () => {
    const clock = createClock();
    let ran = 0;
    clock.after(3_600_000, () => ran++);
    clock.advance(3_600_000);
    expect(ran).toBe(1);
    expect(clock.now()).toBeGreaterThanOrEqual(3_600_000);
  });
});

describe('beijingTime', () => {
  it('prints what the documents print', () => {
    expect(beijingTime(Date.UTC(2026, 2, 3, 21, 6, 7, 999))).toBe('2026-03-04T05:06:07+08:00');
  });
});
