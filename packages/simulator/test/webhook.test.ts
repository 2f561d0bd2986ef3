import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type SimEvent, type Simulator, type SimulatorOptions, startSimulator } from '../src/index.js';
import { isSignedBy, signText, webhookKey } from '../src/webhook/sign.js';
import { SELF_SIGNED } from './certificate.js';
import { post } from './client.js';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

const APP = '102000001';
const KEY = webhookKey('demo-secret');
const USER = '0A1B2C3D4E5F60718293A4B5C6D7E8F9';

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator({
    switches: { webhookRetryMs: 1, webhookTimeoutMs: 200 },
    ...options,
  });
  undo.push(() => simulator.close());
  return simulator;
}

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

type Answer = string | number | 'nothing';

/** A bot's callback server. `answers` are for the events, one each; then `{"op":12,"d":0}`. */
async function bot(
  answers: Answer[] = [],
  signs: (ts: string, plain: string) => string = (ts, plain) => signText(KEY, ts, plain),
  isTls = false,
): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const create = isTls ? createTlsServer.bind(undefined, SELF_SIGNED) : createServer;
  const server: Server = create((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += String(chunk);
    });
    request.on('end', () => {
      const payload = JSON.parse(body) as { op: number; d: { plain_token: string; event_ts: string } };
      if (payload.op === 13) {
        const { plain_token, event_ts } = payload.d;
        response.end(JSON.stringify({ plain_token, signature: signs(event_ts, plain_token) }));
        return;
      }
      received.push({ headers: request.headers, body });
      const answer = answers.shift() ?? '{"op":12,"d":0}';
      if (answer === 'nothing') return;
      if (typeof answer === 'number') response.statusCode = answer;
      response.end(typeof answer === 'string' ? answer : '');
    });
  }) as Server;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  undo.push(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { url: `${isTls ? 'https' : 'http'}://127.0.0.1:${port}/callback`, received };
}

type DeliveryEvent = Extract<SimEvent, { type: 'delivery' }>;

/** Says something in C2C and collects what became of each try, `count` of them. */
async function deliveries(simulator: Simulator, count: number): Promise<DeliveryEvent[]> {
  const seen: DeliveryEvent[] = [];
  return new Promise((resolve) => {
    const stop = simulator.control.subscribe(
      (event) => {
        if (event.type === 'delivery') seen.push(event);
        if (seen.length === count) {
          stop();
          resolve(seen);
        }
      },
      ['delivery'],
    );
    simulator.control.say({ scene: 'c2c', target: USER, content: '你好' });
  });
}

