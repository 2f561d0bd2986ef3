import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { say, setup } from '../../test/support/gated-delivery.js';
import type { ClaimStore } from './claims.js';
import { Delivery } from './delivery.js';
import type { DeliveredEvent } from './handling.js';
import type { DeliveryLane } from './lane.js';

describe('duplicates', () => {
  it('drop replays of one session by mark, exactly', () => {
    const { gate, lane } = setup();
    const event = { t: 'GUILD_CREATE', d: { id: 'g', content: 'x' } };
    lane.receive(event, 5);
    lane.receive(event, 5);
    lane.receive(event, 4);
    expect(gate.started).toEqual(['x']);
  });

  it('drop copies of a message across lanes by d.id, of other events by the outer id', () => {
    const { gate, lane, delivery } = setup();
    const other = delivery.openLane({ name: 'shard 1' });
    const message = say('a', 'message');
    lane.receive(message, 1);
    other.receive({ ...message, id: 'another outer id' }, 9);
    const reaction = { t: 'MESSAGE_REACTION_ADD', id: 'r1', d: { content: 'reaction', channel_id: 'c' } };
    lane.receive(reaction, 2);
    other.receive(reaction, 10);
    expect(gate.started).toEqual(['message', 'reaction']);
  });

  it('leave events alone that only look alike: no id, other id, other type', () => {
    const { gate, lane } = setup();
    const add = { t: 'MESSAGE_REACTION_ADD', d: { content: 'add', channel_id: '1' } };
    const message = say('2', 'm');
    lane.receive(add, 1);
    lane.receive({ ...add, d: { ...add.d, channel_id: '3' } }, 2);
    lane.receive(message, 3);
    lane.receive({ ...message, t: 'MESSAGE_CREATE', d: { ...(message.d as object), channel_id: '4' } }, 4);
    expect(gate.started).toEqual(['add', 'add', 'm', 'm']);
  });

  it('take an event again that its ended lane had left unsettled', async () => {
    const { gate, lane, delivery } = setup();
    const event = say('a', 'once more');
    lane.receive(event, 1);
    lane.revoke(new Error('gone'));
    const next = delivery.openLane({ name: 'shard 0' });
    next.receive(event, 1);
    await gate.pass('once more');
    expect(gate.started.length).toBeLessThanOrEqual(2);
    await gate.pass('once more');
    expect(gate.started).toEqual(['once more', 'once more']);
    expect(next.checkpoint).toBe(1);
    expect(lane.checkpoint).toBeUndefined();
  });
});

