import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createClock,
  type SimClock,
  type Simulator,
  type SimulatorOptions,
  startSimulator,
} from '../src/index.js';
import { accessToken, Client, call, post } from './client.js';

const open: Simulator[] = [];
afterEach(async () => {
  for (const simulator of open.splice(0)) await simulator.close();
});

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  open.push(simulator);
  return simulator;
}

async function startFrozen(
  options: SimulatorOptions = {},
): Promise<{ simulator: Simulator; clock: SimClock }> {
  const clock = createClock({ frozen: true });
  return { simulator: await start({ ...options, clock }), clock };
}

const USER = '0A1B2C3D4E5F60718293A4B5C6D7E8F9';
const GROUP = '5566778899AABBCCDDEEFF0011223344';
const DM = '1152921504606850000';

it('names the content type of its answers without parameters: botpy reads no other as JSON', async () => {
  const simulator = await start();
  const answer = await fetch(`${simulator.url}/gateway/bot`, {
    headers: { authorization: 'Bot 102000001.demo-token' },
  });
  expect(answer.headers.get('content-type')).toBe('application/json');
});

describe('the token endpoint', () => {
  it('gives the same token while it is valid, and a new one in its last minute beside the old', async () => {
    const { simulator, clock } = await startFrozen();
    const ask = () =>
      post(simulator, '/app/getAppAccessToken', { appId: '102000001', clientSecret: 'demo-secret' });
    const first = await ask();
    expect(first.body).toEqual({ access_token: expect.any(String), expires_in: '7200' });
    clock.advance(7_000_000);
    expect((await ask()).body).toEqual({ access_token: first.body.access_token, expires_in: '200' });
    clock.advance(150_000);
    const second = await ask();
    expect(second.body.access_token).not.toBe(first.body.access_token);
    const old = String(first.body.access_token);
    expect((await call(simulator, 'GET', '/users/@me', { token: old })).status).toBe(200);
    clock.advance(60_000);
    expect((await call(simulator, 'GET', '/users/@me', { token: old })).body.code).toBe(11244);
  });

  it.each([
    [{ appId: 'nobody', clientSecret: 'x' }, 100007],
    [{ appId: '102000001', clientSecret: 'x' }, 100016],
    [{ appId: 102000001, clientSecret: 'demo-secret' }, 100016],
    [{}, 100016],
  ])('answers %j with %i', async (body, code) => {
    expect((await post(await start(), '/app/getAppAccessToken', body)).body.code).toBe(code);
  });
});

describe('credentials', () => {
  it.each([
    [undefined, 401, 11241],
    ['QQBot wrong', 401, 11244],
    ['Basic abc', 401, 11243],
    ['Bot 102000001.demo-token', 200, undefined],
    ['Bot 102000001.wrong', 401, 11243],
    ['Bot 1.demo-token', 401, 11251],
  ])('%s gives %i', async (authorization, status, code) => {
    const simulator = await start();
    const answer = await call(
      simulator,
      'GET',
      '/users/@me',
      authorization === undefined ? {} : { authorization },
    );
    expect([answer.status, answer.body.code]).toEqual([status, code]);
    expect(answer.headers.get('x-tps-trace-id')).toMatch(/^trace/);
  });

  it('warns once about the fixed token, and refuses it with 11245 when it is switched off', async () => {
    const simulator = await start();
    const warnings: unknown[] = [];
    simulator.control.subscribe((event) => warnings.push(event), ['warning']);
    const authorization = 'Bot 102000001.demo-token';
    await call(simulator, 'GET', '/users/@me', { authorization });
    await call(simulator, 'GET', '/users/@me', { authorization });
    expect(warnings).toHaveLength(1);
    expect(JSON.stringify(warnings)).not.toContain('demo-token');
    simulator.control.bot({ appId: '102000001', acceptsFixedToken: false });
    expect((await call(simulator, 'GET', '/users/@me', { authorization })).body.code).toBe(11245);
  });
});

