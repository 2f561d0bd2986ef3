import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClock, type SimClock, type Simulator, startSimulator } from '../src/index.js';
import { type Answer, accessToken, Client, call } from './client.js';

const APP = '102000001';
const CHANNEL = '/channels/7000101/messages';
const DM = '/dms/1152921504606850000/messages';
const USER = '0A1B2C3D4E5F60718293A4B5C6D7E8F9';
const GROUP = '5566778899AABBCCDDEEFF0011223344';
const C2C = `/v2/users/${USER}/messages`;
const GROUPS = `/v2/groups/${GROUP}/messages`;
const SECOND = 1_000;
const MINUTE = 60_000;
const DAY = 86_400_000;

let clock: SimClock;
let simulator: Simulator;
let client: Client;
let token: string;

beforeEach(async () => {
  clock = createClock({ frozen: true, wallMs: Date.UTC(2026, 2, 4, 1) });
  simulator = await startSimulator({ clock, switches: { heartbeatMisses: 0 } });
  ({ client, token } = await Client.identified(simulator));
});
afterEach(() => simulator.close());

const api = (method: string, path: string, body?: unknown): Promise<Answer> =>
  call(simulator, method, path, body === undefined ? { token } : { token, body });
const send = (path: string, more: Record<string, unknown> = {}) =>
  api('POST', path, { content: 'x', ...more });
const wait = async (ms: number): Promise<void> => {
  clock.advance(ms);
  token = await accessToken(simulator);
};
const errorOf = ({ body }: Answer): unknown => body.err_code ?? body.code;

/** Sends until refused; returns how many went through and the error. */
async function untilRefused(path: string, spacingMs: number, more: Record<string, unknown> = {}) {
  for (let count = 0; count < 2_000; count++) {
    const answer = await send(path, more);
    if (answer.status !== 200) return { count, error: errorOf(answer) };
    if (spacingMs > 0) clock.advance(spacingMs);
  }
  throw new Error('never refused');
}