describe('a copy of what another lane has in hand', () => {
  /** Lanes of two shards, both of which get everything. */
  function shards(options: Parameters<typeof setup>[0] = {}) {
    const all = setup(options);
    const open = (shard: number, more: Partial<Parameters<Delivery['openLane']>[0]> = {}) =>
      all.delivery.openLane({ name: `shard ${shard}`, ...more });
    const [one, two] = [open(1), open(2)];
    /** One has the event in hand, and then two gets its copy. */
    const both = (event: DeliveredEvent): void => {
      one.receive(event, 1);
      two.receive(event, 7);
    };
    return { ...all, open, one, two, both };
  }

  it('holds its lane up until it is settled, is not handled, and counts as in flight', async () => {
    const { gate, one, two, both } = shards();
    const event = say('a', 'first');
    both(event);
    two.receive(say('a', 'second'), 8);
    expect([two.checkpoint, two.unsettled, two.inFlight(9)]).toEqual([undefined, 2, [7]]);
    await gate.pass('first');
    expect([one.checkpoint, two.checkpoint]).toEqual([1, 7]);
    expect(gate.started).toEqual(['first', 'second']);
    two.receive(event, 9);
    await gate.pass('second');
    expect([two.checkpoint, gate.started.length]).toEqual([9, 2]);
  });

  it('is handled in the place of one that ran when its lane ended, before what follows', async () => {
    const { gate, one, two, both } = shards();
    both(say('a', 'first'));
    two.receive(say('a', 'second'), 8);
    one.revoke(new Error('lease lost'));
    await gate.pass('first');
    expect([gate.started, two.checkpoint]).toEqual([['first', 'first'], undefined]);
    await gate.pass('first');
    expect([gate.started, two.checkpoint]).toEqual([['first', 'first', 'second'], 7]);
    expect(one.checkpoint).toBeUndefined();
  });

  it('is handled in the place of one that stood in line when its lane ended', async () => {
    const { gate, one, two, open } = shards();
    const three = open(3);
    const event = say('a', 'second');
    three.receive(say('a', 'first'), 1);
    one.receive(event, 2);
    two.receive(event, 7);
    three.receive(say('a', 'third'), 3);
    one.revoke(new Error('lease lost'));
    await gate.pass('first');
    await gate.pass('second');
    expect([gate.started, two.checkpoint]).toEqual([['first', 'second', 'third'], 7]);
  });

  it('leaves the event to the next one when its own lane ends too, and to whoever gets it again after the last', async () => {
    const { gate, one, two, open } = shards();
    const three = open(3);
    const event = say('a', 'first');
    for (const [at, lane] of [one, two, three].entries()) lane.receive(event, at);
    for (const lane of [one, two]) lane.revoke(new Error('lease lost'));
    await gate.pass('first');
    expect([gate.started, three.inFlight(9)]).toEqual([['first', 'first'], [2]]);
    three.revoke(new Error('lease lost'));
    await gate.pass('first');
    expect(gate.started).toHaveLength(2);
    const again = open(1);
    again.receive(event, 1);
    expect(gate.started).toHaveLength(3);
    await gate.pass('first');
    expect(again.checkpoint).toBe(1);
  });

  it('stands by the next one as it did by the first', async () => {
    const { gate, one, two, open } = shards();
    const three = open(3);
    const event = say('a', 'first');
    for (const lane of [one, two, three]) lane.receive(event, 1);
    one.revoke(new Error('lease lost'));
    await gate.pass('first');
    expect([three.inFlight(9), three.unsettled]).toEqual([[1], 1]);
    await gate.pass('first');
    expect([two.checkpoint, three.checkpoint, gate.started.length]).toEqual([1, 1, 2]);
  });

  it('takes the place of one whose time is over, and has all of its own', async () => {
    const { gate, one, two, clock, problems, both } = shards({ handlerTimeoutMs: 1_000, concurrency: 1 });
    both(say('a', 'hangs'));
    two.receive(say('b', 'beside'), 8);
    one.revoke(new Error('lease lost'));
    await clock.advance(1_000);
    expect(gate.started).toEqual(['hangs', 'hangs']);
    await clock.advance(999);
    expect([two.checkpoint, problems]).toEqual([undefined, []]);
    await clock.advance(1);
    expect([two.checkpoint, gate.started]).toEqual([7, ['hangs', 'hangs', 'beside']]);
    expect(problems).toMatchObject([{ outcome: 'timed-out', lane: 'shard 2' }]);
  });

  it('of an interaction takes no place of those that wait for one', async () => {
    const { gate, one, two, both } = shards({ concurrency: 1 });
    both({ ...say('a', 'quick', 'INTERACTION_CREATE'), id: 'i1' });
    one.revoke(new Error('lease lost'));
    await gate.pass('quick');
    await gate.pass('quick');
    two.receive(say('b', 'slow'), 8);
    two.receive(say('c', 'beside'), 9);
    expect([gate.started, two.checkpoint]).toEqual([['quick', 'quick', 'slow'], 7]);
  });

  it('lets its lane drain when the other is settled', async () => {
    const { gate, two, both } = shards();
    both(say('a', 'first'));
    const drained = two.drain(5_000);
    await gate.pass('first');
    expect([await drained, two.checkpoint]).toEqual([true, 7]);
  });

  it('fails with the first where whoever sent it sends it again, and is reported once', async () => {
    const { gate, delivery, problems } = setup();
    const settled: unknown[] = [];
    const callback = delivery.openLane({
      name: 'callback',
      ordered: false,
      redelivers: true,
      onSettled: (mark, outcome) => settled.push([mark, outcome]),
    });
    const shard = delivery.openLane({
      name: 'shard 0',
      onSettled: (mark, outcome) => settled.push([mark, outcome]),
    });
    const event = say('a', 'bad');
    callback.receive(event, 1);
    callback.receive(event, 2);
    shard.receive(event, 3);
    await gate.fail('bad', new Error('no'));
    expect(settled).toEqual([
      [1, 'failed'],
      [2, 'failed'],
      [3, 'duplicate'],
    ]);
    expect(problems).toHaveLength(1);
    callback.receive(event, 4);
    expect(gate.started).toEqual(['bad', 'bad']);
  });

  it('is dropped where its own lane has it for poison', async () => {
    const { gate, one, open } = shards();
    const event = say('a', 'deadly');
    const two = open(2, { poison: new Set([7]) });
    one.receive(event, 1);
    two.receive(event, 7);
    expect(two.checkpoint).toBe(7);
    one.revoke(new Error('lease lost'));
    await gate.pass('deadly');
    expect(gate.started).toHaveLength(1);
  });

  it('asks for a claim of its own when the other has been given back', async () => {
    const calls: string[] = [];
    let released = (): void => {};
    const { gate, open } = shards({
      claims: {
        claim: async (_, holder) => {
          calls.push(`claim ${holder}`);
          return 'granted';
        },
        done: async (_, holder) => void calls.push(`done ${holder}`),
        release: (_, holder) => {
          calls.push(`release ${holder}`);
          return new Promise((resolve) => (released = resolve));
        },
      },
    });
    const [one, two] = [open(1, { holder: 'm 1' }), open(2, { holder: 'm 2' })];
    const event = say('a', 'first');
    one.receive(event, 1);
    two.receive(event, 7);
    await gate.pass('none');
    one.revoke(new Error('lease lost'));
    await gate.pass('first');
    expect(calls).toEqual(['claim m 1', 'release m 1']);
    released();
    await gate.pass('none');
    expect([calls.slice(2), gate.started.length]).toEqual([['claim m 2'], 2]);
    await gate.pass('first');
    expect([calls.slice(3), two.checkpoint]).toEqual([['done m 2'], 7]);
  });

  it('settles with what a handler took that waited for it', async () => {
    const asked: string[] = [];
    const { lane, delivery } = setup({
      handle: async (event, context) => {
        const { content } = event.d as { content: string };
        asked.push(content);
        if (content === 'ask') await context.next();
      },
    });
    const other = delivery.openLane({ name: 'shard 1' });
    lane.receive(say('a', 'ask'), 1);
    const answer = say('a', 'answer');
    lane.receive(answer, 2);
    other.receive(answer, 7);
    expect(other.checkpoint).toBeUndefined();
    await new Promise((resolve) => setImmediate(resolve));
    expect([other.checkpoint, asked]).toEqual([7, ['ask']]);
  });

  it('and what was taken are handled when the lane of the handler that took it has ended', async () => {
    const started: string[] = [];
    const ends: (() => void)[] = [];
    const { delivery, lane } = setup({
      handle: async (event, context) => {
        const { content } = event.d as { content: string };
        started.push(`${content} by ${context.lane}`);
        if (started.length === 1) await context.next();
        await new Promise<void>((resolve) => ends.push(resolve));
      },
    });
    const end = async (): Promise<void> => {
      ends.shift()?.();
      await new Promise((resolve) => setImmediate(resolve));
    };
    const other = delivery.openLane({ name: 'shard 1' });
    const [ask, answer] = [say('a', 'ask'), say('a', 'answer')];
    lane.receive(ask, 1);
    other.receive(ask, 6);
    other.receive(answer, 7);
    lane.receive(answer, 2);
    await new Promise((resolve) => setImmediate(resolve));
    lane.revoke(new Error('lease lost'));
    await end();
    expect([started, other.checkpoint]).toEqual([['ask by shard 0', 'ask by shard 1'], undefined]);
    await end();
    await end();
    expect(started.slice(2)).toEqual(['answer by shard 1']);
    expect([other.checkpoint, lane.checkpoint]).toEqual([7, undefined]);
  });
});

