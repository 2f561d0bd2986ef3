import { describe, expect, it } from 'vitest';
import { manualClock } from '../clock/index.js';
import { CarefulStart } from '../delivery/index.js';
import { OwnedShard, type ShardConnection } from './owned-shard.js';
import { type ShardState, writeShardState } from './shard-state.js';

interface Handled {
  session: { id: string; seq: number };
  inFlight: number[];
  wholeAtMs: number | undefined;
  received: number;
}

/** A shard whose owner died with nothing of it written down, and what its next owner handles. */
function takeOver(state: ShardState, afterCrash = true) {
  const owned = new OwnedShard({ name: 'shard/g/0', token: 7, state, afterCrash }, 0, 0);
  const handled: Handled = {
    session: { id: 's', seq: 10 },
    inFlight: [],
    wholeAtMs: undefined,
    received: 10,
  };
  owned.careful = new CarefulStart({
    deaths: owned.taken.deaths,
    store: async () => {},
    clock: manualClock(),
  });
  owned.attach({
    get session() {
      return handled.session;
    },
    inFlight: (limit: number) => handled.inFlight.slice(0, limit),
    status: () => ({ wholeAtMs: handled.wholeAtMs, received: handled.received }),
  } as ShardConnection);
  return { owned, handled };
}

/** What the owner after the next one finds. */
const died = (owned: OwnedShard) =>
  new OwnedShard({ name: 'shard/g/0', token: 8, state: owned.state(0), afterCrash: true }, 0, 0).taken;

const UNTRACED = writeShardState({ id: 's', seq: 10 }, [], {}, 0);

describe('what an owner writes', () => {
  it('says since when something is unsettled, which a gap of the next owner begins with', () => {
    const { owned, handled } = takeOver(
      writeShardState({ id: 's', seq: 10 }, [], {}, 0, { settledAt: -5_000 }),
    );
    Object.assign(handled, { wholeAtMs: 20_000, received: 12 });
    expect(owned.state(30_000)).toMatchObject({ at: 30_000, settledAt: -5_000 });
    handled.session = { id: 's', seq: 12 };
    expect(owned.state(31_000)).toMatchObject({ settledAt: 20_000 });
  });
});

describe('a process that lost its lease and lives', () => {
  const taken = (outlivedToken: number | undefined, state: ShardState) =>
    new OwnedShard({ name: 'shard/g/0', token: 9, state, afterCrash: true }, 0, 0, outlivedToken).taken;
  const { owned, handled } = takeOver(UNTRACED);
  handled.inFlight = [11, 12];
  owned.careful = undefined;
  const state = owned.state(0);

  it('did not die of what it had in flight, when it takes the shard back', () => {
    expect(state.token).toBe(7);
    expect(taken(7, state)).toMatchObject({ session: { id: 's', seq: 10 }, deaths: {}, suspects: 'none' });
  });

  it('cannot say so of another owner in between, nor of a state without a token', () => {
    for (const other of [taken(5, state), taken(undefined, state), taken(7, { ...state, token: undefined })])
      expect(other).toMatchObject({ deaths: { 11: 1, 12: 1 }, suspects: 'all' });
  });
});

describe('what an owner writes after a crash', () => {
  it('counts the death that left no trace for what comes again and is in flight', () => {
    const { owned, handled } = takeOver(UNTRACED);
    handled.inFlight = [11, 12];
    expect(owned.state(0)).toMatchObject({ inFlight: [11, 12], deaths: { 11: 1, 12: 1 }, isSuspect: true });
    expect(died(owned).deaths).toEqual({ 11: 2, 12: 2 });
  });

  it('condemns at the third death what was in flight at each, and nothing that waited', () => {
    const first = takeOver(UNTRACED);
    first.handled.inFlight = [11, 12];
    const second = takeOver(first.owned.state(0));
    expect([11, 12, 13].map((mark) => second.owned.careful?.has(mark))).toEqual([true, true, false]);
    second.handled.inFlight = [11];
    const taken = died(second.owned);
    expect(taken.deaths).toEqual({ 11: 3, 12: 2 });
    expect([...taken.poison]).toEqual([11]);
  });

  it('counts nothing for what came after everything had come again', () => {
    const { owned, handled } = takeOver(UNTRACED);
    owned.careful?.caughtUp(11);
    handled.inFlight = [11, 12];
    expect(owned.state(0).deaths).toEqual({ 11: 1 });
    handled.session = { id: 's', seq: 11 };
    handled.inFlight = [12];
    const state = owned.state(0);
    expect(state.deaths).toEqual({});
    expect(state).not.toHaveProperty('isSuspect');
  });

  it('has all of what is in flight while something is under suspicion, else no more than is of use', () => {
    const marks = Array.from({ length: 400 }, (_, index) => 11 + index);
    const { owned, handled } = takeOver(UNTRACED);
    handled.inFlight = marks;
    expect(owned.state(0).inFlight).toHaveLength(400);
    owned.careful = undefined;
    expect(owned.state(0).inFlight).toHaveLength(256);
  });

  it('says nothing about the events of another session', () => {
    const { owned, handled } = takeOver(writeShardState({ id: 's', seq: 10 }, [11], { 11: 1 }, 0));
    handled.session = { id: 'next', seq: 0 };
    handled.inFlight = [11];
    expect(owned.state(0)).toMatchObject({ session: { id: 'next' }, inFlight: [11], deaths: {} });
    expect(owned.state(0)).not.toHaveProperty('isSuspect');
  });
});
