// One idle gateway connection in a process of its own: `idle.js bare|shard|manager PORT`. Tells its memory once it is connected.
const [side = '', port = ''] = process.argv.slice(2);
const url = `ws://127.0.0.1:${port}/shard`;
/** Holds the connection, so that it is alive when memory is measured. */
const held: unknown[] = [];

/** What a program without a library does: introduces itself and beats. */
async function connectBare(): Promise<void> {
  const { default: WebSocket } = await import('ws');
  const socket = new WebSocket(url, { perMessageDeflate: false });
  held.push(socket);
  let s: number | null = null;
  await new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer) => {
      const frame = JSON.parse(data.toString()) as {
        op: number;
        s?: number;
        t?: string;
        d: { heartbeat_interval: number };
      };
      if (frame.s !== undefined) s = frame.s;
      if (frame.op === 10) {
        socket.send(
          JSON.stringify({ op: 2, d: { token: 'QQBot bench-token', intents: 1 << 30, shard: [0, 1] } }),
        );
        setInterval(() => socket.send(JSON.stringify({ op: 1, d: s })), frame.d.heartbeat_interval);
      }
      if (frame.t === 'READY') resolve();
    });
  });
}

/** A source that has its token already: no side of the comparison speaks HTTP. */
async function fixedToken() {
  const { botToken } = await import('botgo/token');
  return botToken('102000001', 'bench-token');
}

async function makeDelivery() {
  const { Delivery } = await import('botgo/delivery');
  return new Delivery({ handle: () => {}, wants: (type) => type === 'AT_MESSAGE_CREATE', intents: 1 << 30 });
}

async function connectShard(): Promise<void> {
  const { Connection } = await import('botgo/gateway');
  const connection = new Connection({
    url,
    shard: 0,
    shardCount: 1,
    intents: 1 << 30,
    tokenSource: await fixedToken(),
    sink: await makeDelivery(),
  });
  held.push(connection);
  await new Promise<void>((resolve, reject) => {
    connection.once('ready', () => resolve());
    connection.run().catch(reject);
  });
}

async function startManager(): Promise<void> {
  const { SessionManager } = await import('botgo/session');
  const manager = new SessionManager({ sink: await makeDelivery(), handleSignals: false });
  held.push(manager);
  const limit = { total: 1_000, remaining: 1_000, reset_after: 60_000, max_concurrency: 1 };
  const source = await fixedToken();
  await new Promise<void>((resolve, reject) => {
    manager.once('ready', () => resolve());
    manager.start({ url, shards: 1, session_start_limit: limit }, source, 1 << 30).catch(reject);
  });
}

const SIDES: Readonly<Record<string, () => Promise<void>>> = {
  bare: connectBare,
  shard: connectShard,
  manager: startManager,
};
const connect = SIDES[side];
if (!connect || !globalThis.gc) throw new Error('usage: node --expose-gc idle.js bare|shard|manager PORT');
await connect();
// What the start left behind goes in several collections: finalizers and weak references take a turn each.
for (let turn = 0; turn < 5; turn++) {
  globalThis.gc();
  await new Promise((resolve) => setTimeout(resolve, 10));
}
const { rss, heapUsed } = process.memoryUsage();
process.send?.({ rss, heap: heapUsed, connections: held.length });
process.on('disconnect', () => process.exit());
