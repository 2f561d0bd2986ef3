import { describe, expect, it } from 'vitest';
import { manualClock } from '../clock/index.js';
import { CarefulStart, type CarefulStartOptions, POISON_DEATHS } from './careful-start.js';

const never = new AbortController().signal;

function setup(deaths: Record<number, number> = {}, options: Partial<CarefulStartOptions> = {}) {
  const stored: string[] = [];
  const clock = manualClock();
  const store = async () => void stored.push('stored');
  const careful = new CarefulStart({ deaths, store, clock, ...options });
  return { careful, stored, clock };
}

/** Whether a promise has settled after everything that could settle it. */
async function isOpen(promise: Promise<unknown> | undefined): Promise<boolean> {
  let open = true;
  const done = (): void => {
    open = false;
  };
  void promise?.then(done, done);
  await new Promise((resolve) => setImmediate(resolve));
  return open;
}

describe('after a crash', () => {
  it('writes down what is in flight before it is handled, until all that the dead owner had has come again', async () => {
    const { careful, stored } = setup();
    await careful.before(5, never);
    expect(stored).toEqual(['stored']);
    careful.caughtUp(9);
    expect(careful.untilMark).toBe(9);
    await careful.before(9, never);
    expect(stored).toHaveLength(2);
    expect(careful.before(10, never)).toBeUndefined();
  });

  it('waits while it cannot be written, and gives up with its lane', async () => {
    const lane = new AbortController();
    let isReachable = false;
    const store = async (): Promise<void> => {
      if (!isReachable) throw new Error('no store');
    };
    const { careful, clock } = setup({}, { store });
    const first = careful.before(1, never);
    expect(await isOpen(first)).toBe(true);
    const second = careful.before(2, lane.signal);
    const reason = new Error('the lane ended');
    lane.abort(reason);
    await expect(second).rejects.toBe(reason);
    isReachable = true;
    await clock.advance(200);
    await first;
  });

  it('wants alone what the next death would condemn, and nothing else', () => {
    const { careful } = setup({ 1: POISON_DEATHS - 2, 2: POISON_DEATHS - 1 });
    careful.saw(3, POISON_DEATHS - 1);
    expect([1, 2, 3, 4].map((mark) => careful.has(mark))).toEqual([false, true, true, false]);
    careful.settled(2);
    expect(careful.has(2)).toBe(false);
  });

  it('writes down too that what was alone has ended, also when everything has come again', async () => {
    const { careful, stored } = setup({ 2: POISON_DEATHS - 1 });
    careful.caughtUp(1);
    careful.settled(2);
    await careful.ended(2, never);
    expect(stored).toEqual(['stored']);
  });
});
