import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { inspect } from 'node:util';
import { Redis } from 'ioredis';
import { describe, expect, inject, it } from 'vitest';
import { freePorts, startRedis, startRedisCluster, startSentinel } from '../../../e2e/services/index.js';
import { certificate, privateKey } from '../../botgo/test/openapi/localhost-certificate.js';
import {
  newLock,
  redisClaimStore,
  redisCoordinator,
  redisReplyStore,
  redisTokenStore,
} from '../src/index.js';
import { toStoreError } from '../src/store-error.js';
import { disposer, member, newPrefix, until } from './own-redis.js';

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

describe('a Redis that is not what its user takes it for', () => {
  const keep = disposer();

  /** What joining says: the error's code and text. */
  async function told(url: string, more: object = {}): Promise<string> {
    const store = keep(redisCoordinator({ url, appId: '102', timeoutMs: 1_000, ...more }), (s) => s.close());
    const error: unknown = await store.join(member('a')).catch((thrown: unknown) => thrown);
    return error instanceof Error && 'code' in error ? `${String(error.code)} ${error.message}` : 'joined';
  }

  async function portOf(server: Server): Promise<number> {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    keep(server, (s) => s.close());
    return (server.address() as AddressInfo).port;
  }

  /** TLS in front of the tests' Redis. */
  async function withTls(): Promise<number> {
    const { port } = new URL(inject('redisUrl'));
    const server = createTlsServer({ cert: certificate, key: privateKey }, (socket) => {
      const redis = connect(Number(port), '127.0.0.1');
      for (const end of [socket, redis]) end.on('error', () => end.destroy());
      socket.on('close', () => redis.destroy());
      socket.pipe(redis).pipe(socket);
    });
    server.on('tlsClientError', () => undefined);
    return portOf(server);
  }

  it('has no TLS although the URL says so', async () => {
    const { host } = new URL(inject('redisUrl'));
    expect(await told(`rediss://${host}`)).toMatch(
      new RegExp(
        `^BOTGO_STORE Redis could not be reached at ${host} .*is this a port with TLS, as rediss://`,
      ),
    );
  });

  it('has TLS although the URL says nothing of it', async () => {
    const port = await withTls();
    expect(await told(`redis://127.0.0.1:${port}`)).toMatch(
      new RegExp(
        `^BOTGO_STORE Redis could not be reached at 127.0.0.1:${port} .*Does it want TLS .rediss://`,
      ),
    );
  });

  it('has a certificate that nobody vouches for, and is used when somebody does', async () => {
    const port = await withTls();
    expect(await told(`rediss://127.0.0.1:${port}`)).toMatch(
      /^BOTGO_STORE .*certificate is not trusted.*tls: \{ ca \}/,
    );
    const client = keep(new Redis({ host: 'localhost', port, tls: { ca: certificate } }), (r) =>
      r.disconnect(),
    );
    const store = keep(redisCoordinator({ client, prefix: newPrefix() }), (s) => s.close());
    expect(await store.view()).toEqual({ members: [], resources: [] });
  });

  it('is no Redis', async () => {
    const http = createHttpServer((_incoming, outgoing) => outgoing.end('hello'));
    expect(await told(`redis://127.0.0.1:${await portOf(http)}`)).toMatch(
      /^BOTGO_STORE What answers there is not Redis/,
    );
  });

  it.each([
    [
      'getaddrinfo ENOTFOUND redis.example',
      'The host of Redis cannot be found: correct its name in the URL or the client',
    ],
    [
      'DENIED Redis is running in protected mode',
      'Redis is in protected mode, which lets nobody in from elsewhere: give it a password',
    ],
    ['LOADING Redis is loading the dataset in memory', 'Redis could not be reached'],
  ])('says %s', (message, advice) => {
    expect(toStoreError('be reached', new Error(message))).toMatchObject({
      code: 'BOTGO_STORE',
      message: `${advice} (${message})`,
    });
  });

  it('has no database of that number, and another one is not taken for it', async () => {
    const url = new URL(inject('redisUrl'));
    url.pathname = '/9999';
    expect(await told(url.href)).toMatch(/^BOTGO_STORE This Redis has no database of that number/);
  });

  it('is a replica', async () => {
    const master = keep(await startRedis(), (redis) => redis.stop());
    const replica = keep(
      await startRedis({ args: ['--replicaof', '127.0.0.1', `${master.port}`] }),
      (redis) => redis.stop(),
    );
    await until(async () => /READONLY|replica that refuses/.test(await told(replica.url)));
    expect(await told(replica.url)).toMatch(
      /^BOTGO_STORE Redis is a replica that refuses writes: connect to the master/,
    );
  });

  it('is a Sentinel', async () => {
    const service = keep(await startSentinel(), (s) => s.stop());
    expect(await told(`redis://127.0.0.1:${service.sentinels[0]?.port}`)).toMatch(
      /^BOTGO_STORE .*is it a Sentinel \(give a client of ioredis with `sentinels`\)/,
    );
  });

  it('is one node of a Cluster: told at once where the keys lie elsewhere, and warned of where they do not yet', async () => {
    const service = keep(await startRedisCluster(), (s) => s.stop());
    const answers = await Promise.all(
      service.nodes.map(async ({ host, port }) => {
        const warnings: string[] = [];
        const note = (message: string): void => void warnings.push(message);
        const logger = { debug() {}, info() {}, warn: note, error: note };
        return { answer: await told(`redis://${host}:${port}`, { logger }), warnings };
      }),
    );
    const refused = answers.filter(({ answer }) => answer !== 'joined');
    expect(refused).toHaveLength(service.nodes.length - 1);
    for (const { answer } of refused)
      expect(answer).toMatch(/^BOTGO_STORE This Redis is one node of a Cluster: .*new Cluster/);
    for (const { warnings } of answers)
      expect(warnings).toEqual([expect.stringContaining('one node of a Cluster')]);
  });

  it.each([
    ['allkeys-lru', 'sessions and all else'],
    ['volatile-ttl', 'claims of events'],
  ])('forgets keys when it is full: %s', async (policy, loses) => {
    const server = keep(
      await startRedis({ args: ['--maxmemory', '64mb', '--maxmemory-policy', policy] }),
      (redis) => redis.stop(),
    );
    const warnings: unknown[] = [];
    const logger = {
      debug() {},
      info() {},
      warn: (message: string, fields?: object) => void warnings.push({ message, ...fields }),
      error() {},
    };
    expect(await told(server.url, { logger })).toBe('joined');
    expect(warnings).toEqual([
      {
        message: expect.stringContaining('maxmemory-policy noeviction') as string,
        policy,
        loses: expect.stringContaining(loses) as string,
      },
    ]);
  });

  it('is full', async () => {
    const server = keep(await startRedis({ args: ['--maxmemory', '1'] }), (redis) => redis.stop());
    expect(await told(server.url)).toMatch(/^BOTGO_STORE Redis refuses writes: free its disk or memory/);
  });
});

