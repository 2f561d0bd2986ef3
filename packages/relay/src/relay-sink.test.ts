import { manualClock } from 'botgo/clock';
import { BotgoError, ConfigError } from 'botgo/errs';
import type { EventSink, Lane, LaneOptions } from 'botgo/event';
import { describe, expect, it } from 'vitest';
import type { Envelope } from './envelope.js';
import type { Publisher } from './publisher.js';
import { relay } from './relay.js';
import { RelaySink, type RelaySinkOptions } from './relay-sink.js';

const TYPE = 'GROUP_AT_MESSAGE_CREATE';

function frame(s: number, bytes = 0): Buffer {
  const d = { id: `m${s}`, group_openid: 'G', content: 'x'.repeat(bytes) };
  return Buffer.from(JSON.stringify({ op: 0, s, t: TYPE, id: `e${s}`, d }));
}

/** A broker that answers when the test says so. */
class Broker implements Publisher {
  readonly name = 'test broker';
  readonly batches: (readonly Envelope[])[] = [];
  isClosed = false;
  openError: Error | undefined;
  opens = 0;
  #answers: { resolve: () => void; reject: (error: Error) => void }[] = [];

  async open(): Promise<void> {
    this.opens++;
    if (this.openError) throw this.openError;
  }

  publish(batch: readonly Envelope[]): Promise<void> {
    this.batches.push(batch);
    return new Promise((resolve, reject) => this.#answers.push({ resolve, reject }));
  }

  async close(): Promise<void> {
    this.isClosed = true;
  }

  async acknowledge(): Promise<void> {
    this.#answers.shift()?.resolve();
    await turn();
  }

  async refuse(): Promise<void> {
    this.#answers.shift()?.reject(new BotgoError('BOTGO_BROKER', 'down'));
    await turn();
  }

  seqs(): number[][] {
    return this.batches.map((batch) => batch.map(({ seq }) => seq));
  }
}

/** Lets immediates and what they resolve run. */
async function turn(): Promise<void> {
  for (let round = 0; round < 3; round++) await new Promise((resolve) => setImmediate(resolve));
}

function access(
  options: Partial<RelaySinkOptions> = {},
  lane: Partial<LaneOptions> = {},
): {
  broker: Broker;
  sink: RelaySink;
  lane: Lane;
  clock: ReturnType<typeof manualClock>;
  pressure: boolean[];
} {
  const broker = new Broker();
  const clock = manualClock();
  const sink = new RelaySink({
    ...{ appId: '102', intents: 1, publisher: broker, clock, random: () => 0 },
    ...options,
  });
  const pressure: boolean[] = [];
  const origin = { sessionId: 'secret-session', shard: 2, shardCount: 4, epoch: 9 };
  const opened = sink.openLane({ name: 'shard 2', origin, onPressure: (on) => pressure.push(on), ...lane });
  return { broker, sink, lane: opened, clock, pressure };
}

const send = (lane: Lane, s: number, bytes?: number): void => lane.receiveFrame?.(frame(s, bytes), TYPE, s);

describe('the access side', () => {
  it('moves the checkpoint when the broker has acknowledged, and not before', async () => {
    const checkpoints: number[] = [];
    const { broker, lane } = access({}, { onCheckpoint: (s) => checkpoints.push(s) });
    for (const s of [3, 4, 9]) send(lane, s);
    await turn();
    expect(broker.seqs()).toEqual([[3, 4, 9]]);
    expect([lane.checkpoint, lane.received, lane.unsettled]).toEqual([undefined, 9, 3]);
    await broker.acknowledge();
    expect([lane.checkpoint, lane.unsettled]).toEqual([9, 0]);
    expect(checkpoints.at(-1)).toBe(9);
  });

  it('sends the bytes that came, with what an envelope needs and no session id', async () => {
    const { broker, lane, clock } = access();
    const bytes = frame(5);
    lane.receiveFrame?.(bytes, TYPE, 5);
    await turn();
    const [envelope] = broker.batches[0] ?? [];
    expect(envelope).toEqual({
      ...{ app: '102', event: TYPE, id: 'e5', seq: 5, epoch: 9, shard: '2/4', key: 'G', value: bytes },
      session: expect.stringMatching(/^[0-9a-f]{16}$/),
      receivedAtMs: clock.wallNow(),
    });
    expect(envelope?.value).toBe(bytes);
  });

  it('publishes one batch at a time, and sends what came meanwhile together', async () => {
    const { broker, lane } = access({ maxBatch: 3 });
    send(lane, 1);
    await turn();
    for (const s of [2, 3, 4, 5]) send(lane, s);
    await turn();
    expect(broker.seqs()).toEqual([[1]]);
    await broker.acknowledge();
    expect(broker.seqs()).toEqual([[1], [2, 3, 4]]);
    await broker.acknowledge();
    expect(broker.seqs()).toEqual([[1], [2, 3, 4], [5]]);
  });

  it('sends a full batch at once, while the rest of a read is still coming', async () => {
    const { broker, lane } = access({ maxBatch: 3 });
    for (const s of [1, 2]) send(lane, s);
    expect(broker.seqs()).toEqual([]);
    for (const s of [3, 4]) send(lane, s);
    expect(broker.seqs()).toEqual([[1, 2, 3]]);
    await turn();
    await broker.acknowledge();
    expect(broker.seqs()).toEqual([[1, 2, 3], [4]]);
  });

  it('bounds a batch in bytes, and sends a larger frame alone', async () => {
    const { broker, lane } = access({ maxBatchBytes: 1_000 });
    for (const [s, bytes] of [
      [1, 100],
      [2, 5_000],
      [3, 100],
      [4, 100],
    ] as const)
      send(lane, s, bytes);
    await turn();
    for (let batch = 0; batch < 3; batch++) await broker.acknowledge();
    expect(broker.seqs()).toEqual([[1], [2], [3, 4]]);
  });

  it('sends a refused batch again as it was, before anything later', async () => {
    const { broker, lane, clock } = access();
    for (const s of [1, 2]) send(lane, s);
    await turn();
    await broker.refuse();
    send(lane, 3);
    for (const pauseMs of [100, 200]) {
      await clock.advance(pauseMs);
      await turn();
      await broker.refuse();
    }
    await clock.advance(5_000);
    await turn();
    expect(broker.seqs()).toEqual([
      [1, 2],
      [1, 2],
      [1, 2],
      [1, 2],
    ]);
    expect(lane.checkpoint).toBeUndefined();
    await broker.acknowledge();
    expect(broker.seqs().at(-1)).toEqual([3]);
    expect(lane.checkpoint).toBe(2);
  });

  it('stops reading while the broker is slow or gone, and reads on when it is back', async () => {
    const { broker, lane, clock, pressure } = access({ laneCapacity: 4 });
    for (const s of [1, 2, 3]) send(lane, s);
    await turn();
    expect(pressure).toEqual([]);
    send(lane, 4);
    expect(pressure).toEqual([true]);
    await broker.refuse();
    await clock.advance(10_000);
    await turn();
    expect(pressure).toEqual([true]);
    await broker.acknowledge();
    expect(pressure).toEqual([true, false]);
    expect(lane.unsettled).toBe(1);
  });

  it('bounds the memory of all lanes together, those opened later included', async () => {
    const { broker, sink, lane, pressure } = access({ maxBytes: 10_000, maxBatch: 1 });
    const others: boolean[] = [];
    sink.openLane({ name: 'shard 3', onPressure: (on) => others.push(on) });
    for (const s of [1, 2, 3]) send(lane, s, 4_000);
    expect([pressure, others]).toEqual([[true], [true]]);
    const late: boolean[] = [];
    sink.openLane({ name: 'shard 4', onPressure: (on) => late.push(on) });
    expect(late).toEqual([true]);
    await turn();
    await broker.acknowledge();
    expect(pressure).toEqual([true]);
    await broker.acknowledge();
    expect([pressure, others, late]).toEqual([
      [true, false],
      [true, false],
      [true, false],
    ]);
  });

  it('drains: waits for the acknowledgement, and settles nothing afterwards', async () => {
    const { broker, lane } = access();
    send(lane, 1);
    await turn();
    const draining = lane.drain(1_000);
    send(lane, 2);
    await broker.acknowledge();
    expect(await draining).toBe(true);
    expect([lane.checkpoint, lane.received, lane.signal.aborted]).toEqual([1, 1, true]);
  });

  it('drains no longer than it may, and leaves what the broker did not take to the next owner', async () => {
    const { broker, lane, clock } = access();
    send(lane, 1);
    await turn();
    const draining = lane.drain(1_000);
    await clock.advance(1_001);
    expect(await draining).toBe(false);
    await broker.acknowledge();
    expect(lane.checkpoint).toBeUndefined();
  });

  it('takes nothing when the shard is no longer ours', async () => {
    let reason: unknown;
    const { broker, lane } = access({}, { guard: () => reason });
    send(lane, 1);
    reason = new BotgoError('BOTGO_LEASE_LOST', 'slept');
    send(lane, 2);
    await turn();
    expect(lane.signal.reason).toBe(reason);
    await broker.acknowledge();
    expect(lane.checkpoint).toBeUndefined();
    expect(broker.seqs()).toEqual([[1]]);
  });

  it('passes over what cannot be read, and drops replays', async () => {
    const { broker, lane } = access();
    lane.receiveFrame?.(Buffer.from('{"op":0,"d":'), 'GUILD_CREATE', 1);
    send(lane, 2);
    send(lane, 2);
    lane.pass(3);
    await turn();
    expect(broker.seqs()).toEqual([[2]]);
    expect(lane.checkpoint).toBe(1);
    await broker.acknowledge();
    expect(lane.checkpoint).toBe(3);
  });

  it('passes callbacks on, which have no order and no session', async () => {
    const settled: unknown[] = [];
    const { broker, lane } = access(
      {},
      { ordered: false, origin: undefined, onSettled: (...args) => settled.push(args) },
    );
    lane.receive({ t: TYPE, id: 'e7', d: { id: 'm7', group_openid: 'G' } }, 7);
    lane.receive({ t: 'READY', d: {} }, 8);
    await turn();
    expect(broker.batches[0]).toMatchObject([{ id: 'e7', key: 'G', session: '', seq: 0, shard: '' }]);
    expect(JSON.parse(String(broker.batches[0]?.[0]?.value))).toMatchObject({ op: 0, t: TYPE, id: 'e7' });
    await broker.acknowledge();
    expect(settled).toEqual([[7, 'handled', undefined]]);
  });

  it.each(['maxBatch', 'maxBatchBytes', 'maxBytes', 'laneCapacity'] as const)('refuses %s 0', (name) => {
    expect(() => access({ [name]: 0 })).toThrow(ConfigError);
  });
});

describe('relay', () => {
  /** A source that runs until it is stopped. */
  function source() {
    let end = (): void => {};
    let sink: EventSink | undefined;
    return {
      get sink() {
        return sink;
      },
      run: (given: EventSink) => {
        sink = given;
        return new Promise<void>((resolve) => {
          end = resolve;
        });
      },
      stop: async () => end(),
    };
  }

  it('reads nothing before the broker was reached, and closes it when stopped', async () => {
    const broker = new Broker();
    broker.openError = new BotgoError('BOTGO_BROKER', 'not yet');
    const clock = manualClock();
    const from = source();
    const running = relay({
      appId: '1',
      intents: 5,
      source: from,
      publisher: broker,
      clock,
      random: () => 0,
    });
    await turn();
    expect(running.status()).toEqual({ isOpen: false, isFailing: false, bytes: 0 });
    await clock.advance(50);
    expect([broker.opens, from.sink]).toEqual([2, undefined]);
    broker.openError = undefined;
    await clock.advance(5_000);
    await turn();
    expect(from.sink?.intents).toBe(5);
    expect(running.status().isOpen).toBe(true);
    await running.stop();
    await running.ended;
    expect(broker.isClosed).toBe(true);
  });

  it('ends with what a person must mend', async () => {
    const broker = new Broker();
    broker.openError = new ConfigError('wrong password');
    const running = relay({ appId: '1', intents: 0, source: source(), publisher: broker });
    await expect(running.ended).rejects.toThrow('wrong password');
    expect(broker.isClosed).toBe(true);
  });

  it('can be stopped while the broker is not there', async () => {
    const broker = new Broker();
    broker.openError = new BotgoError('BOTGO_BROKER', 'never');
    const from = source();
    const running = relay({ appId: '1', intents: 0, source: from, publisher: broker, clock: manualClock() });
    await turn();
    await running.stop();
    expect(from.sink).toBeUndefined();
  });
});
