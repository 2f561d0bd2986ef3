import { describe, expect, it, vi } from 'vitest';
import { type FakeSinkOptions, fakeSink } from '../../test/support/fake-sink.js';
import { dispatchBody } from '../../test/support/signed-callback.js';
import { manualClock } from '../clock/index.js';
import { ConfigError, isBotgoError } from '../errs/index.js';
import type { Outcome } from '../event/index.js';
import { generateSignature, type SignedRequest } from './signature.js';
import { type WebhookOptions, WebhookSource } from './webhook-source.js';

const SECRET = 'DG5g3B4j9X2KOErG';
const OK = { status: 200, body: '{"op":12,"d":0}' };
const AGAIN = { status: 200, body: '{"op":12,"d":1}' };

function signed(body: string, timestamp = '1725442341'): SignedRequest {
  return { signature: generateSignature(SECRET, timestamp, body), timestamp, body: Buffer.from(body) };
}

function running(options: Partial<WebhookOptions> = {}, sinkOptions: FakeSinkOptions = {}) {
  const clock = manualClock(1_725_442_341_000);
  const sink = fakeSink(sinkOptions);
  const source = new WebhookSource({ appId: '11111111', secret: SECRET, clock, ...options });
  const abort = new AbortController();
  const ran = source.run(sink, abort.signal);
  return { clock, sink, source, ran, abort };
}

describe('an event', () => {
  it('goes into a lane without order, under marks that grow', async () => {
    const { sink, source } = running({}, { settleAs: 'handled' });
    source.answer(signed(dispatchBody('m1')));
    source.answer(signed(dispatchBody('m2')));
    expect(sink.lane.options).toMatchObject({
      name: 'webhook 11111111',
      ordered: false,
      redelivers: true,
    });
    expect(sink.lane.events.map(({ event, mark }) => [event.id, mark])).toEqual([
      ['C2C_MESSAGE_CREATE:m1', 1],
      ['C2C_MESSAGE_CREATE:m2', 2],
    ]);
  });

  it('is claimed by its process, not by whoever takes callbacks of the same bot', () => {
    const [one, two] = [running(), running()];
    const holders = [one, two].map(({ sink }) => sink.lane.options.holder);
    expect(new Set(holders).size).toBe(2);
    // As a member's it would be void without a lease: see redisClaimStore.
    for (const holder of holders) expect(holder).not.toMatch(/^\S+ \d+$/);
  });

  it.each<[Outcome, typeof OK]>([
    ['handled', OK],
    ['duplicate', OK],
    ['unhandled', OK],
    ['poison', OK],
    ['failed', AGAIN],
    ['timed-out', AGAIN],
  ])('that settles as %s at once is answered without waiting', (outcome, answer) => {
    const { source, clock } = running({}, { settleAs: outcome });
    expect(source.answer(signed(dispatchBody()))).toEqual(answer);
    expect(clock.pending).toBe(0);
  });

  it.each<[Outcome, typeof OK]>([
    ['handled', OK],
    ['failed', AGAIN],
  ])('that settles as %s later is answered then', async (outcome, answer) => {
    const { source, clock, sink } = running();
    const answered = source.answer(signed(dispatchBody()));
    await clock.advance(2_499);
    sink.lane.settle(1, outcome);
    await expect(answered).resolves.toEqual(answer);
    expect(clock.pending).toBe(0);
  });

  it('is acknowledged after ackAfterMs; what becomes of it later changes nothing', async () => {
    const { source, clock, sink } = running();
    const answered = vi.fn();
    void Promise.resolve(source.answer(signed(dispatchBody()))).then(answered);
    await clock.advance(2_499);
    expect(answered).not.toHaveBeenCalled();
    await clock.advance(1);
    expect(answered).toHaveBeenCalledExactlyOnceWith(OK);
    sink.lane.settle(1, 'failed');
  });

  it('with ack: accepted is answered as soon as it was taken', () => {
    const { source, sink } = running({ ack: 'accepted' });
    expect(source.answer(signed(dispatchBody()))).toEqual(OK);
    expect(sink.lane.events).toHaveLength(1);
  });

  it('nobody listens to is passed on unhandled', () => {
    const { source, sink } = running({}, { wants: (type) => type === 'AT_MESSAGE_CREATE' });
    expect(source.answer(signed(dispatchBody()))).toEqual(OK);
    expect(sink.lane).toMatchObject({ events: [], passed: [1] });
  });
});