describe('finding the gateway', () => {
  it('names it, the shards and the session starts that are left', async () => {
    const simulator = await start();
    const { token } = await Client.identified(simulator, { shard: [0, 2] });
    expect((await call(simulator, 'GET', '/gateway', { token })).body).toEqual({ url: simulator.gatewayUrl });
    expect((await call(simulator, 'GET', '/gateway/bot', { token })).body).toMatchObject({
      url: simulator.gatewayUrl,
      shards: 2,
      session_start_limit: { total: 1000, remaining: 999, max_concurrency: 2 },
    });
  });

  it('fills the budget again after a day', async () => {
    const { simulator, clock } = await startFrozen();
    const { token } = await Client.identified(simulator);
    const limit = async (bearer: string) =>
      (await call(simulator, 'GET', '/gateway/bot', { token: bearer })).body.session_start_limit;
    expect(await limit(token)).toMatchObject({ remaining: 999, reset_after: 86_400_000 });
    clock.advance(86_400_000);
    expect(await limit(await accessToken(simulator))).toMatchObject({
      remaining: 1000,
      reset_after: 86_400_000,
    });
  });
});

describe('sending', () => {
  it('answers a message of each scene and shows it in the outbox', async () => {
    const simulator = await start();
    const { token } = await Client.identified(simulator);
    const { control } = simulator;
    const said = {
      channel: control.say({ scene: 'channel', target: '7000101', content: 'hi' }),
      dm: control.say({ scene: 'dm', target: DM, content: 'hi' }),
      group: control.say({ scene: 'group', target: GROUP, content: 'hi' }),
      c2c: control.say({ scene: 'c2c', target: USER, content: 'hi' }),
    };
    const paths = {
      channel: '/channels/7000101/messages',
      dm: `/dms/${DM}/messages`,
      group: `/v2/groups/${GROUP}/messages`,
      c2c: `/v2/users/${USER}/messages`,
    };
    for (const scene of ['channel', 'dm', 'group', 'c2c'] as const) {
      const body = { content: `to ${scene}`, msg_id: said[scene].messageId };
      const answer = await post(simulator, paths[scene], body, { token });
      expect(answer.status).toBe(200);
      expect(answer.body.id).toBeTypeOf('string');
      if (scene === 'channel')
        expect(answer.body).toMatchObject({ channel_id: '7000101', author: { bot: true } });
      if (scene === 'c2c')
        expect(answer.body).toMatchObject({ timestamp: expect.stringMatching(/\+08:00$/) });
    }
    expect(control.outbox().map(({ scene, content }) => [scene, content])).toEqual([
      ['channel', 'to channel'],
      ['dm', 'to dm'],
      ['group', 'to group'],
      ['c2c', 'to c2c'],
    ]);
    expect(control.outbox({ scene: 'dm' })).toHaveLength(1);
  });

  it('refuses the same msg_id and msg_seq twice, and the fifth reply in C2C', async () => {
    const simulator = await start();
    const token = await accessToken(simulator);
    const { messageId } = simulator.control.say({ scene: 'c2c', target: USER, content: 'hi' });
    const reply = (msgSeq?: number) =>
      post(
        simulator,
        `/v2/users/${USER}/messages`,
        { content: 'x', msg_id: messageId, msg_seq: msgSeq },
        { token },
      );
    expect((await reply()).status).toBe(200);
    expect((await reply(1)).body).toMatchObject({ err_code: 40054005 });
    for (const seq of [2, 3, 4]) expect((await reply(seq)).status).toBe(200);
    expect((await reply(5)).body).toMatchObject({
      code: 22009,
      err_code: 40034128,
      trace_id: expect.any(String),
    });
  });

  it.each([
    ['c2c', USER, `/v2/users/${USER}/messages`, 3_600_000, 40034005, 'err_code'],
    ['group', GROUP, `/v2/groups/${GROUP}/messages`, 300_000, 40034005, 'err_code'],
    ['channel', '7000101', '/channels/7000101/messages', 300_000, 304027, 'code'],
    ['dm', DM, `/dms/${DM}/messages`, 300_000, 304027, 'code'],
  ] as const)(
    'closes the window of %s after its time',
    async (scene, target, path, windowMs, code, field) => {
      const { simulator, clock } = await startFrozen({ switches: { heartbeatMisses: 0 } });
      const { token } = await Client.identified(simulator);
      const { messageId } = simulator.control.say({ scene, target, content: 'hi' });
      clock.advance(windowMs);
      expect((await post(simulator, path, { content: 'x', msg_id: messageId }, { token })).status).toBe(200);
      clock.advance(1);
      const late = await post(simulator, path, { content: 'x', msg_id: messageId, msg_seq: 2 }, { token });
      expect(late.body[field]).toBe(code);
    },
  );

  it('needs a live gateway connection for channels (304018)', async () => {
    const simulator = await start();
    const token = await accessToken(simulator);
    const send = () => post(simulator, '/channels/7000101/messages', { content: 'x' }, { token });
    expect((await send()).body.code).toBe(304018);
    await Client.identified(simulator, { token });
    expect((await send()).status).toBe(200);
  });

  it('answers by event_id where the event allows it', async () => {
    const simulator = await start();
    const token = await accessToken(simulator);
    const path = `/v2/users/${USER}/messages`;
    const add = simulator.control.act({ act: 'add-friend', openid: USER }).events[0];
    expect((await post(simulator, path, { content: 'welcome', event_id: add?.id }, { token })).status).toBe(
      200,
    );
    const del = simulator.control.emit({ t: 'FRIEND_DEL', d: { openid: USER } });
    expect((await post(simulator, path, { content: 'x', event_id: del.id }, { token })).body.err_code).toBe(
      40034025,
    );
  });

  it.each([
    ['/channels/7000101/messages', {}, 50006],
    ['/channels/7000101/messages', { content: 'x', msg_id: 'nobody' }, 304026],
    ['/channels/7000101/messages', { content: 'x', markdown: { content: '# x' } }, 50037],
    ['/channels/7000101/messages', { content: 5 }, 50035],
    ['/channels/1/messages', { content: 'x' }, 10003],
    ['/channels/7000103/messages', { content: 'x' }, 10003],
    ['/dms/1/messages', { content: 'x' }, 304032],
    [`/v2/users/${USER}/messages`, { msg_type: 2 }, 22006],
    [`/v2/users/${USER}/messages`, { msg_type: 9, content: 'x' }, 340069],
    [`/v2/users/${USER}/messages`, '{bad', 12002],
    [`/v2/users/${USER}/messages`, '[]', 12002],
    ['/v2/users/NOBODY/messages', { content: 'x' }, 11255],
    ['/v2/groups/NOBODY/messages', { content: 'x' }, 11255],
  ])('%s refuses %j with %i', async (path, body, code) => {
    const simulator = await start();
    const { token } = await Client.identified(simulator);
    expect((await post(simulator, path, body, { token })).body.code).toBe(code);
    expect(simulator.control.outbox()).toHaveLength(0);
  });

  it('opens a DM once for a member of the guild', async () => {
    const simulator = await start();
    const token = await accessToken(simulator);
    const body = { recipient_id: '9007199254741002', source_guild_id: '1152921504611041280' };
    const first = await post(simulator, '/users/@me/dms', body, { token });
    expect(first.body).toMatchObject({ guild_id: expect.any(String), channel_id: expect.any(String) });
    expect((await post(simulator, '/users/@me/dms', body, { token })).body).toEqual(first.body);
  });
});

