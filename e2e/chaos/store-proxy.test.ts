import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { StoreProxy } from './store-proxy.js';

let echo: Server;
let proxy: StoreProxy;

beforeEach(async () => {
  echo = createServer((socket) => socket.pipe(socket).on('error', () => {}));
  echo.listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await StoreProxy.open((echo.address() as AddressInfo).port);
});

afterEach(async () => {
  await proxy.close();
  echo.close();
});

async function client(): Promise<{ socket: Socket; heard: () => string; closed: Promise<unknown> }> {
  const socket = connect(proxy.port, '127.0.0.1');
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk.toString();
  });
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  await once(socket, 'connect');
  return { socket, heard: () => text, closed };
}

it('passes bytes both ways, and ends with its client', async () => {
  const { socket, heard } = await client();
  socket.write('hello');
  await expect.poll(heard).toBe('hello');
});

it('drops what is sent while cut, tells nobody, and resets those that lost bytes when healed', async () => {
  const torn = await client();
  const whole = await client();
  proxy.cut();
  torn.socket.write('lost');
  const late = await client();
  late.socket.write('lost too');
  expect([torn.socket, late.socket].every((socket) => !socket.destroyed)).toBe(true);
  await expect.poll(() => proxy.dropped).toBe('lost'.length + 'lost too'.length);
  proxy.heal();
  await Promise.all([torn.closed, late.closed]);
  expect(torn.heard() + late.heard()).toBe('');
  whole.socket.write('through');
  await expect.poll(whole.heard).toBe('through');
});
