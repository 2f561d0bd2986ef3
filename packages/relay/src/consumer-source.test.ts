import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { manualClock } from 'botgo/clock';
import { Delivery, type DeliveryOptions } from 'botgo/delivery';
import { BotgoError, ConfigError } from 'botgo/errs';
import type { LaneOptions } from 'botgo/event';
import { describe, expect, it } from 'vitest';
import type { Consumer, IntakeDesk } from './consumer.js';
import { ConsumerSource, type ConsumerSourceOptions } from './consumer-source.js';
import { toHeaders } from './envelope.js';
import type { IntakeOptions } from './intake.js';
import type { BrokerMessage, DeadMessage } from './message.js';

/** A broker's side that the test plays. */
class Hand implements Consumer {
  readonly name = 'hand';
  readonly dead: DeadMessage[] = [];
  deadErrors = 0;
  desk: IntakeDesk | undefined;
  stopped: number[] = [];
  #end = (): void => {};
  #fail = (_: Error): void => {};

  run(desk: IntakeDesk): Promise<void> {
    this.desk = desk;
    desk.joined();
    return new Promise((resolve, reject) => {
      this.#end = resolve;
      this.#fail = reject;
    });
  }

  fail(error: Error): void {
    this.#fail(error);
  }

  async stop(drainMs: number): Promise<void> {
    this.stopped.push(drainMs);
    this.#end();
  }

  async deadLetter(message: DeadMessage): Promise<void> {
    if (this.deadErrors-- > 0) throw new BotgoError('BOTGO_BROKER', 'down');
    this.dead.push(message);
  }

  async lag() {
    return [{ partition: 'p/0', messages: 12 }];
  }
}

function message(seq: number, key = 'k', more: { session?: string; value?: string } = {}): BrokerMessage {
  const { session = 's', value } = more;
  const d = { id: `m${session}${seq}`, group_openid: key };
  const text = value ?? JSON.stringify({ op: 0, s: seq, t: 'GROUP_AT_MESSAGE_CREATE', id: `e${seq}`, d });
  const envelope = {
    ...{
      app: '1',
      event: 'GROUP_AT_MESSAGE_CREATE',
      id: `e${seq}`,
      session,
      seq,
      epoch: 1,
      shard: '0/1',
      key,
    },
    receivedAtMs: 5,
    value: Buffer.from(text),
  };
  return { headers: toHeaders(envelope), value: envelope.value };
}

async function turn(): Promise<void> {
  for (let round = 0; round < 5; round++) await new Promise((resolve) => setImmediate(resolve));
}

/** A source whose handlers end when the test says so. */
function logic(
  options: ConsumerSourceOptions = {},
  sinkOptions: Pick<DeliveryOptions, 'wants' | 'onError'> = {},
) {
  const hand = new Hand();
  const clock = manualClock();
  const source = new ConsumerSource(hand, { clock, random: () => 0, ...options });
  const handled: number[] = [];
  const open = new Map<number, { resolve: () => void; reject: (error: Error) => void }>();
  const sink = new Delivery({
    clock,
    duplicateWindow: 0,
    ...sinkOptions,
    handle: ({ s = 0 }) => {
      handled.push(s);
      return new Promise<void>((resolve, reject) => open.set(s, { resolve, reject }));
    },
  });
  const running = source.run(sink);
  const acknowledged: number[] = [];
  const openIntake = (more: Partial<IntakeOptions> = {}) =>
    hand.desk?.open({
      ...{ name: 'p/0', acknowledgement: 'each', isPartition: true, onPressure: () => {} },
      acknowledge: (mark) => acknowledged.push(mark),
      ...more,
    }) ?? expect.fail('the consumer does not run');
  const end = async (s: number): Promise<void> => {
    open.get(s)?.resolve();
    await turn();
  };
  const fail = async (s: number): Promise<void> => {
    open.get(s)?.reject(new Error(`no ${s}`));
    await turn();
  };
  return { hand, clock, source, running, handled, acknowledged, openIntake, end, fail };
}

