import { afterEach, describe, expect, it } from 'vitest';
import {
  createClock,
  type SimClock,
  type Simulator,
  type SimulatorOptions,
  type Switches,
  startSimulator,
} from '../src/index.js';
import { ALL_BITS, accessToken, Client, call, type Frame } from './client.js';

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

const hello = (content: string) => ({ scene: 'channel', target: '7000101', content }) as const;
const isMention = (frame: { t?: string }): boolean => frame.t === 'AT_MESSAGE_CREATE';

describe('the life of a connection', () => {
  it('says Hello, READY, and delivers what users say', async () => {
    const simulator = await start();
    const { client } = await Client.identified(simulator);
    expect(client.frames[0]).toEqual({ op: 10, d: { heartbeat_interval: 45_000 } });
    expect(client.frames[1]).toMatchObject({
      op: 0,
      s: 1,
      t: 'READY',
      d: { version: 1, user: { username: 'demo-bot', bot: true }, shard: [0, 1] },
    });
    simulator.control.say(hello('good morning'));
    const event = await client.next(isMention);
    expect(event).toMatchObject({
      s: 2,
      d: { channel_id: '7000101', content: '<@!3141592653589793238> good morning' },
    });
    expect(event.id).toMatch(/^AT_MESSAGE_CREATE:[0-9a-f-]{36}$/);
  });

  it.each([{ op: 1, d: null }, { op: 1, d: 0 }, { op: 1 }, { op: 1, d: 7 }, { op: 1, s: 3 }])(
    'acknowledges the heartbeat %j before Identify',
    async (frame) => {
      const client = await Client.open(await start());
      client.send(frame);
      expect(await client.next((got) => got.op === 11)).toEqual({ op: 11 });
    },
  );

  it('closes with 4009 when heartbeats stop, and with 4003 when nobody identified', async () => {
    const { simulator, clock } = await startFrozen();
    const { client } = await Client.identified(simulator);
    const silent = await Client.open(simulator);
    clock.advance(112_000);
    await client.settled();
    clock.advance(1_000);
    expect((await silent.end()).code).toBe(4003);
    clock.advance(112_000);
    expect((await client.end()).code).toBe(4009);
  });
});

describe('Identify is refused', () => {
  const cases: readonly (readonly [string, Record<string, unknown>, number, boolean])[] = [
    ['a shard outside its count', { shard: [2, 2] }, 4010, false],
    ['a shard count of zero', { shard: [0, 0] }, 4010, false],
    ['no shard', { shard: undefined }, 4010, false],
    ['intents that are no number', { intents: 'all' }, 4013, false],
    ['unknown bits', { intents: 1 << 2 }, 4013, false],
    ['a wrong token', { token: 'QQBot wrong' }, 4004, false],
    ['no token', { token: undefined }, 4004, false],
    ['a token without its prefix', { token: 'bare' }, 4004, true],
  ];
  it.each(cases)('for %s', async (_name, change, code, op9) => {
    const simulator = await start();
    const client = await Client.open(simulator);
    const token = await accessToken(simulator);
    const d = { token: `QQBot ${token}`, intents: 1, shard: [0, 1], ...change };
    client.send({ op: 2, d: change.token === 'bare' ? { ...d, token } : d });
    expect((await client.end()).code).toBe(code);
    expect(client.frames.some((frame) => frame.op === 9)).toBe(op9);
  });

  it('for intents that the bot may not have (4014)', async () => {
    const simulator = await start();
    simulator.control.bot({ appId: '102000001', intents: 1 | (1 << 30) });
    const client = await Client.open(simulator);
    const token = await accessToken(simulator);
    client.send({ op: 2, d: { token: `QQBot ${token}`, intents: ALL_BITS, shard: [0, 1] } });
    expect((await client.end()).code).toBe(4014);
  });

  it.each([
    ['offline', 4914],
    ['banned', 4915],
  ] as const)('for a bot that is %s (%i)', async (state, code) => {
    const simulator = await start();
    const token = await accessToken(simulator);
    simulator.control.bot({ appId: '102000001', state });
    const client = await Client.open(simulator);
    client.send({ op: 2, d: { token: `QQBot ${token}`, intents: 1, shard: [0, 1] } });
    expect((await client.end()).code).toBe(code);
  });

  it('for more guilds on a shard than allowed (4011)', async () => {
    const simulator = await start();
    simulator.control.bot({ appId: '102000001', maxGuildsPerShard: 1 });
    const client = await Client.open(simulator);
    const token = await accessToken(simulator);
    client.send({ op: 2, d: { token: `QQBot ${token}`, intents: 1, shard: [0, 1] } });
    expect((await client.end()).code).toBe(4011);
    await Client.identified(simulator, { shard: [0, 2] });
  });

  it('for starts above max_concurrency, and costs nothing then', async () => {
    const { simulator, clock } = await startFrozen();
    await Client.identified(simulator, { shard: [0, 2] });
    await Client.identified(simulator, { shard: [1, 2] });
    const third = await Client.open(simulator);
    const token = await accessToken(simulator);
    third.send({ op: 2, d: { token: `QQBot ${token}`, intents: 1, shard: [0, 1] } });
    expect((await third.end()).code).toBe(4008);
    expect(third.frames.some((frame) => frame.op === 9)).toBe(true);
    clock.advance(5_000);
    await Client.identified(simulator);
  });

  it('twice on one connection (4005)', async () => {
    const simulator = await start();
    const { client, token } = await Client.identified(simulator);
    client.send({ op: 2, d: { token: `QQBot ${token}`, intents: 1, shard: [0, 1] } });
    expect((await client.end()).code).toBe(4005);
  });
});

