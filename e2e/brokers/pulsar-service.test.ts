import { once } from 'node:events';
import { expect, it } from 'vitest';
import WebSocket from 'ws';
import { startPulsar } from '../services/index.js';

it('keeps what was acknowledged over a kill -9', async () => {
  const service = await startPulsar();
  const ws = `ws://127.0.0.1:${service.port}/ws/v2`;
  const producer = new WebSocket(`${ws}/producer/persistent/public/default/kept`);
  await once(producer, 'open');
  producer.send(JSON.stringify({ payload: Buffer.from('before').toString('base64'), context: '1' }));
  const [acknowledged] = await once(producer, 'message');
  expect(JSON.parse(String(acknowledged))).toMatchObject({ result: 'ok', context: '1' });
  producer.terminate();

  await service.restart();

  const reader = new WebSocket(`${ws}/reader/persistent/public/default/kept?messageId=earliest`);
  const [message] = await once(reader, 'message');
  const { payload } = JSON.parse(String(message));
  expect(Buffer.from(payload, 'base64').toString()).toBe('before');
  reader.terminate();
  await service.stop();
});
