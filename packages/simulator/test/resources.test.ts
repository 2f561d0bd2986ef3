import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createClock, type SimClock, type Simulator, startSimulator } from '../src/index.js';
import { type Answer, accessToken, Client, call } from './client.js';

const GUILD = '1152921504606846976';
const CHANNEL = '7000101';
const VOICE = '7000103';
const FORUM = '7000104';
const PINE = '9007199254741001';
const WILLOW = '9007199254741002';
const BOT = '3141592653589793238';
const USER = '0A1B2C3D4E5F60718293A4B5C6D7E8F9';
const GROUP = '5566778899AABBCCDDEEFF0011223344';
const MEMBER = 'E8D7C6B5A493827160F5E4D3C2B1A0F9';
const OWNER = 'F9E8D7C6B5A493827160F5E4D3C2B1A0';
const DM = '1152921504606850000';

let clock: SimClock;
let simulator: Simulator;
let client: Client;
let token: string;

beforeEach(async () => {
  clock = createClock({ frozen: true, wallMs: Date.UTC(2026, 2, 4, 1) });
  simulator = await startSimulator({ clock, switches: { heartbeatMisses: 0 } });
  const identified = await Client.identified(simulator);
  client = identified.client;
  token = identified.token;
});
afterEach(() => simulator.close());

const api = (method: string, path: string, body?: unknown): Promise<Answer> =>
  call(simulator, method, path, body === undefined ? { token } : { token, body });

/** Types and payloads of the events since the last call. */
let read = 0;
beforeEach(() => {
  read = 0;
});
async function events(): Promise<{ t: string | undefined; d: Answer['body'] }[]> {
  await client.settled();
  const found = client.frames.slice(read).filter((frame) => frame.op === 0 && frame.t !== 'READY');
  read = client.frames.length;
  return found.map(({ t, d }) => ({ t, d: d ?? {} }));
}
const names = async (): Promise<(string | undefined)[]> => (await events()).map(({ t }) => t);
const say = (content: string): string =>
  simulator.control.say({ scene: 'channel', target: CHANNEL, from: PINE, content, mention: false }).messageId;

describe('guilds', () => {
  it('are listed forwards and backwards, and read', async () => {
    const ids = async (query: string) =>
      ((await api('GET', `/users/@me/guilds${query}`)).body as unknown as { id: string }[]).map(
        ({ id }) => id,
      );
    const [first, second] = await ids('');
    expect(first).toBe(GUILD);
    expect(await ids('?limit=1')).toEqual([first]);
    expect(await ids(`?after=${first}`)).toEqual([second]);
    expect(await ids(`?before=${second}`)).toEqual([first]);
    const guild = (await api('GET', `/guilds/${GUILD}`)).body;
    expect(guild).toMatchObject({
      id: GUILD,
      name: 'Garden',
      owner_id: WILLOW,
      owner: false,
      member_count: 3,
    });
    expect((await api('GET', '/guilds/1')).body.code).toBe(11264);
    expect((await api('GET', `/guilds/${GUILD}/message/setting`)).body).toMatchObject({
      disable_push_msg: false,
    });
  });

  it('refuse what they did not grant, and can be asked for it three times a day', async () => {
    simulator.control.seed({
      guilds: [{ id: '5', channels: [{ id: '51' }], deniedApis: ['GET /guilds/{guild_id}/channels'] }],
    });
    expect((await api('GET', '/guilds/5/channels')).body.code).toBe(11264);
    const { apis } = (await api('GET', '/guilds/5/api_permission')).body as { apis?: unknown[] };
    expect(apis).toContainEqual({
      path: '/guilds/{guild_id}/channels',
      method: 'GET',
      desc: expect.any(String),
      auth_status: 0,
    });
    const ask = (path: string) =>
      api('POST', '/guilds/5/api_permission/demand', {
        channel_id: '51',
        api_identify: { path, method: 'GET' },
        desc: 'to list channels',
      });
    expect((await ask('/guilds/{guild_id}/members')).body.code).toBe(610010);
    expect((await ask('/nothing')).body.code).toBe(610009);
    for (let n = 0; n < 3; n++) expect((await ask('/guilds/{guild_id}/channels')).status).toBe(200);
    expect((await ask('/guilds/{guild_id}/channels')).body.code).toBe(610013);
    clock.advance(86_400_000);
    token = await accessToken(simulator);
    expect((await ask('/guilds/{guild_id}/channels')).status).toBe(200);
  });
});