describe('Resume', () => {
  it.each(['QQBot ', ''])(
    'replays what came after seq, then RESUMED, with the token prefix "%s"',
    async (prefix) => {
      const simulator = await start();
      const { client, sessionId, token } = await Client.identified(simulator, { intents: 1 << 30 });
      simulator.control.say(hello('one'));
      await client.next(isMention);
      simulator.control.fault({ kind: 'cut' });
      expect((await client.end()).code).toBe(1006);
      simulator.control.say(hello('two'));
      const again = await Client.open(simulator);
      again.send({ op: 6, d: { token: prefix + token, session_id: sessionId, seq: 1 } });
      expect(await again.next(isMention)).toMatchObject({
        s: 2,
        d: { content: expect.stringContaining('one') },
      });
      expect(await again.next()).toMatchObject({ s: 3, d: { content: expect.stringContaining('two') } });
      expect(await again.next()).toEqual({ op: 0, s: 4, t: 'RESUMED', d: '' });
    },
  );

  it('is refused with 4006 for an unknown session and 4007 for a wrong seq', async () => {
    const simulator = await start();
    const { client, sessionId, token } = await Client.identified(simulator);
    const unknown = await Client.open(simulator);
    unknown.send({ op: 6, d: { token, session_id: 'nobody', seq: 1 } });
    expect((await unknown.end()).code).toBe(4006);
    expect(unknown.frames[1]).toEqual({ op: 9, d: false });
    client.socket.terminate();
    const wrong = await Client.open(simulator);
    wrong.send({ op: 6, d: { token, session_id: sessionId, seq: 99 } });
    expect((await wrong.end()).code).toBe(4007);
  });

  it('is refused after a close with 1000, unless close1000=keeps', async () => {
    for (const [close1000, resumes] of [
      ['ends', false],
      ['keeps', true],
    ] as const) {
      const simulator = await start({ switches: { close1000 } });
      const { client, sessionId, token } = await Client.identified(simulator);
      client.close(1000);
      await client.end();
      const again = await Client.open(simulator);
      again.send({ op: 6, d: { token, session_id: sessionId, seq: 1 } });
      if (resumes) expect(await again.next((frame) => frame.t === 'RESUMED')).toBeDefined();
      else expect((await again.end()).code).toBe(4006);
    }
  });

  it('takes a living session over, unless secondResume=refused', async () => {
    const simulator = await start();
    const { client, sessionId, token } = await Client.identified(simulator);
    const second = await Client.open(simulator);
    second.send({ op: 6, d: { token, session_id: sessionId, seq: 1 } });
    await second.next((frame) => frame.t === 'RESUMED');
    expect((await client.end()).code).toBe(4009);
    simulator.control.switches({ secondResume: 'refused' });
    const third = await Client.open(simulator);
    third.send({ op: 6, d: { token, session_id: sessionId, seq: 1 } });
    expect((await third.end()).code).toBe(4006);
    await second.settled();
  });

  it('cannot go behind a heartbeat with trimOnHeartbeat, and can without', async () => {
    for (const trimOnHeartbeat of [true, false]) {
      const simulator = await start({ switches: { trimOnHeartbeat } });
      const { client, sessionId, token } = await Client.identified(simulator, { intents: 1 << 30 });
      simulator.control.say(hello('one'));
      await client.next(isMention);
      client.send({ op: 1, d: 2 });
      await client.next((frame) => frame.op === 11);
      client.socket.terminate();
      const again = await Client.open(simulator);
      again.send({ op: 6, d: { token, session_id: sessionId, seq: 1 } });
      if (trimOnHeartbeat) expect((await again.end()).code).toBe(4007);
      else expect(await again.next(isMention)).toMatchObject({ s: 2 });
    }
  });

  it('is refused when the buffer has dropped events, by number and by age', async () => {
    for (const switches of [{ replayEvents: 1 }, { replayMs: 10_000 }]) {
      const { simulator, clock } = await startFrozen({ switches });
      const { client, sessionId, token } = await Client.identified(simulator, { intents: 1 << 30 });
      simulator.control.say(hello('one'));
      clock.advance(9_000);
      simulator.control.say(hello('two'));
      await client.next((frame) => frame.s === 3);
      client.socket.terminate();
      clock.advance(2_000);
      const again = await Client.open(simulator);
      again.send({ op: 6, d: { token, session_id: sessionId, seq: 1 } });
      expect((await again.end()).code).toBe(4007);
    }
  });
});

