import { createServer, request as httpRequest, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { nodeHandler, WebhookSource } from '../src/webhook/index.js';
import { fakeSink } from './support/fake-sink.js';
import { callbackHeaders, dispatchBody } from './support/signed-callback.js';

const BOT = { appId: '11111111', secret: 'naOC0ocQE3shWLAfffVLB1rhYPG7' };
const servers: Server[] = [];

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function started() {
  const source = new WebhookSource(BOT);
  const sink = fakeSink({ settleAs: 'handled' });
  void source.run(sink);
  return { source, sink };
}

interface Answer {
  status: number | undefined;
  body: string;
}

/** Sends a request, its body in the given pieces; without `Content-Length` unless a header says so. */
function send(
  port: number,
  pieces: readonly (string | Buffer)[],
  headers: Record<string, string>,
  { method = 'POST', path = '/' } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      { host: '127.0.0.1', port, method, path, headers, agent: false },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk: string) => {
          body += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode, body }));
      },
    );
    outgoing.on('error', reject);
    for (const piece of pieces) outgoing.write(piece);
    outgoing.end();
  });
}

describe('node:http', () => {
  it('handles an event whose body comes chunked, in pieces, across a character', async () => {
    const { source, sink } = started();
    const port = await listen(nodeHandler(source));
    const body = dispatchBody('m1', '天气'.repeat(60_000));
    const bytes = Buffer.from(body);
    const pieces = [bytes.subarray(0, 3), bytes.subarray(3, 150_001), bytes.subarray(150_001)];
    expect(await send(port, pieces, callbackHeaders(BOT, body))).toEqual({
      status: 200,
      body: '{"op":12,"d":0}',
    });
    expect(sink.lane.events).toHaveLength(1);
  });

  it('takes an event whose packets arrive apart', async () => {
    const { source, sink } = started();
    const port = await listen(nodeHandler(source));
    const body = dispatchBody();
    const head = Object.entries({ ...callbackHeaders(BOT, body), Host: 'x', 'Content-Length': body.length })
      .map(([name, value]) => `${name}: ${value}\r\n`)
      .join('');
    const socket = connect(port, '127.0.0.1');
    const answered = new Promise<string>((resolve) =>
      socket.once('data', (data) => resolve(data.toString())),
    );
    for (const piece of [`POST / HTTP/1.1\r\n${head}\r\n`, body.slice(0, 10), body.slice(10)]) {
      await new Promise((resolve) => socket.write(piece, resolve));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await answered).toContain('{"op":12,"d":0}');
    socket.destroy();
    expect(sink.lane.events).toHaveLength(1);
  });

  it('answers when the handler settles later', async () => {
    const source = new WebhookSource(BOT);
    const sink = fakeSink();
    void source.run(sink);
    const port = await listen(nodeHandler(source));
    const body = dispatchBody();
    const answered = send(port, [body], callbackHeaders(BOT, body));
    await expect.poll(() => sink.lane.events.length).toBe(1);
    sink.lane.settle(1, 'failed');
    expect(await answered).toEqual({ status: 200, body: '{"op":12,"d":1}' });
  });

  it.each<[string, number, Parameters<typeof send>[1], Record<string, string>, object]>([
    ['GET', 405, [], {}, { method: 'GET' }],
    ['another path', 404, ['x'], {}, { path: '/other' }],
    [
      'a wrong signature',
      401,
      [dispatchBody()],
      callbackHeaders({ ...BOT, secret: 'another' }, dispatchBody()),
      {},
    ],
    ['no headers', 401, [dispatchBody()], {}, {}],
    ['an unknown app id', 404, ['x'], { 'X-Bot-Appid': '2' }, {}],
    ['no JSON', 400, ['x'], callbackHeaders(BOT, 'x'), {}],
    [
      'a chunked body over the limit',
      413,
      [Buffer.alloc(5_000), Buffer.alloc(500_000)],
      callbackHeaders(BOT, 'x'),
      {},
    ],
  ])('%s: %i', async (_case, status, pieces, headers, options) => {
    const { source, sink } = started();
    const port = await listen(nodeHandler(source, { path: '/hook', maxBodyBytes: 4_096 }));
    const answer = await send(port, pieces, headers, { path: '/hook?a=1', ...options });
    expect(answer.status).toBe(status);
    expect(sink.lane.events).toEqual([]);
  });

  it('a declared length over the limit is refused before the body is read', async () => {
    const { source, sink } = started();
    const port = await listen(nodeHandler(source, { maxBodyBytes: 4_096 }));
    const socket = connect(port, '127.0.0.1');
    const answered = new Promise<string>((resolve) =>
      socket.once('data', (data) => resolve(data.toString())),
    );
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n');
    expect(await answered).toContain('413');
    socket.destroy();
    expect(sink.lane.events).toEqual([]);
  });

  it('uses the raw bytes that a body parser kept, and says when there are none', async () => {
    const { source, sink } = started();
    const handle = nodeHandler(source);
    const body = dispatchBody();
    function afterParser(keep: boolean): RequestListener {
      return (request, response) => {
        const chunks: Buffer[] = [];
        request.on('data', (chunk) => chunks.push(chunk));
        request.on('end', () => {
          if (keep) Object.assign(request, { rawBody: Buffer.concat(chunks) });
          handle(request, response);
        });
      };
    }
    const kept = await send(await listen(afterParser(true)), [body], callbackHeaders(BOT, body));
    expect(kept.status).toBe(200);
    const lost = await send(await listen(afterParser(false)), [body], callbackHeaders(BOT, body));
    expect(lost.status).toBe(500);
    expect(sink.lane.events).toHaveLength(1);
  });

  it('a sender that goes away in the middle leaves nothing behind', async () => {
    const { source, sink } = started();
    const port = await listen(nodeHandler(source));
    const socket = connect(port, '127.0.0.1');
    await new Promise((resolve) =>
      socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{"op":0', resolve),
    );
    socket.resetAndDestroy();
    const body = dispatchBody();
    expect((await send(port, [body], callbackHeaders(BOT, body))).status).toBe(200);
    expect(sink.lane.events).toHaveLength(1);
  });
});