/** Grants as a store does that several processes share, at some later time. */
function sharedClaims(): ClaimStore {
  const claims = new Map<string, string>();
  const soon = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    async claim(id, holder, signal) {
      for (;;) {
        await soon();
        signal.throwIfAborted();
        const current = claims.get(id);
        if (current === 'done') return 'done';
        if (current === undefined || current === holder) break;
      }
      claims.set(id, holder);
      return 'granted';
    },
    async done(id) {
      await soon();
      claims.set(id, 'done');
    },
    async release(id) {
      await soon();
      claims.delete(id);
    },
  };
}

describe('shards that all get everything', () => {
  const SHARDS = 3;
  const EVENTS = 12;
  const KEYS = 3;

  type Step =
    | { readonly do: 'receive' | 'revoke' | 'drain'; readonly shard: number }
    | { readonly do: 'end' | 'fail'; readonly which: number };
  const shard = fc.nat({ max: SHARDS - 1 });
  const steps = fc.array(
    fc.oneof(
      { weight: 6, arbitrary: fc.record({ do: fc.constant('receive' as const), shard }) },
      {
        weight: 3,
        arbitrary: fc.record({ do: fc.constantFrom('end' as const, 'fail' as const), which: fc.nat() }),
      },
      {
        weight: 1,
        arbitrary: fc.record({ do: fc.constantFrom('revoke' as const, 'drain' as const), shard }),
      },
    ),
    { maxLength: 80 },
  );

  /** Plays a life of a process whose shards all bring the same events, and checks at each step what must hold. */
  async function play(life: readonly Step[], claims: ClaimStore | undefined): Promise<void> {
    const events: DeliveredEvent[] = Array.from({ length: EVENTS }, (_, n) => ({
      t: 'GROUP_AT_MESSAGE_CREATE',
      d: { id: `m${n + 1}`, n: n + 1, group_openid: `g${n % KEYS}` },
    }));
    const running: { n: number; end: (how: 'end' | 'fail') => void }[] = [];
    /** Handled by a lane that had the right to, until the end. */
    const counted: number[] = [];
    /** Handled before an earlier one of its key: said here, since what a handler throws is the delivery's to catch. */
    const early: string[] = [];
    const delivery = new Delivery({
      claims,
      concurrency: 4,
      handle: (event, { signal }) => {
        const { n } = event.d as { n: number };
        for (let before = n - KEYS; before > 0; before -= KEYS)
          if (!counted.includes(before)) early.push(`${n} before ${before}`);
        if (n % 5 === 0) return void counted.push(n);
        return new Promise<void>((resolve, reject) => {
          const end = (how: 'end' | 'fail'): void => {
            if (!signal.aborted) counted.push(n);
            how === 'end' ? resolve() : reject(new Error('no'));
          };
          running.push({ n, end });
        });
      },
    });
    let tenures = 0;
    const open = (of: number, startAfter?: number): DeliveryLane =>
      delivery.openLane({ name: `shard ${of}`, startAfter, holder: `m ${++tenures}` });
    const lanes = Array.from({ length: SHARDS }, (_, of) => open(of));
    const rest = async (): Promise<void> => {
      for (let turn = 0; turn < (claims ? 6 : 1); turn++)
        await new Promise((resolve) => setImmediate(resolve));
      for (const lane of lanes)
        for (let n = 1; n <= (lane.checkpoint ?? 0); n++) expect(counted).toContain(n);
      expect(early).toEqual([]);
    };
    const receive = (lane: DeliveryLane): boolean => {
      const n = (lane.received ?? 0) + 1;
      const event = events[n - 1];
      if (event) lane.receive(event, n);
      return event !== undefined;
    };
    const endOne = (which: number, how: 'end' | 'fail'): void => {
      const [one] = running.splice(which % running.length, 1);
      one?.end(how);
    };
    for (const step of life) {
      if ('which' in step) {
        if (running.length > 0) endOne(step.which, step.do);
      } else {
        const lane = lanes[step.shard] as DeliveryLane;
        if (step.do === 'receive') receive(lane);
        else {
          // What runs beside a drain has as long as it takes to ask once more.
          if (step.do === 'drain') await lane.drain(1);
          else lane.revoke(new Error('lease lost'));
          lanes[step.shard] = open(step.shard, lane.checkpoint);
        }
      }
      await rest();
    }
    for (const lane of lanes) while (receive(lane));
    await rest();
    while (running.length > 0) {
      endOne(0, 'end');
      await rest();
    }
    await rest();
    expect([...counted].sort((a, b) => a - b)).toEqual(events.map((_, at) => at + 1));
    expect(lanes.map(({ checkpoint, unsettled }) => [checkpoint, unsettled])).toEqual(
      lanes.map(() => [EVENTS, 0]),
    );
  }

  it('handle each event once and in order, and no checkpoint passes what is open, whatever ends when', async () => {
    await fc.assert(
      fc.asyncProperty(steps, (life) => play(life, undefined)),
      { numRuns: 400 },
    );
  });

  it('do so with a window that they share with other processes', async () => {
    await fc.assert(
      fc.asyncProperty(steps, (life) => play(life, sharedClaims())),
      { numRuns: 150 },
    );
  });
});
