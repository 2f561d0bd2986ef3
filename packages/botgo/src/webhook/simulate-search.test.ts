import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { manualClock } from '../clock/index.js';
import { isBotgoError } from '../errs/index.js';
import { verifySignature } from './signature.js';
import { simulateSearch } from './simulate-search.js';

const BOT = { appId: '11111111', secret: '123456abcdef' };
const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close().closeAllConnections();
});

async function listen(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/search`;
}

const hasCode = (code: 'BOTGO_TIMEOUT' | 'BOTGO_ABORTED' | 'BOTGO_NETWORK' | 'BOTGO_BAD_RESPONSE') =>
  expect.toSatisfy((error) => isBotgoError(error, code));

it('sends a signed search and returns the layouts', async () => {
  const layouts = [{ LayoutType: 0, ActionType: 0, Title: 'found', Records: [] }];
  const seen: { headers: Record<string, unknown>; body: Buffer }[] = [];
  const endPoint = await listen(async (request, response) => {
    seen.push({ headers: request.headers, body: Buffer.concat(await request.toArray()) });
    response.end(JSON.stringify({ layouts }));
  });
  const clock = manualClock(1_725_442_341_999);
  expect(await simulateSearch({ ...BOT, endPoint }, '天气', { clock })).toEqual({ layouts });
  expect(clock.pending).toBe(0);
  const [{ headers, body } = { headers: {}, body: Buffer.alloc(0) }] = seen;
  expect(headers['x-signature-timestamp']).toBe('1725442341');
  const signature = String(headers['x-signature-ed25519']);
  expect(verifySignature(BOT.secret, { signature, timestamp: '1725442341', body })).toBe(true);
  expect(JSON.parse(body.toString())).toMatchObject({
    application_id: '11111111',
    type: 2,
    data: { type: 9, resolved: { keyword: '天气' } },
  });
});

it.each<[string, RequestListener]>([
  ['a status other than 200', (_request, response) => response.writeHead(204).end()],
  ['no JSON', (_request, response) => response.end('<html>')],
  ['no layouts', (_request, response) => response.end('{}')],
  ['null', (_request, response) => response.end('null')],
])('%s is a bad response', async (_case, listener) => {
  const endPoint = await listen(listener);
  await expect(simulateSearch({ ...BOT, endPoint }, 'x')).rejects.toEqual(hasCode('BOTGO_BAD_RESPONSE'));
});

it('gives up after timeoutMs', async () => {
  const clock = manualClock();
  const endPoint = await listen(() => void clock.advance(5_000));
  await expect(simulateSearch({ ...BOT, endPoint }, 'x', { clock })).rejects.toEqual(
    hasCode('BOTGO_TIMEOUT'),
  );
});

it('stops when aborted', async () => {
  const abort = new AbortController();
  const endPoint = await listen(() => abort.abort());
  const searched = simulateSearch({ ...BOT, endPoint }, 'x', { signal: abort.signal });
  await expect(searched).rejects.toEqual(hasCode('BOTGO_ABORTED'));
});

it('says when nobody is there', async () => {
  const endPoint = await listen((request) => request.socket.destroy());
  await expect(simulateSearch({ ...BOT, endPoint }, 'x')).rejects.toEqual(hasCode('BOTGO_NETWORK'));
});
