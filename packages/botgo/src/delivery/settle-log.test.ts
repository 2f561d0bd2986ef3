import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type SettleEntry, SettleLog } from './settle-log.js';

/** The highest mark at or below which everything received is settled, by looking at everything. */
class Model {
  readonly #rows: { mark: number; settled: boolean }[] = [];

  receive(mark: number, settled: boolean): void {
    this.#rows.push({ mark, settled });
  }

  settle(mark: number): void {
    for (const row of this.#rows) if (row.mark === mark) row.settled = true;
  }

  get checkpoint(): number | undefined {
    const open = this.#rows.findIndex(({ settled }) => !settled);
    return this.#rows[(open === -1 ? this.#rows.length : open) - 1]?.mark;
  }
}

const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('open' as const), times: fc.integer({ min: 1, max: 700 }) }),
    fc.record({ do: fc.constant('pass' as const), times: fc.integer({ min: 1, max: 3 }) }),
    fc.record({ do: fc.constant('settle' as const), at: fc.double({ min: 0, max: 0.999, noNaN: true }) }),
    fc.record({ do: fc.constant('settle-oldest' as const), times: fc.integer({ min: 1, max: 2_500 }) }),
  ),
  { maxLength: 30 },
);

it('knows the checkpoint, whatever is received and settled in whichever order', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const [log, model] = [new SettleLog(undefined), new Model()];
      const open: SettleEntry[] = [];
      let mark = 0;
      const settle = (at: number): void => {
        const [entry] = open.splice(at, 1);
        if (!entry) return;
        const before = log.checkpoint;
        const settled = entry.mark;
        const isMoved = log.settle(entry);
        model.settle(settled);
        expect(isMoved).toBe(log.checkpoint !== before);
      };
      for (const step of all) {
        if (step.do === 'settle') settle(Math.floor(step.at * open.length));
        else
          for (let time = 0; time < step.times; time++) {
            if (step.do === 'settle-oldest') settle(0);
            else {
              mark += 2;
              if (step.do === 'open') open.push(log.open(mark));
              else log.pass(mark);
              model.receive(mark, step.do === 'pass');
            }
          }
        expect(log.checkpoint).toBe(model.checkpoint);
      }
    }),
    { numRuns: 60 },
  );
});

it('takes an entry that is settled twice once', () => {
  const log = new SettleLog(3);
  const entry = log.open(5);
  expect([log.settle(entry), log.settle(entry), log.checkpoint]).toEqual([true, false, 5]);
  log.pass(6);
  expect([log.settle(entry), log.checkpoint]).toEqual([false, 6]);
});