describe('a callback address', () => {
  it('is checked with op 13, then gets signed events', async () => {
    const simulator = await start();
    const { url, received } = await bot();
    expect(await simulator.control.webhook({ appId: APP, url })).toEqual({ verified: true, problem: '' });
    expect(await deliveries(simulator, 1)).toMatchObject([{ ok: true, status: 200, attempt: 1 }]);
    const { headers, body } = received[0] ?? { headers: {}, body: '' };
    expect(headers).toMatchObject({ 'user-agent': 'QQBot-Callback', 'x-bot-appid': APP });
    const signature = String(headers['x-signature-ed25519']);
    expect(isSignedBy(KEY, signature, String(headers['x-signature-timestamp']), body)).toBe(true);
    expect(JSON.parse(body)).toMatchObject({
      op: 0,
      s: 1,
      t: 'C2C_MESSAGE_CREATE',
      id: expect.stringMatching(/^C2C_MESSAGE_CREATE:/),
      d: { content: '你好' },
    });
  });

  it.each([
    ['signs in the wrong order', (ts: string, plain: string) => signText(KEY, plain, ts)],
    ['signs with another secret', (ts: string, plain: string) => signText(webhookKey('other'), ts, plain)],
    ['does not sign', () => ''],
  ])('is refused when it %s', async (_name, signs) => {
    const simulator = await start();
    const { url } = await bot([], signs);
    const set = await post(simulator, '/_sim/webhook', { appId: APP, url });
    expect(set.body).toEqual({ verified: false, problem: 'the signature of the answer is wrong' });
  });

  it('is refused when nobody listens there, or the input is wrong', async () => {
    const simulator = await start();
    const dead = await simulator.control.webhook({ appId: APP, url: 'http://127.0.0.1:1/' });
    expect(dead).toEqual({ verified: false, problem: 'no answer: ECONNREFUSED' });
    expect((await post(simulator, '/_sim/webhook', { appId: APP, url: 'ftp://x' })).body.path).toBe(
      'webhook.url',
    );
    expect((await post(simulator, '/_sim/webhook', { appId: 'x', url: 'http://x' })).body.path).toBe(
      'webhook.appId',
    );
  });

  it('over HTTPS needs a certificate that verifies', async () => {
    const simulator = await start();
    const { url } = await bot([], undefined, true);
    const refused = await simulator.control.webhook({ appId: APP, url });
    expect(refused).toEqual({ verified: false, problem: 'no answer: DEPTH_ZERO_SELF_SIGNED_CERT' });
    const trusted = await simulator.control.webhook({ appId: APP, url, ca: SELF_SIGNED.cert });
    expect(trusted).toEqual({ verified: true, problem: '' });
  });

  it('gets only the ticked events, and none once it is removed', async () => {
    const simulator = await start();
    const { url, received } = await bot();
    await simulator.control.webhook({ appId: APP, url, events: ['GUILD_MEMBER_ADD'] });
    simulator.control.say({ scene: 'c2c', target: USER, content: 'x' });
    const member = { act: 'join-guild', guildId: '1152921504606846976' } as const;
    simulator.control.act({ ...member, userId: '1' });
    while (received.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(received.map(({ body }) => (JSON.parse(body) as { t: string }).t)).toEqual(['GUILD_MEMBER_ADD']);
    await simulator.control.webhook({ appId: APP, url: null });
    simulator.control.act({ ...member, userId: '2' });
    expect(received).toHaveLength(1);
  });
});

describe('a delivery that fails', () => {
  it.each([
    ['a status of 500', 500, 'the answer has status 500'],
    ['op 12 with 1', '{"op":12,"d":1}', 'the bot answered op 12 with 1'],
    ['no answer', 'nothing', 'no answer in time'],
  ] as const)('with %s is tried again with the same id', async (_name, answer, problem) => {
    const simulator = await start();
    const { url, received } = await bot([answer, answer]);
    await simulator.control.webhook({ appId: APP, url });
    const tries = await deliveries(simulator, 3);
    expect(tries.map(({ attempt, ok, problem: why }) => [attempt, ok, why])).toEqual([
      [1, false, problem],
      [2, false, problem],
      [3, true, ''],
    ]);
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  });

  it('is given up after webhookRetries', async () => {
    const simulator = await start({ switches: { webhookRetries: 1, webhookRetryMs: 1 } });
    const { url, received } = await bot([500, 500, 500]);
    await simulator.control.webhook({ appId: APP, url });
    await deliveries(simulator, 2);
    await deliveries(simulator, 2);
    expect(received).toHaveLength(4);
  });

  it.each([['{"op":12}'], ['{"op":12,"d":{}}'], ['{"op":12,"d":{"seq":1}}'], ['']])(
    'is not one with the answer %j',
    async (answer) => {
      const simulator = await start();
      const { url } = await bot([answer]);
      await simulator.control.webhook({ appId: APP, url });
      expect(await deliveries(simulator, 1)).toMatchObject([{ ok: true }]);
    },
  );
});

describe('spoilt deliveries', () => {
  it.each(['signature', 'body', 'appid', 'headers', 'twice'] as const)('%s', async (spoils) => {
    const simulator = await start();
    const { url, received } = await bot();
    await simulator.control.webhook({ appId: APP, url });
    simulator.control.fault({ kind: 'webhook', spoils });
    await deliveries(simulator, spoils === 'twice' ? 2 : 1);
    const { headers, body } = received[0] ?? { headers: {}, body: '' };
    const timestamp = String(headers['x-signature-timestamp']);
    const isGood = isSignedBy(KEY, String(headers['x-signature-ed25519']), timestamp, body);
    expect(isGood).toBe(spoils === 'appid' || spoils === 'twice');
    expect(headers['x-bot-appid'] === APP).toBe(spoils !== 'appid');
    expect(received).toHaveLength(spoils === 'twice' ? 2 : 1);
    if (spoils === 'twice') expect(received[0]?.body).toBe(received[1]?.body);
  });
});
