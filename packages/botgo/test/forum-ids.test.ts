import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { Delivery } from '../src/delivery/index.js';
import { Connection } from '../src/gateway/index.js';
import { botToken } from '../src/token/index.js';

let server: WebSocketServer | undefined;
let connection: Connection | undefined;
afterEach(async () => {
  await connection?.close();
  server?.close();
});

it('a forum event whose ids are numbers beyond 2^53 keeps every digit', async () => {
  const gateway = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  server = gateway;
  gateway.on('connection', (socket) => {
    socket.send('{"op":10,"d":{"heartbeat_interval":45000}}');
    socket.once('message', () => {
      socket.send('{"op":0,"s":1,"t":"READY","d":{"version":1,"session_id":"s1"}}');
      socket.send(
        '{"op":0,"s":2,"t":"FORUM_THREAD_CREATE","id":"x","d":{"guild_id":1152921504606847001,"channel_id":7000101,"author_id":9007199254741001,"thread_info":{"thread_id":"t"}}}',
      );
    });
  });
  await new Promise((resolve) => gateway.once('listening', resolve));
  const received = new Promise((resolve) => {
    const sink = new Delivery({
      handle: (event) => resolve(event.d),
      wants: (type) => type.startsWith('FORUM_'),
    });
    connection = new Connection({
      url: `ws://127.0.0.1:${(gateway.address() as AddressInfo).port}`,
      shard: 0,
      shardCount: 1,
      intents: 1 << 28,
      tokenSource: botToken('102000001', 'token'),
      sink,
    });
    connection.run().catch(() => {});
  });
  expect(await received).toMatchObject({ guild_id: '1152921504606847001', author_id: '9007199254741001' });
});
