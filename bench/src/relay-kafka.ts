import { startKafka } from '@botgo/e2e/services';
import { toHeaders } from '@botgo/relay';
import { kafkaPublisher, kafkaSource } from '@botgo/relay/kafka';
import { Delivery } from 'botgo/delivery';
import { Kafka, logLevel, Partitioners } from 'kafkajs';
import { cpuPerOperation, type RunningCase } from './bench-case.js';
import { frame, openLane, PARTITIONS, PUBLISHED, publishing, quantile, TYPE } from './relay-load.js';

const OWN = {
  idempotent: true,
  maxInFlightRequests: 1,
  createPartitioner: Partitioners.DefaultPartitioner,
  retry: { retries: 5 },
} as const;

function clientOf(port: number): Kafka {
  return new Kafka({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING });
}

/** Events into Kafka, against kafkajs with the same records in the same batches and the same guarantees. */
export async function intoKafka(): Promise<RunningCase> {
  const service = await startKafka();
  const publisher = kafkaPublisher({ url: service.url, topic: 'bench', partitions: PARTITIONS });
  const { batches, ours } = await publishing(publisher);
  const prepared = batches.map((batch) =>
    batch.map((envelope) => ({ key: envelope.key, value: envelope.value, headers: toHeaders(envelope) })),
  );
  const producer = clientOf(service.port).producer(OWN);
  await producer.connect();
  return {
    ours,
    limit: () =>
      cpuPerOperation(PUBLISHED, async () => {
        for (const messages of prepared) await producer.send({ topic: 'bench', acks: -1, messages });
      }),
    async [Symbol.asyncDispose]() {
      await producer.disconnect();
      await publisher.close();
      await service.stop();
    },
  };
}

/** From frame to handler through Kafka, against kafkajs from producing to consuming. */
export async function throughKafka(part: number): Promise<RunningCase> {
  const service = await startKafka();
  const { url } = service;
  const publisher = kafkaPublisher({ url, topic: 'bench', partitions: PARTITIONS });
  await publisher.open();
  const { lane } = openLane(publisher);
  let arrived = (): void => {};
  const source = kafkaSource({ url, topic: 'bench' });
  const running = source.run(new Delivery({ handle: () => arrived() }));
  const kafka = clientOf(service.port);
  const producer = kafka.producer(OWN);
  const consumer = kafka.consumer({ groupId: 'own', maxWaitTimeInMs: 250 });
  let read = (): void => {};
  await producer.connect();
  await consumer.connect();
  const own = kafkaPublisher({ url, topic: 'own', partitions: 1 });
  await own.open();
  await own.close();
  await consumer.subscribe({ topic: 'own', fromBeginning: true });
  await consumer.run({ eachMessage: async () => read() });
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
  const limit = (): Promise<number> =>
    quantile(part, async () => {
      const there = new Promise<void>((resolve) => {
        read = resolve;
      });
      await producer.send({ topic: 'own', acks: -1, messages: [{ value: frame(++n) }] });
      await there;
    });
  return {
    ours,
    limit,
    async [Symbol.asyncDispose]() {
      await source.stop();
      await running;
      await consumer.disconnect();
      await producer.disconnect();
      await publisher.close();
      await service.stop();
    },
  };
}
