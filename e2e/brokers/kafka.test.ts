import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BrokerMessage, Envelope } from '@botgo/relay';
import { ADAPTER_CONTRACT, type ContractBroker } from '@botgo/relay/contract';
import { kafkaPublisher, kafkaSource } from '@botgo/relay/kafka';
import { Delivery } from 'botgo/delivery';
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

  it('finds its members where they were after an outage longer than their session, and what they had not handled', async () => {
    const { url } = service;
    const [topic, group] = [`test-${randomUUID()}`, 'logic'];
    const publisher = kafkaPublisher({ url, topic, partitions: 4 });
    await publisher.open();
    const handled: number[] = [];
    let isGoing = true;
    const sources = [1, 2].map(() => kafkaSource({ ...SHORT, url, topic, group }));
    const running = sources.map((source) =>
      source.run(
        new Delivery({
          // So that partitions are paused when the broker goes.
          ...{ laneCapacity: 4, concurrency: 2 },
          async handle({ id }, { signal }) {
            while (!isGoing && !signal.aborted) await sleep(10);
            if (!signal.aborted) handled.push(Number(id));
          },
        }),
      ),
    );
    const members = async (): Promise<{ ids: string[]; isStable: boolean }> => {
      const admin = kafka.admin();
      await admin.connect();
      const { groups } = await admin.describeGroups([group]);
      await admin.disconnect();
      const [found] = groups;
      return {
        ids: found?.members.map(({ memberId }) => memberId).sort() ?? [],
        isStable: found?.state === 'Stable',
      };
    };
    const owned = (): number => sources.reduce((sum, source) => sum + source.status().partitions.length, 0);
    await expect.poll(owned).toBe(4);
    const before = await members();
    expect(before.isStable && before.ids.length).toBe(2);

    isGoing = false;
    const numbers = Array.from({ length: 200 }, (_, at) => at + 1);
    await publisher.publish(numbers.map((n) => envelopeOf(n)));
    const unsettled = (): number =>
      sources.flatMap((source) => source.status().partitions).reduce((sum, row) => sum + row.unsettled, 0);
    await expect.poll(unsettled).toBe(16);
    await service.kill();
    await expect.poll(owned, { timeout: 30_000 }).toBe(0);
    isGoing = true;
    await service.restart();

    await expect.poll(() => new Set(handled).size).toBe(200);
    expect([...handled].sort((a, b) => a - b)).toEqual(numbers);
    expect(await members()).toEqual(before);
    for (const key of [0, 1, 2, 3, 4, 5, 6, 7]) {
      const ofKey = handled.filter((n) => n % 8 === key);
      expect(ofKey).toEqual([...ofKey].sort((a, b) => a - b));
    }
    for (const source of sources) await source.stop();
    await Promise.all(running);
    await publisher.close();
  });
});

/** One of eight keys, two to a partition at the least. */
function envelopeOf(n: number): Envelope {
  const d = {
    id: `message-${n}`,
    group_openid: `key-${n % 8}`,
    content: 'x',
    author: { member_openid: 'a' },
  };
  const t = 'GROUP_AT_MESSAGE_CREATE';
  return {
    ...{ app: '102', event: t, id: String(n), session: 'session', seq: n, epoch: 1, shard: '0/1' },
    ...{ key: `key-${n % 8}`, receivedAtMs: 1_700_000_000_000 + n },
    value: Buffer.from(JSON.stringify({ op: 0, s: n, t, id: String(n), d })),
  };
}
