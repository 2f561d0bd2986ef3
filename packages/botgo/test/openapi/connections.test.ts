import { createServer as createHttpServer } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createOpenAPI, type OpenAPI, type OpenAPIOptions } from '../../src/openapi/index.js';
import { botToken } from '../../src/token/index.js';
import { certificate, privateKey } from './localhost-certificate.js';
import { type RecordingServer, recordingServer } from './recording-server.js';

let server: RecordingServer;
const closing: (() => Promise<unknown>)[] = [];

beforeEach(async () => {
  server = await recordingServer();
  server.answer({ json: { id: '1' } });
  closing.push(() => server.close());
});
afterEach(async () => {
  // Clients first: a proxy's tunnels end with them.
  for (const close of closing.splice(0).reverse()) await close();
});

function client(options: Partial<OpenAPIOptions> = {}): OpenAPI {
  const api = createOpenAPI({ tokenSource: botToken('1', 'abc-def'), baseUrl: server.url, ...options });
  closing.push(() => api.close());
  return api;
}

async function listen(listener: Server): Promise<number> {
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  return (listener.address() as AddressInfo).port;
}

/** An HTTP proxy that tunnels (CONNECT) and keeps who was asked for. */
async function tunnelProxy() {
  const asked: { target: string | undefined; authorization: string | undefined }[] = [];
  const sockets = new Set<Socket>();
  const proxy = createHttpServer().on('connect', (request, client: Socket, head: Buffer) => {
    asked.push({ target: request.url, authorization: request.headers['proxy-authorization'] });
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 OK\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
    }
  });
  const port = await listen(proxy);
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    proxy.closeAllConnections();
    await new Promise((resolve) => proxy.close(resolve));
  });
  return { asked, port };
}

test('requests go through a proxy, with its credentials', async () => {
  const { asked, port } = await tunnelProxy();
  const api = client({ proxy: `http://user:pass%20word@127.0.0.1:${port}` });
  expect(await api.me()).toEqual({ id: '1' });
  const target = new URL(server.url).host;
  const authorization = `Basic ${Buffer.from('user:pass word').toString('base64')}`;
  expect(asked).toEqual([{ target, authorization }]);
});

test('the proxy of the environment is used when asked for, and only then', async () => {
  const { asked, port } = await tunnelProxy();
  const before = process.env.http_proxy;
  process.env.http_proxy = `http://127.0.0.1:${port}`;
  try {
    await client().me();
    expect(asked).toHaveLength(0);
    await client({ proxy: 'environment' }).me();
    expect(asked).toHaveLength(1);
  } finally {
    if (before === undefined) delete process.env.http_proxy;
    else process.env.http_proxy = before;
  }
});

test('a proxy that is not there is an error of the network', async () => {
  const unused = createHttpServer();
  const port = await listen(unused);
  await new Promise((resolve) => unused.close(resolve));
  await expect(client({ proxy: `http://127.0.0.1:${port}`, maxAttempts: 1 }).me()).rejects.toMatchObject({
    code: 'BOTGO_NETWORK',
  });
});

test('a certificate of one’s own is trusted when given, and refused when not', async () => {
  const https = createHttpsServer({ cert: certificate, key: privateKey }, (_request, response) => {
    response.end('{"id":"tls"}');
  });
  const port = await listen(https);
  closing.push(async () => {
    https.closeAllConnections();
    await new Promise((resolve) => https.close(resolve));
  });
  const baseUrl = `https://localhost:${port}`;
  const connectLocally = { baseUrl, maxAttempts: 1 };
  await expect(client(connectLocally).me()).rejects.toMatchObject({ code: 'BOTGO_NETWORK' });
  expect(await client({ ...connectLocally, ca: certificate }).me()).toEqual({ id: 'tls' });
  expect(await client({ ...connectLocally, ca: [Buffer.from(certificate)] }).me()).toEqual({ id: 'tls' });
  const { port: proxyPort } = await tunnelProxy();
  const proxied = client({ ...connectLocally, ca: certificate, proxy: `http://127.0.0.1:${proxyPort}` });
  expect(await proxied.me()).toEqual({ id: 'tls' });
});

test('connections are kept: many calls in turn do not open one each', async () => {
  const ports = new Set<number | undefined>();
  server.answer((_request, response) => {
    ports.add(response.socket?.remotePort);
    response.end('{"id":"1"}');
  });
  const api = client();
  for (let call = 0; call < 20; call++) await api.me();
  // A second one may be opened while the first is not yet known to be free.
  expect(ports.size).toBeLessThanOrEqual(2);
});

test('no more connections are open at a time than allowed', async () => {
  let open = 0;
  let most = 0;
  server.answer((_request, response) => {
    most = Math.max(most, ++open);
    setImmediate(() => {
      open--;
      response.end('{"id":"1"}');
    });
  });
  const api = client({ connections: 3 });
  await Promise.all(Array.from({ length: 30 }, () => api.me()));
  expect(most).toBeLessThanOrEqual(3);
});

test('a dead host is a clear error that names it', async () => {
  const unused = createHttpServer();
  const port = await listen(unused);
  await new Promise((resolve) => unused.close(resolve));
  const api = client({ baseUrl: `http://127.0.0.1:${port}`, random: () => 0 });
  await expect(api.postMessage('1', { content: 'x' })).rejects.toMatchObject({
    code: 'BOTGO_NETWORK',
    message: `POST /channels/1/messages: no answer from http://127.0.0.1:${port} (ECONNREFUSED)`,
  });
});

test('a dispatcher that was handed in stays open', async () => {
  const { Agent } = await import('undici');
  const dispatcher = new Agent();
  closing.push(() => dispatcher.close());
  const api = client({ dispatcher });
  await api.me();
  await api.close();
  expect(dispatcher.closed).toBe(false);
});
