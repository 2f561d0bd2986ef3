import { createClock, type Simulator, startSimulator } from '@botgo/simulator';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { BotgoError } from '../../src/errs/index.js';
import {
  createOpenAPI,
  isAlreadySent,
  isPendingAudit,
  type OpenAPI,
  type OpenAPIOptions,
} from '../../src/openapi/index.js';
import { botToken, newQQBotTokenSource } from '../../src/token/index.js';

const APP = '102000001';
const SECRET = 'demo-secret';
const CHANNEL = '7000101';
const GUILD = '1152921504606846976';
const GROUP = '5566778899AABBCCDDEEFF0011223344';
const USER = '0A1B2C3D4E5F60718293A4B5C6D7E8F9';

const clock = createClock({ frozen: true });
let simulator: Simulator;
const clients: OpenAPI[] = [];

beforeEach(async () => {
  simulator = await startSimulator({ clock, switches: { needsConnection: false } });
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await simulator.close();
});

function source(secret = SECRET) {
  const tokenUrl = `${simulator.url}/app/getAppAccessToken`;
  return newQQBotTokenSource({ appId: APP, secret, tokenUrl, random: () => 0 });
}

function client(options: Partial<OpenAPIOptions> = {}): OpenAPI {
  const api = createOpenAPI({
    tokenSource: source(),
    baseUrl: simulator.url,
    random: () => 0,
    ...options,
  });
  clients.push(api);
  return api;
}

async function failure(promise: Promise<unknown>): Promise<BotgoError> {
  const outcome = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(BotgoError);
  return outcome as BotgoError;
}

test('a client with nothing but app id and secret logs in and sends to all four scenes', async () => {
  const api = client();
  expect(await api.me()).toMatchObject({ bot: true });
  expect(await api.ws()).toMatchObject({ shards: expect.any(Number), url: expect.stringMatching(/^ws/) });
  const author = (await api.guildMembers(GUILD, { limit: 400 })).find(({ user }) => user?.bot !== true);
  const dm = await api.createDirectMessage({ recipient_id: author?.user?.id ?? '', source_guild_id: GUILD });
  const sent = [
    await api.postMessage(CHANNEL, { content: 'to a channel' }),
    await api.postDirectMessage(dm, { content: 'to a member' }),
    await api.postGroupMessage(GROUP, { msg_type: 0, content: 'to a group' }),
    await api.postC2CMessage(USER, { msg_type: 0, content: 'to a user' }),
  ];
  for (const { id } of sent) expect(id).toEqual(expect.any(String));
  expect(sent.map((result) => api.traceIdOf(result))).not.toContain(undefined);
});

describe('tokens', () => {
  test('a wrong secret is told as such, and asked about once', async () => {
    const error = await failure(client({ tokenSource: source('not-the-secret-1') }).me());
    expect(error).toMatchObject({ code: 'BOTGO_TOKEN', cause: { platformCode: 100016 } });
    expect(error.message).not.toContain('not-the-secret-1');
  });

  test('a token that the platform takes back costs one refresh and no error', async () => {
    const api = client();
    await api.me();
    simulator.control.fault({ kind: 'revoke-token', appId: APP });
    const answers = await Promise.all(Array.from({ length: 10 }, () => api.me()));
    expect(answers).toHaveLength(10);
  });

  test('a token that ended on the platform, whose clock is ahead, is replaced', async () => {
    const api = client();
    await api.me();
    clock.advance(7_300_000);
    expect(await api.postGroupMessage(GROUP, { msg_type: 0, content: 'x' })).toMatchObject({
      id: expect.any(String),
    });
  });

  test('the fixed token of old works where it is accepted; where it is not, the error says what to use', async () => {
    const api = client({ tokenSource: botToken(APP, 'demo-token') });
    await api.me();
    simulator.control.bot({ appId: APP, acceptsFixedToken: false });
    const error = await failure(api.me());
    expect(error).toMatchObject({ status: 401, platformCode: 11245 });
    expect(error.message).toContain('use newQQBotTokenSource');
  });
});

describe('faults', () => {
  test('a reset connection and a failing server are survived where repeating is safe', async () => {
    const api = client();
    simulator.control.fault({ kind: 'http', method: 'GET', path: '/users/@me', answer: 'reset', times: 1 });
    simulator.control.fault({
      kind: 'http',
      method: 'GET',
      path: '/users/@me',
      answer: 'error',
      status: 502,
      times: 1,
    });
    expect(await api.me()).toMatchObject({ bot: true });
  });

  test('an answer to a group whose result is lost is sent again, recognised, and shown once', async () => {
    const { messageId } = simulator.control.say({ scene: 'group', target: GROUP, content: 'hello' });
    const path = `/v2/groups/${GROUP}/messages`;
    simulator.control.fault({ kind: 'http', method: 'POST', path, answer: 'reset', after: true, times: 1 });
    const reply = { msg_type: 0, content: 'hi', msg_id: messageId, msg_seq: 1 };
    const api = client();
    expect(isAlreadySent(await api.postGroupMessage(GROUP, reply))).toBe(true);
    expect(simulator.control.outbox({ scene: 'group' })).toHaveLength(1);
    expect(await failure(api.postGroupMessage(GROUP, reply))).toMatchObject({ platformCode: 40054005 });
    expect(simulator.control.outbox({ scene: 'group' })).toHaveLength(1);
  });

  test('429, a page that is no JSON and silence are each an error of their own', async () => {
    const api = client({ maxAttempts: 1 });
    const strike = (answer: '429' | 'text' | 'never') =>
      simulator.control.fault({ kind: 'http', method: 'GET', path: '/users/@me', answer, times: 1 });
    strike('429');
    expect(await failure(api.me())).toMatchObject({ status: 429 });
    strike('text');
    expect(['BOTGO_BAD_RESPONSE', 'BOTGO_OPENAPI']).toContain((await failure(api.me())).code);
    strike('never');
    expect((await failure(api.withTimeout(50).me())).code).toBe('BOTGO_TIMEOUT');
    expect(await api.me()).toMatchObject({ bot: true });
  });

  test('a message that waits for its audit is a pending result with the id of the event that follows', async () => {
    simulator.control.switches({ audit: 'all' });
    const sent = await client().postMessage(CHANNEL, { content: 'x' });
    expect(isPendingAudit(sent)).toBe(true);
    expect(sent).toMatchObject({ pending: true, auditId: expect.any(String), platformCode: 304023 });
  });
});