describe('a Resume and the budget of session starts', () => {
  it.each([
    [false, 0],
    [true, 1],
  ])('with resumesCount %j it spends %i', async (resumesCount, spends) => {
    const { simulator, clock } = await startFrozen({ switches: { resumesCount } });
    const token = await accessToken(simulator);
    const left = async () =>
      (
        (await call(simulator, 'GET', '/gateway/bot', { token })).body.session_start_limit as {
          remaining: number;
        }
      ).remaining;
    const total = await left();
    const { client, sessionId } = await Client.identified(simulator, { token });
    const spent = total - (await left());
    expect(spent).toBe(1);
    simulator.control.fault({ kind: 'cut' });
    await client.end();
    await clock.advance(5_000);
    const again = await Client.open(simulator);
    again.send({ op: 6, d: { token, session_id: sessionId, seq: 1 } });
    await again.next((frame) => frame.t === 'RESUMED');
    expect(total - (await left()) - spent).toBe(spends);
  });
});

describe('frames that are not the protocol', () => {
  it.each([
    ['an unknown op', { op: 3 }, 4001],
    ['an op of the server', { op: 0, t: 'READY' }, 4001],
    ['no op', {}, 4001],
    ['bad JSON', '{"op":', 4002],
    ['an array', '[]', 4002],
    ['a string', '"x"', 4002],
    ['Identify without d', { op: 2 }, 4002],
    ['Resume without a session', { op: 6, d: { token: 'x' } }, 4002],
    ['a heartbeat of text', { op: 1, d: 'one' }, 4002],
    ['a negative heartbeat', { op: 1, d: -1 }, 4002],
    ['a binary frame', Buffer.from('{"op":1}'), 4002],
    ['an oversize frame', `{"op":1,"x":"${'x'.repeat(1_100_000)}"}`, 1009],
  ] as const)('%s', async (_name, frame, code) => {
    const simulator = await start();
    const client = await Client.open(simulator);
    client.send(frame);
    expect((await client.end()).code).toBe(code);
    await Client.identified(simulator);
  });

  it('too many of them: 4008', async () => {
    const simulator = await start({ switches: { payloadsPerMinute: 5 } });
    const client = await Client.open(simulator);
    for (let index = 0; index < 6; index++) client.send({ op: 1, d: null });
    expect((await client.end()).code).toBe(4008);
  });
});