describe('channels', () => {
  it('are created, placed, changed and deleted, with an event each', async () => {
    const path = `/guilds/${GUILD}/channels`;
    const made = (await api('POST', path, { name: 'news', type: 0, sub_type: 1, position: 1 })).body;
    expect(made).toMatchObject({ name: 'news', guild_id: GUILD, position: 1, sub_type: 1 });
    const list = (await api('GET', path)).body as unknown as { id: string; position: number }[];
    expect(list.map(({ id }) => id)[0]).toBe(made.id);
    expect(list.map(({ position }) => position)).toEqual([1, 2, 3, 4, 5]);
    expect((await api('PATCH', `/channels/${made.id}`, { name: 'old news' })).body.name).toBe('old news');
    expect((await api('DELETE', `/channels/${made.id}`)).status).toBe(200);
    expect((await api('GET', `/channels/${made.id}`)).body.code).toBe(10003);
    expect(await names()).toEqual(['CHANNEL_CREATE', 'CHANNEL_UPDATE', 'CHANNEL_DELETE']);
    const category = (await api('POST', path, { name: 'rooms', type: 4 })).body;
    expect(category.position).toBe(2);
    expect((await api('POST', path, { name: 'x', type: 0, parent_id: CHANNEL })).body.code).toBe(12002);
    expect((await api('POST', path, { name: 'x', type: 3 })).body.code).toBe(12002);
    expect((await api('POST', path, { type: 0 })).body.code).toBe(12002);
  });

  it('are for private-domain administrators only', async () => {
    simulator.control.bot({ appId: '102000001', isAdmin: false });
    expect((await api('POST', `/guilds/${GUILD}/channels`, { name: 'x' })).body.code).toBe(11282);
    simulator.control.bot({ appId: '102000001', isPrivate: false });
    const refused = await api('DELETE', `/channels/${CHANNEL}`);
    expect([refused.status, refused.body.code]).toEqual([403, 11253]);
    expect((await api('GET', `/channels/${CHANNEL}`)).status).toBe(200);
  });

  it('know who is in a voice channel', async () => {
    simulator.control.act({ act: 'enter-voice', channelId: VOICE, userId: PINE });
    expect((await api('GET', `/channels/${VOICE}/online_nums`)).body).toEqual({ online_nums: 1 });
    expect((await api('GET', `/channels/${VOICE}/voice/members`)).body).toMatchObject([
      { user: { id: PINE } },
    ]);
    expect((await api('GET', `/channels/${CHANNEL}/voice/members`)).status).toBe(400);
    simulator.control.act({ act: 'leave-voice', channelId: VOICE, userId: PINE });
    const prefix = 'AUDIO_OR_LIVE_CHANNEL_MEMBER';
    expect(await names()).toEqual([`${prefix}_ENTER`, `${prefix}_EXIT`]);
  });

  it('keep permissions of members and roles', async () => {
    const path = `/channels/${CHANNEL}/members/${PINE}/permissions`;
    expect((await api('GET', path)).body).toEqual({ channel_id: CHANNEL, user_id: PINE, permissions: '5' });
    expect((await api('PUT', path, { add: '8', remove: '12' })).status).toBe(204);
    expect((await api('GET', path)).body.permissions).toBe('1');
    expect((await api('PUT', path, { add: '2' })).body.code).toBe(301000);
    expect((await api('PUT', path, { add: 'x' })).body.code).toBe(301000);
    expect((await api('PUT', path, {})).body.code).toBe(301000);
    const role = `/channels/${CHANNEL}/roles/2/permissions`;
    expect((await api('GET', role)).body).toEqual({ channel_id: CHANNEL, role_id: '2', permissions: '7' });
    expect((await api('GET', `/channels/${CHANNEL}/members/1/permissions`)).body.code).toBe(301006);
  });
});

