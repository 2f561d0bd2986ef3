import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Dispatcher } from 'undici';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { manualClock } from '../../src/clock/index.js';
import { BadResponseError, BotgoError, OpenAPIError } from '../../src/errs/index.js';
import type { Logger } from '../../src/log/index.js';
import {
  createOpenAPI,
  isAlreadySent,
  isPendingAudit,
  type OpenAPI,
  type OpenAPIOptions,
} from '../../src/openapi/index.js';
import { AccessToken, botToken, type TokenSource } from '../../src/token/index.js';
import { VERSION } from '../../src/version.js';
import { type RecordingServer, recordingServer } from './recording-server.js';

const TOKEN = 'token-value-0001';
let server: RecordingServer;
const clients: OpenAPI[] = [];

beforeEach(async () => {
  server = await recordingServer();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await server.close();
});

/** Gives `token-value-0001`, and after each refusal one with the next number. */
function countingSource() {
  let number = 1;
  const invalidated: string[] = [];
  const source: TokenSource = {
    appId: '102000001',
    token: async () => new AccessToken('QQBot', `token-value-${String(number).padStart(4, '0')}`),
    invalidate(token) {
      invalidated.push(token.value);
      number++;
    },
  };
  return { source, invalidated };
}

function client(options: Partial<OpenAPIOptions> = {}): OpenAPI {
  const api = createOpenAPI({
    tokenSource: countingSource().source,
    baseUrl: server.url,
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

describe('a request', () => {
  test('carries the credential, the app id and who sends it', async () => {
    server.answer({ json: { id: '1', username: 'bot' } });
    expect(await client().me()).toEqual({ id: '1', username: 'bot' });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'GET', path: '/users/@me', text: '' });
    expect(request?.headers).toMatchObject({
      authorization: `QQBot ${TOKEN}`,
      'x-union-appid': '102000001',
      'user-agent': `BotGoSDK/v${VERSION} (Node/${process.versions.node})`,
      accept: 'application/json',
    });
    expect(request?.headers['content-type']).toBeUndefined();
  });

  test('a fixed token is sent as BotGo v0.1.6 sends it, and the seed\'s `(nil, "")` is taken', async () => {
    const api = client({ tokenSource: botToken('1', 'abc-def') });
    await api.me(null, '');
    await api.ws(null, '');
    expect(server.requests.map(({ path, headers }) => [path, headers.authorization])).toEqual([
      ['/users/@me', 'Bot 1.abc-def'],
      ['/gateway/bot', 'Bot 1.abc-def'],
    ]);
  });

  test('a body is JSON, also that of putInteraction, which BotGo sends as text/plain', async () => {
    await client().putInteraction('i-1', { code: 0 });
    const [request] = server.requests;
    expect(request).toMatchObject({ method: 'PUT', path: '/interactions/i-1', json: { code: 0 } });
    expect(request?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-callback-appid': '102000001',
    });
  });

  test("a call's own headers are sent, replace ours, and end with the call", async () => {
    const api = client();
    await api.me({ headers: { 'X-One': 'a', Accept: 'text/json' } });
    await api.me();
    expect(server.requests[0]?.headers).toMatchObject({ 'x-one': 'a', accept: 'text/json' });
    expect(server.requests[1]?.headers).toMatchObject({ accept: 'application/json' });
    expect(server.requests[1]?.headers['x-one']).toBeUndefined();
  });

  test('every host can be chosen, also with a path: in BotGo hosts are constants', async () => {
    const api = client({ baseUrl: `${server.url}/qq/` });
    await api.me();
    await api.transport('GET', '/guilds/1');
    expect(server.requests.map(({ path }) => path)).toEqual(['/qq/users/@me', '/qq/guilds/1']);
  });

  test('parallel calls with changing tokens never mix them: BotGo writes the token into a shared client', async () => {
    let turn = 0;
    const tokenSource: TokenSource = {
      appId: '1',
      token: async () => new AccessToken('QQBot', `t${turn++}`),
      invalidate() {},
    };
    const api = client({ tokenSource });
    await Promise.all(Array.from({ length: 20 }, () => api.me()));
    expect(new Set(server.requests.map(({ headers }) => headers.authorization)).size).toBe(20);
  });
});

