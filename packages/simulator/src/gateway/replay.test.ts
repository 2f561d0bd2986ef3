import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ReplayBuffer } from './replay.js';

const event = (n: number) => ({ t: 'X', tail: `,"n":${n}}`, n });

describe('ReplayBuffer', () => {
  it('holds what a plain list would hold', () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant('add' as const), sent: fc.boolean() }),
      fc.record({ do: fc.constant('trim' as const), back: fc.nat(5) }),
      fc.record({ do: fc.constant('bound' as const), max: fc.nat(8) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const buffer = new ReplayBuffer();
        let model: { s: number; sent: boolean }[] = [];
        let floor = 0;
        let s = 0;
        for (const item of steps) {
          if (item.do === 'add') {
            buffer.add(++s, event(s), s, item.sent);
            model.push({ s, sent: item.sent });
          } else if (item.do === 'trim') {
            const at = Math.max(0, s - item.back);
            buffer.trim(at);
            model = model.filter((kept) => kept.s > at);
            floor = Math.max(floor, at);
          } else {
            const dropped = model.slice(0, Math.max(0, model.length - item.max));
            model = model.slice(dropped.length);
            floor = dropped.at(-1)?.s ?? floor;
            const unsent = buffer.bound(item.max, 0).map(({ n }) => n);
            expect(unsent).toEqual(dropped.filter((kept) => !kept.sent).map((kept) => kept.s));
          }
          expect([buffer.size, buffer.floor]).toEqual([model.length, floor]);
        }
        expect([...buffer.after(floor)].map((kept) => kept.s)).toEqual(model.map((kept) => kept.s));
      }),
    );
  });

  it('drops by age', () => {
    const buffer = new ReplayBuffer();
    for (const at of [10, 20, 30]) buffer.add(at, event(at), at, false);
    expect(buffer.bound(100, 25).map(({ n }) => n)).toEqual([10, 20]);
    expect(buffer.floor).toBe(20);
    expect(buffer.clear().map(({ n }) => n)).toEqual([30]);
  });
});
