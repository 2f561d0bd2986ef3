import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { Kafka, logLevel } from 'kafkajs';
import { WebSocket } from 'ws';
import type { BrokerKind } from './options.js';

const POLL_MS = 50;
const ANSWER_MS = 5_000;
/** Beside what the relay uses. */
const PLACE = 'probe';

/** Until the broker acknowledges a message of its plain client, which knows nothing of ours: only then has an outage ended. */
export async function untilProduced(broker: BrokerKind, url: string): Promise<void> {
  for (;;) {
    try {
      return await produce(broker, url);
    } catch {
      await sleep(POLL_MS);
    }
  }
}

function produce(broker: BrokerKind, url: string): Promise<void> {
  switch (broker) {
    case 'redis':
      return produceToRedis(url);
    case 'kafka':
      return produceToKafka(url);
    case 'pulsar':
      return produceToPulsar(url);
    default:
      return broker satisfies never;
  }
}

async function produceToRedis(url: string): Promise<void> {
  const redis = new Redis(url, {
    ...{ lazyConnect: true, retryStrategy: () => null, maxRetriesPerRequest: 0, commandTimeout: ANSWER_MS },
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
    await redis.xadd(PLACE, '*', 'n', '1');
  } finally {
    redis.disconnect();
  }
}

async function produceToKafka(url: string): Promise<void> {
  const kafka = new Kafka({
    ...{ brokers: [new URL(url).host], logLevel: logLevel.NOTHING },
    ...{ connectionTimeout: ANSWER_MS, requestTimeout: ANSWER_MS, retry: { retries: 0 } },
  });
  const producer = kafka.producer();
  try {
    await producer.connect();
    await producer.send({ topic: PLACE, messages: [{ value: '1' }] });
  } finally {
    await producer.disconnect();
  }
}

async function produceToPulsar(url: string): Promise<void> {
  const { host } = new URL(url);
  const socket = new WebSocket(`ws://${host}/ws/v2/producer/persistent/public/default/${PLACE}`, {
    handshakeTimeout: ANSWER_MS,
  });
  const timer = setTimeout(() => socket.terminate(), 2 * ANSWER_MS);
  try {
    await new Promise<void>((resolve, reject) => {
      socket.on('open', () => socket.send(JSON.stringify({ payload: 'MQ==', context: '1' })));
      socket.on('message', (data) => {
        if ((JSON.parse(String(data)) as { result?: unknown }).result === 'ok') resolve();
        else reject(new Error('not taken'));
      });
      socket.on('error', reject);
      socket.on('close', () => reject(new Error('closed')));
    });
  } finally {
    clearTimeout(timer);
    socket.terminate();
  }
}