describe('what is refused', () => {
  it('a bad signature reaches no lane, and its body no log', () => {
    const warn = vi.fn();
    const logger = { debug() {}, info() {}, warn, error() {} };
    const { source, sink } = running({ logger });
    const body = dispatchBody('m1', 'private words');
    expect(source.answer({ ...signed(body), timestamp: '2' })).toMatchObject({ status: 401 });
    expect(sink.lane.events).toEqual([]);
    expect(warn).toHaveBeenCalledOnce();
    expect(JSON.stringify(warn.mock.calls)).not.toMatch(/private|DG5g3B/);
  });

  it('an old timestamp when maxAgeMs is set', () => {
    const { source } = running({ maxAgeMs: 300_000 }, { settleAs: 'handled' });
    expect(source.answer(signed(dispatchBody(), '1725442041'))).toEqual(OK);
    expect(source.answer(signed(dispatchBody(), '1725442040'))).toMatchObject({ status: 401 });
  });

  it('events before run and after stop; op 13 is answered all the same', async () => {
    const source = new WebhookSource({ appId: '1', secret: SECRET });
    const validation = '{"op":13,"d":{"plain_token":"abc","event_ts":"1"}}';
    expect(source.answer(signed(dispatchBody()))).toMatchObject({ status: 503 });
    expect(source.answer(signed(validation))).toMatchObject({ status: 200 });
    const { source: stopped, ran } = running();
    await stopped.stop();
    await ran;
    expect(stopped.answer(signed(dispatchBody()))).toMatchObject({ status: 503 });
  });
});

describe('pressure', () => {
  it('holds events back until handlers have caught up', async () => {
    const { source, sink, clock } = running({}, { settleAs: 'handled' });
    sink.lane.options.onPressure?.(true);
    const answered = source.answer(signed(dispatchBody()));
    expect(sink.lane.events).toEqual([]);
    await clock.advance(1_000);
    sink.lane.options.onPressure?.(false);
    await expect(answered).resolves.toEqual(OK);
    expect(clock.pending).toBe(0);
  });

  it('sends them back when that takes too long', async () => {
    const { source, sink, clock } = running();
    sink.lane.options.onPressure?.(true);
    const answered = source.answer(signed(dispatchBody()));
    await clock.advance(2_500);
    await expect(answered).resolves.toMatchObject({ status: 503 });
    sink.lane.options.onPressure?.(false);
    expect(sink.lane.events).toEqual([]);
  });

  it('an event that presses again leaves the rest waiting', async () => {
    const { source, sink, clock } = running({ ack: 'accepted' });
    const { lane } = sink;
    const receive = lane.receive;
    lane.receive = (event, mark) => {
      receive(event, mark);
      lane.options.onPressure?.(true);
    };
    lane.options.onPressure?.(true);
    const answers = ['m1', 'm2'].map((id) => source.answer(signed(dispatchBody(id))));
    lane.options.onPressure?.(false);
    expect(lane.events).toHaveLength(1);
    await clock.advance(2_500);
    await expect(Promise.all(answers)).resolves.toMatchObject([OK, { status: 503 }]);
  });
});

describe('the end', () => {
  it('stop drains for drainTimeoutMs and asks again for what did not settle', async () => {
    const drain = vi.fn(async () => false);
    const { source, ran } = running({ drainTimeoutMs: 700 }, { drain });
    const answered = source.answer(signed(dispatchBody()));
    await Promise.all([source.stop(), source.stop()]);
    await ran;
    expect(drain).toHaveBeenCalledExactlyOnceWith(700);
    await expect(answered).resolves.toEqual(AGAIN);
  });

  it('stop answers what is held back with 503', async () => {
    const { source, sink, ran } = running();
    sink.lane.options.onPressure?.(true);
    const answered = source.answer(signed(dispatchBody()));
    await source.stop();
    await ran;
    await expect(answered).resolves.toMatchObject({ status: 503 });
  });

  it('aborting revokes the lane with the reason', async () => {
    const { source, sink, ran, abort } = running();
    const answered = source.answer(signed(dispatchBody()));
    const reason = new Error('enough');
    abort.abort(reason);
    await ran;
    expect(sink.lane.revokedWith).toEqual([reason]);
    await expect(answered).resolves.toEqual(AGAIN);
  });

  it('runs once, and not after stop', async () => {
    const { source } = running();
    const closed = expect.toSatisfy((error) => isBotgoError(error, 'BOTGO_CLOSED'));
    await expect(source.run(fakeSink())).rejects.toEqual(closed);
    const idle = new WebhookSource({ appId: '1', secret: SECRET });
    await idle.stop();
    await expect(idle.run(fakeSink())).rejects.toEqual(closed);
  });
});

it.each<[string, Partial<WebhookOptions>]>([
  ['no app id', { appId: '' }],
  ['an app id that is a number', { appId: 1 as unknown as string }],
  ['no secret', { secret: '' }],
  ['ackAfterMs 0', { ackAfterMs: 0 }],
  ['ackAfterMs NaN', { ackAfterMs: Number.NaN }],
  ['maxAgeMs -1', { maxAgeMs: -1 }],
])('refuses %s', (_case, options) => {
  expect(() => new WebhookSource({ appId: '1', secret: SECRET, ...options })).toThrow(ConfigError);
});