describe('members', () => {
  it('are paged by the last id, and by index in a role', async () => {
    const path = `/guilds/${GUILD}/members`;
    const page = async (query: string) =>
      ((await api('GET', `${path}${query}`)).body as unknown as { user: { id: string } }[]).map(
        ({ user }) => user.id,
      );
    expect(await page('')).toEqual([WILLOW]);
    expect(await page(`?after=${WILLOW}&limit=400`)).toEqual([PINE]);
    expect(await page(`?after=${PINE}`)).toEqual([]);
    const role = (await api('GET', `/guilds/${GUILD}/roles/4/members?limit=10`)).body as {
      data?: unknown[];
      next?: string;
    };
    expect(role).toMatchObject({ data: [{ user: { id: WILLOW } }], next: '1' });
    expect((await api('GET', `${path}/${PINE}`)).body).toMatchObject({
      user: { id: PINE, union_openid: '' },
      nick: 'pine',
    });
    expect((await api('GET', `${path}/${BOT}`)).body).toMatchObject({ user: { bot: true } });
    expect((await api('GET', `${path}/1`)).body.code).toBe(10001);
  });

  it('are removed, administrators not', async () => {
    const path = `/guilds/${GUILD}/members`;
    expect((await api('DELETE', `${path}/${WILLOW}`)).status).toBe(403);
    expect((await api('DELETE', `${path}/${PINE}`, { add_blacklist: true })).status).toBe(204);
    expect((await api('GET', `${path}/${PINE}`)).body.code).toBe(10001);
    expect(await events()).toMatchObject([
      { t: 'GUILD_MEMBER_REMOVE', d: { user: { id: PINE }, op_user_id: BOT } },
    ]);
  });

  it('are muted one by one, many at once, or all', async () => {
    const speak = () =>
      simulator.control.say({ scene: 'channel', target: CHANNEL, from: PINE, content: 'x' });
    const path = `/guilds/${GUILD}`;
    expect((await api('PATCH', `${path}/members/${PINE}/mute`, { mute_seconds: '10' })).status).toBe(204);
    expect(speak).toThrow('is muted');
    clock.advance(10_000);
    speak();
    const many = await api('PATCH', `${path}/mute`, {
      mute_seconds: '10',
      user_ids: [PINE, WILLOW, 'nobody'],
    });
    expect(many.body).toEqual({ user_ids: [PINE] });
    expect((await api('PATCH', `${path}/mute`, { mute_seconds: '0', user_ids: [] })).body.code).toBe(502004);
    expect((await api('PATCH', `${path}/members/${PINE}/mute`, { mute_seconds: '0' })).status).toBe(204);
    const end = String(Math.floor(clock.wall() / 1000) + 60);
    expect((await api('PATCH', `${path}/mute`, { mute_end_timestamp: end, mute_seconds: '1' })).status).toBe(
      204,
    );
    clock.advance(30_000);
    expect(speak).toThrow('is muted');
    expect((await api('PATCH', `${path}/mute`, { mute_seconds: 'x' })).body.code).toBe(502006);
    expect((await api('PATCH', `${path}/mute`, {})).body.code).toBe(502005);
  });
});

describe('roles', () => {
  it.each([
    ['flat', { name: 'gardener', color: 1, hoist: 1 }],
    ['filtered', { filter: { name: 1, color: 1, hoist: 1 }, info: { name: 'gardener', color: 1, hoist: 1 } }],
  ])('are made in the %s form, given, taken and deleted', async (_name, body) => {
    const made = (await api('POST', `/guilds/${GUILD}/roles`, body)).body;
    expect(made.role).toMatchObject({ name: 'gardener', color: 1, hoist: 1, number: 0 });
    const role = `/guilds/${GUILD}/roles/${made.role_id}`;
    const given = `/guilds/${GUILD}/members/${PINE}/roles/${made.role_id}`;
    expect((await api('PUT', given, { channel: null })).status).toBe(204);
    expect((await api('PATCH', role, { name: 'florist' })).body.role).toMatchObject({
      name: 'florist',
      color: 1,
      number: 1,
    });
    expect((await api('DELETE', given)).status).toBe(204);
    expect((await api('DELETE', role)).status).toBe(204);
    expect((await api('PATCH', role, { name: 'x' })).body.code).toBe(12001);
    expect(await names()).toEqual(['GUILD_MEMBER_UPDATE', 'GUILD_MEMBER_UPDATE']);
  });

  it('ask for a channel with role 5, and keep the built-in ones', async () => {
    const path = `/guilds/${GUILD}/members/${PINE}/roles/5`;
    expect((await api('PUT', path, {})).body.code).toBe(12002);
    expect((await api('PUT', path, { channel: { id: CHANNEL } })).status).toBe(204);
    expect((await api('DELETE', `/guilds/${GUILD}/roles/2`)).body.code).toBe(12002);
    expect((await api('POST', `/guilds/${GUILD}/roles`, {})).body.code).toBe(12002);
    expect((await api('GET', `/guilds/${GUILD}/roles`)).body).toMatchObject({
      guild_id: GUILD,
      role_num_limit: '30',
    });
  });
});

