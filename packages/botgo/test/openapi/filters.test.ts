import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFilters, createOpenAPI, type OpenAPI, type OpenAPIOptions } from '../../src/openapi/index.js';
import { botToken } from '../../src/token/index.js';
import { type RecordingServer, recordingServer } from './recording-server.js';

let server: RecordingServer;
const clients: OpenAPI[] = [];

beforeEach(async () => {
  server = await recordingServer();
});
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.close()));
  await server.close();
});

function client(options: Partial<OpenAPIOptions> = {}): OpenAPI {
  const api = createOpenAPI({ tokenSource: botToken('1', 'abc-def'), baseUrl: server.url, ...options });
  clients.push(api);
  return api;
}

test('a request filter may change URL, headers and body', async () => {
  const api = client();
  api.filters.request.register('change', (request) => {
    request.url = request.url.replace('/channels/1/', '/channels/2/');
    request.headers['x-added'] = 'yes';
    request.body = String(request.body).replace('hello', 'changed');
  });
  await api.postMessage('1', { content: 'hello' });
  expect(server.requests[0]).toMatchObject({ path: '/channels/2/messages', json: { content: 'changed' } });
  expect(server.requests[0]?.headers).toMatchObject({ 'x-added': 'yes', authorization: 'Bot 1.abc-def' });
});

test('shared filters run before own ones, in the order of registration; answers pass them whatever their status', async () => {
  const order: string[] = [];
  const sharedFilters = createFilters();
  const api = client({ sharedFilters, maxAttempts: 1 });
  api.filters.request.register('own', () => void order.push('own'));
  sharedFilters.request.register('shared-1', async () => void order.push('shared-1'));
  sharedFilters.request.register('shared-2', () => void order.push('shared-2'));
  api.filters.response.register('look', (request, response) => {
    order.push(`${request.method} ${response?.status} ${response?.traceId} ${response?.body}`);
  });
  server.answer({ status: 403, json: { code: 11253 } });
  await expect(api.me()).rejects.toMatchObject({ platformCode: 11253 });
  expect(order).toEqual(['shared-1', 'shared-2', 'own', 'GET 403 trace-1 {"code":11253}']);
});

test('the first filter that throws ends the call with what it threw; later ones do not run', async () => {
  const api = client();
  const ran: string[] = [];
  api.filters.request.register('bad', () => {
    throw new RangeError('not today');
  });
  api.filters.request.register('later', () => void ran.push('later'));
  await expect(api.me()).rejects.toThrow(RangeError);
  expect([ran, server.requests]).toEqual([[], []]);

  api.filters.request.remove('bad');
  api.filters.response.register('bad', async () => {
    throw new RangeError('not this');
  });
  await expect(api.me()).rejects.toThrow('not this');
  expect(server.requests).toHaveLength(1);
});

test('a name used again replaces its filter, and filters can be removed: in BotGo neither is so', async () => {
  const { request } = createFilters();
  const ran: string[] = [];
  const removeFirst = request.register('a', () => void ran.push('old a'));
  const removeB = request.register('b', () => void ran.push('b'));
  request.register('a', () => void ran.push('new a'));
  const seen = { method: 'GET', url: 'http://h/', headers: {}, body: undefined };
  await request.run(seen);
  expect(ran).toEqual(['new a', 'b']);
  removeFirst();
  expect(request.names).toEqual(['a', 'b']);
  removeB();
  expect(request.remove('b')).toBe(false);
  expect(request.remove('a')).toBe(true);
  expect(request.isEmpty).toBe(true);
});

test('two clients have filters of their own: BotGo has one set for the process', async () => {
  const one = client();
  const other = client();
  one.filters.request.register('mark', (request) => {
    request.headers['x-mark'] = 'one';
  });
  await one.me();
  await other.me();
  await one.withTimeout(1_000).me();
  expect(server.requests.map(({ headers }) => headers['x-mark'])).toEqual(['one', undefined, 'one']);
});

test('a filter that runs while one is removed or added finishes its round', async () => {
  const { request } = createFilters();
  const ran: string[] = [];
  request.register('first', () => {
    ran.push('first');
    request.remove('second');
    request.register('third', () => void ran.push('third'));
  });
  request.register('second', () => void ran.push('second'));
  await request.run({ method: 'GET', url: 'http://h/', headers: {}, body: undefined });
  expect(ran).toEqual(['first', 'second']);
});

test('a URL that is none is the filter’s mistake, named as such', async () => {
  const api = client();
  api.filters.request.register('broken', (request) => {
    request.url = 'nowhere';
  });
  await expect(api.me()).rejects.toMatchObject({ code: 'BOTGO_CONFIG' });
});