describe('an intake', () => {
  it('acknowledges each message when its handler has ended', async () => {
    const { openIntake, acknowledged, end, handled } = logic();
    const intake = openIntake();
    for (const seq of [1, 2, 3]) intake.offer(message(seq, `k${seq}`), seq * 10);
    expect([handled, acknowledged]).toEqual([[1, 2, 3], []]);
    await end(2);
    await end(1);
    expect(acknowledged).toEqual([20, 10]);
    expect([intake.unsettled, intake.checkpoint]).toEqual([1, 20]);
  });

  it('acknowledges up to a mark when that is how the broker counts', async () => {
    const { openIntake, acknowledged, end } = logic();
    const intake = openIntake({ acknowledgement: 'contiguous' });
    for (const seq of [1, 2, 3, 4]) intake.offer(message(seq, `k${seq}`), seq * 10);
    await end(2);
    await end(3);
    expect(acknowledged).toEqual([]);
    await end(1);
    expect(acknowledged).toEqual([30]);
    await end(4);
    expect(acknowledged).toEqual([30, 40]);
  });

  it('acknowledges at once what nobody listens to', () => {
    const { openIntake, acknowledged, handled } = logic({}, { wants: () => false });
    openIntake().offer(message(1), 1);
    expect([handled, acknowledged]).toEqual([[], [1]]);
  });

  it('drops a copy, and does not let it settle the original', async () => {
    const { openIntake, acknowledged, handled, end } = logic();
    const intake = openIntake({ acknowledgement: 'contiguous' });
    intake.offer(message(1), 10);
    intake.offer(message(1), 11);
    expect([handled, acknowledged]).toEqual([[1], []]);
    await end(1);
    expect(acknowledged).toEqual([11]);
  });

  it('handles what comes again after a revocation', async () => {
    const { openIntake, handled, end, acknowledged } = logic();
    const first = openIntake();
    first.offer(message(1), 1);
    first.revoke(new BotgoError('BOTGO_LEASE_LOST', 'gone'));
    await end(1);
    expect(acknowledged).toEqual([]);
    openIntake().offer(message(1), 1);
    expect(handled).toEqual([1, 1]);
  });

  it('tells the next owner of a partition up to where each session is settled', async () => {
    const before = logic();
    const intake = before.openIntake();
    intake.offer(message(4, 'a'), 1);
    intake.offer(message(9, 'b'), 2);
    intake.offer(message(2, 'c', { session: 'other' }), 3);
    await before.end(4);
    await before.end(2);
    // 9 is not settled: what lies behind it does not count either.
    expect(intake.state()).toEqual({ sessions: { s: 4 } });
    const after = logic();
    const next = after.openIntake({ state: intake.state() });
    for (const [at, seq] of [3, 4, 9].entries()) next.offer(message(seq, `k${seq}`), at + 1);
    expect(after.handled).toEqual([9]);
    expect(after.acknowledged).toEqual([1, 2]);
  });

  it('ignores a state where messages of one partition go to several members', () => {
    const { openIntake, handled } = logic();
    openIntake({ isPartition: false, state: { sessions: { s: 100 } } }).offer(message(4), 1);
    expect(handled).toEqual([4]);
  });

  it('retries with growing pauses, then publishes a dead letter until it is taken, then acknowledges', async () => {
    const { hand, openIntake, handled, acknowledged, fail, clock } = logic({
      maxAttempts: 3,
      retryBaseMs: 1_000,
    });
    hand.deadErrors = 2;
    openIntake().offer(message(1), 1);
    await fail(1);
    await clock.advance(499);
    expect(handled).toEqual([1]);
    await clock.advance(2);
    expect(handled).toEqual([1, 1]);
    await fail(1);
    await clock.advance(1_001);
    expect(handled).toEqual([1, 1, 1]);
    await fail(1);
    expect([hand.dead, acknowledged]).toEqual([[], []]);
    for (let time = 0; time < 3; time++) {
      await clock.advance(5_000);
      await turn();
    }
    expect(acknowledged).toEqual([1]);
    expect(hand.dead).toMatchObject([
      {
        key: 'k',
        headers: {
          'botgo-seq': '1',
          'botgo-dead-reason': 'no 1',
          'botgo-dead-code': 'BOTGO_UNKNOWN',
          'botgo-dead-outcome': 'failed',
          'botgo-dead-attempts': '3',
          'botgo-dead-from': 'p/0',
        },
      },
    ]);
  });

  it.each([
    ['has no headers of ours', { headers: {}, value: Buffer.from('{}') }, 'BOTGO_BAD_RESPONSE'],
    ['is cut off', message(1, 'k', { value: '{"op":0,' }), 'BOTGO_PROTOCOL'],
    ['is no event', message(1, 'k', { value: '{"op":11}' }), 'BOTGO_PROTOCOL'],
  ])('makes a dead letter of what %s', async (_, bad, code) => {
    const { hand, openIntake, acknowledged } = logic();
    openIntake().offer(bad, 1);
    await turn();
    expect(hand.dead[0]?.headers['botgo-dead-code']).toBe(code);
    expect(hand.dead[0]?.value).toBe(bad.value);
    expect(acknowledged).toEqual([1]);
  });

  it('lets a drain wait for dead letters under way, and gives up after its time', async () => {
    const { hand, openIntake, fail, clock, acknowledged } = logic({ maxAttempts: 1 });
    const intake = openIntake();
    hand.deadErrors = 1;
    intake.offer(message(1, 'a'), 1);
    await fail(1);
    const draining = intake.drain(10_000);
    await turn();
    await clock.advance(200);
    await turn();
    expect(await draining).toBe(true);
    expect(acknowledged).toEqual([1]);
    const second = openIntake();
    hand.deadErrors = Number.POSITIVE_INFINITY;
    second.offer(message(2, 'b'), 2);
    await fail(2);
    const late = second.drain(1_000);
    await turn();
    await clock.advance(1_001);
    await turn();
    expect(await late).toBe(false);
    expect(acknowledged).toEqual([1]);
  });

  it('says when to stop reading', async () => {
    const pressure: boolean[] = [];
    const { openIntake, end } = logic();
    const intake = openIntake({ onPressure: (paused) => pressure.push(paused) });
    for (let seq = 1; seq <= 1_000; seq++) intake.offer(message(seq, `k${seq}`), seq);
    expect(pressure).toEqual([true]);
    for (let seq = 1; seq <= 256; seq++) await end(seq);
    for (let seq = 257; seq <= 512; seq++) await end(seq);
    expect(pressure).toEqual([true, false]);
  });
});

