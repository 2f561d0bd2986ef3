import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { Redis } from 'ioredis';
import { describe, expect, inject, it } from 'vitest';
import { type Service, startRedis } from '../../../e2e/services/index.js';
import { redisCoordinator } from '../src/index.js';
import { disposer, member, newPrefix, until } from './own-redis.js';

/** Lets the next script of a client run on the server while its answer gets lost. */
function loseNextAnswer(client: Redis): void {
  const run = client.evalsha;
  const lossy = async (...args: Parameters<Redis['eval']>): Promise<unknown> => {
    // One that the server does not know has no answer to lose.
    await Reflect.apply(run, client, args);
    Object.assign(client, { evalsha: run });
    throw new Error('Connection is closed.');
  };
  Object.assign(client, { evalsha: lossy });
}

const SILENT_MS = 600_000;

describe('redisCoordinator when Redis fails', () => {
  const keep = disposer();
  const own = async (persist = false): Promise<Service> =>
    keep(await startRedis({ persist }), (redis) => redis.stop());
  const open = (url: string, more: object = {}) =>
    keep(redisCoordinator({ url, appId: '102', refillGraceMs: 0, ...more }), (store) => store.close());

  it('renews any number of resources in one command', async () => {
    const redis = await own();
    const admin = keep(new Redis(redis.url), (client) => client.disconnect());
    const a = await open(redis.url).join(member('a'));
    const owned = await a.claim(Array.from({ length: 200 }, (_, index) => `shard/1/${index}`));
    await a.renew(owned);
    await admin.config('RESETSTAT');
    for (let round = 0; round < 5; round++) await a.renew(owned.map((o) => ({ ...o, state: { round } })));
    const stats = await admin.info('commandstats');
    expect(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1]).toBe('5');
    const fromClients = [...stats.matchAll(/cmdstat_([a-z]+)(?:\|[a-z]+)?:calls=(\d+)/g)].map(
      ([, name]) => name,
    );
    // Inside the script: what it reads and writes. Beside it: nothing but our own look at the figures.
    expect(fromClients.sort()).toEqual([
      'config',
      'evalsha',
      'hget',
      'hset',
      'time',
      'zadd',
      'zrange',
      'zrangebyscore',
    ]);
  });

  it('asks nothing more at rest than its members renew', async () => {
    const redis = await own();
    const admin = keep(new Redis(redis.url), (client) => client.disconnect());
    const stores = [open(redis.url), open(redis.url)];
    const members = await Promise.all(stores.map((store, index) => store.join(member(`m${index}`, 900))));
    for (const store of stores) store.watch(() => undefined);
    await Promise.all(members.map((m) => m.renew([])));
    await new Promise((resolve) => setTimeout(resolve, 100));
    await Promise.all(members.map((m) => m.renew([])));
    await admin.config('RESETSTAT');
    for (let round = 0; round < 6; round++) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      await Promise.all(members.map((m) => m.renew([])));
    }
    const calls = /cmdstat_evalsha:calls=(\d+)/.exec(await admin.info('commandstats'))?.[1];
    expect(calls).toBe('12');
  });

  it('outlives a subscription that is cut off again and again while it is made', async () => {
    const redis = await own();
    let subscriptions = 0;
    const proxy = createServer((near) => {
      const far = connect(redis.port, '127.0.0.1');
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        from.on('error', () => undefined);
        from.on('close', () => to.destroy());
        from.on('data', (chunk) => {
          // The first one is let through, so that the client has something to take up again.
          const asks = from === near && /\r\nsubscribe\r\n/i.test(chunk.toString());
          if (asks && ++subscriptions > 1) near.destroy();
          else to.write(chunk);
        });
      }
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    keep(proxy, (server) => server.close());
    const unhandled: unknown[] = [];
    const note = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', note);
    keep(note, () => process.off('unhandledRejection', note));
    const store = open(`redis://127.0.0.1:${(proxy.address() as AddressInfo).port}`);
    store.watch(() => undefined);
    const admin = keep(new Redis(redis.url), (client) => client.disconnect());
    await until(() => subscriptions === 1);
    await until(async () => (await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub')) === 1);
    await until(() => subscriptions > 4);
    expect(unhandled).toEqual([]);
  });

  it('loads its scripts again into a server that has forgotten them', async () => {
    const redis = await own();
    const admin = keep(new Redis(redis.url), (client) => client.disconnect());
    const a = await open(redis.url).join(member('a'));
    const [x] = await a.claim(['x']);
    await admin.script('FLUSH');
    expect(await a.renew([{ ...x!, state: 1 }])).toEqual({ lost: [] });
  });

  it('rejects in time while the server does not answer, and goes on afterwards', async () => {
    const redis = await own();
    const store = open(redis.url, { timeoutMs: 200 });
    const a = await store.join(member('a'));
    const [x] = await a.claim(['x']);
    redis.pause();
    await expect(a.renew([{ ...x!, state: 'in doubt' }])).rejects.toMatchObject({ code: 'BOTGO_STORE' });
    await expect(store.getValue('v')).rejects.toMatchObject({ code: 'BOTGO_STORE' });
    redis.wake();
    expect(await a.renew([{ ...x!, state: 'sure' }])).toEqual({ lost: [] });
    await a.release([{ ...x!, state: undefined }]);
    expect(await a.claim(['x'])).toMatchObject([{ state: 'sure' }]);
  });

  it('keeps leases and states over a restart that keeps the data', async () => {
    const redis = await own(true);
    const a = await open(redis.url, { timeoutMs: 5_000 }).join(member('a', 60_000));
    const [x] = await a.claim(['x']);
    await a.renew([{ ...x!, state: 1 }]);
    await redis.restart();
    expect(await a.renew([{ ...x!, state: 2 }])).toEqual({ lost: [] });
    expect((await open(redis.url).view()).resources).toMatchObject([{ owner: 'a', token: x!.token }]);
  });

  it('puts members, resources and values back after a restart that lost the data, before a newcomer can claim', async () => {
    const redis = await own();
    const first = open(redis.url, { timeoutMs: 5_000 });
    const second = open(redis.url, { timeoutMs: 5_000 });
    const a = await first.join(member('a', 60_000));
    const b = await second.join(member('b', 60_000));
    const [x] = await a.claim(['x']);
    const [y] = await b.claim(['y']);
    await a.renew([{ ...x!, state: 'state of x' }]);
    const version = await first.compareAndSet('generation', 0, { active: 3 });
    await redis.restart();
    // The newcomer is the first to come, into a server that has just started and holds nothing.
    const third = open(redis.url, { refillGraceMs: 60_000 });
    const c = await third.join(member('c'));
    expect(await c.claim(['x', 'y', 'z'])).toEqual([]);
    expect(await a.renew([])).toEqual({ lost: [] });
    expect(await b.renew([{ ...y!, state: 'state of y' }])).toEqual({ lost: [] });
    expect((await third.view()).resources).toMatchObject([
      { name: 'x', owner: 'a', token: x!.token },
      { name: 'y', owner: 'b', token: y!.token },
    ]);
    expect(await third.getValue('generation')).toEqual({ value: { active: 3 }, version });
    await a.release([{ ...x!, state: undefined, to: 'c' }]);
    expect(await c.claim(['x'])).toMatchObject([{ state: 'state of x' }]);
  });

  it('puts a member back as soon as it is connected again, before its next renewal', async () => {
    const redis = await own();
    const a = await open(redis.url).join(member('a', 60_000));
    const [x] = await a.claim(['x']);
    await redis.restart();
    const watcher = open(redis.url);
    const { resources } = await until(async () => {
      const view = await watcher.view();
      return view.members.length > 0 ? view : undefined;
    });
    expect(resources).toMatchObject([{ name: 'x', owner: 'a', token: x!.token }]);
  });

  it('lets the first claims of a new cluster wait for a moment on a server that has just started', async () => {
    const redis = await own();
    const store = open(redis.url, { refillGraceMs: 2_500, pollMs: SILENT_MS });
    let calls = 0;
    store.watch(() => calls++);
    const a = await store.join(member('a'));
    expect(await a.claim(['x'])).toEqual([]);
    await until(() => calls);
    const x = await until(async () => (await a.claim(['x']))[0]);
    expect(x).toMatchObject({ name: 'x', afterCrash: false });
  });

  it('tells every listener when the wait on a young server is over, so that a claim made then is not refused', async () => {
    const redis = await own();
    const stores = [0, 1].map(() => open(redis.url, { refillGraceMs: 4_000, pollMs: SILENT_MS }));
    const heard = stores.map(() => 0);
    for (const [index, store] of stores.entries()) store.watch(() => heard[index]!++);
    const a = await stores[0]!.join(member('a'));
    const b = await stores[1]!.join(member('b'));
    for (const store of stores) await store.view();
    expect(await a.claim(['x'])).toEqual([]);
    expect(await b.claim(['y'])).toEqual([]);
    // Asked for again only when something was heard.
    for (const [index, { membership, name }] of [
      { membership: a, name: 'x' },
      { membership: b, name: 'y' },
    ].entries()) {
      let asked = 0;
      await until(async () => {
        if (heard[index] === asked) return false;
        asked = heard[index] ?? 0;
        return (await membership.claim([name])).length > 0;
      });
    }
  });

  it('counts permits from now on when the server’s clock was set back', async () => {
    const redis = await own();
    const admin = keep(new Redis(redis.url), (client) => client.disconnect());
    const store = open(redis.url);
    const request = { name: 'identify', limit: 2, windowMs: 300 };
    // As if taken an hour later than it is now.
    const laterUs = String((Date.now() + 3_600_000) * 1_000);
    await admin.rpush('botgo:{102}:permits:identify', laterUs, laterUs);
    const { granted, retryAfterMs } = await store.permit(request);
    expect(granted).toBe(0);
    expect(retryAfterMs).toBeLessThanOrEqual(300);
    await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
    expect(await store.permit({ ...request, count: 2 })).toEqual({ granted: 2, retryAfterMs: 0 });
    // Nothing stays behind for ever.
    expect(await admin.pttl('botgo:{102}:permits:identify')).toBeGreaterThan(0);
  });

  it('does not come back when the lease has ended by its own clock', async () => {
    const redis = await own();
    const a = await open(redis.url, { timeoutMs: 5_000 }).join(member('a', 200));
    await a.claim(['x']);
    await redis.kill();
    await new Promise((resolve) => setTimeout(resolve, 250));
    await redis.restart();
    await expect(a.renew([])).rejects.toMatchObject({ code: 'BOTGO_LEASE_LOST' });
    expect((await open(redis.url).view()).members).toEqual([]);
  });

  it('gives again what a claim took whose answer was lost, and takes nothing twice', async () => {
    const prefix = newPrefix();
    const client = keep(new Redis(inject('redisUrl')), (redis) => redis.disconnect());
    const store = redisCoordinator({ client, prefix, refillGraceMs: 0 });
    const other = open(inject('redisUrl'), { prefix });
    const a = await store.join(member('a'));
    const b = await other.join(member('b'));
    // Known to the server beforehand, so that the lost answer is the claim's own.
    await b.claim([]);
    loseNextAnswer(client);
    await expect(a.claim(['x'])).rejects.toMatchObject({ code: 'BOTGO_STORE' });
    expect(await b.claim(['x'])).toEqual([]);
    const [view] = (await other.view()).resources;
    // Another claim in between settles nothing about it.
    const [y] = await a.claim(['y']);
    const again = await a.claim(['x', 'y']);
    expect(again.map((resource) => resource.name)).toEqual(['x']);
    expect(again[0]?.token).toBe(view?.token);
    expect(await a.claim(['x', 'y'])).toEqual([]);
    expect(await a.renew([y!, ...again].map((o) => ({ ...o, state: 1 })))).toEqual({ lost: [] });
  });

  it('hears of changes through its own calls and its poll when notifications are lost', async () => {
    const prefix = newPrefix();
    const url = inject('redisUrl');
    const deaf = keep(new Redis(url), (redis) => redis.disconnect());
    // The subscriber never connects anywhere.
    deaf.duplicate = () => keep(new Redis({ lazyConnect: true, port: 1 }), (redis) => redis.disconnect());
    const polling = keep(redisCoordinator({ client: deaf, prefix, pollMs: 50, refillGraceMs: 0 }), (s) =>
      s.close(),
    );
    const silent = keep(
      redisCoordinator({ client: deaf, prefix, pollMs: SILENT_MS, refillGraceMs: 0 }),
      (s) => s.close(),
    );
    let polled = 0;
    let replied = 0;
    polling.watch(() => polled++);
    silent.watch(() => replied++);
    const watcher = await silent.join(member('watcher'));
    await watcher.renew([]);
    await until(() => polled);
    const before = { polled, replied };
    await open(url, { prefix }).join(member('a'));
    await until(() => polled > before.polled);
    expect(replied).toBe(before.replied);
    await watcher.renew([]);
    await until(() => replied > before.replied);
  });

  it('hears of changes again after its subscription was cut', async () => {
    const redis = await own();
    const admin = keep(new Redis(redis.url), (client) => client.disconnect());
    const store = open(redis.url, { pollMs: SILENT_MS });
    let calls = 0;
    store.watch(() => calls++);
    await until(() => calls);
    await admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    const afterCut = calls;
    // The reconnect itself counts as a change: nobody knows what was missed.
    await until(() => calls > afterCut);
    const before = calls;
    await open(redis.url).join(member('a'));
    await until(() => calls > before);
  });
});
