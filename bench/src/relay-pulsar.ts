import { once } from 'node:events';
import { startPulsar } from '@botgo/e2e/services';
import { toHeaders } from '@botgo/relay';
import { pulsarPublisher, pulsarSource } from '@botgo/relay/pulsar';
import { Delivery } from 'botgo/delivery';
import WebSocket from 'ws';
import { Arrivals } from './arrivals.js';
import { cpuPerOperation, type RunningCase } from './bench-case.js';
import { frame, openLane, PUBLISHED, publishing, quantile, TYPE } from './relay-load.js';

async function socketTo(port: number, path: string): Promise<WebSocket> {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/ws/v2/${path}`, { perMessageDeflate: false });
  await once(socket, 'open');
  return socket;
}

/** Events into Pulsar, against a bare socket that sends the same messages in the same batches and reads the answers. */
export async function intoPulsar(): Promise<RunningCase> {
  const service = await startPulsar();
  const publisher = pulsarPublisher({ url: service.url, topic: 'bench', groups: [] });
  const { batches, ours } = await publishing(publisher);
  const producer = await socketTo(service.port, 'producer/persistent/public/default/bench');
  const answers = new Arrivals();
  producer.on('message', (data: Buffer) => {
    if ((JSON.parse(data.toString()) as { result: string }).result === 'ok') answers.add(1);
  });
  return {
    ours,
    limit: () =>
      cpuPerOperation(PUBLISHED, async () => {
        for (const batch of batches) {
          const all = answers.expect(batch.length);
          for (const [context, envelope] of batch.entries())
            producer.send(
              JSON.stringify({
                payload: envelope.value.toString('base64'),
                properties: toHeaders(envelope),
                key: envelope.key,
                context: String(context),
              }),
            );
          await all;
        }
      }),
    async [Symbol.asyncDispose]() {
      producer.terminate();
      await publisher.close();
      await service.stop();
    },
  };
}

/** From frame to handler through Pulsar, against bare sockets from producing to consuming. */
export async function throughPulsar(part: number): Promise<RunningCase> {
  const service = await startPulsar();
  const { url, port } = service;
  const publisher = pulsarPublisher({ url, topic: 'bench' });
  await publisher.open();
  const { lane } = openLane(publisher);
  let arrived = (): void => {};
  const source = pulsarSource({ url, topic: 'bench' });
  const running = source.run(new Delivery({ handle: () => arrived() }));
  const consumer = await socketTo(
    port,
    'consumer/persistent/public/default/own/own?subscriptionType=Key_Shared',
  );
  const producer = await socketTo(port, 'producer/persistent/public/default/own');
  let read = (): void => {};
  consumer.on('message', (data: Buffer) => {
    const { messageId } = JSON.parse(data.toString()) as { messageId: string };
    consumer.send(JSON.stringify({ messageId }));
    read();
  });
  let n = 0;
  return {
    ours: () =>
      quantile(part, () => {
        const there = new Promise<void>((resolve) => {
          arrived = resolve;
        });
        n++;
        lane.receiveFrame?.(frame(n), TYPE, n);
        return there;
      }),
    limit: () =>
      quantile(part, async () => {
        const there = new Promise<void>((resolve) => {
          read = resolve;
        });
        producer.send(JSON.stringify({ payload: frame(++n).toString('base64'), key: 'own' }));
        await there;
      }),
    async [Symbol.asyncDispose]() {
      await source.stop();
      await running;
      consumer.terminate();
      producer.terminate();
      await publisher.close();
      await service.stop();
    },
  };
}