describe('a consumer source', () => {
  it('stops with its drain time, once', async () => {
    const { hand, source, running } = logic({ drainMs: 777 });
    expect(source.status()).toEqual({ consumer: 'hand', isReady: true, partitions: [] });
    await Promise.all([source.stop(), source.stop()]);
    await running;
    expect(hand.stopped).toEqual([777]);
    expect(source.status().isReady).toBe(false);
  });

  it('revokes what runs when it is aborted', async () => {
    const hand = new Hand();
    const source = new ConsumerSource(hand);
    const abort = new AbortController();
    const signals: AbortSignal[] = [];
    const sink = new Delivery({
      handle: (_, { signal }) => {
        signals.push(signal);
        return new Promise(() => {});
      },
    });
    const running = source.run(sink, abort.signal);
    hand.desk
      ?.open({
        ...{ name: 'p', acknowledgement: 'each', isPartition: true, onPressure: () => {} },
        acknowledge: () => expect.fail('nothing was settled'),
      })
      .offer(message(1), 1);
    abort.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
    expect(signals[0]?.aborted).toBe(true);
    expect(hand.stopped).toEqual([0]);
  });

  it('ends when the consumer cannot go on, and is not run twice', async () => {
    const { hand, source, running } = logic();
    hand.fail(new ConfigError('no such topic'));
    await expect(running).rejects.toThrow('no such topic');
    await expect(source.run(new Delivery({ handle: () => {} }))).rejects.toMatchObject({
      code: 'BOTGO_CLOSED',
    });
  });

  it('publishes its lag while somebody listens', async () => {
    const lags: unknown[] = [];
    const note = (row: unknown): void => void lags.push(row);
    const { clock } = logic({ lagIntervalMs: 1_000 });
    await clock.advance(1_500);
    await turn();
    subscribe('botgo:relay:lag', note);
    await clock.advance(1_000);
    await turn();
    unsubscribe('botgo:relay:lag', note);
    expect(lags).toEqual([{ consumer: 'hand', partition: 'p/0', messages: 12 }]);
  });

  it.each([
    ['maxAttempts', 0],
    ['drainMs', -1],
    ['duplicateWindow', 0],
    ['lagIntervalMs', 0],
  ] as const)('refuses %s %d', (name, value) => {
    expect(() => new ConsumerSource(new Hand(), { [name]: value })).toThrow(ConfigError);
  });
});

