import { connect } from 'node:net';
import { BotgoError } from 'botgo/errs';
import { expect, it } from 'vitest';
import { type HealthServer, serveHealth } from './health.js';

const look = () => ({ isLive: true, isReady: true, details: {} });

async function ask({ url }: HealthServer, path: string): Promise<{ status: number; body: unknown }> {
  const response = await fetch(`${url}${path}`);
  return { status: response.status, body: await response.json() };
}

it('asks the broker for the lag once, however many ask at a time', async () => {
  let asked = 0;
  let give: (rows: { partition: string; messages: number }[]) => void = () => {};
  const server = await serveHealth({
    port: 0,
    // The third request on one connection: both before it have been heard.
    look: () => {
      give([
        { partition: 'q/0', messages: 3 },
        { partition: 'q/1', messages: 4 },
      ]);
      return look();
    },
    lag: () => {
      asked++;
      return new Promise((resolve) => {
        give = resolve;
      });
    },
  });
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
  for (const path of ['/lag', '/lag', '/livez']) socket.write(`GET ${path} HTTP/1.1\r\nhost: here\r\n\r\n`);
  let text = '';
  for await (const chunk of socket) {
    text += String(chunk);
    if (text.split('HTTP/1.1 200').length === 4) break;
  }
  expect(text.split('{"messages":7,"partitions":[{"partition":"q/0","messages":3},').length - 1).toBe(2);
  expect(asked).toBe(1);
  await server.close();
});

it('says 503 with a sentence when the broker does not tell the lag, and 404 where there is none', async () => {
  const lag = () => Promise.reject(new BotgoError('BOTGO_BROKER', 'the broker is away'));
  const broken = await serveHealth({ port: 0, look, lag });
  expect(await ask(broken, '/lag')).toEqual({ status: 503, body: { error: 'the broker is away' } });
  await broken.close();
  const none = await serveHealth({ port: 0, look });
  expect(await ask(none, '/lag')).toEqual({ status: 404, body: {} });
  await none.close();
});

it('says 503 at /livez when only a new process helps, and not because it is not ready', async () => {
  let isLive = true;
  const server = await serveHealth({
    port: 0,
    look: () => ({ isLive, isReady: false, details: { shards: 2 } }),
  });
  expect(await ask(server, '/livez')).toEqual({ status: 200, body: { isLive: true, shards: 2 } });
  expect((await ask(server, '/readyz')).status).toBe(503);
  isLive = false;
  expect(await ask(server, '/livez')).toEqual({ status: 503, body: { isLive: false, shards: 2 } });
  await server.close();
});
