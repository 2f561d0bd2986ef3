import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { describe, expect, inject, it } from 'vitest';
import { freePorts, startRedis } from '../../../e2e/services/index.js';
import { redisCoordinator } from '../src/index.js';
import { disposer, member, newPrefix } from './own-redis.js';

const PASSWORD = 'open-sesame-7421';
const config = expect.objectContaining({ code: 'BOTGO_CONFIG' }) as Error;

/** A server that speaks just enough RESP to introduce itself as an old Redis. */
async function oldRedis(version: string): Promise<Server> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      for (const [command] of chunk.toString().matchAll(/\r\n(info|client|ping|select|hello)\r\n/gi)) {
        const info = `redis_version:${version}\r\nuptime_in_seconds:9\r\nloading:0\r\n`;
        socket.write(/info/i.test(command) ? `$${info.length}\r\n${info}\r\n` : '+OK\r\n');
      }
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describe('a Redis that cannot be used', () => {
  const keep = disposer();

  it.each([
    ['no URL at all', 'somewhere'],
    ['another scheme', 'http://127.0.0.1:6379'],
    ['an empty text', ''],
  ])('refuses %s at once', (_, url) => {
    expect(() => redisCoordinator({ url, appId: '102' })).toThrow(config);
  });

  it('refuses options that do not say which Redis, whose keys, or how long', () => {
    const url = 'redis://127.0.0.1';
    expect(() => redisCoordinator({ appId: '102' })).toThrow(config);
    expect(() => redisCoordinator({ url })).toThrow(config);
    expect(() => redisCoordinator({ url, prefix: 'a{b}' })).toThrow(config);
    expect(() => redisCoordinator({ url, appId: '102', timeoutMs: 0 })).toThrow(config);
    expect(() => redisCoordinator({ url, appId: '102', pollMs: 0 })).toThrow(config);
    expect(() => redisCoordinator({ url, appId: '102', refillGraceMs: -1 })).toThrow(config);
    const client = keep(new Redis({ lazyConnect: true }), (redis) => redis.disconnect());
    expect(() => redisCoordinator({ url, client, appId: '102' })).toThrow(config);
  });

  it('does not show the password of a URL it cannot read', () => {
    let error: unknown;
    try {
      redisCoordinator({ url: `redis//:${PASSWORD}@host`, appId: '102' });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toMatchObject({ code: 'BOTGO_CONFIG' });
    expect(inspect(error, { depth: 9 })).not.toContain(PASSWORD);
  });

  it('says that the server cannot be reached', async () => {
    const [port] = await freePorts(1);
    const store = keep(
      redisCoordinator({ url: `redis://127.0.0.1:${port}`, appId: '102', timeoutMs: 300 }),
      (s) => s.close(),
    );
    await expect(store.join(member('a'))).rejects.toMatchObject({
      code: 'BOTGO_STORE',
      message: expect.stringContaining('ECONNREFUSED') as string,
    });
  });

  it.each([
    ['a wrong password', `redis://:${PASSWORD}@`, /refused the user name or password/],
    ['a missing password', 'redis://', /wants a password/],
  ])('says what is wrong about %s, without showing it', async (_, start, message) => {
    const server = keep(await startRedis({ password: 'the-right-one' }), (redis) => redis.stop());
    const url = `${start}127.0.0.1:${server.port}`;
    const store = keep(redisCoordinator({ url, appId: '102' }), (s) => s.close());
    const error: unknown = await store.view().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'BOTGO_STORE', message: expect.stringMatching(message) as string });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(PASSWORD);
  });

  it('works with the right password', async () => {
    const server = keep(await startRedis({ password: PASSWORD }), (redis) => redis.stop());
    const store = keep(redisCoordinator({ url: server.url, appId: '102' }), (s) => s.close());
    expect(await store.view()).toEqual({ members: [], resources: [] });
  });

  it.each(['5.0.14', '6.0.16'])('refuses Redis %s and says which it needs', async (version) => {
    const server = keep(await oldRedis(version), (s) => void s.close());
    const { port } = server.address() as AddressInfo;
    const store = keep(redisCoordinator({ url: `redis://127.0.0.1:${port}`, appId: '102' }), (s) =>
      s.close(),
    );
    await expect(store.join(member('a'))).rejects.toMatchObject({
      code: 'BOTGO_STORE',
      message: expect.stringMatching(new RegExp(`6\\.2.*${version}`)) as string,
    });
  });

  it('leaves a client that was passed in open, and has no listener on it', async () => {
    const client = keep(new Redis(inject('redisUrl')), (redis) => redis.disconnect());
    await client.ping();
    const before = client.eventNames().map((name) => client.listenerCount(name));
    const store = redisCoordinator({ client, prefix: newPrefix() });
    await store.view();
    await store.close();
    expect(await client.ping()).toBe('PONG');
    expect(client.eventNames().map((name) => client.listenerCount(name))).toEqual(before);
  });
});
