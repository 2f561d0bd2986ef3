import { describe, expect, it } from 'vitest';
import { asSink, gates, say, setup } from '../../test/support/gated-delivery.js';
import { manualClock } from '../clock/index.js';
import { Delivery } from './delivery.js';
import type { HandlingContext } from './handling.js';

describe('order', () => {
  it('handles one conversation in order and others side by side', async () => {
    const { gate, lane } = setup();
    lane.receive(say('a', 'a1'), 1);
    lane.receive(say('a', 'a2'), 2);
    lane.receive(say('b', 'b1'), 3);
    expect(gate.started).toEqual(['a1', 'b1']);
    await gate.pass('a1');
    expect(gate.started).toEqual(['a1', 'b1', 'a2']);
  });

  it('never runs more than `concurrency` handlers, and gives places in order of receipt', async () => {
    const { gate, lane } = setup({ concurrency: 2 });
    for (const [at, key] of ['a', 'b', 'c', 'd'].entries()) lane.receive(say(key, key), at + 1);
    expect(gate.started).toEqual(['a', 'b']);
    await gate.pass('b');
    await gate.pass('a');
    expect(gate.started).toEqual(['a', 'b', 'c', 'd']);
  });

  it.each(['INTERACTION_CREATE', 'MESSAGE_AUDIT_PASS', 'MESSAGE_AUDIT_REJECT'])(
    'lets %s pass a slow answer of its conversation and a full house',
    (type) => {
      const { gate, lane } = setup({ concurrency: 1 });
      lane.receive(say('a', 'slow'), 1);
      lane.receive(say('a', 'quick', type), 2);
      expect(gate.started).toEqual(['slow', 'quick']);
    },
  );

  it('orders by author, or by whatever a function says', () => {
    const { gate, lane } = setup({ order: (event) => (event.d as { content: string }).content.slice(0, 1) });
    lane.receive(say('a', 'x1'), 1);
    lane.receive(say('b', 'x2'), 2);
    lane.receive(say('a', 'y1'), 3);
    expect(gate.started).toEqual(['x1', 'y1']);
  });

  it('keeps the order of a key whose handlers are partly synchronous', async () => {
    const seen: string[] = [];
    let release = (): void => {};
    const { lane } = setup({
      handle: (event) => {
        const { content } = event.d as { content: string };
        seen.push(content);
        if (content === '1') return new Promise<void>((resolve) => (release = resolve));
        return undefined;
      },
    });
    for (let n = 1; n <= 2_000; n++) lane.receive(say('a', String(n)), n);
    expect(seen).toEqual(['1']);
    release();
    await new Promise((resolve) => setImmediate(resolve));
    expect(seen.map(Number)).toEqual(Array.from({ length: 2_000 }, (_, at) => at + 1));
    expect(lane.checkpoint).toBe(2_000);
  });
});

describe('checkpoint', () => {
  it('is the highest mark below which everything is settled, holes or not', async () => {
    const { gate, lane } = setup();
    lane.receive(say('a', 'a'), 10);
    lane.receive(say('b', 'b'), 20);
    lane.pass(30);
    expect(lane.checkpoint).toBeUndefined();
    await gate.pass('b');
    expect(lane.checkpoint).toBeUndefined();
    await gate.pass('a');
    expect(lane.checkpoint).toBe(30);
    expect(lane.received).toBe(30);
  });

  it('moves at once over events nobody listens to', () => {
    const { lane } = setup();
    lane.pass(1);
    lane.pass(5);
    expect(lane.checkpoint).toBe(5);
  });

  it('counts a handler that threw as settled and reports it with the event', async () => {
    const { gate, lane, problems } = setup();
    const event = say('a', 'a');
    lane.receive(event, 1);
    await gate.fail('a', new Error('no'));
    expect(lane.checkpoint).toBe(1);
    expect(problems).toMatchObject([
      { outcome: 'failed', event: { id: event.id }, error: { message: 'no' } },
    ]);
  });

  it('survives a handler that throws synchronously and a reporter that throws', () => {
    const { lane } = setup({
      handle: () => {
        throw new Error('no');
      },
      onError: () => {
        throw new Error('neither');
      },
    });
    lane.receive(say('a'), 1);
    expect(lane.checkpoint).toBe(1);
  });
});

