import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { expect, it } from 'vitest';
import { Connection } from '../src/connection.js';

it('does not believe a server that is reading its data how long that will take', async () => {
  let asked = 0;
  const commands: Readonly<Record<string, () => string>> = {
    HELLO: () => '%1\r\n$5\r\nproto\r\n:3',
    PING: () => '+PONG',
    INFO: () => {
      asked++;
      const text = `redis_version:7.0.0\r\nloading:${asked < 5 ? 1 : 0}\r\nloading_eta_seconds:3600\r\n`;
      return `$${text.length}\r\n${text}`;
    },
  };
  const server = createServer((socket) => {
    socket.on('data', (data) => {
      for (const [, name = ''] of data.toString().matchAll(/\*\d+\r\n\$\d+\r\n(\w+)\r\n/g))
        socket.write(`${commands[name.toUpperCase()]?.() ?? '+OK'}\r\n`);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const connection = new Connection({ url: `redis://127.0.0.1:${port}`, timeoutMs: 60_000 });
  // Five such guesses would be longer than this test may take.
  expect(await connection.call('ask', (client) => client.ping())).toBe('PONG');
  expect(asked).toBeGreaterThanOrEqual(5);
  connection.close();
  server.close();
});
