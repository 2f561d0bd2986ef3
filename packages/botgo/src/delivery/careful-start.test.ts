import { describe, expect, it } from 'vitest';
import { manualClock } from '../clock/index.js';
import { CarefulStart, type CarefulStartOptions, Turns } from './careful-start.js';

const never = new AbortController().signal;

function setup(deaths: Record<number, number> = {}, options: Partial<CarefulStartOptions> = {}) {
  const stored: string[] = [];
  const clock = manualClock();
  const careful: CarefulStart = new CarefulStart({
    deaths,
    poisonDeaths: 4,
    turns: new Turns(),
    store: async () => void stored.push('stored'),
    clock,
    ...options,
  });
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

  it('lets those that saw a death run side by side while none of them is about to be condemned', async () => {
    const { careful } = setup({ 1: 1, 2: 1 });
    await careful.before(1, never);
    await careful.before(2, never);
  });

  it('handles those that saw a death one at a time when one of them saw two', async () => {
    const { careful } = setup({ 1: 1, 2: 2 });
    await careful.before(1, never);
    await careful.before(3, never);
    const second = careful.before(2, never);
    expect(await isOpen(second)).toBe(true);
    // It is not in flight: a death now is not its.
    expect(careful.isWaiting(2)).toBe(true);
    careful.settled(1);
    await second;
    expect(careful.isWaiting(2)).toBe(false);
  });

  it('gives the turn of one that was aborted to the next', async () => {
    const { careful } = setup({ 1: 2, 2: 2, 3: 2 });
    const [first, second] = [new AbortController(), new AbortController()];
    await careful.before(1, first.signal);
    const waiting = careful.before(2, second.signal);
    const third = careful.before(3, never);
    second.abort(new Error('over'));
    expect(await isOpen(third)).toBe(true);
    first.abort(new Error('over'));
    await expect(waiting).rejects.toThrow('over');
    await third;
  });

  it('lets another try of the same event stand in line again', async () => {
    const { careful } = setup({ 1: 2, 2: 2 });
    await careful.before(1, never);
    const second = careful.before(2, never);
    const again = careful.before(1, never);
    await second;
    expect(await isOpen(again)).toBe(true);
    careful.settled(2);
    await again;
  });

  it('hears of deaths while events come, and forgets what its lane takes with it', async () => {
    const turns = new Turns();
    const { careful } = setup({}, { turns });
    careful.saw(1, 1);
    careful.saw(2, 2);
    expect(turns.grave).toBe(1);
    await careful.before(2, never);
    const innocent = careful.before(1, never);
    expect(await isOpen(innocent)).toBe(true);
    careful.end();
    await innocent;
    expect(turns.grave).toBe(0);
  });
});