describe('time-outs', () => {
  it('do not count while the source prepares: what waits for its turn has all its time', async () => {
    const { gate, clock, delivery, problems } = setup();
    let ready = (): void => {};
    const before = () =>
      new Promise<void>((resolve) => {
        ready = resolve;
      });
    const lane = delivery.openLane({ name: 'shard 0', before });
    lane.receive(say('a', 'patient'), 1);
    await clock.advance(61_000);
    ready();
    await new Promise((resolve) => setImmediate(resolve));
    expect([gate.started, problems]).toEqual([['patient'], []]);
    await clock.advance(59_000);
    expect(problems).toEqual([]);
    await clock.advance(2_000);
    expect(problems).toMatchObject([{ outcome: 'timed-out' }]);
  });

  it('settle an event whose handler never returns, with its id, and free its key', async () => {
    const { gate, lane, clock, problems } = setup({ handlerTimeoutMs: 1_000 });
    const event = say('a', 'hangs');
    lane.receive(event, 1);
    await clock.advance(400);
    lane.receive(say('a', 'next'), 2);
    await clock.advance(599);
    expect(problems).toEqual([]);
    await clock.advance(1);
    expect(problems).toMatchObject([{ outcome: 'timed-out', error: { code: 'BOTGO_HANDLER_TIMEOUT' } }]);
    expect(String(problems[0]?.error)).toContain(event.id);
    expect(gate.started).toEqual(['hangs', 'next']);
    expect(lane.checkpoint).toBe(1);
    await gate.pass('hangs');
    expect(lane.checkpoint).toBe(1);
    await gate.pass('next');
    expect(lane.checkpoint).toBe(2);
  });

  it('abort the signal of the handler that is late', async () => {
    let context: HandlingContext | undefined;
    const { lane, clock } = setup({
      handlerTimeoutMs: 10,
      handle: (_, given) => {
        context = given;
        return new Promise(() => {});
      },
    });
    lane.receive(say('a'), 1);
    const { signal } = context as HandlingContext;
    expect(signal.aborted).toBe(false);
    await clock.advance(10);
    expect(signal.reason).toMatchObject({ code: 'BOTGO_HANDLER_TIMEOUT' });
  });
});

describe('back-pressure', () => {
  it('asks to stop reading at the capacity and to go on at half of it', async () => {
    const gate = gates();
    const delivery = new Delivery({ handle: gate.handle, laneCapacity: 4 });
    const asked: boolean[] = [];
    const lane = delivery.openLane({ name: 'shard 0', onPressure: (paused) => asked.push(paused) });
    for (let n = 1; n <= 4; n++) lane.receive(say(`k${n}`, `${n}`), n);
    expect(asked).toEqual([true]);
    await gate.pass('1');
    expect(asked).toEqual([true]);
    await gate.pass('2');
    expect(asked).toEqual([true, false]);
  });
});

describe('ending a lane', () => {
  it('drains what was received, queued events too', async () => {
    const { gate, lane } = setup();
    lane.receive(say('a', '1'), 1);
    lane.receive(say('a', '2'), 2);
    const drained = lane.drain(5_000);
    lane.receive(say('a', '3'), 3);
    await gate.pass('1');
    await gate.pass('2');
    expect(await drained).toBe(true);
    expect(lane.checkpoint).toBe(2);
    expect(gate.started).toEqual(['1', '2']);
  });

  it('aborts what has not returned in time and leaves it unsettled', async () => {
    let context: HandlingContext | undefined;
    const { lane, clock } = setup({
      handle: (_, given) => {
        context = given;
        return new Promise(() => {});
      },
    });
    lane.receive(say('a'), 1);
    const { signal } = context as HandlingContext;
    const drained = lane.drain(5_000);
    await clock.advance(5_000);
    expect(await drained).toBe(false);
    expect(signal.aborted).toBe(true);
    expect(lane.checkpoint).toBeUndefined();
  });

  it('settles nothing any more after it was revoked', async () => {
    const { gate, lane } = setup();
    lane.receive(say('a', '1'), 1);
    lane.receive(say('a', '2'), 2);
    lane.revoke(new Error('lease lost'));
    await gate.pass('1');
    expect(gate.started).toEqual(['1']);
    expect(lane.checkpoint).toBeUndefined();
    expect(lane.signal.reason).toMatchObject({ message: 'lease lost' });
  });
});

