// A gateway that sends what it is told to: `/shard` speaks the protocol as far as a shard needs it, `/bare` sends frames at once.
// Over IPC: `{ to, count, bytes, type, pacedPerSecond }` sends that many frames; the last one is always an AT_MESSAGE_CREATE.
import { once } from 'node:events';
import type { AddressInfo, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { WebSocketServer } from 'ws';

interface Order {
  readonly to: string;
  readonly count: number;
  readonly bytes: number;
  readonly type: string;
  readonly pacedPerSecond: number;
}

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
/** The raw sockets: frames are written as bytes, so that many share a write, as on a busy gateway. */
const sockets = new Map<string, Socket>();
let s = 1;
let n = 0;

server.on('connection', (socket, request) => {
  const path = request.url ?? '';
  sockets.set(path, request.socket);
  if (path !== '/shard') return;
  socket.send('{"op":10,"d":{"heartbeat_interval":45000}}');
  socket.on('message', (data) => {
    const { op } = JSON.parse(String(data)) as { op: number };
    if (op === 2)
      socket.send('{"op":0,"s":1,"t":"READY","d":{"version":1,"session_id":"bench-session","shard":[0,1]}}');
    if (op === 1) socket.send('{"op":11}');
  });
});

process.on('message', (order: Order) => void send(order));
process.on('disconnect', () => process.exit());
await once(server, 'listening');
process.send?.({ port: (server.address() as AddressInfo).port });

async function send({ to, count, bytes, type, pacedPerSecond }: Order): Promise<void> {
  const socket = sockets.get(to);
  if (!socket) throw new Error(`nobody is connected to ${to}`);
  const pictures = picturesIn('AT_MESSAGE_CREATE', bytes);
  const frames = Array.from({ length: count }, (_, at) =>
    encode(frame(at === count - 1 ? 'AT_MESSAGE_CREATE' : type, bytes, pictures)),
  );
  if (pacedPerSecond > 0) return pace(socket, frames, pacedPerSecond);
  for (let at = 0; at < frames.length; at += 100) {
    if (!socket.write(Buffer.concat(frames.slice(at, at + 100)))) await once(socket, 'drain');
  }
}

/** A text frame of a server (RFC 6455 5.2): not masked, up to 64 KiB. */
function encode(text: string): Buffer {
  const payload = Buffer.from(text);
  return Buffer.concat([Buffer.from([0x81, 126, payload.length >> 8, payload.length & 0xff]), payload]);
}

/** One frame a write, evenly spread. */
async function pace(socket: Socket, frames: readonly Buffer[], perSecond: number): Promise<void> {
  const startedMs = performance.now();
  let sent = 0;
  while (sent < frames.length) {
    const due = Math.min(frames.length, Math.ceil(((performance.now() - startedMs) * perSecond) / 1_000));
    while (sent < due) socket.write(frames[sent++] ?? '');
    await sleep(1);
  }
}

/** A message of a guild channel as the platform sends it, with `pictures` attachments and as much text as fits into the size. */
function frame(type: string, bytes: number, pictures: number): string {
  n++;
  s++;
  const empty = text(type, '', attachments(pictures));
  // Filled in by hand: tens of thousands are made before each round.
  return empty.replace('"content":""', `"content":"${'x'.repeat(Math.max(0, bytes - empty.length))}"`);
}

/** How many attachments fit into a frame of that size. */
function picturesIn(type: string, bytes: number): number {
  let pictures = 0;
  while (text(type, '', attachments(pictures + 1)).length <= bytes) pictures++;
  return pictures;
}

function text(type: string, content: string, attachments: readonly object[]): string {
  const user = { id: '9007199254741001', username: 'pine', avatar: 'https://img.example/u.png', bot: false };
  return JSON.stringify({
    op: 0,
    s,
    t: type,
    id: `${type}:00000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
    d: {
      id: `08example${String(n).padStart(12, '0')}`,
      guild_id: '1152921504606847001',
      channel_id: '7000101',
      content,
      timestamp: '2026-03-04T05:06:07+08:00',
      author: user,
      member: { joined_at: '2026-03-04T05:06:07+08:00', nick: 'pine', roles: ['1'] },
      ...(attachments.length > 0 && { attachments }),
      seq: n,
      seq_in_channel: String(n),
    },
  });
}

function attachments(count: number): object[] {
  return Array.from({ length: count }, (_, index) => attachment(index));
}

function attachment(index: number): object {
  const filename = `${index}.png`;
  return {
    id: `a${n}-${index}`,
    filename,
    url: `media.example/${n}/${filename}`,
    content_type: 'image/png',
    width: 640,
    height: 480,
    size: 32_109,
  };
}
