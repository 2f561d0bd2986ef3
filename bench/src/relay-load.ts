import { randomUUID } from 'node:crypto';
import { type Envelope, type Publisher, RelaySink } from '@botgo/relay';
import type { Lane } from 'botgo/event';
import { Arrivals } from './arrivals.js';
import { cpuPerOperation } from './bench-case.js';

export const TYPE = 'AT_MESSAGE_CREATE';
export const APP_ID = '102000001';

/** Events of one round into a broker, and of one publish. */
export const PUBLISHED = 5_000;
const BATCH = 100;
export const PARTITIONS = 4;

/** Events of one round of latencies, one after the other. */
const PROBES = 200;

/** A message as the platform sends it, of about {@link SMALL} bytes. */
export function frame(n: number): Buffer {
  const d = {
    id: `08example${n}`,
    channel_id: `70001${n % 50}`,
    guild_id: '1152921504606847001',
    content: 'x'.repeat(320),
    timestamp: '2026-03-04T05:06:07+08:00',
    author: { id: '9007199254741001', username: 'pine', bot: false },
  };
  return Buffer.from(JSON.stringify({ op: 0, s: n, t: TYPE, id: `${TYPE}:${n}`, d }));
}

export function openLane(publisher: Publisher): { lane: Lane; arrivals: Arrivals } {
  const sink = new RelaySink({
    appId: APP_ID,
    publisher,
    intents: 1 << 30,
    maxBatch: BATCH,
    laneCapacity: 1e6,
  });
  const arrivals = new Arrivals();
  const lane = sink.openLane({
    name: 'shard 0/1',
    origin: { sessionId: randomUUID(), shard: 0, shardCount: 1, epoch: 1 },
    onSettled: () => arrivals.add(1),
  });
  return { lane, arrivals };
}

/** Events into a publisher, and what it published, for the broker's own client to publish as well. */
export async function publishing(publisher: Publisher) {
  await publisher.open();
  const batches: (readonly Envelope[])[] = [];
  let isRecording = true;
  const { lane, arrivals } = openLane({
    ...{ name: publisher.name, open: () => publisher.open(), close: () => publisher.close() },
    publish(batch) {
      if (isRecording) batches.push(batch);
      return publisher.publish(batch);
    },
  });
  const frames = Array.from({ length: PUBLISHED }, (_, at) => frame(at));
  let n = 0;
  const publishFrames = async (): Promise<void> => {
    const all = arrivals.expect(PUBLISHED);
    for (const made of frames) lane.receiveFrame?.(made, TYPE, ++n);
    await all;
  };
  await publishFrames();
  isRecording = false;
  return { batches, ours: () => cpuPerOperation(PUBLISHED, publishFrames) };
}

/** The quantile of how long a probe takes, over one round of them. */
export async function quantile(part: number, probe: () => Promise<void>): Promise<number> {
  const times: number[] = [];
  for (let at = 0; at < PROBES; at++) {
    const startedMs = performance.now();
    await probe();
    times.push(performance.now() - startedMs);
  }
  return times.toSorted((a, b) => a - b)[Math.floor(PROBES * part)] ?? Number.NaN;
}