describe('proactive messages', () => {
  it('in a channel: 20 a day', async () => {
    expect(await untilRefused(CHANNEL, SECOND)).toEqual({ count: 20, error: 304045 });
    await wait(DAY);
    expect((await send(CHANNEL)).status).toBe(200);
  });

  it('in a guild: 2 channels a day', async () => {
    simulator.control.seed({ guilds: [{ id: '5', channels: [{ id: '51' }, { id: '52' }, { id: '53' }] }] });
    expect((await send('/channels/51/messages')).status).toBe(200);
    expect((await send('/channels/52/messages')).status).toBe(200);
    expect(errorOf(await send('/channels/53/messages'))).toBe(304047);
  });

  it('follow what the guild owner set', async () => {
    const guild = (id: string, messageSetting: object) => ({
      id,
      channels: [{ id: `${id}1` }, { id: `${id}2` }],
      messageSetting,
    });
    simulator.control.seed({
      guilds: [
        guild('6', { disablePushMsg: true }),
        guild('7', { channelIds: ['72'], channelPushMaxNum: 1 }),
      ],
    });
    expect(errorOf(await send('/channels/61/messages'))).toBe(304048);
    expect(errorOf(await send('/channels/71/messages'))).toBe(304046);
    expect(await untilRefused('/channels/72/messages', SECOND)).toEqual({ count: 1, error: 304045 });
  });

  it('in a DM: 2 a day for a user, 200 a day for the bot', async () => {
    expect(await untilRefused(DM, 0)).toEqual({ count: 2, error: 304049 });
    await wait(DAY);
    const users = Array.from({ length: 101 }, (_, index) => ({ id: `u${index}` }));
    simulator.control.seed({
      users,
      guilds: [{ id: '8', members: users.map(({ id }) => ({ userId: id })) }],
      dms: users.map(({ id }) => ({ guildId: `dm-${id}`, userId: id, sourceGuildId: '8' })),
    });
    let sent = 0;
    for (const { id } of users.slice(0, 100)) {
      for (let n = 0; n < 2; n++) if ((await send(`/dms/dm-${id}/messages`)).status === 200) sent++;
    }
    expect(sent).toBe(200);
    expect(errorOf(await send('/dms/dm-u100/messages'))).toBe(304050);
  });

  it('in C2C: 20 a minute and 1000 a day for a user, 10 a second for the bot', async () => {
    expect(await untilRefused(C2C, 0)).toEqual({ count: 10, error: 40034100 });
    await wait(MINUTE);
    expect(await untilRefused(C2C, SECOND)).toEqual({ count: 20, error: 40034100 });
    await wait(DAY);
    let day = 0;
    while (day < 1_001) {
      const answer = await send(C2C);
      if (answer.status !== 200) {
        expect([day, errorOf(answer)]).toEqual([1_000, 40034100]);
        return;
      }
      day++;
      clock.advance(3_100);
      if (day % 500 === 0) token = await accessToken(simulator);
    }
    throw new Error('never refused');
  });

  it('in C2C of an unverified bot: 5 a second, 30 a minute', async () => {
    simulator.control.bot({ appId: APP, isVerified: false });
    expect(await untilRefused(C2C, 0)).toEqual({ count: 5, error: 40034100 });
  });

  it('in a group: 20 a minute; 30 a minute for an unverified bot', async () => {
    expect(await untilRefused(GROUPS, 0)).toEqual({ count: 20, error: 40034100 });
    await wait(MINUTE);
    simulator.control.bot({ appId: APP, isVerified: false });
    simulator.control.seed({ groups: [{ openid: 'G2' }] });
    for (let n = 0; n < 20; n++) expect((await send(GROUPS)).status).toBe(200);
    expect(await untilRefused('/v2/groups/G2/messages', 0)).toEqual({ count: 10, error: 40034100 });
  });

  it('by the policy monthly4: 4 in 30 days', async () => {
    simulator.control.switches({ proactive: 'monthly4' });
    for (const path of [C2C, GROUPS])
      expect(await untilRefused(path, SECOND)).toEqual({ count: 4, error: 40034100 });
    await wait(30 * DAY);
    expect((await send(C2C)).status).toBe(200);
  });

  it('are refused when they are off, or the receiver switched them off', async () => {
    simulator.control.act({ act: 'refuse-proactive', openid: USER });
    simulator.control.act({ act: 'refuse-proactive', groupOpenid: GROUP });
    expect(errorOf(await send(C2C))).toBe(40054013);
    expect(errorOf(await send(GROUPS))).toBe(40034105);
    const back = simulator.control.act({ act: 'allow-proactive', openid: USER }).events[0];
    expect((await send(C2C, { event_id: back?.id })).status).toBe(200);
    simulator.control.switches({ proactive: 'off' });
    expect(errorOf(await send(C2C))).toBe(40034105);
  });

  it('wake up: once in each of four periods', async () => {
    const wake = () => send(C2C, { is_wakeup: true });
    expect(errorOf(await wake())).toBe(40034123);
    const { messageId } = simulator.control.say({ scene: 'c2c', target: USER, content: 'hi' });
    expect(errorOf(await send(C2C, { is_wakeup: true, msg_id: messageId }))).toBe(40034123);
    for (const days of [0, 1, 2, 4]) {
      await wait(days * DAY);
      expect((await wake()).status).toBe(200);
      expect(errorOf(await wake())).toBe(40034122);
    }
    await wait(24 * DAY);
    expect(errorOf(await wake())).toBe(40034123);
  });
});

