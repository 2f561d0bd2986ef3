// One end of a stream of frames in a process of its own: `relay-receiver.js access|bare PORT`. Over IPC: `{ expect: count }` is answered
// with `{ armed }`, and with `{ cpuUs }`, the CPU time that the process spent until so many frames had come.
import { once } from 'node:events';
import { type Publisher, RelaySink } from '@botgo/relay';
import { Connection } from 'botgo/gateway';
import { botToken } from 'botgo/token';
import WebSocket from 'ws';
import { Arrivals } from '../arrivals.js';

const [side = '', port = ''] = process.argv.slice(2);
const origin = `ws://127.0.0.1:${port}`;
const APP_ID = '102000001';
const arrivals = new Arrivals();

/** The access layer: a shard whose events go into a broker that takes everything. */
async function connectAccess(): Promise<void> {
  const publisher: Publisher = {
    name: 'nothing',
    open: async () => {},
    publish: async (batch) => arrivals.add(batch.length),
    close: async () => {},
  };
  const connection = new Connection({
    url: `${origin}/shard`,
    ...{ shard: 0, shardCount: 1, intents: 1 << 30, tokenSource: botToken(APP_ID, 'bench-token') },
    sink: new RelaySink({ appId: APP_ID, publisher, intents: 1 << 30 }),
  });
  const ready = once(connection, 'ready');
  connection.run().catch((error: unknown) => {
    throw error;
  });
  await ready;
}

/** What a program without a library does: parses each frame. */
async function connectBare(): Promise<void> {
  const socket = new WebSocket(`${origin}/bare`, { perMessageDeflate: false });
  socket.on('message', (data: Buffer) => {
    arrivals.read((JSON.parse(data.toString()) as { d: { content: string } }).d.content);
  });
  await once(socket, 'open');
}

process.on('message', ({ expect }: { expect: number }) => {
  const all = arrivals.expect(expect);
  const before = process.cpuUsage();
  process.send?.({ armed: true });
  void all.then(() => {
    const { user, system } = process.cpuUsage(before);
    process.send?.({ cpuUs: user + system });
  });
});
process.on('disconnect', () => process.exit());
await (side === 'access' ? connectAccess() : connectBare());
process.send?.({ connected: true });