describe('messages in channels', () => {
  it('are read one by one and in pages', async () => {
    const ids = ['a', 'b', 'c', 'd', 'e'].map(say);
    const page = async (query: string) =>
      ((await api('GET', `/channels/${CHANNEL}/messages${query}`)).body as unknown as { id: string }[]).map(
        ({ id }) => ids.indexOf(id),
      );
    expect(await page('')).toEqual([0, 1, 2, 3, 4]);
    expect(await page('?limit=2')).toEqual([3, 4]);
    expect(await page(`?before=${ids[3]}&limit=2`)).toEqual([1, 2]);
    expect(await page(`?after=${ids[1]}&limit=2`)).toEqual([2, 3]);
    expect(await page(`?around=${ids[2]}&limit=3`)).toEqual([1, 2, 3]);
    expect((await api('GET', `/channels/${CHANNEL}/messages/${ids[0]}`)).body).toMatchObject({
      content: 'a',
      id: ids[0],
    });
    expect((await api('GET', `/channels/${CHANNEL}/messages/x`)).body.code).toBe(50039);
  });

  it('with a keyboard are edited by their own bot', async () => {
    const keyboard = {
      content: { rows: [{ buttons: [{ id: '1', render_data: { label: 'ok' }, action: { type: 1 } }] }] },
    };
    const path = `/channels/${CHANNEL}/messages`;
    const made = (await api('POST', path, { markdown: { content: '# hi' }, keyboard })).body;
    expect(
      (await api('PATCH', `${path}/${made.id}`, { markdown: { content: '# ho' }, keyboard })).body,
    ).toMatchObject({
      markdown: { content: '# ho' },
      edited_timestamp: expect.any(String),
    });
    expect((await api('PATCH', `${path}/${made.id}`, { markdown: { content: '# ho' } })).body.code).toBe(
      50050,
    );
    const plain = (await api('POST', path, { content: 'x' })).body;
    expect((await api('PATCH', `${path}/${plain.id}`, { content: 'y', keyboard })).body.code).toBe(50049);
    expect((await api('PATCH', `${path}/${say('mine')}`, { content: 'y', keyboard })).body.code).toBe(50051);
  });

  it('are taken back, and the bots hear of it', async () => {
    const id = say('oops');
    await events();
    expect((await api('DELETE', `/channels/${CHANNEL}/messages/${id}?hidetip=true`)).status).toBe(200);
    expect(await events()).toMatchObject([
      { t: 'MESSAGE_DELETE', d: { message: { id }, op_user: { id: BOT } } },
    ]);
    expect((await api('DELETE', `/channels/${CHANNEL}/messages/${id}`)).body.code).toBe(306002);
    const dm = (await api('POST', `/dms/${DM}/messages`, { content: 'x' })).body;
    expect((await api('DELETE', `/dms/${DM}/messages/${dm.id}`)).status).toBe(200);
    expect(await names()).toEqual(['DIRECT_MESSAGE_DELETE']);
  });

  it('of C2C and groups are taken back within two minutes', async () => {
    for (const [path, error] of [
      [`/v2/users/${USER}/messages`, 40064004],
      [`/v2/groups/${GROUP}/messages`, 40064004],
    ] as const) {
      const first = (await api('POST', path, { content: 'x' })).body;
      expect((await api('DELETE', `${path}/${first.id}`)).status).toBe(200);
      const second = (await api('POST', path, { content: 'x' })).body;
      clock.advance(120_001);
      expect((await api('DELETE', `${path}/${second.id}`)).body.err_code).toBe(error);
    }
    const theirs = simulator.control.say({ scene: 'c2c', target: USER, content: 'x' }).messageId;
    expect((await api('DELETE', `/v2/users/${USER}/messages/${theirs}`)).body.code).toBe(306008);
    const ofOwner = simulator.control.say({
      scene: 'group',
      target: GROUP,
      from: OWNER,
      content: 'x',
    }).messageId;
    expect((await api('DELETE', `/v2/groups/${GROUP}/messages/${ofOwner}`)).body.err_code).toBe(40062003);
    const ofMember = simulator.control.say({
      scene: 'group',
      target: GROUP,
      from: MEMBER,
      content: 'x',
    }).messageId;
    expect((await api('DELETE', `/v2/groups/${GROUP}/messages/${ofMember}`)).status).toBe(200);
  });

  it('guide to the settings, once a minute', async () => {
    const path = `/channels/${CHANNEL}/settingguide`;
    expect((await api('POST', path, { content: 'x' })).body.code).toBe(304051);
    expect((await api('POST', path, { content: `<@${PINE}>` })).status).toBe(200);
    expect((await api('POST', path, { content: `<@${PINE}>` })).body.code).toBe(304052);
    expect(
      (await api('POST', `/dms/${DM}/settingguide`, { setting_guide: { guild_id: GUILD } })).status,
    ).toBe(200);
  });

  it('may carry an image as a form', async () => {
    const form = new FormData();
    form.set('content', 'look');
    form.set('ark', JSON.stringify({ ark: { template_id: 23, kv: [] } }));
    form.set('file_image', new Blob([new Uint8Array([1, 2, 3])], { type: 'image/png' }), 'a.png');
    const response = await fetch(`${simulator.url}/channels/${CHANNEL}/messages`, {
      method: 'POST',
      headers: { authorization: `QQBot ${token}` },
      body: form,
    });
    const body = (await response.json()) as { attachments: { url: string; content_type: string }[] };
    expect(body).toMatchObject({
      content: 'look',
      ark: expect.anything(),
      attachments: [{ content_type: 'image/png' }],
    });
    const image = await fetch(body.attachments[0]?.url ?? '');
    expect([...new Uint8Array(await image.arrayBuffer())]).toEqual([1, 2, 3]);
  });
});

