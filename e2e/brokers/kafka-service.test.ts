import { Kafka, logLevel } from 'kafkajs';
import { expect, it } from 'vitest';
import { startKafka } from '../services/index.js';

it('keeps what was acknowledged over a kill -9', async () => {
  const service = await startKafka();
  const kafka = new Kafka({ brokers: [`127.0.0.1:${service.port}`], logLevel: logLevel.NOTHING });
  const topic = 'kept';
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, messages: [{ value: 'before' }] });
  await producer.disconnect();

  await service.restart();

  const consumer = kafka.consumer({ groupId: 'reader' });
  const seen: (string | undefined)[] = [];
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({ eachMessage: async ({ message }) => void seen.push(message.value?.toString()) });
  await expect.poll(() => seen).toEqual(['before']);
  await consumer.disconnect();
  await service.stop();
});
