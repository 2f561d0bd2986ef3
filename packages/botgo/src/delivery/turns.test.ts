import { describe, expect, it } from 'vitest';
import { manualClock } from '../clock/index.js';
import { TURN_MS, Turns } from './turns.js';

const never = new AbortController().signal;

async function settle(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}

function setup() {
  const clock = manualClock();
  const turns = new Turns(clock);
  const seen: string[] = [];
  const take = async (name: string, signal = never): Promise<() => void> => {
    const end = await turns.take(signal);
    seen.push(name);
    return end;
  };
  const pass = async (name: string, signal = never): Promise<void> => {
    await turns.pass(signal);
    seen.push(name);
  };
  return { clock, turns, seen, take, pass };
}

describe('a turn', () => {
  it('begins when the handlers that run have ended, and holds the others back until it ends', async () => {
    const { turns, seen, take, pass } = setup();
    expect(turns.isOpen).toBe(true);
    turns.entered();
    turns.entered();
    const turn = take('alone');
    const other = pass('other');
    expect(turns.isOpen).toBe(false);
    turns.left();
    await settle();
    expect(seen).toEqual([]);
    turns.left();
    const end = await turn;
    await settle();
    expect(seen).toEqual(['alone']);
    end();
    end();
    await other;
    expect([turns.isOpen, seen]).toEqual([true, ['alone', 'other']]);
  });

  it('is had by one at a time, in the order of asking, before what is held back', async () => {
    const { seen, take, pass } = setup();
    const first = take('1');
    const other = pass('other');
    const second = take('2');
    const end = await first;
    await settle();
    expect(seen).toEqual(['1']);
    end();
    (await second)();
    await other;
    expect(seen).toEqual(['1', '2', 'other']);
  });

  it('does not wait for ever for a handler that runs, nor hold others back for ever', async () => {
    const { clock, turns, seen, take, pass } = setup();
    turns.entered();
    const turn = take('alone');
    const other = pass('other');
    await clock.advance(TURN_MS - 1);
    expect(seen).toEqual([]);
    await clock.advance(1);
    const end = await turn;
    await clock.advance(TURN_MS - 1);
    expect(seen).toEqual(['alone']);
    await clock.advance(1);
    await other;
    // An end that comes late is of no turn that others have by then: the handler counted above still runs.
    turns.left();
    await take('next');
    end();
    expect([turns.isOpen, seen]).toEqual([false, ['alone', 'other', 'next']]);
  });

  it('is given up by whoever is aborted while it asks', async () => {
    const { turns, seen, take, pass } = setup();
    turns.entered();
    const lane = new AbortController();
    const reason = new Error('the lane ended');
    const turn = take('alone', lane.signal);
    const other = pass('other');
    lane.abort(reason);
    await expect(turn).rejects.toBe(reason);
    await other;
    expect([turns.isOpen, seen]).toEqual([true, ['other']]);
    await expect(turns.take(lane.signal)).rejects.toBe(reason);
    expect(turns.isOpen).toBe(true);
  });

  it('does not let go on what was aborted while it was held back', async () => {
    const { seen, take, pass } = setup();
    const end = await take('alone');
    const lane = new AbortController();
    const other = pass('other', lane.signal);
    lane.abort(new Error('the lane ended'));
    end();
    await expect(other).rejects.toThrow('the lane ended');
    expect(seen).toEqual(['alone']);
  });
});