describe('a user of Redis that may not do everything', () => {
  const keep = disposer();

  async function userWith(...rules: string[]) {
    const server = keep(await startRedis(), (redis) => redis.stop());
    const admin = keep(new Redis(server.url), (redis) => redis.disconnect());
    await admin.call('ACL', 'SETUSER', 'botgo', 'on', `>${PASSWORD}`, ...rules);
    return { url: `redis://botgo:${PASSWORD}@127.0.0.1:${server.port}`, admin };
  }

  it.each([
    ['no scripts', ['~*', '&*', '+@all', '-@scripting']],
    ['not a command inside a script', ['~*', '&*', '+@all', '-zadd']],
    ['not the last command of a script', ['~*', '&*', '+@all', '-publish']],
    ['not INFO', ['~*', '&*', '+@all', '-info']],
    ['none of our keys', ['~other:*', '&*', '+@all']],
    ['none of our channels', ['~*', 'resetchannels', '+@all']],
  ])('is told so: %s', async (_what, rules) => {
    const { url, admin } = await userWith(...rules);
    const store = keep(redisCoordinator({ url, appId: '102' }), (s) => s.close());
    const error: unknown = await store.join(member('a', 100)).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'BOTGO_STORE',
      message: expect.stringMatching(/ACL forbids this user.*README of @botgo\/redis/) as string,
    });
    expect(inspect(error, { depth: 9, showHidden: true })).not.toContain(PASSWORD);
    // What a script had written when it was stopped does not keep the id for ever.
    await admin.call('ACL', 'SETUSER', 'botgo', '~*', '&*', '+@all');
    await until(() => store.join(member('a')).catch(() => undefined));
  });

  it('needs what the README says and no more', async () => {
    for (const file of ['README.md', 'README.zh-CN.md']) {
      const text = await readFile(new URL(`../${file}`, import.meta.url), 'utf8');
      const rules = /^ACL SETUSER botgo on >PASSWORD (.*)$/m.exec(text)?.[1];
      expect(rules).toBeDefined();
      const { url } = await userWith(...(rules ?? '').split(' '));
      const options = { url, appId: '102' };
      const store = keep(redisCoordinator({ ...options, refillGraceMs: 0 }), (s) => s.close());
      let changes = 0;
      const unwatch = store.watch(() => changes++);
      const me = await store.join(member('a'));
      const [owned] = await me.claim(['shard/0']);
      await me.renew([{ name: 'shard/0', token: owned?.token ?? 0, state: { v: 1 } }]);
      expect((await store.view()).resources).toHaveLength(1);
      expect(await store.permit({ name: 'identify', limit: 1, windowMs: 1_000 })).toMatchObject({
        granted: 1,
      });
      expect(await store.compareAndSet('generation', 0, 1)).toBeGreaterThan(0);
      expect(await store.getValue('generation')).toMatchObject({ value: 1 });
      await store.appendLog('log', ['entry']);
      expect((await store.readLog('log', 0, 9)).entries).toEqual(['entry']);
      await store.deleteLog('log');
      await until(() => changes > 0);
      unwatch();
      await me.release([{ name: 'shard/0', token: owned?.token ?? 0, state: { v: 1 } }]);
      await me.leave();
      const claims = keep(redisClaimStore(options), (s) => s.close());
      expect(await claims.claim('e', 'a 1', AbortSignal.timeout(20_000))).toBe('granted');
      await claims.done('e', 'a 1');
      const tokens = keep(redisTokenStore(options), (s) => s.close());
      const unlock = await tokens.lock?.('key', 1_000);
      await tokens.write('token', 'sealed', 1_000);
      expect(await tokens.read('token')).toBe('sealed');
      await unlock?.();
      const replies = keep(redisReplyStore(options), (s) => s.close());
      const budget = { key: 'm', max: 2, windowMs: 1_000 };
      const claimed = await replies.claim([budget]);
      expect(claimed.granted).toBe(true);
      if (claimed.granted) await replies.release(claimed.keys);
      await replies.exhaust(budget);
      expect(await replies.read('m')).toMatchObject({ closed: true });
      await replies.pace?.([{ key: 'p', max: 1, windowMs: 1_000 }], 0);
      await replies.hold?.(['p'], 1_000);
      const client = keep(new Redis(url), (redis) => redis.disconnect());
      const lock = newLock('botgo:nightly', 'me', client);
      await lock.lock(1_000);
      await lock.renew(1_000);
      expect(await lock.release()).toBe(true);
    }
  });
});