describe('an event that kills its process', () => {
  const message1 = message(1, 'a');
  const suspect = { ref: '7-0', isSuspect: true };

  it('is written down before it is handled, when an earlier reader died with it', async () => {
    const { openIntake, handled, end } = logic();
    const written: unknown[] = [];
    let confirm = (): void => {};
    const intake = openIntake({
      store: () => {
        written.push(intake.state().suspects);
        return new Promise((resolve) => {
          confirm = resolve;
        });
      },
    });
    intake.offer(message1, 1, suspect);
    intake.offer(message(2, 'b'), 2);
    expect([handled, written]).toEqual([[2], [{ inFlight: ['7-0'], deaths: {} }]]);
    confirm();
    await turn();
    expect(handled).toEqual([2, 1]);
    await end(1);
    expect(intake.state().suspects).toBeUndefined();
  });

  it('is a dead letter after three deaths, which is reported', async () => {
    const problems: unknown[] = [];
    const { hand, openIntake, handled, acknowledged } = logic(
      {},
      { onError: ({ outcome }) => problems.push(outcome) },
    );
    const state = { sessions: {}, suspects: { inFlight: ['7-0'], deaths: { '7-0': 2, '8-0': 2 } } };
    const intake = openIntake({ state, store: async () => {} });
    expect(intake.state().suspects).toEqual({ inFlight: [], deaths: { '7-0': 3, '8-0': 2 } });
    intake.offer(message1, 1, suspect);
    await turn();
    expect([handled, problems, acknowledged]).toEqual([[], ['poison'], [1]]);
    expect(hand.dead[0]?.headers).toMatchObject({
      'botgo-dead-outcome': 'poison',
      'botgo-dead-code': 'BOTGO_EVENT_POISON',
      'botgo-dead-attempts': '0',
    });
    intake.caughtUp();
    expect(intake.state().suspects).toBeUndefined();
  });

  it('is found over all partitions of a process: what saw two deaths is handled alone', async () => {
    const { openIntake, handled, end } = logic();
    const grave = (ref: string) => ({ sessions: {}, suspects: { inFlight: [ref], deaths: {} } });
    const one = openIntake({ state: grave('a-0'), store: async () => {} });
    const two = openIntake({ name: 'p/1', state: grave('b-0'), store: async () => {} });
    one.offer(message(1, 'a'), 1, { ref: 'a-0', isSuspect: true });
    two.offer(message(2, 'b'), 1, { ref: 'b-0', isSuspect: true });
    two.offer(message(3, 'c'), 2);
    await turn();
    expect(handled).toEqual([1]);
    expect(two.state().suspects).toEqual({ inFlight: [], deaths: { 'b-0': 2 } });
    await end(1);
    expect(handled).toEqual([1, 2]);
    expect(two.state().suspects).toEqual({ inFlight: ['b-0'], deaths: { 'b-0': 2 } });
    await end(2);
    expect(handled).toEqual([1, 2, 3]);
  });

  it('costs nothing at rest: nobody is asked before an event is handled that is no suspect', async () => {
    const hand = new Hand();
    const source = new ConsumerSource(hand);
    let lane: LaneOptions | undefined;
    const never = new AbortController().signal;
    const running = source.run({
      intents: 0,
      wants: () => true,
      openLane: (options) => {
        lane = options;
        return {
          ...{ checkpoint: undefined, received: undefined, unsettled: 0, signal: never },
          ...{ inFlight: () => [], receive: () => {}, pass: () => {} },
          ...{ drain: async () => true, revoke: () => {} },
        };
      },
    });
    const options = { name: 'p/0', acknowledgement: 'each', isPartition: true } as const;
    const intake = hand.desk?.open({
      ...options,
      acknowledge: () => {},
      onPressure: () => {},
      store: async () => {},
    });
    intake?.offer(message1, 1);
    expect(lane?.before).toBeUndefined();
    intake?.offer(message(2), 2, suspect);
    expect(lane?.before).toBeTypeOf('function');
    lane?.onSettled?.(2, 'handled', undefined);
    expect(lane?.before).toBeUndefined();
    await source.stop();
    await running;
  });

  it('is not taken for one where its reader stopped in order', async () => {
    const { openIntake, clock } = logic();
    const intake = openIntake({ store: async () => {} });
    intake.offer(message1, 1, suspect);
    await turn();
    expect(intake.state().suspects?.inFlight).toEqual(['7-0']);
    const draining = intake.drain(10);
    await clock.advance(10);
    expect(await draining).toBe(false);
    expect(intake.state().suspects?.inFlight).toEqual([]);
  });
});
