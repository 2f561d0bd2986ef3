import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { startRedis } from '@botgo/e2e/services';
import { toHeaders } from '@botgo/relay';
import { redisStreamsPublisher, redisStreamsSource } from '@botgo/relay/redis';
import { Delivery } from 'botgo/delivery';
import { memoryCoordinator } from 'botgo/session';
import { Redis } from 'ioredis';
import { type BenchCase, cpuPerOperation, type RunningCase } from './bench-case.js';
import { messageOf } from './child.js';
import { intoKafka, throughKafka } from './relay-kafka.js';
import { APP_ID, frame, openLane, PARTITIONS, PUBLISHED, publishing, quantile, TYPE } from './relay-load.js';
import { intoPulsar, throughPulsar } from './relay-pulsar.js';

const SMALL = 640;
const LARGE = 1_900;
const FRAMES = 20_000;

/**
 * What the access layer costs: a frame from the socket into a sink that takes everything, against a bare `ws` client that parses each
 * frame; events into a real broker, against the broker's own client that sends the same bytes in the same batches; and how long an
 * event takes from the access side to its handler, against the own client's time from producing to consuming.
 */
export const RELAY_CASES: readonly BenchCase[] = [
  { name: 'null-small', unit: 'µs CPU per event', goal: 0.35, setup: () => intoNothing(SMALL) },
  { name: 'null-large', unit: 'µs CPU per event', goal: 0.25, setup: () => intoNothing(LARGE) },
  { name: 'redis', unit: 'µs CPU per event', goal: 1.15, setup: intoRedis },
  { name: 'redis-latency-p50', unit: 'ms from frame to handler', goal: 1.5, setup: () => throughRedis(0.5) },
  { name: 'redis-latency-p99', unit: 'ms from frame to handler', goal: 1.5, setup: () => throughRedis(0.99) },
  { name: 'kafka', unit: 'µs CPU per event', goal: 1.15, setup: intoKafka },
  { name: 'kafka-latency-p50', unit: 'ms from frame to handler', goal: 1.5, setup: () => throughKafka(0.5) },
  { name: 'kafka-latency-p99', unit: 'ms from frame to handler', goal: 1.5, setup: () => throughKafka(0.99) },
  { name: 'pulsar', unit: 'µs CPU per event', goal: 1.15, setup: intoPulsar },
  {
    name: 'pulsar-latency-p50',
    unit: 'ms from frame to handler',
    goal: 1.5,
    setup: () => throughPulsar(0.5),
  },
  {
    name: 'pulsar-latency-p99',
    unit: 'ms from frame to handler',
    goal: 1.5,
    setup: () => throughPulsar(0.99),
  },
];

async function intoNothing(bytes: number): Promise<RunningCase> {
  const server = fork(new URL('processes/frame-server.js', import.meta.url));
  const { port } = await messageOf<{ port: number }>(server);
  // Each in a process of its own, as in production: two users of `ws` in one process slow each other down.
  const receive = async (side: 'access' | 'bare'): Promise<ChildProcess> => {
    const child = fork(new URL('processes/relay-receiver.js', import.meta.url), [side, String(port)]);
    await messageOf(child);
    return child;
  };
  const access = await receive('access');
  const bare = await receive('bare');
  const round = async (child: ChildProcess, to: string): Promise<number> => {
    child.send({ expect: FRAMES });
    await messageOf(child);
    const done = messageOf<{ cpuUs: number }>(child);
    server.send({ to, count: FRAMES, bytes, type: TYPE, pacedPerSecond: 0 });
    return (await done).cpuUs / FRAMES;
  };
  return {
    ours: () => round(access, '/shard'),
    limit: () => round(bare, '/bare'),
    async [Symbol.asyncDispose]() {
      for (const child of [access, bare, server]) {
        const ended = once(child, 'exit');
        child.disconnect();
        await ended;
      }
    },
  };
}

async function intoRedis(): Promise<RunningCase> {
  const redis = await startRedis();
  const stream = 'bench';
  const publisher = redisStreamsPublisher({ url: redis.url, stream, partitions: PARTITIONS });
  const { batches, ours } = await publishing(publisher);
  const client = new Redis(redis.url);
  const keys = Array.from({ length: PARTITIONS }, (_, index) => `botgo:{${stream}}:${index}`);
  const prepared = batches.map((batch) =>
    batch.map((envelope, at) => ({
      key: keys[at % PARTITIONS] ?? '',
      fields: [...Object.entries(toHeaders(envelope)).flat(), 'value', envelope.value],
    })),
  );
  const empty = (): Promise<unknown> => client.del(...keys);
  return {
    async ours() {
      const cost = await ours();
      await empty();
      return cost;
    },
    async limit() {
      const cost = await cpuPerOperation(PUBLISHED, async () => {
        for (const batch of prepared) {
          const transaction = client.multi();
          for (const { key, fields } of batch) transaction.xadd(key, '*', ...fields);
          await transaction.exec();
        }
      });
      await empty();
      return cost;
    },
    async [Symbol.asyncDispose]() {
      client.disconnect();
      await publisher.close();
      await redis.stop();
    },
  };
}

async function throughRedis(part: number): Promise<RunningCase> {
  const redis = await startRedis();
  const stream = 'bench';
  const publisher = redisStreamsPublisher({ url: redis.url, stream, partitions: PARTITIONS });
  await publisher.open();
  const { lane } = openLane(publisher);
  let arrived = (): void => {};
  const source = redisStreamsSource({
    ...{ url: redis.url, appId: APP_ID, stream, coordinator: memoryCoordinator() },
  });
  const running = source.run(new Delivery({ handle: () => arrived() }));
  const producer = new Redis(redis.url);
  const consumer = new Redis(redis.url);
  await producer.xgroup('CREATE', 'own', 'own', '0', 'MKSTREAM');
  let n = 0;
  const ours = (): Promise<number> =>
    quantile(part, () => {
      const there = new Promise<void>((resolve) => {
        arrived = resolve;
      });
      n++;
      lane.receiveFrame?.(frame(n), TYPE, n);
      return there;
    });
  // Until every partition is read.
  await ours();
  return {
    ours,
    limit: () =>
      quantile(part, async () => {
        const read = consumer.xreadgroup(
          'GROUP',
          'own',
          'me',
          'COUNT',
          100,
          'BLOCK',
          0,
          'STREAMS',
          'own',
          '>',
        );
        await producer.xadd('own', '*', 'value', frame(++n));
        await read;
      }),
    async [Symbol.asyncDispose]() {
      await source.stop();
      await running;
      producer.disconnect();
      consumer.disconnect();
      await publisher.close();
      await redis.stop();
    },
  };
}
