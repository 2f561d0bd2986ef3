import fc from 'fast-check';
import { expect, it } from 'vitest';
import { IdWindow } from './id-window.js';

it('answers as a set of the last ids does, whatever is added and forgotten', () => {
  const id = fc.constantFrom(...Array.from({ length: 40 }, (_, n) => `id-${n}-same-tail-for-all`), 'x', '');
  const step = fc.record({ kind: fc.constantFrom('A', 'B'), id, forget: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 20 }), fc.array(step, { maxLength: 200 }), (capacity, steps) => {
      const window = new IdWindow(capacity);
      const slots: (string | undefined)[] = [];
      const numbers = new Map<string, number>();
      let cursor = 0;
      for (const { kind, id, forget } of steps) {
        const name = `${kind} ${id}`;
        if (forget) {
          // The number may be that of an id which has long been written over.
          window.forget(numbers.get(name) ?? 0);
          const at = slots.indexOf(name);
          if (at !== -1) slots[at] = undefined;
          continue;
        }
        const number = window.add(kind, id);
        if (slots.includes(name)) {
          expect(number).toBe(-(numbers.get(name) ?? 0));
          continue;
        }
        slots[cursor % capacity] = name;
        expect(number).toBe(++cursor);
        numbers.set(name, number);
      }
    }),
    { numRuns: 500 },
  );
});

it('grows up to its capacity, and then remembers the last ids, however often the ring has turned', () => {
  const window = new IdWindow(300);
  for (let n = 0; n < 2_000; n++) {
    expect(window.add('A', `id-${n}`)).toBe(n + 1);
    expect(window.add('A', `id-${Math.max(0, n - 299)}`)).toBe(-Math.max(1, n - 298));
  }
  expect(window.add('B', 'id-1999')).toBe(2_001);
  // The copies above were not remembered anew, so the newest ring holds 1,701 to 1,999 and B's.
  expect(window.add('A', 'id-1701')).toBe(-1_702);
  expect(window.add('A', 'id-1700')).toBe(2_002);
});
