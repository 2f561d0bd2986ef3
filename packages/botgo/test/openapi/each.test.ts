import { afterEach, beforeEach, expect, test } from 'vitest';
import { createOpenAPI, type OpenAPI } from '../../src/openapi/index.js';
import { botToken } from '../../src/token/index.js';
import { type RecordingServer, recordingServer } from './recording-server.js';

let server: RecordingServer;
let api: OpenAPI;
beforeEach(async () => {
  server = await recordingServer();
  api = createOpenAPI({ tokenSource: botToken('1', 'abc-def'), baseUrl: server.url, maxAttempts: 1 });
});
afterEach(async () => {
  await api.close();
  await server.close();
});

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const all: Item[] = [];
  for await (const item of items) all.push(item);
  return all;
}

/** Answers pages in order, and fails a reader that goes on after the last. */
function answerPages(...pages: unknown[]): void {
  server.answer(...pages.map((json) => ({ json })), {
    status: 500,
    json: { code: 1, message: 'read too far' },
  });
}

const queries = () => server.requests.map(({ query }) => query);
const member = (id: string) => ({ user: { id }, joined_at: '' });

test('members of a guild: short and repeating pages, until an empty one', async () => {
  answerPages([member('1'), member('2')], [member('2'), member('3')], []);
  const members = await collect(api.each.guildMembers('G'));
  expect(members.map(({ user }) => user?.id)).toEqual(['1', '2', '3']);
  expect(queries()).toEqual([
    { after: '0', limit: '400' },
    { after: '2', limit: '400' },
    { after: '3', limit: '400' },
  ]);
});

test('a platform that repeats a page for ever ends the loop', async () => {
  server.answer({ json: [member('1')] });
  expect(await collect(api.each.guildMembers('G', { limit: 1 }))).toHaveLength(1);
  expect(server.requests).toHaveLength(2);
  server.answer({ json: { members: [{ member_openid: 'a' }], next_cursor: 'same' } });
  expect(await collect(api.each.groupMembers('Q'))).toHaveLength(1);
});

test('guilds of the bot', async () => {
  answerPages([{ id: '1' }, { id: '2' }], [{ id: '3' }], []);
  expect((await collect(api.each.guilds())).map(({ id }) => id)).toEqual(['1', '2', '3']);
  expect(queries()).toEqual([{ limit: '100' }, { after: '2', limit: '100' }, { after: '3', limit: '100' }]);
});

test('members of a role: by `next`, which is empty or 0 at the end', async () => {
  answerPages({ data: [member('1')], next: '7' }, { data: [member('2')], next: '0' });
  expect(await collect(api.each.guildRoleMembers('G', 'R', { limit: 1 }))).toHaveLength(2);
  expect(queries()).toEqual([
    { start_index: '0', limit: '1' },
    { start_index: '7', limit: '1' },
  ]);
});

test('who reacted: by cookie, until is_end', async () => {
  answerPages(
    { users: [{ id: '1' }], cookie: 'c1', is_end: false },
    { users: [{ id: '2' }], cookie: 'c2', is_end: true },
  );
  const users = await collect(api.each.reactionUsers('C', 'M', { type: 1, id: '4' }));
  expect(users.map(({ id }) => id)).toEqual(['1', '2']);
  expect(queries()).toEqual([{ limit: '50' }, { cookie: 'c1', limit: '50' }]);
});

test('threads: one page is all that the platform documents', async () => {
  answerPages({ threads: [{ thread_info: { thread_id: 'B_1' } }], is_finish: 0 });
  expect(await collect(api.each.threads('C'))).toHaveLength(1);
});

test.each<[string, string, string, (client: OpenAPI) => AsyncIterable<unknown>]>([
  ['members of a group', 'members', 'member_openid', (client) => client.each.groupMembers('Q')],
  ['a blacklist', 'users', 'member_openid', (client) => client.each.groupMemberBlacklist('Q')],
  ['requests to join', 'list', 'join_request_id', (client) => client.each.groupJoinRequests('Q')],
  ['strategies', 'strategies', 'strategy_id', (client) => client.each.joinApprovalStrategies()],
  ['panels', 'records', 'panel_id', (client) => client.each.panels('c2c')],
])('%s: by cursor, until it is empty', async (_name, list, id, read) => {
  answerPages({ [list]: [{ [id]: 'a' }], next_cursor: 'n1' }, { [list]: [{ [id]: 'b' }], next_cursor: '' });
  expect(await collect(read(api))).toEqual([{ [id]: 'a' }, { [id]: 'b' }]);
  expect(queries().map(({ cursor }) => cursor)).toEqual([undefined, 'n1']);
});

test('a page without its list is an end, not a crash', async () => {
  server.answer({ json: {} });
  expect(await collect(api.each.groupMembers('Q'))).toEqual([]);
  expect(await collect(api.each.reactionUsers('C', 'M', { type: 1, id: '4' }))).toEqual([]);
});

test('a loop that is left reads no further page; an error ends it after what came before', async () => {
  answerPages([member('1'), member('2')], [member('3')]);
  for await (const { user } of api.each.guildMembers('G')) if (user?.id === '1') break;
  expect(server.requests).toHaveLength(1);

  server.answer({ json: [member('1')] }, { status: 403, json: { code: 11253 } });
  const seen: unknown[] = [];
  const reading = (async () => {
    for await (const { user } of api.each.guildMembers('G')) seen.push(user?.id);
  })();
  await expect(reading).rejects.toMatchObject({ platformCode: 11253 });
  expect(seen).toEqual(['1']);
});

test('the signal ends the loop', async () => {
  const abort = new AbortController();
  server.answer({ json: [member('1')] }, () => {});
  const reading = (async () => {
    for await (const _member of api.each.guildMembers('G', { signal: abort.signal })) abort.abort();
  })();
  await expect(reading).rejects.toMatchObject({ code: 'BOTGO_ABORTED' });
});
