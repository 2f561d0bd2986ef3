import { describe, expect, it } from 'vitest';
import { fakeSink } from '../../test/support/fake-sink.js';
import { callbackHeaders, dispatchBody } from '../../test/support/signed-callback.js';
import { ConfigError } from '../errs/index.js';
import { fetchHandler } from './fetch-handler.js';
import { WebhookSource } from './webhook-source.js';

const ONE = { appId: '11111111', secret: 'naOC0ocQE3shWLAfffVLB1rhYPG7' };
const TWO = { appId: '22222222', secret: '123456abcdef' };

function started(bot: { appId: string; secret: string }) {
  const source = new WebhookSource(bot);
  const sink = fakeSink({ settleAs: 'handled' });
  void source.run(sink);
  return { source, sink };
}

function request(bot: { appId: string; secret: string }, body: string, init: RequestInit = {}): Request {
  return new Request('https://bot.example/callback?x=1', {
    method: 'POST',
    body,
    ...init,
    headers: { ...callbackHeaders(bot, body), ...(init.headers as Record<string, string>) },
  });
}

/** A body that arrives in pieces, without a length. */
function chunked(...pieces: (string | Uint8Array)[]): RequestInit {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const piece of pieces) controller.enqueue(typeof piece === 'string' ? Buffer.from(piece) : piece);
      controller.close();
    },
  });
  return { body: stream, duplex: 'half' } as RequestInit;
}

describe('the right answer', () => {
  it('an event is handled and acknowledged', async () => {
    const { source, sink } = started(ONE);
    const response = await fetchHandler(source)(request(ONE, dispatchBody()));
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(await response.text()).toBe('{"op":12,"d":0}');
    expect(sink.lane.events).toHaveLength(1);
  });

  it('a body in pieces is put together before its signature is checked', async () => {
    const { source, sink } = started(ONE);
    const body = dispatchBody('m1', '天气'.repeat(20_000));
    const bytes = Buffer.from(body);
    const pieces = Array.from({ length: 50 }, (_, i) =>
      bytes.subarray((i * bytes.length) / 50, ((i + 1) * bytes.length) / 50),
    );
    const response = await fetchHandler(source)(request(ONE, body, chunked(...pieces)));
    expect(response.status).toBe(200);
    expect(sink.lane.events).toHaveLength(1);
  });

  it('several bots behind one address get their own', async () => {
    const one = started(ONE);
    const two = started(TWO);
    const handle = fetchHandler([one.source, two.source]);
    await handle(request(ONE, dispatchBody('m1')));
    await handle(request(TWO, dispatchBody('m2')));
    expect(one.sink.lane.events.map(({ event }) => event.id)).toEqual(['C2C_MESSAGE_CREATE:m1']);
    expect(two.sink.lane.events.map(({ event }) => event.id)).toEqual(['C2C_MESSAGE_CREATE:m2']);
  });

  it('a bot alone needs no X-Bot-Appid', async () => {
    const { source } = started(ONE);
    const plain = request(ONE, dispatchBody());
    plain.headers.delete('x-bot-appid');
    expect((await fetchHandler(source)(plain)).status).toBe(200);
  });
});

describe('the right refusal, with nothing handled', () => {
  const body = dispatchBody();
  const other = { appId: ONE.appId, secret: 'another' };

  it.each<[string, number, () => Request]>([
    ['GET', 405, () => request(ONE, body, { method: 'GET', body: null })],
    ['PUT', 405, () => request(ONE, body, { method: 'PUT' })],
    ['another path', 404, () => new Request('https://bot.example/other', { method: 'POST', body })],
    ['an unknown app id', 404, () => request({ ...ONE, appId: '33333333' }, body)],
    ['no app id', 400, () => new Request('https://bot.example/callback', { method: 'POST', body })],
    ['a wrong secret', 401, () => request(other, body)],
    ["another bot's signature", 401, () => request({ appId: ONE.appId, secret: TWO.secret }, body)],
    ['no signature', 401, () => request(ONE, body, { headers: { 'x-signature-ed25519': '' } })],
    ['no timestamp', 401, () => request(ONE, body, { headers: { 'x-signature-timestamp': '' } })],
    ['a changed body', 401, () => request(ONE, body, chunked(body.replace('hello', 'hellO')))],
    [
      'a body that was formatted anew',
      401,
      () => request(ONE, body, chunked(JSON.stringify(JSON.parse(body), null, 1))),
    ],
    ['no body', 401, () => request(ONE, body, { body: null })],
    ['no JSON', 400, () => request(ONE, 'hello')],
    [
      'a declared length over the limit',
      413,
      () => request(ONE, body, { headers: { 'content-length': '1025' } }),
    ],
    [
      'a body over the limit without a length',
      413,
      () => request(ONE, body, chunked(body, 'x'.repeat(1024))),
    ],
  ])('%s: %i', async (_case, status, make) => {
    const bots = [started(ONE), started(TWO)];
    const handle = fetchHandler(
      bots.map(({ source }) => source),
      { path: '/callback', maxBodyBytes: 1_024 },
    );
    const response = await handle(make());
    expect(response.status).toBe(status);
    if (status === 405) expect(response.headers.get('allow')).toBe('POST');
    for (const { sink } of bots) expect(sink.lane).toMatchObject({ events: [], passed: [] });
  });

  it('a body that somebody else has read', async () => {
    const { source, sink } = started(ONE);
    const used = request(ONE, body);
    await used.text();
    expect((await fetchHandler(source)(used)).status).toBe(500);
    expect(sink.lane.events).toEqual([]);
  });

  it('a body that breaks off', async () => {
    const { source, sink } = started(ONE);
    const stream = new ReadableStream({ pull: (controller) => controller.error(new Error('reset')) });
    const broken = request(ONE, body, { body: stream, duplex: 'half' } as RequestInit);
    expect((await fetchHandler(source)(broken)).status).toBe(400);
    expect(sink.lane.events).toEqual([]);
  });
});

it('refuses no bot, one bot twice, and a senseless limit', () => {
  const source = new WebhookSource(ONE);
  expect(() => fetchHandler([])).toThrow(ConfigError);
  expect(() => fetchHandler([source, new WebhookSource(ONE)])).toThrow(ConfigError);
  expect(() => fetchHandler(source, { maxBodyBytes: 0 })).toThrow(ConfigError);
});
