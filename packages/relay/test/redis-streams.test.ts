import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Delivery } from 'botgo/delivery';
import { memoryCoordinator } from 'botgo/session';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Service, startRedis } from '../../../e2e/services/index.js';
import { ADAPTER_CONTRACT } from '../src/contract/index.js';
import { fromHeaders, relay } from '../src/index.js';
import { EntryReader } from '../src/redis/entries.js';
import { redisStreamsPublisher, redisStreamsSource } from '../src/redis/index.js';
import { redisBroker, SHORT } from './redis-broker.js';

describe('adapter contract: Redis Streams', () => {
  let own: Service;
  beforeAll(async () => {
    own = await startRedis({ persist: true });
  });
  afterAll(() => own.stop());

  for (const { name, needs, run } of ADAPTER_CONTRACT) {
    it(name, async () => {
      // The run's Redis is everybody's: only one of our own is restarted.
      const broker = redisBroker(needs === 'restart' ? own : { url: inject('redisUrl') });
      try {
        await run(broker);
      } finally {
        await broker.close();
      }
    }, 150_000);
  }
});

describe('Redis Streams', () => {
  const url = inject('redisUrl');

  it('writes what the page on the envelope promises: a stream, header fields, and the frame as `value`', async () => {
    const stream = `test-${randomUUID()}`;
    const publisher = redisStreamsPublisher({ url, stream, partitions: 1 });
    await publisher.open();
    const value = Buffer.from('{"op":0}');
    const envelope = fromHeaders(
      {
        'botgo-app': '102',
        'botgo-event': 'GUILD_CREATE',
        'botgo-id': 'GUILD_CREATE:1',
        'botgo-session': 'abcd',
        'botgo-seq': '7',
        'botgo-epoch': '12',
        'botgo-shard': '0/1',
        'botgo-key': 'guild',
        'botgo-received-at': '1700000000000',
      },
      value,
    );
    await publisher.publish([envelope]);
    await publisher.close();
    const client = new Redis(url);
    const [entry] = await client.xrange(`botgo:{${stream}}:0`, '-', '+');
    expect(await client.hget(`botgo:{${stream}}:meta`, 'partitions')).toBe('1');
    client.disconnect();
    expect(entry?.[1]).toEqual([
      ...['botgo-app', '102', 'botgo-event', 'GUILD_CREATE', 'botgo-id', 'GUILD_CREATE:1'],
      ...['botgo-session', 'abcd', 'botgo-seq', '7', 'botgo-epoch', '12', 'botgo-shard', '0/1'],
      ...['botgo-key', 'guild', 'botgo-received-at', '1700000000000', 'value', '{"op":0}'],
    ]);
  });

  it('keeps the bytes of every value, alone and in a batch', async () => {
    const stream = `test-${randomUUID()}`;
    const publisher = redisStreamsPublisher({ url, stream, partitions: 1 });
    await publisher.open();
    const values = [
      ...[
        '{}',
        '',
        '{"a":"汉字 é 😀"}',
        '\uFEFF{}',
        'x'.repeat(20_000),
        '汉'.repeat(800),
        '\0\r\n$3\r\n',
      ].map((text) => Buffer.from(text)),
      // No UTF-8: cut in the middle of a character, and Latin-1.
      ...[Buffer.from('汉').subarray(0, 2), Buffer.from('é', 'latin1')],
    ];
    const envelopes = values.map((value, at) => ({
      ...{ app: '102', event: 'X', id: `汉${at}`, session: 's', epoch: 1, shard: '0/1', key: 'k' },
      ...{ receivedAtMs: 1, seq: at + 1, value },
    }));
    for (const envelope of envelopes) await publisher.publish([envelope]);
    await publisher.publish(envelopes);
    // Without what must stay bytes.
    await publisher.publish(envelopes.slice(0, 4));
    await publisher.close();
    const client = new Redis(url);
    const entries = await client.xrangeBuffer(`botgo:{${stream}}:0`, '-', '+');
    client.disconnect();
    const expected = [...values, ...values, ...values.slice(0, 4)];
    expect(entries.map(([, fields]) => new EntryReader().readMessage(fields).value.toString('hex'))).toEqual(
      expected.map((value) => value.toString('hex')),
    );
    expect(new EntryReader().readMessage(entries[3]?.[1] ?? []).headers['botgo-id']).toBe('汉3');
  });

  it('takes events as they are appended, without a failed read, and acknowledges each', async () => {
    const broker = redisBroker({ url });
    const stream = await broker.openStream(2);
    const publisher = stream.publisher();
    await publisher.open();
    const warnings: unknown[] = [];
    const warn = (...said: unknown[]): unknown => warnings.push(said);
    const handled: (string | undefined)[] = [];
    const source = stream.source('calm', {
      logger: { debug: () => {}, info: () => {}, warn, error: warn },
    });
    const running = source.run(new Delivery({ handle: (event) => void handled.push(event.id) }));
    try {
      const ids = Array.from({ length: 20 }, (_, at) => `X:${at}`);
      for (const [at, id] of ids.entries()) {
        const headers = { app: '102', event: 'X', session: 's', epoch: 1, shard: '0/1', receivedAtMs: 1 };
        const value = Buffer.from(JSON.stringify({ op: 0, t: 'X', id, d: {} }));
        await publisher.publish([{ ...headers, id, key: `k${at}`, seq: at + 1, value }]);
        await expect.poll(() => handled.length).toBe(at + 1);
      }
      expect(handled).toEqual(ids);
      await expect
        .poll(async () => (await source.lag()).reduce((sum, { messages }) => sum + messages, 0))
        .toBe(0);
      expect(warnings).toEqual([]);
    } finally {
      await source.stop();
      await running;
      await publisher.close();
      await broker.close();
    }
  });

  it('has the server know how much is unread, under one owner and the next', async () => {
    const stream = `test-${randomUUID()}`;
    const publisher = redisStreamsPublisher({ url, stream, partitions: 1 });
    await publisher.open();
    const client = new Redis(url);
    const coordinator = memoryCoordinator();
    let seq = 0;
    const publish = (count: number): Promise<void> =>
      publisher.publish(
        Array.from({ length: count }, () => ({
          ...{ app: '102', event: 'X', id: '', session: 's', epoch: 1, shard: '0/1', key: 'k' },
          ...{ receivedAtMs: 1, seq: ++seq, value: Buffer.from('{"op":0,"t":"X","d":{}}') },
        })),
      );
    await publish(30);
    for (const expected of [30, 12]) {
      let handled = 0;
      const source = redisStreamsSource({ ...SHORT, url, stream, coordinator });
      const running = source.run(new Delivery({ handle: () => void handled++ }));
      await expect.poll(() => handled).toBe(expected);
      await source.stop();
      await running;
      await publish(12);
      const [group = []] = (await client.xinfo('GROUPS', `botgo:{${stream}}:0`)) as unknown[][];
      const known = new Map(group.flatMap((name, at) => (at % 2 === 0 ? [[name, group[at + 1]]] : [])));
      expect(known.get('pending')).toBe(0);
      // Redis 6.2 does not say.
      if (known.has('lag')) expect(known.get('lag')).toBe(12);
    }
    client.disconnect();
    await publisher.close();
  });

  it('waits for events no longer than a client of the user lets a command take', async () => {
    const server = await startRedis();
    const client = new Redis(server.url, { commandTimeout: 2_000 });
    const publisher = redisStreamsPublisher({ url: server.url, stream: 'idle', partitions: 1 });
    await publisher.open();
    const warnings: unknown[] = [];
    const warn = (...said: unknown[]): unknown => warnings.push(said);
    const source = redisStreamsSource({
      ...{ ...SHORT, client, stream: 'idle', coordinator: memoryCoordinator() },
      logger: { debug: () => {}, info: () => {}, warn, error: warn },
    });
    const running = source.run(new Delivery({ handle: () => {} }));
    try {
      const reads = async (): Promise<number> =>
        Number(/cmdstat_xread:calls=(\d+)/.exec(await client.info('commandstats'))?.[1] ?? 0);
      await expect.poll(reads, { timeout: 30_000 }).toBeGreaterThanOrEqual(2);
      expect(warnings).toEqual([]);
      expect(client.status).toBe('ready');
    } finally {
      await source.stop();
      await running;
      await publisher.close();
      client.disconnect();
      await server.stop();
    }
  });

  it('drops what every group has acknowledged, and nothing else', async () => {
    const broker = redisBroker({ url });
    const stream = await broker.openStream(1);
    const publisher = stream.publisher();
    await publisher.open();
    const client = new Redis(url);
    try {
      const wants = () => true;
      const settled: number[] = [];
      const source = stream.source('only', {});
      const running = source.run({
        intents: 0,
        wants,
        openLane: (options) => ({
          ...({ checkpoint: undefined, received: undefined, unsettled: 0 } as const),
          signal: new AbortController().signal,
          inFlight: () => [],
          // Everything up to mark 300 is handled, the rest never.
          receive: (_event, mark) => {
            settled.push(mark);
            if (mark <= 300) options.onSettled?.(mark, 'handled', undefined);
          },
          pass: () => undefined,
          drain: async () => true,
          revoke: () => undefined,
        }),
      });
      const envelopes = Array.from({ length: 500 }, (_, at) => ({
        ...{
          app: '102',
          event: 'X',
          id: '',
          session: 's',
          epoch: 1,
          shard: '0/1',
          key: 'k',
          receivedAtMs: 1,
        },
        seq: at + 1,
        value: Buffer.from(JSON.stringify({ op: 0, t: 'X', d: 'x'.repeat(500) })),
      }));
      await publisher.publish(envelopes);
      await expect.poll(() => settled.length).toBe(500);
      const [key = ''] = (await client.keys('botgo:{test-*}:0')).filter((name) =>
        name.includes(source.status().partitions[0]?.name.split('/')[0] ?? '-'),
      );
      await expect.poll(() => client.xlen(key)).toBeLessThan(300);
      expect(await client.xlen(key)).toBeGreaterThanOrEqual(200);
      expect((await source.lag())[0]?.messages).toBe(200);
      await source.stop();
      await running;
    } finally {
      client.disconnect();
      await publisher.close();
      await broker.close();
    }
  });

  it.each([
    ['no target', { stream: 's' }, /either url or client/],
    ['a name with braces', { url: 'redis://localhost', stream: 'a{b}' }, /white space and braces/],
    ['no partitions', { url: 'redis://localhost', stream: 's', partitions: 0 }, /partitions/],
  ])('refuses %s', (_, options, message) => {
    expect(() => redisStreamsPublisher(options)).toThrow(message);
  });

  it('refuses a URL of another kind without repeating it, for it may hold a password', async () => {
    const publisher = redisStreamsPublisher({ url: 'http://user:hunter2@localhost', stream: 's' });
    const error = await publisher.open().catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'BOTGO_CONFIG' });
    expect(String(error)).not.toContain('hunter2');
  });

  it('ends with BOTGO_CONFIG when the password is refused', async () => {
    const server = await startRedis({ password: 'right' });
    const publisher = redisStreamsPublisher({ url: `redis://:wrong@127.0.0.1:${server.port}`, stream: 's' });
    const source = { run: async () => {}, stop: async () => {} };
    const running = relay({ appId: '102', intents: 0, publisher, source });
    await expect(running.ended).rejects.toMatchObject({ code: 'BOTGO_CONFIG' });
    await server.stop();
  });

  it('says what to install when ioredis is missing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'botgo-no-ioredis-'));
    const packages = fileURLToPath(new URL('../..', import.meta.url));
    mkdirSync(join(folder, 'node_modules/@botgo'), { recursive: true });
    for (const part of ['package.json', 'dist'])
      cpSync(join(packages, 'relay', part), join(folder, 'node_modules/@botgo/relay', part), {
        recursive: true,
      });
    symlinkSync(join(packages, 'botgo'), join(folder, 'node_modules/botgo'));
    const program = `
      import { redisStreamsPublisher } from '@botgo/relay/redis';
      const publisher = redisStreamsPublisher({ url: 'redis://127.0.0.1:1', stream: 's' });
      publisher.open().catch((error) => console.log(error.code, error.message));`;
    writeFileSync(join(folder, 'program.mjs'), program);
    const printed = execFileSync(process.execPath, [join(folder, 'program.mjs')], { encoding: 'utf8' });
    rmSync(folder, { recursive: true });
    expect(printed.trim()).toBe(
      'BOTGO_CONFIG the relay over Redis Streams needs the package ioredis: npm install ioredis',
    );
  });
});
