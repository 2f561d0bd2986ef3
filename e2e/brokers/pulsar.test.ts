import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { redisClaimStore, redisCoordinator } from '@botgo/redis';
import type { BrokerMessage } from '@botgo/relay';
import { ADAPTER_CONTRACT, type ContractBroker } from '@botgo/relay/contract';
import { pulsarPublisher, pulsarSource } from '@botgo/relay/pulsar';
import { Delivery } from 'botgo/delivery';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import WebSocket from 'ws';
import { type PulsarService, startPulsar, startRedis } from '../services/index.js';
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

  it('handles what a killed worker had claimed when the lease of that worker ends, long before its handler would time out', async () => {
    const redis = await startRedis();
    const topic = `test-${randomUUID()}`;
    const { url } = service;
    // A claim that is bound by the time of handlers outlives this test.
    const shared = { redisUrl: redis.url, prefix: topic, leaseMs: 2_000, handlerTimeoutMs: 3_600_000 };
    const publisher = pulsarPublisher({ url, topic });
    await publisher.open();
    const value = Buffer.from('{"op":0,"s":1,"t":"GUILD_CREATE","id":"GUILD_CREATE:1","d":{"id":"1"}}');
    await publisher.publish([
      {
        ...{
          app: '102',
          event: 'GUILD_CREATE',
          id: 'GUILD_CREATE:1',
          session: 's',
          seq: 1,
          epoch: 1,
          shard: '0/1',
        },
        ...{ key: '1', receivedAtMs: 1, value },
      },
    ]);
    await publisher.close();
    const path = fileURLToPath(new URL('./pulsar-claims-member.mjs', import.meta.url));
    const task = JSON.stringify({ url, topic, ...shared });
    const worker = spawn(process.execPath, [path, task], { stdio: ['ignore', 'pipe', 'inherit'] });
    const exited = once(worker, 'exit');
    await once(worker.stdout, 'data');
    worker.kill('SIGKILL');
    await exited;
    const coordinator = redisCoordinator({ url: redis.url, prefix: topic, refillGraceMs: 0 });
    const claims = redisClaimStore({
      url: redis.url,
      prefix: topic,
      handlerTimeoutMs: shared.handlerTimeoutMs,
    });
    const source = pulsarSource({ url, topic, coordinator, appId: '102', leaseMs: shared.leaseMs });
    const handled: (string | undefined)[] = [];
    const running = source.run(
      new Delivery({ duplicateWindow: 0, claims, handle: ({ id }) => void handled.push(id) }),
    );
    await expect.poll(() => handled).toEqual(['GUILD_CREATE:1']);
    await source.stop();
    await running;
    await claims.close();
    await coordinator.close();
    await redis.stop();
  });
});