describe('replies', () => {
  it('in a group: 5 to one message', async () => {
    const { messageId } = simulator.control.say({ scene: 'group', target: GROUP, content: 'hi' });
    const reply = (seq: number) => send(GROUPS, { msg_id: messageId, msg_seq: seq });
    for (let seq = 1; seq <= 5; seq++) expect((await reply(seq)).status).toBe(200);
    expect(errorOf(await reply(6))).toBe(40034128);
  });

  it('in channels: 5 a second, no count', async () => {
    const { messageId } = simulator.control.say({ scene: 'channel', target: '7000101', content: 'hi' });
    const reply = () => send(CHANNEL, { msg_id: messageId });
    for (let round = 0; round < 5; round++) {
      for (let n = 0; n < 5; n++) expect((await reply()).status).toBe(200);
      const sixth = await reply();
      expect([sixth.status, errorOf(sixth)]).toEqual([429, 20028]);
      clock.advance(SECOND);
    }
  });

  it('spend exactly the allowed number when they come at once', async () => {
    const { messageId } = simulator.control.say({ scene: 'c2c', target: USER, content: 'hi' });
    const all = await Promise.all(
      Array.from({ length: 50 }, (_, index) => send(C2C, { msg_id: messageId, msg_seq: index + 1 })),
    );
    expect(all.filter(({ status }) => status === 200)).toHaveLength(4);
  });

  it('of a public bot need a mention', async () => {
    simulator.control.bot({ appId: APP, isPrivate: false });
    const say = (mention: boolean) =>
      simulator.control.say({ scene: 'channel', target: '7000101', content: 'hi', mention }).messageId;
    expect(errorOf(await send(CHANNEL, { msg_id: say(false) }))).toBe(304028);
    expect((await send(CHANNEL, { msg_id: say(true) })).status).toBe(200);
  });

  it('to an event end with its window', async () => {
    const joined = simulator.control.act({ act: 'join-guild', guildId: '1152921504606846976', userId: '77' })
      .events[0];
    expect((await send(CHANNEL, { event_id: joined?.id })).status).toBe(200);
    clock.advance(300_001);
    expect(errorOf(await send(CHANNEL, { event_id: joined?.id }))).toBe(304027);
  });
});

describe('abilities that need an application', () => {
  it.each([
    ['markdown', C2C, { msg_type: 2, markdown: { content: '# x' } }, 40034090],
    ['markdown', C2C, { msg_type: 2, markdown: { custom_template_id: 't' } }, 40034127],
    ['markdown', CHANNEL, { content: undefined, markdown: { content: '# x' } }, 50056],
    ['markdown', CHANNEL, { content: undefined, markdown: { template_id: 1 } }, 304036],
    ['keyboard', CHANNEL, { keyboard: { id: 'k' } }, 304037],
    ['ark', CHANNEL, { ark: { template_id: 23 } }, 304004],
  ])('%s at %s', async (ability, path, body, code) => {
    expect((await send(path, body)).status).toBe(200);
    simulator.control.seed({
      bots: [{ appId: '9', secret: 's', token: 't', abilities: ['proactive'] }],
      friends: [{ appId: '9', openid: USER }],
    });
    const guild = { id: '1152921504606846976', bots: ['9'], channels: [{ id: '7000101' }] };
    simulator.control.seed({ guilds: [guild] });
    simulator.control.switches({ needsConnection: false });
    const answer = await call(simulator, 'POST', path, {
      authorization: 'Bot 9.t',
      body: { content: 'x', ...body },
    });
    expect([ability, errorOf(answer)]).toEqual([ability, code]);
  });
});