describe('interactions', () => {
  it('are answered once, in time, by their own bot', async () => {
    const { simulator, clock } = await startFrozen();
    const token = await accessToken(simulator);
    const click = () =>
      simulator.control.act({ act: 'click', scene: 'c2c', target: USER, buttonId: 'ok', data: 'yes' });
    const put = (id: string, code: unknown = 0) =>
      call(simulator, 'PUT', `/interactions/${id}`, { token, body: { code } });
    const id = String(click().interactionId);
    expect((await put(id)).status).toBe(200);
    expect(simulator.control.interaction({ id })).toEqual({ code: 0 });
    expect((await put(id)).body.code).toBe(630005);
    const late = String(click().interactionId);
    clock.advance(3_001);
    expect((await put(late)).body.code).toBe(630005);
    expect((await put(late, 6)).body.code).toBe(630001);
  });
});

describe('injected faults', () => {
  it('spoil so many calls of a route, and the next one works', async () => {
    const simulator = await start();
    const token = await accessToken(simulator);
    const me = () => fetch(`${simulator.url}/users/@me`, { headers: { authorization: `QQBot ${token}` } });
    simulator.control.fault({ kind: 'http', path: '/users/*', answer: '429' });
    expect((await me()).status).toBe(429);
    simulator.control.fault({ kind: 'http', answer: 'text', status: 502, times: 2 });
    expect(await (await me()).text()).toContain('<html>');
    expect((await me()).status).toBe(502);
    simulator.control.fault({ kind: 'http', method: 'POST', answer: 'error' });
    expect((await me()).status).toBe(200);
    simulator.control.clearFaults();
    simulator.control.fault({ kind: 'http', answer: 'reset' });
    await expect(me()).rejects.toThrow();
    simulator.control.fault({ kind: 'http', answer: 'never' });
    const signal = AbortSignal.timeout(50);
    await expect(fetch(`${simulator.url}/users/@me`, { signal })).rejects.toThrow();
    simulator.control.fault({ kind: 'revoke-token' });
    expect((await me()).status).toBe(401);
  });

  it('make a call slow: it is answered when its time has come', async () => {
    const clock = createClock({ frozen: true });
    const simulator = await start({ clock });
    simulator.control.fault({ kind: 'http', path: '/users/@me', answer: 'slow', ms: 3_000 });
    let isAnswered = false;
    const slow = call(simulator, 'GET', '/users/@me', { authorization: 'Bot 102000001.demo-token' }).then(
      (answer) => {
        isAnswered = true;
        return answer;
      },
    );
    // Another call that came later is answered first.
    await expect.poll(() => simulator.control.faults()).toEqual([]);
    await clock.advance(2_999);
    expect((await call(simulator, 'GET', '/_sim/sessions')).status).toBe(200);
    expect(isAnswered).toBe(false);
    await clock.advance(1);
    expect((await slow).body).toMatchObject({ username: 'demo-bot' });
  });

  it('strike connections: close, op 7, op 9, dropped ACKs, silence', async () => {
    const simulator = await start();
    const { control } = simulator;
    const one = await Client.identified(simulator);
    control.fault({ kind: 'drop-acks', times: 1 });
    one.client.send({ op: 1, d: null });
    await one.client.settled();
    expect(one.client.frames.filter((frame) => frame.op === 11)).toHaveLength(1);
    control.fault({ kind: 'close', code: 4902 });
    expect((await one.client.end()).code).toBe(4902);
    const two = await Client.identified(simulator, { token: one.token });
    control.fault({ kind: 'reconnect', graceMs: 0 });
    expect(await two.client.next((frame) => frame.op === 7)).toEqual({ op: 7 });
    expect((await two.client.end()).code).toBe(4009);
    control.clock({ advanceMs: 5_000 });
    const three = await Client.identified(simulator, { token: one.token });
    control.fault({ kind: 'invalid-session' });
    expect(await three.client.next((frame) => frame.op === 9)).toEqual({ op: 9, d: false });
    await three.client.end();
    const refused = await Client.open(simulator);
    refused.send({ op: 6, d: { token: one.token, session_id: three.sessionId, seq: 1 } });
    expect((await refused.end()).code).toBe(4006);
  });

  it('silence keeps events for the Resume', async () => {
    const simulator = await start();
    const { client, sessionId, token } = await Client.identified(simulator, { intents: 1 << 30 });
    expect(simulator.control.fault({ kind: 'silent', shard: 0 })).toEqual({ struck: 1 });
    simulator.control.say({ scene: 'channel', target: '7000101', content: 'unheard' });
    const again = await Client.open(simulator);
    again.send({ op: 6, d: { token, session_id: sessionId, seq: 1 } });
    expect(await again.next((frame) => frame.t === 'AT_MESSAGE_CREATE')).toMatchObject({ s: 2 });
    expect(client.frames.filter((frame) => frame.op === 0)).toHaveLength(1);
  });

  it('silence answers no close frame and no ping, and ends without one when heartbeats are missed', async () => {
    const { simulator, clock } = await startFrozen();
    const { client } = await Client.identified(simulator);
    simulator.control.fault({ kind: 'silent' });
    let pongs = 0;
    client.socket.on('pong', () => pongs++);
    client.socket.ping();
    client.send({ op: 1, d: null });
    client.socket.close(1000);
    const other = await Client.open(simulator);
    await other.settled();
    expect([client.closed, pongs]).toEqual([undefined, 0]);
    clock.advance(113_000);
    expect((await client.end()).code).toBe(1006);
    expect(simulator.control.sessions()).toMatchObject([{ connected: false, ended: false }]);
  });

  it('an Identify after a refused Resume gives the old session up', async () => {
    const simulator = await start();
    const { client, sessionId, token } = await Client.identified(simulator);
    const ended: unknown[] = [];
    simulator.control.subscribe((event) => ended.push(event), ['session-ended']);
    client.socket.terminate();
    simulator.control.fault({ kind: 'refuse-resume', ends: false });
    const again = await Client.open(simulator);
    again.send({ op: 6, d: { token, session_id: sessionId, seq: 1 } });
    await again.end();
    expect(ended).toEqual([]);
    await Client.identified(simulator, { token });
    expect(ended).toMatchObject([{ session: { sessionId, ended: true } }]);
  });

  it('refuse a Resume for good or for once', async () => {
    const simulator = await start();
    const { client, sessionId, token } = await Client.identified(simulator);
    client.socket.terminate();
    const resume = async (): Promise<Client> => {
      const again = await Client.open(simulator);
      again.send({ op: 6, d: { token, session_id: sessionId, seq: 1 } });
      return again;
    };
    simulator.control.fault({ kind: 'refuse-resume', ends: false });
    expect((await (await resume()).end()).code).toBe(4006);
    const back = await resume();
    await back.next((frame) => frame.t === 'RESUMED');
    back.socket.terminate();
    simulator.control.fault({ kind: 'refuse-resume' });
    await (await resume()).end();
    expect((await (await resume()).end()).reason).toBe('the session has ended');
  });

  it('delay and double events', async () => {
    const { simulator, clock } = await startFrozen();
    const { client } = await Client.identified(simulator, { intents: 1 << 30 });
    simulator.control.fault({ kind: 'delay', ms: 1_000 });
    simulator.control.say({ scene: 'channel', target: '7000101', content: 'late' });
    simulator.control.clearFaults();
    simulator.control.fault({ kind: 'duplicate', t: 'AT_MESSAGE_CREATE' });
    simulator.control.say({ scene: 'channel', target: '7000101', content: 'twice' });
    const isMention = (frame: { t?: string }) => frame.t === 'AT_MESSAGE_CREATE';
    const copies = [await client.next(isMention), await client.next(isMention)];
    expect(copies[0]?.id).toBe(copies[1]?.id);
    clock.advance(1_000);
    expect((await client.next(isMention)).d?.content).toContain('late');
  });
});

