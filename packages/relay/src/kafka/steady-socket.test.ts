import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { expect, it } from 'vitest';
import { steadySocket } from './steady-socket.js';

/** kafkajs passes nothing where there is no TLS. */
const NO_TLS = undefined as unknown as ConnectionOptions;

async function connected(): Promise<{ ours: Socket; theirs: Socket; heard: string[]; close: () => void }> {
  const server = createServer({ allowHalfOpen: true }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const accepted = once(server, 'connection');
  const heard: string[] = [];
  const ours = steadySocket({ host: '127.0.0.1', port, ssl: NO_TLS, onConnect: () => heard.push('connect') });
  ours.on('end', () => heard.push('end'));
  ours.on('error', (error: NodeJS.ErrnoException) => heard.push(`error ${error.code}`));
  const [theirs] = (await accepted) as [Socket];
  await expect.poll(() => heard).toEqual(['connect']);
  return { ours, theirs, heard, close: () => server.close() };
}

it('tells the end of a connection as a failure first, so that kafkajs keeps the broker on its list', async () => {
  const { theirs, heard, close } = await connected();
  theirs.end();
  await expect.poll(() => heard).toEqual(['connect', 'error ECONNRESET', 'end']);
  close();
});

it('tells no failure when we ended the connection ourselves', async () => {
  const { ours, theirs, heard, close } = await connected();
  theirs.resume();
  theirs.once('end', () => theirs.end());
  ours.resume();
  ours.end();
  await expect.poll(() => heard).toEqual(['connect', 'end']);
  close();
});