describe('routing', () => {
  it('sends a guild to its shard and nothing else there', async () => {
    const simulator = await start();
    const first = await Client.identified(simulator, { shard: [0, 2], intents: 1 << 30 });
    const second = await Client.identified(simulator, { shard: [1, 2], intents: 1 << 30 });
    simulator.control.say({ scene: 'channel', target: '7000101', content: 'garden' });
    simulator.control.say({ scene: 'channel', target: '7000201', content: 'forest' });
    await first.client.settled();
    await second.client.settled();
    const contents = (client: Client) => client.frames.filter(isMention).map((frame) => frame.d?.channel_id);
    expect(contents(first.client)).toEqual(['7000101']);
    expect(contents(second.client)).toEqual(['7000201']);
  });

  it('sends events only to sessions whose intents include them', async () => {
    const simulator = await start();
    const { client } = await Client.identified(simulator, { intents: 1 << 25 });
    simulator.control.say(hello('not for you'));
    simulator.control.say({ scene: 'c2c', target: '0A1B2C3D4E5F60718293A4B5C6D7E8F9', content: 'for you' });
    await client.settled();
    expect(client.frames.filter((frame) => frame.op === 0).map((frame) => frame.t)).toEqual([
      'READY',
      'C2C_MESSAGE_CREATE',
    ]);
  });

  it('keeps sessions of two shard counts side by side, or ends the older ones', async () => {
    const simulator = await start();
    const old = await Client.identified(simulator, { intents: 1 << 30 });
    await Client.identified(simulator, { shard: [0, 2], intents: 1 << 30 });
    await old.client.settled();
    simulator.control.switches({ generations: 'newest-wins' });
    simulator.control.clock({ advanceMs: 5_000 });
    await Client.identified(simulator, { shard: [0, 3], intents: 1 << 30 });
    expect((await old.client.end()).code).toBe(4006);
  });

  it('writes event ids as the switch says', async () => {
    const simulator = await start({ switches: { eventIds: 'per-session' } });
    const one = await Client.identified(simulator, { intents: 1 << 30 });
    const two = await Client.identified(simulator, { intents: 1 << 30 });
    simulator.control.say(hello('x'));
    const ids = [await one.client.next(isMention), await two.client.next(isMention)].map((frame) => frame.id);
    expect(new Set(ids).size).toBe(2);
    simulator.control.switches({ eventIds: 'absent' });
    simulator.control.say(hello('y'));
    expect(await one.client.next(isMention)).not.toHaveProperty('id');
  });

  it.each<[Switches['eventsWithoutGuild'], (shards: number[]) => unknown]>([
    ['shard0', (shards) => expect(shards).toEqual([0])],
    ['all', (shards) => expect(shards).toEqual([0, 1])],
    ['newest', (shards) => expect(shards).toEqual([1])],
    // Which one is not told; it is one, and always the same.
    ['hash', (shards) => expect(shards).toHaveLength(1)],
  ])('sends C2C and group events where eventsWithoutGuild=%s says', async (eventsWithoutGuild, check) => {
    const simulator = await start({ switches: { eventsWithoutGuild } });
    const clients: Client[] = [];
    for (const shard of [0, 1])
      clients.push((await Client.identified(simulator, { shard: [shard, 2], intents: 1 << 25 })).client);
    const places = [
      { scene: 'c2c', target: '0A1B2C3D4E5F60718293A4B5C6D7E8F9' },
      { scene: 'group', target: '5566778899AABBCCDDEEFF0011223344' },
    ] as const;
    for (const place of places) {
      for (const content of ['one', 'two']) simulator.control.say({ ...place, content });
      for (const client of clients) await client.settled();
      const got = clients.map((client) => client.frames.filter(({ d }) => isIn(place, d)).length);
      const shards = got.flatMap((count, shard) => (count > 0 ? [shard] : []));
      check(shards);
      for (const count of got) expect([0, 2]).toContain(count);
    }
  });
});

function isIn({ scene, target }: { scene: string; target: string }, d: Frame['d']): boolean {
  if (scene === 'group') return d?.group_openid === target;
  return (
    d?.group_openid === undefined &&
    (d?.author as { user_openid?: string } | undefined)?.user_openid === target
  );
}

describe('a session that the platform ends', () => {
  it('closes its connection, also loses those without one, and cannot be resumed', async () => {
    const simulator = await start();
    const one = await Client.identified(simulator);
    const two = await Client.identified(simulator);
    two.client.socket.terminate();
    await two.client.end();
    await expect
      .poll(() => simulator.control.sessions().filter(({ connected }) => connected))
      .toHaveLength(1);
    const early = await Client.open(simulator);
    expect(simulator.control.fault({ kind: 'end-session' })).toEqual({ struck: 2 });
    expect((await one.client.end()).code).toBe(4006);
    const clients = [early, await Client.open(simulator)];
    for (const [index, { sessionId, token }] of [one, two].entries()) {
      // One that had connected before the end, and had not said yet what it wants, hears the same answer.
      const again = clients[index] as Client;
      again.send({ op: 6, d: { token, session_id: sessionId, seq: 1 } });
      expect((await again.end()).code).toBe(4006);
    }
  });
});