describe('what cannot be sent', () => {
  test.each([['../../users/@me'], ['a/b'], ['a?b=c'], ['a#b'], ['%2e%2e'], ['a b'], ['中文'], ['a\r\nX: y']])(
    'an id cannot lead to another route: %j',
    async (id) => {
      await client().postMessage(id, { content: 'x' });
      expect(server.requests[0]?.path).toBe(`/channels/${encodeURIComponent(id)}/messages`);
      expect(Object.keys(server.requests[0]?.headers ?? {})).not.toContain('x');
    },
  );

  test.each([[''], ['.'], ['..'], [undefined], [5], [null], ['\ud800']])(
    'the id %j is refused before anything is sent',
    async (id) => {
      const error = await failure(client().postMessage(id as string, { content: 'x' }));
      expect(error.code).toBe('BOTGO_CONFIG');
      expect(error.message).toContain('{channel_id}');
      expect(server.requests).toHaveLength(0);
    },
  );

  test.each([{ 'X-A': 'a\r\nX-Evil: 1' }, { 'X-A\r\nX-Evil': '1' }, { 'bad name': '1' }])(
    'no header can be slipped in: %j',
    async (headers) => {
      const error = await failure(client().me({ headers }));
      expect(error.code).toBe('BOTGO_CONFIG');
      expect(server.requests).toHaveLength(0);
    },
  );

  test.each([
    ['a path with a space', '/a b'],
    ['neither path nor URL', 'guilds/1'],
    ['another scheme', 'file:///etc/passwd'],
  ])('transport refuses %s', async (_name, target) => {
    expect((await failure(client().transport('GET', target))).code).toBe('BOTGO_CONFIG');
  });
});

