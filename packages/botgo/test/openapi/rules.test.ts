import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createOpenAPI, type OpenAPI } from '../../src/openapi/index.js';
import { botToken } from '../../src/token/index.js';
import { type RecordingServer, recordingServer } from './recording-server.js';

let server: RecordingServer;
let api: OpenAPI;
beforeEach(async () => {
  server = await recordingServer();
  api = createOpenAPI({ tokenSource: botToken('1', 'abc-def'), baseUrl: server.url, random: () => 0 });
});
afterEach(async () => {
  await api.close();
  await server.close();
});

describe('private channels: BotGo has the two kinds the wrong way round', () => {
  test('without users it is for owner and administrators (1), with users for them too (2)', async () => {
    await api.createPrivateChannel('G', { name: 'n', type: 0 }, []);
    await api.createPrivateChannel('G', { name: 'n', type: 0 }, ['U']);
    expect(server.requests.map(({ json }) => json)).toEqual([
      { name: 'n', type: 0, private_type: 1 },
      { name: 'n', type: 0, private_type: 2, private_user_ids: ['U'] },
    ]);
  });

  test("the caller's choice stands, and the caller's objects stay as they are", async () => {
    const channel = Object.freeze({ name: 'n', type: 0, private_type: 1 });
    const users = Object.freeze(['U']);
    await api.createPrivateChannel('G', channel, users);
    expect(server.requests[0]?.json).toEqual({
      name: 'n',
      type: 0,
      private_type: 1,
      private_user_ids: ['U'],
    });
  });
});

describe('roles: BotGo resets what was not asked for', () => {
  test('renaming claims nothing about colour and place, and black (0) can be set', async () => {
    await api.patchRole('G', 'R', Object.freeze({ name: 'n' }));
    await api.patchRole('G', 'R', { color: 0 });
    expect(server.requests.map(({ json }) => json)).toEqual([
      { guild_id: 'G', filter: { name: 1, color: 0, hoist: 0 }, info: { name: 'n' } },
      { guild_id: 'G', filter: { name: 0, color: 1, hoist: 0 }, info: { color: 0 } },
    ]);
  });
});

test('a value of 0 or an empty text is sent: BotGo drops both', async () => {
  await api.patchChannel('C', { position: 0, parent_id: '', private_type: 0, speak_permission: 0 });
  expect(server.requests[0]?.json).toEqual({
    position: 0,
    parent_id: '',
    private_type: 0,
    speak_permission: 0,
  });
});

test.each<[string, (client: OpenAPI) => Promise<unknown>]>([
  ['meGuilds', (client) => client.meGuilds(undefined as never)],
  ['guildMembers', (client) => client.guildMembers('G', null as never)],
  ['guildRoleMembers', (client) => client.guildRoleMembers('G', 'R', undefined as never)],
  ['messages', (client) => client.messages('C', undefined as never)],
  [
    'getMessageReactionUsers',
    (client) => client.getMessageReactionUsers('C', 'M', { type: 1, id: '1' }, undefined as never),
  ],
])('%s without a pager rejects with BotGo’s error before anything is sent', async (_name, run) => {
  await expect(run(api)).rejects.toMatchObject({ code: 'BOTGO_PAGER_MISSING', botgoCode: 9007 });
  expect(server.requests).toHaveLength(0);
});

test.each([['x'], ['-1'], ['1.5'], ['0x4'], ['18446744073709551616'], ['']])(
  'the permission mask %j is refused before anything is sent',
  async (mask) => {
    for (const change of [{ add: mask }, { remove: mask }]) {
      await expect(api.putChannelPermissions('C', 'U', change)).rejects.toMatchObject({
        code: 'BOTGO_CONFIG',
      });
      await expect(api.putChannelRolesPermissions('C', 'R', change)).rejects.toMatchObject({
        code: 'BOTGO_CONFIG',
      });
    }
    expect(server.requests).toHaveLength(0);
  },
);

test('muting nobody does not mute the whole guild', async () => {
  await expect(api.multiMemberMute('G', { mute_seconds: '60', user_ids: [] })).rejects.toMatchObject({
    code: 'BOTGO_CONFIG',
  });
  expect(server.requests).toHaveLength(0);
});

test('one message is asked for by its id: BotGo asks for the list and fails to read it', async () => {
  server.answer({ json: { id: 'M', channel_id: 'C' } });
  expect(await api.message('C', 'M')).toEqual({ id: 'M', channel_id: 'C' });
  expect(server.requests[0]?.path).toBe('/channels/C/messages/M');
});

test('an emoji without a number for its type is refused', async () => {
  for (const type of [undefined, '1', Number.NaN, {}]) {
    const reacting = api.createMessageReaction('C', 'M', { type: type as number, id: '4' });
    await expect(reacting).rejects.toMatchObject({ code: 'BOTGO_CONFIG' });
  }
  expect(server.requests).toHaveLength(0);
});

test('publishing a thread is a PUT, and still not repeated', async () => {
  server.answer({ status: 502 }, { json: { task_id: '1' } });
  await expect(api.putThread('C', { title: 't', content: 'c', format: 1 })).rejects.toMatchObject({
    status: 502,
  });
  expect(server.requests).toHaveLength(1);
});

test('a message with a file goes out as a form', async () => {
  server.answer({ json: { id: 'M' } });
  const file_image = new Uint8Array([0x89, 0x50, 0x4e, 0x47]);
  await api.postMessage('C', { content: 'x', msg_id: 'M', file_image });
  await api.postDirectMessage('D', { embed: { title: 't' }, file_image: new Blob([file_image]) });
  const [first, second] = server.requests;
  expect(first?.headers['content-type']).toMatch(/^multipart\/form-data; boundary=/);
  expect(first?.text).toContain('name="content"\r\n\r\nx\r\n');
  expect(first?.text).toContain('name="msg_id"\r\n\r\nM\r\n');
  expect(first?.text).toContain('name="file_image"; filename="image.png"\r\nContent-Type: image/png');
  expect(second?.text).toContain('name="embed"\r\n\r\n{"title":"t"}\r\n');
});

test('an announcement may be answered with nothing, as in 2022', async () => {
  server.answer({ status: 204 });
  expect(await api.createGuildAnnounces('G', { message_id: 'M', channel_id: 'C' })).toBeUndefined();
});

test.each<[string, unknown, (client: OpenAPI) => Promise<unknown>]>([
  ['an object for a list', {}, (client) => client.channels('G')],
  ['a list for an object', [], (client) => client.guild('G')],
  ['nothing for a message', undefined, (client) => client.postMessage('C', { content: 'x' })],
  ['two messages for one', [{}, {}], (client) => client.postDirectMessage('D', { content: 'x' })],
  ['a link without a URL', { data: {} }, (client) => client.generateURLLink({})],
  ['an upload without parts', { upload_id: 'u' }, (client) => client.prepareC2CUpload('U', {} as never)],
  ['text for a thread', 'text', (client) => client.thread('C', 'T')],
])('%s is BOTGO_BAD_RESPONSE', async (_name, json, run) => {
  server.answer(json === undefined ? {} : { json });
  await expect(run(api)).rejects.toMatchObject({ code: 'BOTGO_BAD_RESPONSE', status: 200 });
});