describe('reactions', () => {
  it('are set, taken back and listed in pages', async () => {
    const id = say('like me');
    await events();
    const path = `/channels/${CHANNEL}/messages/${id}/reactions/1/4`;
    expect((await api('PUT', path)).status).toBe(204);
    expect((await api('PUT', path)).body.code).toBe(620003);
    simulator.control.act({ act: 'react', messageId: id, from: PINE, emojiId: '4' });
    const first = (await api('GET', `${path}?limit=1`)).body as { cookie?: string };
    expect(first).toMatchObject({ users: [{ id: BOT }], is_end: false });
    expect((await api('GET', `${path}?cookie=${first.cookie}`)).body).toMatchObject({
      users: [{ id: PINE }],
      is_end: true,
    });
    expect((await api('DELETE', path)).status).toBe(204);
    expect((await api('DELETE', path)).body.code).toBe(620004);
    expect(await names()).toEqual([
      'MESSAGE_REACTION_ADD',
      'MESSAGE_REACTION_ADD',
      'MESSAGE_REACTION_REMOVE',
    ]);
    expect((await api('PUT', `/channels/${CHANNEL}/messages/${id}/reactions/3/4`)).body.code).toBe(620001);
    expect((await api('GET', `${path}?cookie=%00`)).body.code).toBe(620001);
  });
});

describe('pins and announcements', () => {
  it('pin at most twenty messages', async () => {
    const ids = Array.from({ length: 21 }, (_, index) => say(String(index)));
    const pin = (id: string | undefined) => api('PUT', `/channels/${CHANNEL}/pins/${id}`);
    for (const id of ids.slice(0, 20)) expect((await pin(id)).status).toBe(200);
    expect((await pin(ids[20])).body.code).toBe(501013);
    expect((await pin('x')).body.code).toBe(501008);
    expect((await api('DELETE', `/channels/${CHANNEL}/pins/${ids[0]}`)).status).toBe(204);
    const { message_ids } = (await api('GET', `/channels/${CHANNEL}/pins`)).body as {
      message_ids?: string[];
    };
    expect(message_ids).toEqual(ids.slice(1, 20));
    expect((await api('DELETE', `/channels/${CHANNEL}/pins/all`)).status).toBe(204);
    expect((await api('GET', `/channels/${CHANNEL}/pins`)).body.message_ids).toEqual([]);
  });

  it('announce a message or recommend channels', async () => {
    const id = say('news');
    const path = `/guilds/${GUILD}/announces`;
    expect((await api('POST', path, { message_id: id, channel_id: CHANNEL })).body).toMatchObject({
      message_id: id,
    });
    expect((await api('DELETE', `${path}/x`)).body.code).toBe(501005);
    expect((await api('DELETE', `${path}/${id}`)).status).toBe(204);
    const recommend = (count: number) => ({
      recommend_channels: Array.from({ length: count }, () => ({ channel_id: CHANNEL, introduce: 'x' })),
    });
    expect((await api('POST', path, recommend(3))).body).toMatchObject({
      message_id: '',
      recommend_channels: { length: 3 },
    });
    expect((await api('POST', path, recommend(4))).body.code).toBe(501016);
    expect((await api('DELETE', `${path}/all`)).status).toBe(204);
    const old = `/channels/${CHANNEL}/announces`;
    expect((await api('POST', old, { message_id: id })).body).toMatchObject({
      channel_id: CHANNEL,
      message_id: id,
    });
    expect((await api('DELETE', `${old}/${id}`)).status).toBe(204);
    expect((await api('DELETE', `${old}/all`)).status).toBe(204);
    expect((await api('POST', old, { message_id: 'x' })).body.code).toBe(501008);
  });
});

