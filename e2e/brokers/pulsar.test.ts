import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { BrokerMessage } from '@botgo/relay';
import { ADAPTER_CONTRACT, type ContractBroker } from '@botgo/relay/contract';
import { pulsarPublisher, pulsarSource } from '@botgo/relay/pulsar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type PulsarService, startPulsar } from '../services/index.js';
import { openClient } from './pulsar-native.js';

let service: PulsarService;

beforeAll(async () => {
  service = await startPulsar();
});
afterAll(() => service.stop());

const socketUrl = (): string => `ws://127.0.0.1:${service.port}/ws/v2`;

/** Everything in a topic, from its beginning, as it comes. */
async function readTopic(topic: string): Promise<{ messages: BrokerMessage[]; socket: WebSocket }> {
  const messages: BrokerMessage[] = [];
  const socket = new WebSocket(`${socketUrl()}/reader/persistent/public/default/${topic}?messageId=earliest`);
  socket.on('message', (data) => {
    const { messageId, payload, properties } = JSON.parse(String(data));
    messages.push({ headers: properties, value: Buffer.from(payload, 'base64') });
    socket.send(JSON.stringify({ messageId }));
  });
  await once(socket, 'open');
  return { messages, socket };
}

/** Over the WebSocket API, or over a client of Pulsar's own protocol. */
function pulsarBroker(kind: 'socket' | 'native'): ContractBroker {
  const { url, serviceUrl, adminUrl } = service;
  const opened = kind === 'native' ? openClient({ url, serviceUrl }) : undefined;
  const target = opened ? { client: opened.client, adminUrl } : { url };
  const dead = new Map<string, ReturnType<typeof readTopic>>();
  return {
    // A topic without partitions: its keys are what is shared.
    async openStream() {
      const topic = `test-${randomUUID()}`;
      return {
        publisher: () => pulsarPublisher({ ...target, topic }),
        source: (group, options) => pulsarSource({ ...options, ...target, topic, group }),
        async deadLetters(group) {
          const name = `${topic}-${group}-dead`;
          const reading = dead.get(name) ?? readTopic(name);
          dead.set(name, reading);
          return (await reading).messages;
        },
        memberProgram: (group) => ({
          module: new URL(
            kind === 'native' ? './pulsar-native-member.mjs' : './pulsar-member.mjs',
            import.meta.url,
          ).href,
          create: 'createSource',
          options: kind === 'native' ? { url, serviceUrl, topic, group } : { url, topic, group },
        }),
      };
    },
    restart: () => service.restart(),
    async close() {
      for (const reading of dead.values()) (await reading).socket.terminate();
      await opened?.close();
    },
  };
}

describe.each(['socket', 'native'] as const)('adapter contract: Pulsar, %s client', (kind) => {
  for (const { name, run } of ADAPTER_CONTRACT.filter(({ needs }) => needs !== 'partitions')) {
    it(name, async () => {
      const broker = pulsarBroker(kind);
      try {
        await run(broker);
      } finally {
        await broker.close();
      }
    }, 300_000);
  }
});

describe('Pulsar', () => {
  it('keeps what was acknowledged over a kill -9', async () => {
    const topic = `test-${randomUUID()}`;
    const producer = new WebSocket(`${socketUrl()}/producer/persistent/public/default/${topic}`);
    await once(producer, 'open');
    producer.send(JSON.stringify({ payload: Buffer.from('before').toString('base64'), context: '1' }));
    const [acknowledged] = await once(producer, 'message');
    expect(JSON.parse(String(acknowledged))).toMatchObject({ result: 'ok', context: '1' });
    producer.terminate();
    await service.restart();
    const { messages, socket } = await readTopic(topic);
    await expect.poll(() => messages.map(({ value }) => value.toString())).toEqual(['before']);
    socket.terminate();
  });
});
