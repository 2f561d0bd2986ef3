import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { systemClock } from 'botgo/clock';
import { expect, it } from 'vitest';
import { SocketLink } from './socket-link.js';
import { readTarget } from './target.js';

/** RFC 6455. */
const WEBSOCKET_GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';

it('reads a message that comes together with the answer to the handshake', async () => {
  const text = JSON.stringify({ messageId: 'first', payload: '', properties: {} });
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (request) => {
      const key = /sec-websocket-key: (\S+)/i.exec(String(request))?.[1] ?? '';
      const accept = createHash('sha1')
        .update(key + WEBSOCKET_GUID)
        .digest('base64');
      const answer = `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`;
      // One text frame of less than 126 bytes, in the same write.
      socket.write(Buffer.concat([Buffer.from(answer), Buffer.from([0x81, text.length]), Buffer.from(text)]));
      socket.on('data', () => socket.destroy());
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const link = new SocketLink(readTarget({ url: `pulsar+ws://127.0.0.1:${port}` }), systemClock);
  const seen: string[] = [];
  const reader = await link.read('topic', { text: '' }, ({ id }) => seen.push(id.text));
  await expect.poll(() => seen).toEqual(['first']);
  await reader.ended;
  server.close();
});
