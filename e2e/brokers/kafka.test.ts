import { randomUUID } from 'node:crypto';
import type { BrokerMessage } from '@botgo/relay';
import { ADAPTER_CONTRACT, type ContractBroker } from '@botgo/relay/contract';
import { kafkaPublisher, kafkaSource } from '@botgo/relay/kafka';
import { type Consumer, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startKafka } from '../services/index.js';

let service: Service;
let kafka: Kafka;

beforeAll(async () => {
  service = await startKafka();
  kafka = new Kafka({ brokers: [`127.0.0.1:${service.port}`], logLevel: logLevel.NOTHING });
});
afterAll(() => service.stop());

/** The broker's least; a killed member's partitions move after it. */
const SHORT = { sessionTimeoutMs: 6_000, commitIntervalMs: 20 } as const;

function kafkaBroker(): ContractBroker {
  const { url } = service;
  const readers: Consumer[] = [];
  const dead = new Map<string, Promise<BrokerMessage[]>>();
  return {
    async openStream(partitions) {
      const topic = `test-${randomUUID()}`;
      const create = async (count: number): Promise<void> => {
        const publisher = kafkaPublisher({ url, topic, partitions: count });
        await publisher.open();
        await publisher.close();
      };
      await create(partitions);
      let wanted = partitions;
      return {
        publisher: () => kafkaPublisher({ url, topic, partitions: wanted }),
        source: (group, options) => kafkaSource({ ...options, ...SHORT, url, topic, group }),
        async deadLetters(group) {
          const name = `${topic}.${group}.dead`;
          const admin = kafka.admin();
          await admin.connect();
          const exists = (await admin.listTopics()).includes(name);
          await admin.disconnect();
          if (!exists) return [];
          const reading =
            dead.get(name) ??
            (async () => {
              const messages: BrokerMessage[] = [];
              const reader = kafka.consumer({ groupId: randomUUID() });
              readers.push(reader);
              await reader.connect();
              await reader.subscribe({ topic: name, fromBeginning: true });
              await reader.run({
                eachMessage: async ({ message }) => {
                  const headers = Object.entries(message.headers ?? {});
                  messages.push({
                    headers: Object.fromEntries(headers.map(([key, value]) => [key, String(value)])),
                    value: message.value ?? Buffer.alloc(0),
                  });
                },
              });
              return messages;
            })();
          dead.set(name, reading);
          return await reading;
        },
        async addPartitions(more) {
          wanted += more;
          await create(wanted);
        },
        memberProgram: (group) => ({
          module: new URL('./kafka-member.mjs', import.meta.url).href,
          create: 'createSource',
          options: { ...SHORT, url, topic, group },
        }),
      };
    },
    restart: () => service.restart(),
    async close() {
      for (const reader of readers) await reader.disconnect();
    },
  };
}

describe('adapter contract: Kafka', () => {
  for (const { name, run } of ADAPTER_CONTRACT) {
    it(name, async () => {
      const broker = kafkaBroker();
      try {
        await run(broker);
      } finally {
        await broker.close();
      }
    }, 300_000);
  }
});

describe('Kafka', () => {
  it('keeps what was acknowledged over a kill -9', async () => {
    const topic = `test-${randomUUID()}`;
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'before' }] });
    await producer.disconnect();
    await service.restart();
    const consumer = kafka.consumer({ groupId: randomUUID() });
    const seen: (string | undefined)[] = [];
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.value?.toString()) });
    await expect.poll(() => seen).toEqual(['before']);
    await consumer.disconnect();
  });
});
