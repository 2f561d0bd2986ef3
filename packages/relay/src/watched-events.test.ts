import { manualClock } from 'botgo/clock';
import { Delivery } from 'botgo/delivery';
import type { LaneOptions } from 'botgo/event';
import { describe, expect, it } from 'vitest';
import { MemoryBroker } from './memory-broker.js';
import { RelaySink } from './relay-sink.js';

/** Lets immediates, publishes and what they resolve run. */
async function turn(): Promise<void> {
  for (let round = 0; round < 10; round++) await new Promise((resolve) => setImmediate(resolve));
}

/** A shard's lane into a memory broker, and the handlers of each group behind it, which end when the test says so. */
async function both(lane: Partial<LaneOptions>, groups = ['logic']) {
  const clock = manualClock();
  const broker = new MemoryBroker({ partitions: 1 });
  const started: string[] = [];
  const problems: string[] = [];
  const open = new Map<string, () => void>();
  const ends: (() => Promise<void>)[] = [];
  for (const group of groups) {
    const source = broker.source({ group, clock });
    const sink = new Delivery({
      clock,
      onError: ({ outcome, event }) => problems.push(`${outcome} ${event.s}`),
      handle: ({ s }) => {
        const name = `${group} ${s}`;
        started.push(name);
        return new Promise<void>((resolve) => open.set(name, resolve));
      },
    });
    const running = source.run(sink);
    ends.push(async () => {
      await source.stop();
      await running;
    });
  }
  await turn();
  const access = new RelaySink({ appId: '1', publisher: broker.publisher(), intents: 1, clock });
  const origin = { sessionId: 's', shard: 0, shardCount: 1, epoch: 1 };
  const shard = access.openLane({ name: 'shard 0', origin, ...lane });
  const send = async (...seqs: number[]): Promise<void> => {
    for (const s of seqs)
      shard.receive(
        { t: 'GROUP_AT_MESSAGE_CREATE', id: `e${s}`, s, d: { id: `m${s}`, group_openid: `g${s}` } },
        s,
      );
    await turn();
  };
  const end = async (name: string): Promise<void> => {
    open.get(name)?.();
    await turn();
  };
  return { broker, shard, send, end, started, problems, stop: () => Promise.all(ends.map((stop) => stop())) };
}

describe('behind the memory broker, what a shard knows of its last owner’s death', () => {
  it('keeps poison from the handlers: a dead letter, and the checkpoint moves', async () => {
    const { broker, shard, send, end, started, problems } = await both({
      poison: new Set([2]),
      before: () => undefined,
    });
    await send(1, 2);
    await end('logic 1');
    expect([started, problems, shard.checkpoint]).toEqual([['logic 1'], ['poison 2'], 2]);
    expect(broker.deadLetters.map(({ headers }) => headers['botgo-dead-code'])).toEqual([
      'BOTGO_EVENT_POISON',
    ]);
  });

  it('is asked before a handler begins, and is told what is in flight', async () => {
    const ready: (() => void)[] = [];
    const asked: [number, number[]][] = [];
    const { shard, send, end, started } = await both({
      before: (mark) => {
        asked.push([mark, shard.inFlight(9)]);
        return new Promise((resolve) => ready.push(resolve));
      },
    });
    await send(1, 2);
    expect([started, asked]).toEqual([
      [],
      [
        [1, [1]],
        [2, [1, 2]],
      ],
    ]);
    for (const resolve of ready) resolve();
    await turn();
    expect(started).toEqual(['logic 1', 'logic 2']);
    await end('logic 1');
    // Published together, they are acknowledged together; but only one is in a handler.
    expect([shard.checkpoint, shard.inFlight(9)]).toEqual([undefined, [2]]);
    await end('logic 2');
    expect([shard.checkpoint, shard.inFlight(9)]).toEqual([2, []]);
  });

  it('has one handled alone, and hears when it has ended', async () => {
    const ended: unknown[] = [];
    const lane: Partial<LaneOptions> = {
      before: () => undefined,
      solo: {
        has: (mark) => mark === 2,
        ended: async (mark) => void ended.push([mark, shard.inFlight(9)]),
      },
    };
    const { shard, send, end, started } = await both(lane);
    await send(1, 2, 3);
    expect([started, shard.inFlight(9)]).toEqual([['logic 1'], [1]]);
    await end('logic 1');
    expect([started.slice(1), shard.inFlight(9)]).toEqual([['logic 2'], [2]]);
    await end('logic 2');
    expect([started.slice(2), ended]).toEqual([['logic 3'], [[2, []]]]);
  });

  it('counts an event in flight until every group’s handler has ended, or has been given up', async () => {
    const { shard, send, end, stop } = await both({ before: () => undefined }, ['a', 'b']);
    await send(1);
    await end('a 1');
    expect(shard.inFlight(9)).toEqual([1]);
    await end('b 1');
    expect(shard.inFlight(9)).toEqual([]);
    await send(2);
    expect(shard.inFlight(9)).toEqual([2]);
    const stopping = stop();
    await end('a 2');
    await end('b 2');
    await stopping;
    expect(shard.inFlight(9)).toEqual([]);
  });

  it('is nothing at rest', async () => {
    const { shard, send, end, started } = await both({ poison: new Set() });
    await send(1);
    expect([started, shard.inFlight(9)]).toEqual([['logic 1'], []]);
    await end('logic 1');
    expect(shard.checkpoint).toBe(1);
  });
});