describe('next', () => {
  it('gives the next message of the conversation ahead of the queue and settles it with its taker', async () => {
    const replies: string[] = [];
    const { lane } = setup({
      handle: async (event, context) => {
        const { content } = event.d as { content: string };
        if (content !== 'ask') return void replies.push(`handled ${content}`);
        const answer = await context.next();
        replies.push(`answer ${(answer.d as { content: string }).content}`);
      },
    });
    lane.receive(say('a', 'ask'), 1);
    lane.receive(say('b', 'elsewhere'), 2);
    lane.receive(say('a', 'yes'), 3);
    lane.receive(say('a', 'after'), 4);
    await new Promise((resolve) => setImmediate(resolve));
    expect(replies).toEqual(['handled elsewhere', 'answer yes', 'handled after']);
    expect(lane.checkpoint).toBe(4);
  });

  it('does not hold the key while it waits, nor does its time run', async () => {
    const { lane, clock, problems } = setup({
      handlerTimeoutMs: 1_000,
      handle: async (event, context) => {
        if (event.t === 'GUILD_MEMBER_ADD') return;
        await context.next({ timeoutMs: 5_000 });
      },
    });
    lane.receive(say('a', 'ask'), 1);
    await clock.advance(2_000);
    lane.receive({ t: 'GUILD_MEMBER_ADD', d: { channel_id: 'a' } }, 2);
    await clock.advance(0);
    expect(problems).toEqual([]);
    expect(lane.unsettled).toBe(1);
    await clock.advance(3_000);
    expect(problems).toMatchObject([{ outcome: 'failed', error: { code: 'BOTGO_TIMEOUT' } }]);
    expect(lane.checkpoint).toBe(2);
  });
});

describe('behind a broker', () => {
  it('tries a failed event again after a pause, its key waiting and others not, then gives up', async () => {
    const gate = gates();
    const clock = manualClock();
    const delivery = new Delivery({ handle: gate.handle, clock });
    const settled: unknown[] = [];
    const lane = delivery.openLane({
      name: 'partition 0',
      retry: { maxAttempts: 2, delayMs: () => 100 },
      onSettled: (mark, outcome) => settled.push([mark, outcome]),
    });
    lane.receive(say('a', 'bad'), 1);
    lane.receive(say('a', 'behind'), 2);
    await gate.fail('bad', new Error('first'));
    lane.receive(say('b', 'beside'), 3);
    expect(gate.started).toEqual(['bad', 'beside']);
    await clock.advance(100);
    expect(gate.started).toEqual(['bad', 'beside', 'bad']);
    await gate.fail('bad', new Error('second'));
    await gate.pass('behind');
    await gate.pass('beside');
    expect(settled).toEqual([
      [1, 'failed'],
      [2, 'handled'],
      [3, 'handled'],
    ]);
  });

  it('does not take a redelivery of a failed event for a copy', async () => {
    const { gate, delivery } = setup();
    const lane = delivery.openLane({ name: 'callback', ordered: false, redelivers: true });
    const event = say('a', 'again');
    lane.receive(event, 0);
    await gate.fail('again', new Error('first'));
    lane.receive(event, 1);
    expect(gate.started).toEqual(['again', 'again']);
    await gate.pass('again');
    lane.receive(event, 2);
    expect(gate.started).toEqual(['again', 'again']);
  });

  it('settles what killed its process before as poison, reported and not run', () => {
    const { gate, delivery, problems } = setup();
    const settled: unknown[] = [];
    const lane = delivery.openLane({
      name: 'shard 0',
      poison: new Set([2]),
      onSettled: (mark, outcome, error) => settled.push([mark, outcome, error]),
    });
    lane.receive(say('a', 'fine'), 1);
    lane.receive(say('a', 'deadly'), 2);
    expect(gate.started).toEqual(['fine']);
    expect(settled).toEqual([[2, 'poison', problems[0]?.error]]);
    expect(problems).toMatchObject([{ outcome: 'poison', error: { code: 'BOTGO_EVENT_POISON' } }]);
  });
});