describe('an answer', () => {
  test.each([
    [204, undefined],
    [200, ''],
    [200, '{}'],
  ])('HTTP %d with body %j is nothing', async (status, text) => {
    server.answer({ status, ...(text === undefined ? {} : { text }) });
    expect(await client().putInteraction('1', { code: 0 })).toBeUndefined();
  });

  test('the content type does not matter: BotGo returns an empty object for text/plain', async () => {
    server.answer({ json: { id: '7', username: 'bot' }, headers: { 'content-type': 'text/plain' } });
    expect(await client().me()).toEqual({ id: '7', username: 'bot' });
  });

  test('unknown fields, in any language and many chunks, survive', async () => {
    const answer = { id: '1', text: '机器人🤖'.repeat(20_000), nested: { new_field: [null] } };
    server.answer((_request, response) => {
      const bytes = Buffer.from(JSON.stringify(answer));
      response.writeHead(200);
      for (let at = 0; at < bytes.length; at += 10_001) response.write(bytes.subarray(at, at + 10_001));
      response.end();
    });
    expect(await client().me()).toEqual(answer);
  });

  test.each([
    ['not JSON', '<html>login</html>'],
    ['cut short', '{"id":"1"'],
    ['an array', '[]'],
    ['a number', '5'],
    ['null', 'null'],
    ['empty', ''],
  ])(
    'a success that is %s is BOTGO_BAD_RESPONSE with status, path, trace id and how it began',
    async (_name, text) => {
      server.answer({ text });
      const error = await failure(client().me());
      expect(error).toBeInstanceOf(BadResponseError);
      expect(error).toMatchObject({
        code: 'BOTGO_BAD_RESPONSE',
        status: 200,
        method: 'GET',
        path: '/users/@me',
        firstBytes: text,
        traceId: 'trace-1',
      });
      expect(server.requests).toHaveLength(1);
    },
  );

  test('a body that echoes a credential does not bring it into the error', async () => {
    server.answer({ text: `<p>Authorization: QQBot ${TOKEN}</p>${TOKEN}` });
    const error = await failure(client().me());
    expect(JSON.stringify({ ...error, message: error.message, stack: error.stack })).not.toContain(TOKEN);
  });

  test('one above the bound is given up while it is read', async () => {
    server.answer((_request, response) => {
      response.writeHead(200);
      response.end(Buffer.alloc(200_000, 'x'));
    });
    const error = await failure(client({ maxResponseBytes: 100_000 }).me());
    expect(error.code).toBe('BOTGO_BAD_RESPONSE');
    expect(error.message).toContain('longer than 100000 bytes');
  });

  test('a key named __proto__ pollutes nothing', async () => {
    server.answer({ text: '{"id":"1","__proto__":{"polluted":true}}' });
    const me = await client().me();
    expect(Object.keys(me)).toContain('__proto__');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('an error of the platform', () => {
  test('carries status, both codes, message, path and trace id', async () => {
    server.answer({
      status: 400,
      json: { code: 11255, err_code: 40011028, message: 'openid invalid', data: { x: 1 } },
    });
    const error = await failure(client().postGroupMessage('G', { msg_type: 0, content: 'x' }));
    expect(error).toBeInstanceOf(OpenAPIError);
    expect(error).toMatchObject({
      code: 'BOTGO_OPENAPI',
      status: 400,
      platformCode: 40011028,
      legacyCode: 11255,
      platformMessage: 'openid invalid',
      method: 'POST',
      path: '/v2/groups/G/messages',
      traceId: 'trace-1',
      data: { x: 1 },
    });
  });

  test('a code inside HTTP 200 is an error too', async () => {
    server.answer({ json: { code: 304003, message: 'url not allowed' } });
    const error = await failure(client().postMessage('1', { content: 'x' }));
    expect(error).toMatchObject({ status: 200, platformCode: 304003 });
    expect(error.message).toContain('304003');
  });

  test('code 0 and err_code 0 are none', async () => {
    server.answer({ json: { code: 0, err_code: 0, id: '1' } });
    expect(await client().postMessage('1', { content: 'x' })).toMatchObject({ id: '1' });
  });

  test('the trace id of the body counts where the header is missing', async () => {
    server.answer({
      status: 403,
      json: { code: 11253, trace_id: 'in-body' },
      headers: { 'x-tps-trace-id': '' },
    });
    expect((await failure(client().me())).traceId).toBe('in-body');
  });

  test('a page of a proxy is shown with its status, and no redirect is followed', async () => {
    server.answer({ status: 403, text: '<html>forbidden</html>', headers: { 'content-type': 'text/html' } });
    expect(await failure(client().me())).toMatchObject({
      status: 403,
      platformMessage: '<html>forbidden</html>',
    });
    server.answer({ status: 302, headers: { location: 'http://127.0.0.1:1/' } });
    const error = await failure(client().me());
    expect(error).toMatchObject({ status: 302 });
    expect(error).not.toHaveProperty('platformCode');
  });

  test('429 is not repeated: nothing says how long to wait', async () => {
    server.answer({ status: 429, json: { code: 22009, message: 'limit' } });
    expect(await failure(client().me())).toMatchObject({ status: 429, platformCode: 22009 });
    expect(server.requests).toHaveLength(1);
  });
});

describe('a message that waits for its audit', () => {
  test.each([
    [202, 304023],
    [201, 304024],
    [200, 304023],
  ])('HTTP %d with code %d is a pending result, not an error as in BotGo', async (status, code) => {
    const answer = {
      code,
      message: 'push message is waiting for audit now',
      data: { message_audit: { audit_id: 'a-1' } },
    };
    server.answer({ status, json: answer });
    const sent = await client().postMessage('1', { content: 'x' });
    expect(isPendingAudit(sent)).toBe(true);
    expect(sent).toEqual({ pending: true, auditId: 'a-1', platformCode: code, traceId: 'trace-1' });
    expect(sent.id).toBeUndefined();
    expect(server.requests).toHaveLength(1);
  });

  test('201 and 202 without an audit are errors', async () => {
    server.answer({ status: 202, json: { code: 304022, message: 'push fail' } });
    expect(await failure(client().postMessage('1', { content: 'x' }))).toMatchObject({
      status: 202,
      platformCode: 304022,
    });
  });
});

describe('a refused credential', () => {
  test.each([
    ['11244', { status: 401, json: { code: 11244, message: 'token expired' } }],
    ['11243 inside HTTP 200', { json: { err_code: 11243, message: 'wrong' } }],
    ['401 without a body', { status: 401 }],
  ])(
    '%s: one new token, one repeat; BotGo gets the same token from its cache and fails',
    async (_name, refusal) => {
      const { source, invalidated } = countingSource();
      server.answer(refusal, { json: { id: '1' } });
      expect(await client({ tokenSource: source }).postMessage('1', { content: 'x' })).toEqual({ id: '1' });
      expect(invalidated).toEqual([TOKEN]);
      expect(server.requests.map(({ headers, text }) => [headers.authorization, text])).toEqual([
        [`QQBot ${TOKEN}`, '{"content":"x"}'],
        ['QQBot token-value-0002', '{"content":"x"}'],
      ]);
    },
  );

  test('a second refusal is the answer', async () => {
    const { source, invalidated } = countingSource();
    server.answer({ status: 401, json: { code: 11244, message: 'expired' } });
    expect(await failure(client({ tokenSource: source }).me())).toMatchObject({ platformCode: 11244 });
    expect(server.requests).toHaveLength(2);
    expect(invalidated).toHaveLength(1);
  });

  test('a fixed token cannot be renewed, so nothing is repeated', async () => {
    server.answer({ status: 401, json: { code: 11244, message: 'expired' } });
    expect(await failure(client({ tokenSource: botToken('1', 'abc') }).me())).toMatchObject({
      platformCode: 11244,
    });
    expect(server.requests).toHaveLength(1);
  });

  test('a token that cannot be had is the error, and nothing is sent', async () => {
    const tokenSource: TokenSource = {
      appId: '1',
      token: () => Promise.reject(new BotgoError('BOTGO_TOKEN', 'no token')),
      invalidate() {},
    };
    expect((await failure(client({ tokenSource }).me())).code).toBe('BOTGO_TOKEN');
    expect(server.requests).toHaveLength(0);
  });
});

describe('repeating', () => {
  const broken = { status: 502, text: 'bad gateway' };
  const done = { json: { id: '1' } };

  test('GET and PUT survive two failures, and no more than the attempts allowed; BotGo gives up at the first', async () => {
    server.answer(broken, broken, done);
    expect(await client().me()).toEqual({ id: '1' });
    server.answer(broken, broken, { status: 204 });
    await client().putInteraction('1', { code: 0 });
    server.answer(broken);
    expect(await failure(client().me())).toMatchObject({ status: 502 });
    expect(server.requests).toHaveLength(9);
    expect(await failure(client({ maxAttempts: 1 }).me())).toMatchObject({ status: 502 });
    expect(server.requests).toHaveLength(10);
  });

  test('a channel message is not sent twice', async () => {
    server.answer(broken, done);
    await failure(client().postMessage('1', { content: 'x', msg_id: 'm' }));
    expect(server.requests).toHaveLength(1);
  });

  test.each([
    ['msg_id and msg_seq', { msg_id: 'm', msg_seq: 2 }, 2],
    ['event_id and msg_seq', { event_id: 'e', msg_seq: 2 }, 2],
    ['no msg_seq', { msg_id: 'm' }, 1],
    ['nothing to answer', { msg_seq: 2 }, 1],
  ])('a group message with %s is sent %s', async (_name, fields, times) => {
    server.answer(broken, done);
    const sending = client().postGroupMessage('G', { msg_type: 0, content: 'x', ...fields });
    await sending.catch(() => {});
    expect(server.requests).toHaveLength(times);
    if (times === 2) expect(server.requests[0]?.text).toBe(server.requests[1]?.text);
  });

  test('a repeat that the platform recognises (40054005) proves that the first sending worked', async () => {
    server.answer(broken, { status: 400, json: { code: 40054005, message: 'duplicate' } });
    const sent = await client().postC2CMessage('U', { msg_type: 0, content: 'x', msg_id: 'm', msg_seq: 2 });
    expect(isAlreadySent(sent)).toBe(true);
    expect(sent.id).toBeUndefined();
  });

  test('the same code on a first sending is an error: the number was used before', async () => {
    server.answer({ status: 400, json: { code: 40054005, message: 'duplicate' } });
    const sending = client().postC2CMessage('U', { msg_type: 0, content: 'x', msg_id: 'm', msg_seq: 2 });
    expect(await failure(sending)).toMatchObject({ platformCode: 40054005 });
  });

  test('a check that failed in the platform itself (11242) is repeated once, also for a message', async () => {
    const system = { status: 500, json: { code: 11242, message: 'system error' } };
    server.answer(system, system, done);
    expect(await failure(client().postMessage('1', { content: 'x' }))).toMatchObject({ platformCode: 11242 });
    expect(server.requests).toHaveLength(2);
  });

  test('a connection that breaks in the middle is repeated only where that is safe', async () => {
    const cut = (_request: unknown, response: { destroy(): void }) => response.destroy();
    server.answer(cut, done);
    expect(await client().me()).toEqual({ id: '1' });
    server.answer(cut, done);
    const error = await failure(client().postMessage('1', { content: 'x' }));
    expect(error).toMatchObject({ code: 'BOTGO_NETWORK' });
    expect(error.message).toContain(`POST /channels/1/messages: no answer from ${server.url}`);
  });

  test('pauses grow with full jitter, and an abort ends them', async () => {
    const clock = manualClock();
    server.answer(broken);
    const abort = new AbortController();
    const outcome = failure(client({ clock, random: () => 0.5 }).me({ signal: abort.signal }));
    const until = async (count: number) => {
      while (server.requests.length < count) await new Promise((resolve) => setImmediate(resolve));
      while (clock.pending !== 1) await new Promise((resolve) => setImmediate(resolve));
    };
    await until(1);
    await clock.advance(99);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    await until(2);
    abort.abort(new Error('enough'));
    const error = await outcome;
    expect(error.code).toBe('BOTGO_ABORTED');
    expect(server.requests).toHaveLength(2);
    expect(clock.pending).toBe(0);
  });
});

describe('time and abort', () => {
  test('no answer in time is BOTGO_TIMEOUT; 5 s by default', async () => {
    const clock = manualClock();
    server.answer(() => {});
    const outcome = failure(client({ clock, maxAttempts: 1 }).me());
    while (server.requests.length < 1) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(4_999);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    expect(await outcome).toMatchObject({
      code: 'BOTGO_TIMEOUT',
      message: 'GET /users/@me: no answer within 5000 ms',
    });
    expect(clock.pending).toBe(0);
  });

  test('an answer that stops in the middle is no answer', async () => {
    const clock = manualClock();
    server.answer((_request, response) => {
      response.writeHead(200);
      response.write('{"id":');
    });
    const outcome = failure(client({ clock, maxAttempts: 1 }).me({ timeoutMs: 300 }));
    while (server.requests.length < 1) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(300);
    expect((await outcome).code).toBe('BOTGO_TIMEOUT');
  });

  test('the wait for a connection counts too; what was never sent may be sent again, and is not sent late', async () => {
    const handlers: Dispatcher.DispatchHandler[] = [];
    class NeverConnects extends Dispatcher {
      override dispatch(_options: unknown, handler: Dispatcher.DispatchHandler): boolean {
        handlers.push(handler);
        return true;
      }
    }
    const clock = manualClock();
    const api = client({ clock, dispatcher: new NeverConnects() });
    const outcome = failure(api.postMessage('1', { content: 'x' }));
    await clock.advance(20_000);
    expect((await outcome).code).toBe('BOTGO_TIMEOUT');
    expect(handlers).toHaveLength(3);
    let aborted = 0;
    const controller = { abort: () => aborted++ } as unknown as Dispatcher.DispatchController;
    for (const handler of handlers) handler.onRequestStart?.(controller, {});
    expect(aborted).toBe(3);
  });

  test('withTimeout makes another client over the same connections; the first keeps its time', async () => {
    const clock = manualClock();
    const api = client({ clock, maxAttempts: 1 });
    const hasty = api.withTimeout(100);
    server.answer(() => {});
    const outcome = failure(hasty.me());
    while (server.requests.length < 1) await new Promise((resolve) => setImmediate(resolve));
    await clock.advance(100);
    expect((await outcome).message).toContain('100 ms');
    server.answer({ json: { id: '1' } });
    await api.me();
    expect(hasty.lastTraceId).toBe(api.lastTraceId);
    expect(() => api.withTimeout(0)).toThrow('timeoutMs');
  });

  test('an aborted call rejects at once, before and during the request; a reason of ours keeps its code', async () => {
    const api = client();
    expect((await failure(api.me({ signal: AbortSignal.abort() }))).code).toBe('BOTGO_ABORTED');
    expect(server.requests).toHaveLength(0);
    server.answer(() => {});
    const abort = new AbortController();
    const outcome = failure(api.me({ signal: abort.signal }));
    while (server.requests.length < 1) await new Promise((resolve) => setImmediate(resolve));
    abort.abort(new BotgoError('BOTGO_LEASE_LOST', 'gone'));
    expect((await outcome).code).toBe('BOTGO_LEASE_LOST');
  });

  test('a signal that serves many calls collects no listeners', async () => {
    const { signal } = new AbortController();
    const added: string[] = [];
    const add = signal.addEventListener.bind(signal);
    const remove = signal.removeEventListener.bind(signal);
    let listening = 0;
    signal.addEventListener = (...rest: Parameters<typeof add>) => {
      added.push(rest[0]);
      listening++;
      add(...rest);
    };
    signal.removeEventListener = (...rest: Parameters<typeof remove>) => {
      listening--;
      remove(...rest);
    };
    const api = client();
    for (let call = 0; call < 10; call++) await api.me({ signal });
    expect(added).toHaveLength(10);
    expect(listening).toBe(0);
  });
});

describe('the client', () => {
  test('a trace id belongs to its result, not to whoever asked last as in BotGo', async () => {
    const api = client();
    const [first, second] = await Promise.all([api.me(), api.me()]);
    const traces = [first, second].map((result) => result && api.traceIdOf(result)).sort();
    expect(traces).toEqual(['trace-1', 'trace-2']);
    expect(api.lastTraceId).toMatch(/^trace-[12]$/);
    server.answer({ status: 400, json: { code: 1 } });
    await failure(api.me());
    expect(api.lastTraceId).toBe('trace-3');
  });

  test('transport takes any path and any URL; a filter that fails rejects it: BotGo dereferences nil', async () => {
    const api = client();
    server.answer({ json: [1, 2] });
    expect(await api.transport('POST', '/new/thing?x=1', { a: 1 })).toEqual([1, 2]);
    expect(await api.transport('DELETE', `${server.url}/other`)).toEqual([1, 2]);
    expect(await api.transport('PATCH', '/raw', '{"raw":true}')).toEqual([1, 2]);
    expect(server.requests).toMatchObject([
      { method: 'POST', path: '/new/thing', query: { x: '1' }, json: { a: 1 } },
      { method: 'DELETE', path: '/other', text: '' },
      { method: 'PATCH', path: '/raw', json: { raw: true } },
    ]);
    api.filters.request.register('fails', () => {
      throw new Error('refused by filter');
    });
    await expect(api.transport('GET', '/x')).rejects.toThrow('refused by filter');
  });

  test('the credential goes to the own host only, whatever URL is called', async () => {
    const other = await recordingServer();
    try {
      const api = client();
      await api.transport('GET', `${other.url}/x`);
      await api.me({ url: `${other.url}/me` });
      await api.me({ url: `${server.url}/me2` });
      for (const { headers } of other.requests) {
        expect(headers.authorization).toBeUndefined();
        expect(headers['x-union-appid']).toBeUndefined();
      }
      expect(other.requests).toHaveLength(2);
      expect(server.requests[0]).toMatchObject({
        path: '/me2',
        headers: { authorization: `QQBot ${TOKEN}` },
      });
    } finally {
      await other.close();
    }
  });

  test('close waits for what is under way, refuses what comes later, and may be called twice', async () => {
    let release: (() => void) | undefined;
    server.answer((_request, response) => {
      release = () => response.end('{"id":"1"}');
    });
    const api = client();
    const running = api.me();
    while (!release) await new Promise((resolve) => setImmediate(resolve));
    const closed = api.close();
    expect((await failure(api.me())).code).toBe('BOTGO_CLOSED');
    release();
    expect(await running).toEqual({ id: '1' });
    await closed;
    await api[Symbol.asyncDispose]();
  });

  test('a call that still waits for its token when the client is closed opens no connection afterwards', async () => {
    let give: (() => void) | undefined;
    const inner = botToken('1', 'abc-def');
    const api = client({
      tokenSource: {
        appId: '1',
        invalidate() {},
        token: () =>
          new Promise((resolve) => {
            give = () => resolve(inner.token());
          }),
      },
    });
    const waiting = failure(api.me());
    await expect.poll(() => give).toBeDefined();
    await api.close();
    give?.();
    expect((await waiting).code).toBe('BOTGO_CLOSED');
    expect(server.requests).toEqual([]);
  });

  test('nothing is logged until debug is asked for, and then without the credential: BotGo logs every body', async () => {
    const lines: string[] = [];
    const take = (message: string, fields?: object) => void lines.push(message + JSON.stringify(fields));
    const logger: Logger = { debug: take, info: take, warn: take, error: take };
    const api = client({ logger });
    server.answer({ json: { id: '1', echo: TOKEN } });
    await api.me();
    expect(lines).toEqual([]);
    api.setDebug(true);
    await api.postMessage('1', { content: `leaked ${TOKEN}` });
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('/channels/1/messages');
    expect(lines[1]).toContain('"status":200');
    expect(lines.join()).not.toContain(TOKEN);
    api.setDebug(false);
    await api.me();
    expect(lines).toHaveLength(2);
  });

  test('each attempt is published for metrics, by route', async () => {
    const messages: unknown[] = [];
    const listen = (message: unknown) => messages.push(message);
    subscribe('botgo:openapi:request', listen);
    try {
      server.answer({ status: 502 }, { json: { id: '1' } });
      await client({ clock: manualClockThatRuns() }).putInteraction('secret-id', { code: 0 });
    } finally {
      unsubscribe('botgo:openapi:request', listen);
    }
    const common = { method: 'PUT', path: '/interactions/{interaction_id}', durationMs: 0 };
    expect(messages).toEqual([
      { ...common, status: 502, attempt: 1, traceId: 'trace-1' },
      { ...common, status: 200, attempt: 2, traceId: 'trace-2' },
    ]);
  });

  test.each<[string, Partial<Record<keyof OpenAPIOptions, unknown>>]>([
    ['no token source', { tokenSource: undefined }],
    ['a null one, which panics BotGo', { tokenSource: null }],
    ['an app id that would break a header', { appId: '1\r\n' }],
    ['a base URL that is none', { baseUrl: 'localhost' }],
    ['a base URL with a password', { baseUrl: 'http://a:b@localhost' }],
    ['no time', { timeoutMs: 0 }],
    ['no attempts', { maxAttempts: 0 }],
    ['a size below 1', { maxResponseBytes: 0 }],
    ['no connections', { connections: 0 }],
    ['a proxy that is none', { proxy: 'proxy:3128' }],
  ])('%s is refused when the client is made', (_name, wrong) => {
    const options = { tokenSource: countingSource().source, ...wrong } as OpenAPIOptions;
    expect(() => createOpenAPI(options)).toThrow(expect.objectContaining({ code: 'BOTGO_CONFIG' }));
  });
});

/** Time stands still, but sleeps end at once. */
function manualClockThatRuns() {
  return { ...manualClock(), sleep: async () => {} };
}