describe('content', () => {
  const button = { render_data: { label: 'x' }, action: { type: 2 } };
  it.each([
    [C2C, { msg_type: 2, markdown: { content: 'x', custom_template_id: 't' } }, 50057],
    [C2C, { msg_type: 2, markdown: {} }, 40034008],
    [
      C2C,
      { msg_type: 2, markdown: { custom_template_id: 't', params: [{ key: 'a', values: ['b\nc'] }] } },
      40034009,
    ],
    [
      CHANNEL,
      { content: undefined, markdown: { template_id: 1, params: [{ key: 'a', values: [''] }] } },
      50041,
    ],
    [CHANNEL, { content: undefined, markdown: { template_id: 1, params: [{}] } }, 50054],
    [C2C, { keyboard: { content: { rows: Array(6).fill({ buttons: [] }) } } }, 40034029],
    [CHANNEL, { keyboard: { content: { rows: [{ buttons: Array(6).fill(button) }] } } }, 304040],
    [CHANNEL, { keyboard: {} }, 304039],
    [
      CHANNEL,
      {
        keyboard: {
          content: { rows: [{ buttons: [{ ...button, render_data: { label: 'x', style: 9 } }] }] },
        },
      },
      305007,
    ],
    [CHANNEL, { ark: { template_id: 5 } }, 304011],
    [CHANNEL, { embed: { fields: Array(21).fill({ name: 'x' }) } }, 304005],
    [CHANNEL, { image: 'nowhere' }, 304010],
    [C2C, { content: 'x'.repeat(10_001) }, 40054007],
    [C2C, { msg_type: 6 }, 50059],
    [GROUPS, { msg_type: 6, input_notify: { input_type: 1, input_second: 5 } }, 340069],
    [C2C, { msg_type: 7, media: { file_info: 'none' } }, 304080],
    [C2C, { msg_seq: 'x', msg_id: 'm' }, 304061],
  ])('%s refuses %j with %i', async (path, body, code) => {
    expect(errorOf(await send(path, body))).toBe(code);
    expect(simulator.control.outbox()).toEqual([]);
  });

  it('lets typing through, as one of the replies', async () => {
    const { messageId } = simulator.control.say({ scene: 'c2c', target: USER, content: 'hi' });
    const typing = { msg_type: 6, input_notify: { input_type: 1, input_second: 30 } };
    expect((await send(C2C, { ...typing, msg_id: messageId })).status).toBe(200);
    expect(errorOf(await send(C2C, { msg_id: messageId, msg_seq: 1 }))).toBe(40054005);
  });
});

describe('audits', () => {
  it.each([
    ['pass', 'MESSAGE_AUDIT_PASS'],
    ['reject', 'MESSAGE_AUDIT_REJECT'],
  ] as const)('answer 202 and end later: %s', async (auditResult, t) => {
    simulator.control.switches({ audit: 'all', auditResult, auditMs: 5_000 });
    const answer = await send(CHANNEL);
    const audit = (answer.body.data as { message_audit: { audit_id: string } }).message_audit;
    expect([answer.status, answer.body.code]).toEqual([202, 304023]);
    expect(simulator.control.outbox()).toEqual([]);
    clock.advance(5_000);
    const event = await client.next((frame) => frame.t === t);
    expect(event.d?.audit_id).toBe(audit.audit_id);
    expect('message_id' in (event.d ?? {})).toBe(auditResult === 'pass');
    expect(simulator.control.outbox()).toHaveLength(auditResult === 'pass' ? 1 : 0);
  });

  it('can be for proactive messages only', async () => {
    simulator.control.switches({ audit: 'proactive' });
    const { messageId } = simulator.control.say({ scene: 'c2c', target: USER, content: 'hi' });
    expect((await send(C2C, { msg_id: messageId })).status).toBe(200);
    expect((await send(C2C)).body.code).toBe(304023);
    simulator.control.switches({ audit: 'all' });
    expect((await send(C2C, { msg_id: messageId, msg_seq: 2 })).body.code).toBe(304024);
  });
});

const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(20)]);