describe('schedules', () => {
  const at = (hours: number): string => String(Date.UTC(2026, 2, 4, 1) + hours * 3_600_000);
  const path = `/channels/${CHANNEL}/schedules`;

  it('are made, changed, listed and deleted', async () => {
    const schedule = { name: 'tea', start_timestamp: at(1), end_timestamp: at(2), remind_type: '1' };
    const made = (await api('POST', path, { schedule })).body;
    expect(made).toMatchObject({ ...schedule, jump_channel_id: '0' });
    expect((await api('PATCH', `${path}/${made.id}`, { schedule: { name: 'cake' } })).body.name).toBe('cake');
    expect((await api('GET', path)).body).toMatchObject([{ id: made.id }]);
    expect((await api('GET', `${path}?since=${at(3)}`)).body).toEqual([]);
    expect((await api('GET', `${path}/${made.id}`)).body.name).toBe('cake');
    expect((await api('DELETE', `${path}/${made.id}`)).status).toBe(204);
    expect((await api('GET', `${path}/${made.id}`)).body.code).toBe(302011);
  });

  it.each([
    [undefined, 302017],
    [{ start_timestamp: at(1), end_timestamp: at(2) }, 302000],
    [{ name: 'x', start_timestamp: at(-1), end_timestamp: at(2) }, 302015],
    [{ name: 'x', start_timestamp: at(2), end_timestamp: at(1) }, 302016],
    [{ name: 'x', start_timestamp: at(1), end_timestamp: at(170) }, 302014],
    [{ name: 'x', start_timestamp: 'soon', end_timestamp: at(2) }, 302018],
    [{ name: 'x', start_timestamp: at(1), end_timestamp: at(2), jump_channel_id: '7000201' }, 302022],
    [{ name: 'x', start_timestamp: at(1), end_timestamp: at(2), jump_channel_id: '1' }, 302024],
  ])('%j is refused with %i', async (schedule, code) => {
    expect((await api('POST', path, { schedule })).body.code).toBe(code);
  });

  it('are ten a day', async () => {
    const schedule = { name: 'x', start_timestamp: at(1), end_timestamp: at(2) };
    for (let n = 0; n < 10; n++) expect((await api('POST', path, { schedule })).status).toBe(200);
    expect((await api('POST', path, { schedule })).body.code).toBe(302012);
  });
});

describe('audio', () => {
  it('starts and ends, and takes the mic', async () => {
    const path = `/channels/${VOICE}`;
    expect(
      (await api('POST', `${path}/audio`, { status: 0, audio_url: 'https://a.example/a.mp3', text: 'song' }))
        .body,
    ).toEqual({});
    expect((await api('POST', `${path}/audio`, { status: 3 })).status).toBe(200);
    expect((await api('PUT', `${path}/mic`, {})).body).toEqual({});
    expect((await api('DELETE', `${path}/mic`, {})).body).toEqual({});
    expect(await names()).toEqual(['AUDIO_START', 'AUDIO_FINISH', 'AUDIO_ON_MIC', 'AUDIO_OFF_MIC']);
    expect((await api('POST', `${path}/audio`, { status: 0 })).body.code).toBe(12002);
    expect((await api('PUT', `/channels/${CHANNEL}/mic`, {})).body.code).toBe(12002);
  });
});

describe('forums', () => {
  const path = `/channels/${FORUM}/threads`;

  it('take a thread after its audit', async () => {
    const posted = (await api('PUT', path, { title: 'hello', content: 'line one\nline two', format: 1 }))
      .body;
    expect(posted).toEqual({ task_id: expect.any(String), create_time: expect.stringMatching(/^\d+$/) });
    clock.advance(500);
    const [audit, created, open] = await events();
    expect(audit).toMatchObject({
      t: 'FORUM_PUBLISH_AUDIT_RESULT',
      d: { task_id: posted.task_id, result: 0 },
    });
    expect(created?.t).toBe('FORUM_THREAD_CREATE');
    expect(open).toEqual({
      t: 'OPEN_FORUM_THREAD_CREATE',
      d: { guild_id: GUILD, channel_id: FORUM, author_id: BOT },
    });
    const { threads } = (await api('GET', path)).body as {
      threads?: { thread_info: Record<string, string> }[];
    };
    const info = threads?.[0]?.thread_info;
    expect(info?.title).toBe('hello');
    expect(JSON.parse(info?.content ?? '').paragraphs).toHaveLength(2);
    expect((await api('GET', `${path}/${info?.thread_id}`)).body).toMatchObject({
      thread: { thread_info: info },
    });
    expect((await api('DELETE', `${path}/${info?.thread_id}`)).status).toBe(204);
    expect((await api('GET', `${path}/${info?.thread_id}`)).body.code).toBe(503012);
    expect(await names()).toEqual(['FORUM_THREAD_DELETE', 'OPEN_FORUM_THREAD_DELETE']);
  });

  it.each([
    [{ content: 'x', format: 1 }, 503005],
    [{ title: 'x', format: 1 }, 503006],
    [{ title: 'x', content: '{', format: 4 }, 503014],
    [{ title: 'x', content: '{}', format: 4 }, 503015],
    [{ title: 'x'.repeat(101), content: 'x', format: 1 }, 503020],
  ])('refuse %j with %i', async (body, code) => {
    expect((await api('PUT', path, body)).body.code).toBe(code);
  });

  it('hear what users write', async () => {
    const thread = simulator.control.act({
      act: 'create-thread',
      channelId: FORUM,
      from: PINE,
      title: 'a',
      content: 'b',
    });
    const place = { channelId: FORUM, threadId: thread.id };
    simulator.control.act({ act: 'update-thread', ...place, title: 'c' });
    const post = simulator.control.act({ act: 'create-post', ...place, from: PINE, content: 'd' });
    const reply = simulator.control.act({
      act: 'create-reply',
      ...place,
      postId: post.id,
      from: PINE,
      content: 'e',
    });
    simulator.control.act({ act: 'delete-reply', ...place, postId: post.id, replyId: reply.id });
    simulator.control.act({ act: 'delete-post', ...place, postId: post.id });
    simulator.control.act({ act: 'delete-thread', ...place });
    const kinds = [
      'THREAD_CREATE',
      'THREAD_UPDATE',
      'POST_CREATE',
      'REPLY_CREATE',
      'REPLY_DELETE',
      'POST_DELETE',
      'THREAD_DELETE',
    ];
    expect(await names()).toEqual(kinds.flatMap((kind) => [`FORUM_${kind}`, `OPEN_FORUM_${kind}`]));
  });
});

