import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Delivery } from 'botgo/delivery';
import type { Message } from 'botgo/dto';
import { Connection } from 'botgo/gateway';
import { botToken } from 'botgo/token';
import WebSocket from 'ws';
import { Arrivals } from './arrivals.js';
import { type BenchCase, cpuPerOperation, type RunningCase } from './bench-case.js';
import { messageOf } from './child.js';

const SMALL = 640;
const LARGE = 1_900;
const FRAMES = 20_000;
const PACED_PER_SECOND = 3_000;

interface Load {
  readonly bytes: number;
  readonly type: string;
  readonly count: number;
  readonly pacedPerSecond: number;
}

/**
 * One frame from the socket to a handler that reads its content: a `Connection` over a `Delivery` with order, duplicates, checkpoint and
 * time-out on, against a bare `ws` client that parses each frame, with the same options on the same server.
 *
 * Frames are guild messages as the platform's documents show them, with every field they have, 0.64 and 1.9 KB long: a line of text
 * with a picture, and one with as many as a post of pictures has. Long plain text alone would parse several times as fast and make
 * whatever a library adds look large; many small fields would do the opposite.
 */
export const DISPATCH_CASES: readonly BenchCase[] = [
  dispatchCase('small', 1.15, { bytes: SMALL, type: 'AT_MESSAGE_CREATE', count: FRAMES, pacedPerSecond: 0 }),
  dispatchCase('large', 1.08, { bytes: LARGE, type: 'AT_MESSAGE_CREATE', count: FRAMES, pacedPerSecond: 0 }),
  dispatchCase('unhandled-small', 0.35, {
    bytes: SMALL,
    type: 'MESSAGE_CREATE',
    count: FRAMES,
    pacedPerSecond: 0,
  }),
  dispatchCase('unhandled-large', 0.25, {
    bytes: LARGE,
    type: 'MESSAGE_CREATE',
    count: FRAMES,
    pacedPerSecond: 0,
  }),
  dispatchCase('paced', 1.1, {
    bytes: SMALL,
    type: 'AT_MESSAGE_CREATE',
    count: PACED_PER_SECOND,
    pacedPerSecond: PACED_PER_SECOND,
  }),
];

function dispatchCase(name: string, goal: number, load: Load): BenchCase {
  return { name, unit: 'µs CPU per event', goal, setup: () => setUp(load) };
}

async function setUp(load: Load): Promise<RunningCase> {
  const server = fork(new URL('processes/frame-server.js', import.meta.url));
  const { port } = await messageOf<{ port: number }>(server);
  const ours = new Arrivals();
  const limit = new Arrivals();
  const connection = await connectShard(port, ours);
  const bare = new WebSocket(`ws://127.0.0.1:${port}/bare`, { perMessageDeflate: false });
  bare.on('message', (data: Buffer) => limit.read((JSON.parse(data.toString()) as { d: Message }).d.content));
  await once(bare, 'open');

  // Of events that nobody handles ours sees only the last of a round, which is handled.
  const handled = load.type === 'AT_MESSAGE_CREATE' ? load.count : 1;
  const round = async (to: string, arrivals: Arrivals, expected: number): Promise<number> => {
    return cpuPerOperation(load.count, async () => {
      const all = arrivals.expect(expected);
      server.send({ to, ...load });
      await all;
    });
  };
  return {
    ours: () => round('/shard', ours, handled),
    limit: () => round('/bare', limit, load.count),
    async [Symbol.asyncDispose]() {
      await connection.close();
      bare.terminate();
      server.disconnect();
      await once(server, 'exit');
    },
  };
}

async function connectShard(port: number, arrivals: Arrivals): Promise<Connection> {
  const delivery = new Delivery({
    handle: (event) => arrivals.read((event.d as Message).content),
    wants: (type) => type === 'AT_MESSAGE_CREATE',
  });
  const connection = new Connection({
    url: `ws://127.0.0.1:${port}/shard`,
    shard: 0,
    shardCount: 1,
    intents: 1 << 30,
    tokenSource: botToken('102000001', 'bench-token'),
    sink: delivery,
  });
  const ready = once(connection, 'ready');
  connection.run().catch((error: unknown) => {
    throw error;
  });
  await ready;
  return connection;
}