describe('an event that may have killed its process', () => {
  function solo(...marks: number[]) {
    const ended: number[] = [];
    const stored: (() => void)[] = [];
    return {
      ended,
      stored,
      events: {
        record: undefined as object | undefined,
        has: (mark: number) => marks.includes(mark),
        ended: (mark: number) => {
          ended.push(mark);
          return new Promise<void>((resolve) => stored.push(resolve));
        },
      },
    };
  }

  it('is handled while no other handler runs, of whatever lane, and others begin when its end is stored', async () => {
    const { gate, delivery, lane: other } = setup();
    const { events, ended, stored } = solo(2);
    const lane = asSink(delivery).openLane({ name: 'shard 1', solo: events });
    other.receive(say('a', 'running'), 1);
    lane.receive(say('b', 'first'), 1);
    lane.receive(say('c', 'suspect'), 2);
    other.receive(say('d', 'late'), 2);
    other.receive(say('e', 'interaction', 'INTERACTION_CREATE'), 3);
    expect(gate.started).toEqual(['running', 'first']);
    // What waits is not in flight: a death now is not its.
    expect([lane.inFlight(9), other.inFlight(9)]).toEqual([[1], [1]]);
    await gate.pass('running');
    await gate.pass('first');
    expect(gate.started).toEqual(['running', 'first', 'suspect']);
    expect([lane.inFlight(9), other.inFlight(9)]).toEqual([[2], []]);
    await gate.pass('suspect');
    expect([lane.checkpoint, ended]).toEqual([2, [2]]);
    expect(gate.started).toHaveLength(3);
    stored[0]?.();
    await gate.pass('nothing');
    expect(gate.started.slice(3)).toEqual(['late', 'interaction']);
  });

  it('is prepared when its turn has come, and prepared anew is what waited for it', async () => {
    const { gate, delivery } = setup();
    const { events, stored } = solo(2);
    const asked: number[] = [];
    let ready: (() => void)[] = [];
    const before = (mark: number) => {
      asked.push(mark);
      return new Promise<void>((resolve) => ready.push(resolve));
    };
    const prepare = async (): Promise<void> => {
      const now = ready;
      ready = [];
      for (const resolve of now) resolve();
      await gate.pass('nothing');
    };
    const lane = asSink(delivery).openLane({ name: 'shard 1', solo: events, before });
    lane.receive(say('a', 'plain'), 1);
    lane.receive(say('b', 'suspect'), 2);
    await gate.pass('nothing');
    expect(asked).toEqual([1, 2]);
    await prepare();
    expect(gate.started).toEqual(['suspect']);
    expect(lane.inFlight(9)).toEqual([2]);
    await gate.pass('suspect');
    stored[0]?.();
    await gate.pass('nothing');
    expect(asked).toEqual([1, 2, 1]);
    await prepare();
    expect(gate.started).toEqual(['suspect', 'plain']);
  });

  it('leaves it to the next of its kind to store its end, where both are stored together', async () => {
    const { gate, delivery, lane: other } = setup();
    const record = {};
    const [one, two] = [solo(1), solo(1, 2)];
    one.events.record = record;
    two.events.record = record;
    const first = asSink(delivery).openLane({ name: 'shard 1', solo: one.events });
    const second = asSink(delivery).openLane({ name: 'shard 2', solo: two.events });
    first.receive(say('a', 'one'), 1);
    second.receive(say('b', 'two'), 1);
    other.receive(say('c', 'other'), 1);
    await gate.pass('nothing');
    await gate.pass('one');
    expect([gate.started, one.ended]).toEqual([['one', 'two'], []]);
    await gate.pass('two');
    expect([gate.started, two.ended]).toEqual([['one', 'two'], [1]]);
    two.stored[0]?.();
    await gate.pass('nothing');
    expect(gate.started).toEqual(['one', 'two', 'other']);
  });

  it('takes its turn anew for another try', async () => {
    const { gate, delivery, clock } = setup();
    const { events, stored, ended } = solo(1, 2);
    const retry = { maxAttempts: 2, delayMs: () => 100 };
    const lane = asSink(delivery).openLane({ name: 'p/0', ordered: false, solo: events, retry });
    lane.receive(say('a', 'one'), 1);
    lane.receive(say('b', 'two'), 2);
    await gate.pass('nothing');
    await gate.fail('one', new Error('no'));
    expect([gate.started, ended]).toEqual([['one'], [1]]);
    stored[0]?.();
    await clock.advance(100);
    expect(gate.started).toEqual(['one', 'two']);
    await gate.pass('two');
    stored[1]?.();
    await gate.pass('nothing');
    expect(gate.started).toEqual(['one', 'two', 'one']);
  });

  it('gives its turn up when its handler returns after its lane has ended', async () => {
    const { gate, delivery, lane: other } = setup();
    const { events, ended, stored } = solo(1);
    const lane = asSink(delivery).openLane({ name: 'shard 1', solo: events });
    lane.receive(say('a', 'suspect'), 1);
    await gate.pass('nothing');
    other.receive(say('b', 'later'), 1);
    lane.revoke(new Error('gone'));
    await gate.pass('suspect');
    expect([gate.started, ended]).toEqual([['suspect'], [1]]);
    stored[0]?.();
    await gate.pass('nothing');
    expect(gate.started).toEqual(['suspect', 'later']);
  });

  it('holds nobody back any more when its lane ends, nor while it waits for the next message', async () => {
    const {
      gate,
      delivery,
      lane: other,
    } = setup({
      handle: (event, context) => {
        const { content } = event.d as { content: string };
        return content === 'asks' ? context.next() : gate.handle(event);
      },
    });
    const { events } = solo(1, 2, 3);
    const lane = asSink(delivery).openLane({ name: 'shard 1', solo: events });
    lane.receive(say('a', 'asks'), 1);
    other.receive(say('b', 'other'), 1);
    await gate.pass('nothing');
    expect(gate.started).toEqual(['other']);
    lane.receive(say('c', 'suspect'), 2);
    other.receive(say('d', 'later'), 2);
    await gate.pass('nothing');
    lane.revoke(new Error('gone'));
    await gate.pass('nothing');
    expect(gate.started).toEqual(['other', 'later']);
  });
});