describe('media', () => {
  it('is uploaded, sent in its scene while it is valid, and served', async () => {
    const files = `/v2/users/${USER}/files`;
    const upload = {
      file_type: 1,
      file_data: PNG.toString('base64'),
      file_name: 'a.png',
      srv_send_msg: false,
    };
    const made = (await api('POST', files, upload)).body;
    expect(made).toEqual({ file_uuid: expect.any(String), file_info: expect.any(String), ttl: 86_400 });
    const media = { msg_type: 7, content: '', media: { file_info: made.file_info } };
    expect((await send(C2C, media)).status).toBe(200);
    expect(errorOf(await send(GROUPS, media))).toBe(304080);
    const served = await fetch(`${simulator.url}/_media/${made.file_uuid}`);
    expect(Buffer.from(await served.arrayBuffer())).toEqual(PNG);
    expect(served.headers.get('content-type')).toBe('image/png');
    await wait(DAY + 1);
    expect(errorOf(await send(C2C, media))).toBe(304080);
  });

  it('is sent at once with srv_send_msg, as a proactive message', async () => {
    const body = { file_type: 2, url: 'https://a.example/a.mp4', srv_send_msg: true };
    const made = (await api('POST', `/v2/groups/${GROUP}/files`, body)).body;
    expect(simulator.control.outbox({ scene: 'group' })).toMatchObject([{ messageId: made.id, replyTo: '' }]);
  });

  it.each([
    [{ file_type: 9, url: 'https://a.example' }, 10000],
    [{ file_type: 1 }, 10000],
    [{ file_type: 1, file_data: 'AAAA' }, 850019],
    [{ file_type: 2, file_data: 'AAAA' }, 850019],
    [{ file_type: 1, file_data: '***' }, 10000],
    [{ file_type: 1, url: 'file:///etc/passwd' }, 40034004],
    [{ upload_id: 'x' }, 10000],
  ])('%j is refused with %i', async (body, code) => {
    expect(errorOf(await api('POST', `/v2/users/${USER}/files`, body))).toBe(code);
  });

  it('comes in parts', async () => {
    const file = Buffer.concat([PNG, Buffer.alloc(6 * 1024 * 1024, 7)]);
    const hash = (name: string, bytes: Buffer) => createHash(name).update(bytes).digest('hex');
    const place = `/v2/groups/${GROUP}`;
    const prepared = (
      await api('POST', `${place}/upload_prepare`, {
        file_type: 1,
        file_name: 'big.png',
        file_size: String(file.length),
        md5: hash('md5', file),
        sha1: hash('sha1', file),
        md5_10m: hash('md5', file),
      })
    ).body as unknown as {
      upload_id: string;
      block_size: string;
      parts: { index: number; presigned_url: string }[];
      upload_config: unknown;
    };
    expect(prepared.parts.map(({ index }) => index)).toEqual([0, 1]);
    expect(prepared.upload_config).toEqual({ concurrency: 1, retry_timeout: 300, retry_delay: 1 });
    const block = Number(prepared.block_size);
    const finish = (index: number, bytes: Buffer) =>
      api('POST', `${place}/upload_part_finish`, {
        upload_id: prepared.upload_id,
        part_index: index,
        block_size: String(bytes.length),
        md5: hash('md5', bytes),
      });
    const part = (index: number) => file.subarray(index * block, (index + 1) * block);
    expect(errorOf(await finish(0, part(0)))).toBe(40093001);
    for (const { index, presigned_url } of prepared.parts) {
      const put = await fetch(presigned_url, { method: 'PUT', body: new Uint8Array(part(index)) });
      expect([put.status, put.headers.get('etag')]).toEqual([200, `"${hash('md5', part(index))}"`]);
      if (index === 1) {
        expect(errorOf(await api('POST', `${place}/files`, { upload_id: prepared.upload_id }))).toBe(
          40093001,
        );
      }
      expect((await finish(index, part(index))).body).toEqual({});
    }
    const made = (await api('POST', `${place}/files`, { upload_id: prepared.upload_id })).body;
    const served = await fetch(String(made.raw_url));
    expect(hash('sha1', Buffer.from(await served.arrayBuffer()))).toBe(hash('sha1', file));
    expect((await send(GROUPS, { msg_type: 7, media: { file_info: made.file_info } })).status).toBe(200);
    expect((await fetch(`${simulator.url}/_upload/nobody/0`, { method: 'PUT', body: 'x' })).status).toBe(404);
  });
});