describe('the control API', () => {
  it('does over HTTP what the object does in the process', async () => {
    const simulator = await start();
    const said = await post(simulator, '/_sim/say', { scene: 'c2c', target: USER, content: 'hi' });
    expect(said.body.messageId).toMatch(/^ROBOT1\.0_/);
    const token = await accessToken(simulator);
    await post(
      simulator,
      `/v2/users/${USER}/messages`,
      { content: 'yes', msg_id: said.body.messageId },
      { token },
    );
    expect((await call(simulator, 'GET', '/_sim/outbox?scene=c2c')).body).toEqual(
      JSON.parse(JSON.stringify(simulator.control.outbox())),
    );
    expect((await post(simulator, '/_sim/switches', { trimOnHeartbeat: 'off' })).body.trimOnHeartbeat).toBe(
      false,
    );
    expect((await post(simulator, '/_sim/reset', {})).body).toEqual({ ok: true });
    expect((await call(simulator, 'GET', '/_sim/switches')).body.trimOnHeartbeat).toBe(true);
    expect(simulator.control.outbox()).toEqual([]);
  });

  it('names the path of what is missing or wrong in a seed, and changes nothing', async () => {
    const simulator = await start({ seed: null });
    const seeds: readonly (readonly [unknown, string])[] = [
      [{ bots: [{ appId: '1' }] }, 'bots[0].secret'],
      [
        { bots: [{ appId: '1', secret: 's' }], guilds: [{ id: '2', channels: [{ name: 'x' }] }] },
        'guilds[0].channels[0].id',
      ],
      [{ bots: [{ appId: 1, secret: 's' }] }, 'bots[0].appId'],
      [{ guilds: [{ id: '2', members: [{ userId: 'u' }] }] }, 'guilds[0].members[0].userId'],
      [{ users: [{ id: 'u', nmae: 'x' }] }, 'users[0].nmae'],
      [{ users: 'x' }, 'users'],
      [{ guild: [] }, 'seed.guild'],
      [{ users: [{ id: 'u' }, { id: 'u' }] }, 'users'],
    ];
    for (const [seed, path] of seeds) {
      const answer = await post(simulator, '/_sim/seed', seed);
      expect([answer.status, answer.body.path]).toEqual([400, path]);
    }
    expect(simulator.control.world()).toMatchObject({ bots: [], users: [], guilds: [] });
    const polluting = '{"users":[{"id":"__proto__"}],"switches":{"__proto__":{"x":1}}}';
    expect((await post(simulator, '/_sim/seed', polluting)).status).toBe(400);
    expect(({} as Record<string, unknown>).x).toBeUndefined();
  });

  it('streams what happens', async () => {
    const simulator = await start();
    const response = await fetch(`${simulator.url}/_sim/stream?types=identify,message`);
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const until = async (part: string): Promise<void> => {
      while (!text.includes(part)) text += (await reader?.read())?.value ?? '';
    };
    await until('connected');
    const { token } = await Client.identified(simulator);
    await until('"type":"identify"');
    await post(simulator, '/channels/7000101/messages', { content: 'hello' }, { token });
    await until('"type":"message"');
    expect(text).not.toContain('"type":"call"');
    await reader?.cancel();
  });

  it('refuses a foreign Host and a foreign Origin, for control, REST and the gateway', async () => {
    const simulator = await start();
    const { port } = new URL(simulator.url);
    const status = (path: string, headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const sent = request({ host: '127.0.0.1', port, path, headers }, (answer) => {
          answer.resume();
          resolve(answer.statusCode);
        });
        sent.on('error', reject);
        sent.on('upgrade', () => resolve(101));
        sent.end();
      });
    const upgrade = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      'sec-websocket-version': '13',
      'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==',
    };
    for (const [path, headers] of [
      ['/_sim/world', {}],
      ['/gateway', {}],
      ['/websocket/', upgrade],
    ] as const) {
      expect(await status(path, { ...headers, host: `evil.example:${port}` })).toBe(403);
      expect(
        await status(path, { ...headers, host: `127.0.0.1:${port}`, origin: 'http://evil.example' }),
      ).toBe(403);
      expect(
        await status(path, { ...headers, host: `localhost:${port}`, origin: `http://localhost:${port}` }),
      ).not.toBe(403);
    }
  });

  it('keeps two simulators in one process apart', async () => {
    const [one, two] = [await start(), await start()];
    one.control.say({ scene: 'c2c', target: USER, content: 'hi' });
    const token = await accessToken(one);
    expect((await call(two, 'GET', '/users/@me', { token })).status).toBe(401);
    expect(one.url).not.toBe(two.url);
  });
});