describe('shared claims', () => {
  it('handles what is granted, drops what is done, and writes done before the checkpoint moves', async () => {
    const calls: string[] = [];
    let writeDone = (): void => {};
    const { gate, delivery } = setup({
      claims: {
        claim: async (id) => {
          calls.push(`claim ${id}`);
          return id.includes('old') ? 'done' : 'granted';
        },
        done: (id) => {
          calls.push(`done ${id}`);
          return new Promise((resolve) => (writeDone = resolve));
        },
        release: async (id) => void calls.push(`release ${id}`),
      },
    });
    const lane = delivery.openLane({ name: 'shard 0', holder: 'm1/7' });
    lane.receive({ t: 'GUILD_CREATE', id: 'new', d: { id: 'g', content: 'new' } }, 1);
    await gate.pass('none');
    await gate.pass('new');
    expect(calls).toEqual(['claim GUILD_CREATE new', 'done GUILD_CREATE new']);
    expect(lane.checkpoint).toBeUndefined();
    writeDone();
    await gate.pass('none');
    expect(lane.checkpoint).toBe(1);
    lane.receive({ t: 'GUILD_CREATE', id: 'old', d: { id: 'g', content: 'old' } }, 2);
    await gate.pass('none');
    expect(gate.started).toEqual(['new']);
    expect(lane.checkpoint).toBe(2);
  });

  it('gives a claim back that was granted after the lane had ended, and does not handle the event', async () => {
    const calls: string[] = [];
    let grant = (): void => {};
    const { gate, delivery } = setup({
      claims: {
        claim: () => new Promise((resolve) => (grant = () => resolve('granted'))),
        done: async (id) => void calls.push(`done ${id}`),
        release: async (id) => void calls.push(`release ${id}`),
      },
    });
    const lane = delivery.openLane({ name: 'shard 0', holder: 'm 1' });
    lane.receive({ t: 'GUILD_CREATE', id: 'x', d: { id: 'g', content: 'x' } }, 1);
    lane.revoke(new Error('the lease is over'));
    grant();
    await gate.pass('none');
    expect(gate.started).toEqual([]);
    expect(calls).toEqual(['release GUILD_CREATE x']);
  });

  it('leaves an event unsettled whose lane ends while it asks for its claim', async () => {
    let asked = 0;
    const { gate, problems, delivery } = setup({
      claims: {
        claim: async (_id, _holder, signal) => {
          signal.throwIfAborted();
          return 'granted';
        },
        done: async () => {},
        release: async () => {},
      },
    });
    // Over between the receipt and the claim.
    const lane = delivery.openLane({
      name: 'shard 0',
      holder: 'm 1',
      guard: () => (++asked > 1 ? new Error('the lease is over') : undefined),
    });
    const event = { t: 'GUILD_CREATE', id: 'x', d: { id: 'g', content: 'x' } };
    lane.receive(event, 1);
    await gate.pass('none');
    expect(problems).toEqual([]);
    expect(lane.checkpoint).toBeUndefined();
    delivery.openLane({ name: 'shard 0', holder: 'm 2' }).receive(event, 1);
    await gate.pass('none');
    expect(gate.started).toEqual(['x']);
  });
});