describe('group management', () => {
  const path = `/v2/groups/${GROUP}`;

  it('shows the group, its members and the bot', async () => {
    expect((await api('GET', `${path}/info`)).body).toMatchObject({
      group_name: 'Tea round',
      group_member_num: 3,
    });
    expect((await api('GET', `${path}/bot_state`)).body).toMatchObject({
      recv_msg_setting: 'only_mention',
      member_role: 'admin',
    });
    expect((await api('GET', `${path}/members`)).body).toMatchObject({
      members: { length: 3 },
      next_cursor: '',
    });
    expect((await api('POST', `${path}/members`, { limit: 1, start_index: 1 })).body).toMatchObject({
      members: [{ member_openid: MEMBER }],
      next_index: 2,
    });
    expect((await api('GET', `${path}/members/${OWNER}`)).body).toMatchObject({ member_role: 'owner' });
    expect((await api('GET', `${path}/members/x`)).body.err_code).toBe(40011028);
  });

  it('removes, blacklists and mutes ordinary members', async () => {
    const expires = new Date(clock.wall() + 60_000).toISOString();
    const mute = { members: [{ op: 'add', member_openid: MEMBER, mute_expire_at: expires }] };
    expect((await api('POST', `${path}/restrict_chat_setting`, mute)).body).toEqual({});
    expect((await api('GET', `${path}/restrict_chat_setting`)).body).toMatchObject({
      members: [{ member_openid: MEMBER }],
    });
    expect(() =>
      simulator.control.say({ scene: 'group', target: GROUP, from: MEMBER, content: 'x' }),
    ).toThrow('is muted');
    const removed = await api('POST', `${path}/batch_remove_members`, {
      member_openids: [MEMBER, OWNER],
      add_to_member_blacklist: true,
    });
    expect(removed.body).toEqual({
      remove_members_result: 'success',
      add_to_member_blacklist_fail_openids: [OWNER],
    });
    expect((await api('GET', `${path}/member_blacklist`)).body).toMatchObject({
      users: [{ member_openid: MEMBER }],
    });
    const add = { op: 'add', member_openids: [OWNER, 'stranger'] };
    expect((await api('POST', `${path}/member_blacklist`, add)).body).toEqual({ fail_openids: [OWNER] });
    expect(await names()).toEqual(['GROUP_MEMBER_REMOVE']);
    simulator.control.bot({ appId: '102000001', isAdmin: false });
    expect((await api('GET', `${path}/restrict_chat_setting`)).body.code).toBe(11282);
  });

  it('decides who joins, by hand and by strategy', async () => {
    const ask = (memberOpenid: string) =>
      simulator.control.act({ act: 'request-join', groupOpenid: GROUP, memberOpenid });
    ask('NEW1');
    expect((await api('GET', `${path}/join_request_list`)).body).toMatchObject({
      list: [{ member_openid: 'NEW1' }],
    });
    expect((await api('POST', `${path}/approval_join_request/NEW1`, { op: 'approve' })).body).toEqual({});
    expect((await api('POST', `${path}/approval_join_request/NEW1`, { op: 'approve' })).body.code).toBe(
      12002,
    );
    ask('NEW2');
    const strategies = '/v2/groups/join_approval_strategy';
    const made = (await api('POST', strategies, { group_openids: [GROUP] })).body;
    expect(made).toMatchObject({ strategy_id: expect.stringMatching(/^st_/), is_enable: 'on' });
    const strategy = `${strategies}/${made.strategy_id}`;
    const users = { op: 'add', whitelist_users: ['NEW2'] };
    expect((await api('POST', `${strategy}/whitelist_users`, users)).body).toMatchObject({
      whitelist_user_count: 1,
    });
    expect((await api('POST', `${strategy}/execute`, {})).body).toEqual({});
    clock.advance(600_000);
    expect(await names()).toEqual([
      'GROUP_JOIN_REQUEST',
      'GROUP_MEMBER_ADD',
      'GROUP_JOIN_REQUEST',
      'GROUP_MEMBER_ADD',
    ]);
    expect((await api('PATCH', strategy, { is_enable: 'off' })).body).toMatchObject({ is_enable: 'off' });
    expect((await api('GET', strategies)).body).toMatchObject({
      strategies: [{ is_enable: 'off' }],
      next_cursor: '',
    });
    expect((await api('DELETE', strategy)).body).toEqual({});
    expect((await api('POST', strategies, {})).body.code).toBe(12002);
  });
});