describe('streams', () => {
  const path = `/v2/users/${USER}/stream_messages`;
  const slice = (index: number, more: Record<string, unknown>) =>
    api('POST', path, { input_state: 1, content_type: 'markdown', input_mode: 'replace', index, ...more });
  const question = (): string =>
    simulator.control.say({ scene: 'c2c', target: USER, content: 'hi' }).messageId;

  it('replace the text with a longer one and end', async () => {
    const msg_id = question();
    const first = (await slice(0, { content_raw: 'a', msg_id, msg_seq: 1 })).body;
    expect(first).toMatchObject({ id: expect.any(String), remain_msg_len: 9_999 });
    const next = { stream_msg_id: first.id, msg_id, msg_seq: 1 };
    expect((await slice(1, { ...next, content_raw: 'ab' })).status).toBe(200);
    expect(errorOf(await slice(2, { ...next, content_raw: 'b' }))).toBe(40007);
    expect(errorOf(await slice(2, { ...next, content_raw: 'abc', content_type: 'text' }))).toBe(40034016);
    expect(simulator.control.outbox()).toEqual([]);
    expect((await slice(2, { ...next, content_raw: 'abc', input_state: 10 })).status).toBe(200);
    expect(errorOf(await slice(3, { ...next, content_raw: 'abcd' }))).toBe(40034018);
    expect(simulator.control.outbox()).toMatchObject([
      { messageId: first.id, content: 'abc', replyTo: msg_id },
    ]);
    expect(errorOf(await send(C2C, { msg_id }))).toBe(40054005);
  });

  it('append to the text, time out, and give way to a newer one', async () => {
    const append = { input_mode: 'append', msg_id: question() };
    const first = (await slice(0, { ...append, content_raw: 'a' })).body;
    const more = { ...append, stream_msg_id: first.id };
    expect((await slice(1, { ...more, content_raw: 'b' })).body.remain_msg_len).toBe(9_998);
    const second = (await slice(0, { input_mode: 'append', msg_id: question(), content_raw: 'c' })).body;
    expect(errorOf(await slice(2, { ...more, content_raw: 'd' }))).toBe(40034022);
    clock.advance(60_001);
    expect(errorOf(await slice(1, { ...append, stream_msg_id: second.id, content_raw: 'e' }))).toBe(40034020);
  });

  it('need a message to answer', async () => {
    expect(errorOf(await slice(0, { content_raw: 'a' }))).toBe(40034105);
    expect(errorOf(await slice(0, { content_raw: 'a', msg_id: 'x' }))).toBe(40034024);
    expect(errorOf(await slice(-1, { content_raw: 'a', msg_id: 'x' }))).toBe(22006);
  });

  it('have an older form on the message endpoint', async () => {
    const msg_id = question();
    const old = (content: string, stream: object, seq: number) =>
      api('POST', C2C, { msg_type: 2, markdown: { content }, stream, msg_id, msg_seq: seq });
    expect(errorOf(await old('a', { state: 1, index: 0 }, 1))).toBe(40034017);
    const first = (await old('a\n', { state: 1, index: 0 }, 1)).body;
    expect((await old('b\n', { state: 1, index: 1, id: first.id }, 2)).status).toBe(200);
    expect((await old('c', { state: 10, index: 2, id: first.id }, 3)).status).toBe(200);
    expect(errorOf(await old('d', { state: 10, index: 3, id: first.id }, 4))).toBe(40034018);
    expect(simulator.control.outbox().at(-1)).toMatchObject({ messageId: first.id, content: 'a\nb\nc' });
    expect(errorOf(await api('POST', GROUPS, { content: 'x', stream: {} }))).toBe(40034106);
  });
});
