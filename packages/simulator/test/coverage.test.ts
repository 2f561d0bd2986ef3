import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { createClock, type Simulator, startSimulator } from '../src/index.js';
import { eventNames } from '../src/rules/intents.js';
import { accessToken, Client, call } from './client.js';

const open: Simulator[] = [];
afterEach(async () => {
  for (const simulator of open.splice(0)) await simulator.close();
});

const APP = '102000001';
const GUILD = '1152921504606846976';
const CHANNEL = '7000101';
const VOICE = '7000103';
const FORUM = '7000104';
const PINE = '9007199254741001';
const USER = '0A1B2C3D4E5F60718293A4B5C6D7E8F9';
const GROUP = '5566778899AABBCCDDEEFF0011223344';
const DM = '1152921504606850000';

interface Row {
  readonly method: string;
  readonly verb: string;
  readonly path: string;
}

const ROWS = JSON.parse(
  await readFile(new URL('../../../facts/coverage/openapi.json', import.meta.url), 'utf8'),
) as Row[];

describe('the tables of the documents', () => {
  it.each(
    ROWS.filter(({ path }) => path.startsWith('/')).map((row) => [row.method, row.verb, row.path] as const),
  )('%s: %s %s is answered', async (_method, verb, path) => {
    const simulator = await startSimulator();
    open.push(simulator);
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => VALUES[name] ?? 'x');
    const token = await accessToken(simulator);
    const answer = await call(simulator, verb, filled, verb === 'GET' ? { token } : { token, body: {} });
    expect([404, 405, 500]).not.toContain(answer.status);
    // A call that fails says so with one of the platform's numbers.
    if (answer.status >= 400) expect(answer.body.code).toBeGreaterThanOrEqual(10_000);
  });

  it('every event happens for what users do and bots call', async () => {
    const clock = createClock({ frozen: true });
    const simulator = await startSimulator({ clock, switches: { heartbeatMisses: 0, auditMs: 10 } });
    open.push(simulator);
    const { control } = simulator;
    const { token } = await Client.identified(simulator);
    const happened = new Set<string>();
    control.subscribe(
      (event) => event.type === 'event' && event.sessions > 0 && happened.add(event.t),
      ['event'],
    );
    const api = async (method: string, path: string, body: unknown = {}) =>
      (await call(simulator, method, path, { token, body })).body;

    control.seed({ groups: [{ openid: 'ALL', receives: 'all', members: [{ openid: 'M' }] }] });
    const { messageId } = control.say({ scene: 'channel', target: CHANNEL, from: PINE, content: 'x' });
    control.say({ scene: 'group', target: GROUP, content: 'x' });
    control.say({ scene: 'group', target: 'ALL', content: 'x', mention: false });
    control.say({ scene: 'c2c', target: USER, content: 'x' });
    const direct = control.say({ scene: 'dm', target: DM, content: 'x' });
    control.act({ act: 'recall', messageId: direct.messageId });
    control.act({ act: 'react', messageId, from: PINE });
    control.act({ act: 'unreact', messageId, from: PINE });
    control.act({ act: 'recall', messageId });
    control.act({ act: 'click', scene: 'c2c', target: USER });
    control.act({ act: 'update-guild', guildId: GUILD, name: 'Park' });
    for (const act of ['join-guild', 'update-member', 'leave-guild'] as const) {
      control.act({ act, guildId: GUILD, userId: '77' });
    }
    for (const act of ['request-join', 'join-group', 'leave-group'] as const) {
      control.act({ act, groupOpenid: GROUP, memberOpenid: 'NEW' });
    }
    for (const act of ['remove-friend', 'add-friend', 'refuse-proactive', 'allow-proactive'] as const) {
      control.act({ act, openid: USER });
    }
    for (const act of ['refuse-proactive', 'allow-proactive', 'remove-bot', 'add-bot'] as const) {
      control.act({ act, groupOpenid: GROUP });
    }
    control.act({ act: 'enter-chat', openid: USER });
    control.act({ act: 'subscribe', openid: USER });
    control.act({ act: 'enter-voice', channelId: VOICE, userId: PINE });
    control.act({ act: 'leave-voice', channelId: VOICE, userId: PINE });
    const thread = control.act({
      act: 'create-thread',
      channelId: FORUM,
      from: PINE,
      title: 'a',
      content: 'b',
    });
    const place = { channelId: FORUM, threadId: thread.id, from: PINE, content: 'c' };
    control.act({ act: 'update-thread', ...place });
    const post = control.act({ act: 'create-post', ...place });
    const reply = control.act({ act: 'create-reply', ...place, postId: post.id });
    control.act({ act: 'delete-reply', ...place, postId: post.id, replyId: reply.id });
    control.act({ act: 'delete-post', ...place, postId: post.id });
    control.act({ act: 'delete-thread', ...place });
    await api('PUT', `/channels/${FORUM}/threads`, { title: 'a', content: 'b', format: 1 });
    const made = await api('POST', `/guilds/${GUILD}/channels`, { name: 'x', type: 0 });
    await api('PATCH', `/channels/${made.id}`, { name: 'y' });
    await api('DELETE', `/channels/${made.id}`);
    await api('POST', `/channels/${VOICE}/audio`, { status: 0, audio_url: 'https://a.example/a.mp3' });
    await api('POST', `/channels/${VOICE}/audio`, { status: 3 });
    await api('PUT', `/channels/${VOICE}/mic`);
    await api('DELETE', `/channels/${VOICE}/mic`);
    for (const auditResult of ['pass', 'reject']) {
      control.switches({ audit: 'all', auditResult });
      await api('POST', `/channels/${CHANNEL}/messages`, { content: 'x' });
      clock.advance(10);
    }
    control.act({ act: 'remove-bot', guildId: GUILD, appId: APP });
    control.act({ act: 'add-bot', guildId: GUILD, appId: APP });
    expect([...eventNames()].filter((name) => !happened.has(name))).toEqual([]);
  });
});

const VALUES: Readonly<Record<string, string>> = {
  guild_id: GUILD,
  channel_id: CHANNEL,
  user_id: PINE,
  role_id: '2',
  openid: USER,
  group_openid: GROUP,
  member_openid: 'E8D7C6B5A493827160F5E4D3C2B1A0F9',
  type: '1',
  id: '4',
};

describe('close codes', () => {
  const codes = [
    ...[4000, 4001, 4002, 4003, 4004, 4005, 4006, 4007, 4008, 4009, 4010, 4011, 4012, 4013, 4014],
    ...Array.from({ length: 16 }, (_, index) => 4900 + index),
  ];
  it('can all be injected, on a connection and on the next Identify', async () => {
    const simulator = await startSimulator();
    open.push(simulator);
    const token = await accessToken(simulator);
    simulator.control.bot({ appId: APP, maxConcurrency: 100 });
    for (const code of codes) {
      const { client } = await Client.identified(simulator, { token });
      simulator.control.fault({ kind: 'close', code });
      expect((await client.end()).code).toBe(code);
      simulator.control.fault({ kind: 'refuse-identify', code });
      const refused = await Client.open(simulator);
      refused.send({ op: 2, d: { token: `QQBot ${token}`, intents: 1, shard: [0, 1] } });
      expect((await refused.end()).code).toBe(code);
    }
    expect(codes).toHaveLength(31);
  });
});