describe('panels and the menu', () => {
  const panel = { items: [{ name: '天气', type: 'command' }] };

  it('are kept with their versions and targets', async () => {
    const made = (
      await api('POST', '/v2/panels', { scope: 'c2c', target_type: 'specific', user_openids: [USER], panel })
    ).body;
    const path = `/v2/panels/${made.panel_id}`;
    expect((await api('GET', path)).body).toMatchObject({ scope: 'c2c', version: 1, user_openids: [USER] });
    expect((await api('PUT', path, { panel })).body).toEqual({ version: 2 });
    expect((await api('PUT', `${path}/target`, { op: 'del', user_openids: [USER] })).body).toEqual({});
    expect((await api('GET', '/v2/panels?scope=c2c')).body).toMatchObject({
      records: [{ version: 2 }],
      is_end: true,
    });
    expect((await api('DELETE', path)).body).toEqual({});
    expect((await api('GET', path)).body.err_code).toBe(40030006);
  });

  it.each([
    [{ scope: 'x', panel }, 40030011],
    [{ scope: 'dm', target_type: 'some', panel }, 40030012],
    [{ scope: 'dm', target_type: 'specific', panel }, 40030018],
    [{ scope: 'c2c', user_openids: [USER], panel }, 40030021],
    [{ scope: 'c2c' }, 40030016],
    [{ scope: 'c2c', panel: { items: [{ name: 'x', type: 'y' }] } }, 40030015],
    [{ scope: 'c2c', panel: { items: [{ name: 'x', type: 'link', link: 'http://a' }] } }, 40030008],
    [{ scope: 'c2c', panel: { items: [{ name: '天天天天天天天天', type: 'command' }] } }, 40030001],
    [{ scope: 'c2c', panel: { items: Array(21).fill({ name: 'x', type: 'command' }) } }, 40030013],
  ])('%j is refused with %i', async (body, code) => {
    expect((await api('POST', '/v2/panels', body)).body.err_code).toBe(code);
  });

  it('replace the menu', async () => {
    expect((await api('GET', '/v2/menu')).body).toEqual({ version: 0 });
    const menu = {
      items: [{ name: 'more', type: 'menu', sub_menu_items: [{ name: 'help', type: 'send_message' }] }],
    };
    expect((await api('PUT', '/v2/menu', { menu })).body).toEqual({ version: 1 });
    expect((await api('GET', '/v2/menu')).body).toEqual({ menu, version: 1 });
    expect(
      (await api('PUT', '/v2/menu', { menu: { items: [{ name: 'x', type: 'y' }] } })).body.err_code,
    ).toBe(40030014);
  });
});

describe('the rest', () => {
  it('makes a share link whose value comes back with the friend', async () => {
    const link = (await api('POST', '/v2/generate_url_link', { callback_data: 'spring' })).body;
    expect(link).toMatchObject({ data: { url: expect.stringContaining('spring') } });
    expect((await api('POST', '/v2/generate_url_link', { callback_data: 'x'.repeat(33) })).body.code).toBe(
      10001,
    );
  });

  it('keeps the old HTTP sessions', async () => {
    const path = '/gateway/webhook/sessions';
    const made = (await api('POST', path, { callback_url: 'https://a.example', intents: 1, shards: [0, 1] }))
      .body;
    expect(made).toMatchObject({ version: 1, bot: { id: BOT } });
    expect((await api('GET', path)).body).toMatchObject([{ session_id: made.session_id }]);
    expect((await api('PATCH', `${path}?action=check`)).body).toMatchObject([
      { session_id: made.session_id },
    ]);
    expect((await api('DELETE', `${path}/${made.session_id}`)).status).toBe(200);
    expect((await api('GET', path)).body).toEqual([]);
  });

  it('answers 404 for no such API and 405 for the wrong method', async () => {
    expect((await api('GET', '/nothing')).status).toBe(404);
    expect((await api('DELETE', '/users/@me')).status).toBe(405);
  });

  it('counts calls of a route and answers 429', async () => {
    for (let n = 0; n < 5; n++)
      expect((await api('PUT', '/v2/menu', { menu: { items: [] } })).status).toBe(200);
    expect((await api('PUT', '/v2/menu', { menu: { items: [] } })).status).toBe(429);
    clock.advance(60_000);
    expect((await api('PUT', '/v2/menu', { menu: { items: [] } })).status).toBe(200);
  });
});
