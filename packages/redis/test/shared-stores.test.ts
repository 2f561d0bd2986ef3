import { newQQBotTokenSource } from 'botgo/token';
import { Redis } from 'ioredis';
import { describe, expect, inject, it, vi } from 'vitest';
import { freePorts, startRedis } from '../../../e2e/services/index.js';
import { redisClaimStore, redisCoordinator, redisTokenStore } from '../src/index.js';
import { disposer, member, newPrefix, until } from './own-redis.js';

const never = new AbortController().signal;

describe('redisTokenStore', () => {
  const keep = disposer();

  it('lets one process fetch for all, and stores nothing that can be read', async () => {
    const prefix = newPrefix();
    const url = inject('redisUrl');
    let fetches = 0;
    const sources = Array.from({ length: 6 }, () =>
      newQQBotTokenSource({
        appId: '102',
        secret: 'the-app-secret',
        store: keep(redisTokenStore({ url, prefix }), (store) => store.close()),
        requester: async () => {
          fetches += 1;
          await new Promise((resolve) => setTimeout(resolve, 50));
          return {
            status: 200,
            body: JSON.stringify({ access_token: `token-${fetches}`, expires_in: '7200' }),
          };
        },
      }),
    );
    const tokens = await Promise.all(sources.map((source) => source.token()));
    expect(fetches).toBe(1);
    expect(new Set(tokens.map((token) => token.value))).toEqual(new Set(['token-1']));
    const admin = keep(new Redis(url), (client) => client.disconnect());
    const keys = await admin.keys(`botgo:{${prefix}}:*`);
    expect(keys).toHaveLength(1);
    const stored = await admin.get(keys[0] ?? '');
    expect(stored).not.toBeNull();
    expect(stored).not.toContain('token-1');
    expect(stored).not.toContain('the-app-secret');
    expect(await admin.pttl(keys[0] ?? '')).toBeGreaterThan(7_000_000);
  });

  it('gives a lock to one until it is given up or runs out', async () => {
    const store = keep(redisTokenStore({ url: inject('redisUrl'), prefix: newPrefix() }), (s) => s.close());
    const release = await store.lock?.('key', 60_000);
    expect(await store.lock?.('key', 60_000)).toBeUndefined();
    await release?.();
    const short = await store.lock?.('key', 50);
    expect(short).toBeDefined();
    const next = await until(() => store.lock?.('key', 60_000));
    // A late release leaves the next holder's lock alone.
    await short?.();
    expect(await store.lock?.('key', 60_000)).toBeUndefined();
    await next();
  });

  it('forgets a token when its time is over', async () => {
    const store = keep(redisTokenStore({ url: inject('redisUrl'), prefix: newPrefix() }), (s) => s.close());
    await store.write('key', 'sealed', 50.5);
    await until(async () => (await store.read('key')) === undefined);
  });
});

describe('redisClaimStore', () => {
  const keep = disposer();
  const open = (prefix: string, more: object = {}) =>
    keep(redisClaimStore({ url: inject('redisUrl'), prefix, ...more }), (store) => store.close());
  const openCluster = (prefix: string) =>
    keep(redisCoordinator({ url: inject('redisUrl'), prefix, refillGraceMs: 0 }), (one) => one.close());
  const openClient = () => keep(new Redis(inject('redisUrl')), (client) => client.disconnect());
  /** A store, and how often its server has answered it. */
  const openWatched = (prefix: string) => {
    const client = openClient();
    const asked = vi.spyOn(client, 'evalsha');
    const store = keep(redisClaimStore({ client, prefix }), (claims) => claims.close());
    const answers = () => asked.mock.settledResults.filter(({ type }) => type === 'fulfilled').length;
    return { store, answers };
  };

  it('grants an event to one holder; a second copy waits until it is done and is dropped', async () => {
    const prefix = newPrefix();
    const [one, two] = [open(prefix), open(prefix)];
    expect(await one.claim('e', 'a 1', never)).toBe('granted');
    let answer: string | undefined;
    const second = two.claim('e', 'b 2', never).then((given) => {
      answer = given;
    });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(answer).toBeUndefined();
    await one.done('e', 'a 1');
    await second;
    expect(answer).toBe('done');
    expect(await one.claim('e', 'a 1', never)).toBe('done');
  });

  it('grants a claim that was given back, and its own again', async () => {
    const prefix = newPrefix();
    const [one, two] = [open(prefix), open(prefix)];
    expect(await one.claim('e', 'a 1', never)).toBe('granted');
    expect(await one.claim('e', 'a 1', never)).toBe('granted');
    const second = two.claim('e', 'b 2', never);
    await one.release('e', 'a 1');
    expect(await second).toBe('granted');
  });

  it('voids the claims of a member whose lease has ended, also when it comes again under its id', async () => {
    const prefix = newPrefix();
    const cluster = openCluster(prefix);
    await cluster.join(member('a', 300));
    const store = open(prefix, { handlerTimeoutMs: 600_000 });
    expect(await store.claim('e', 'a 1', never)).toBe('granted');
    expect(await store.claim('f', 'a 1', never)).toBe('granted');
    const granted = store.claim('e', 'b 2', never);
    expect(await granted).toBe('granted');
    await until(() => cluster.join(member('a')).catch(() => undefined));
    expect(await store.claim('f', 'a 7', never)).toBe('granted');
    // The one that slept through its lease can no longer say that it was handled.
    await expect(store.done('e', 'a 1')).rejects.toMatchObject({ code: 'BOTGO_FENCED' });
    await store.done('e', 'b 2');
  });

  it.each<[string, string, 'busy' | 'done' | 'granted']>([
    ['one of a newer release with more in it', JSON.stringify(['x 1', 'x', '', 'more']), 'busy'],
    ['one of a newer release in another form', JSON.stringify({ v: 2, holder: 'x 1' }), 'busy'],
    ['one with a part missing', JSON.stringify(['x 1', 'x']), 'busy'],
    ['what is no JSON', 'v2 x 1', 'busy'],
    ['done', 'done', 'done'],
    ['its own', JSON.stringify(['b 2', 'b', '']), 'granted'],
  ])('meets a claim that it may not be able to read: %s', async (_what, stored, expected) => {
    const prefix = newPrefix();
    const admin = openClient();
    await admin.set(`botgo:{${prefix}}:event:e`, stored);
    const { store, answers } = openWatched(prefix);
    let answer: string = 'busy';
    const claimed = store.claim('e', 'b 2', never).then((given) => {
      answer = given;
    });
    if (expected !== 'busy') {
      await claimed;
      expect(answer).toBe(expected);
      return;
    }
    // The server has answered, by no error, and more than once.
    await until(() => answers() >= 2);
    expect(answer).toBe('busy');
    await expect(store.done('e', 'b 2')).rejects.toMatchObject({ code: 'BOTGO_FENCED' });
    expect(await admin.get(`botgo:{${prefix}}:event:e`)).toBe(stored);
    // Whoever wrote it gave it an end; then the event is free.
    await admin.del(`botgo:{${prefix}}:event:e`);
    await claimed;
    expect(answer).toBe('granted');
  });

  it('voids a claim made by a member whose lease had ended already', async () => {
    const prefix = newPrefix();
    await openCluster(prefix).join(member('b', 600_000));
    const store = open(prefix, { handlerTimeoutMs: 600_000 });
    expect(await store.claim('e', 'late 1', never)).toBe('granted');
    expect(await store.claim('e', 'b 2', never)).toBe('granted');
  });

  it('has a member wait that an emptied store has forgotten, until it is put back: its claim would be void then', async () => {
    const prefix = newPrefix();
    await openCluster(prefix).join(member('a', 600_000));
    const { store, answers } = openWatched(prefix);
    expect(await store.claim('before', 'a 1', never)).toBe('granted');
    const admin = openClient();
    await admin.del(...(await admin.keys(`botgo:{${prefix}}:*`)));
    let answer: string | undefined;
    const claimed = store.claim('e', 'a 1', never).then((given) => {
      answer = given;
    });
    await until(() => answers() >= 3);
    expect(answer).toBeUndefined();
    await openCluster(prefix).join(member('a', 600_000));
    await claimed;
    expect(answer).toBe('granted');
    await openCluster(prefix).join(member('b', 600_000));
    const second = open(prefix).claim('e', 'b 2', never);
    await store.done('e', 'a 1');
    expect(await second).toBe('done');
  });

  it('does not void what a new member claimed in an emptied store, once it has its lease', async () => {
    const prefix = newPrefix();
    const store = open(prefix);
    expect(await store.claim('e', 'a 1', never)).toBe('granted');
    for (const id of ['a', 'b']) await openCluster(prefix).join(member(id, 600_000));
    const { store: another, answers } = openWatched(prefix);
    const late = another.claim('e', 'b 2', never);
    await until(() => answers() >= 1);
    await store.done('e', 'a 1');
    expect(await late).toBe('done');
  });

  it('voids every claim after the time-out of handlers', async () => {
    const store = open(newPrefix(), { handlerTimeoutMs: 100 });
    expect(await store.claim('e', 'webhook', never)).toBe('granted');
    expect(await store.claim('e', 'another', never)).toBe('granted');
  });

  it('forgets what was handled after the window', async () => {
    const store = open(newPrefix(), { windowMs: 50 });
    await store.claim('e', 'a 1', never);
    await store.done('e', 'a 1');
    expect(await store.claim('e', 'b 2', never)).toBe('done');
    await until(async () => (await store.claim('e', 'b 2', never)) === 'granted');
  });

  it('grants each of many events once, whoever asks at the same time', async () => {
    const prefix = newPrefix();
    const stores = Array.from({ length: 4 }, () => open(prefix));
    const aborts: AbortController[] = [];
    const granted: string[] = [];
    const asked = stores.flatMap((store, holder) =>
      Array.from({ length: 100 }, async (_, event) => {
        const id = `MESSAGE_CREATE e${event}`;
        const abort = new AbortController();
        aborts.push(abort);
        const answer = await store.claim(id, `m${holder} 1`, abort.signal).catch(() => undefined);
        if (answer === 'granted') granted.push(id);
      }),
    );
    await until(() => granted.length >= 100);
    for (const abort of aborts) abort.abort(new Error('enough'));
    await Promise.all(asked);
    expect(new Set(granted).size).toBe(100);
    expect(granted).toHaveLength(100);
  });

  it('gives no claim while the store cannot be reached, then grants; an abort ends the wait with its reason', async () => {
    const [port] = await freePorts(1);
    const url = `redis://127.0.0.1:${port}`;
    const store = keep(redisClaimStore({ url, prefix: 'p', timeoutMs: 100 }), (s) => s.close());
    const abort = new AbortController();
    const waiting = store.claim('e', 'a 1', abort.signal);
    const reason = new Error('the lane ended');
    setTimeout(() => abort.abort(reason), 300);
    await expect(waiting).rejects.toBe(reason);
    const later = store.claim('e', 'a 1', never);
    keep(await startRedis({ port }), (redis) => redis.stop());
    expect(await later).toBe('granted');
  });

  it('says that an event was handled when the store is back, unless the claim is void by then or the store is closed', async () => {
    const [port] = await freePorts(1);
    const url = `redis://127.0.0.1:${port}`;
    const options = { url, prefix: 'p', timeoutMs: 100 };
    const store = keep(redisClaimStore(options), (s) => s.close());
    const brief = keep(redisClaimStore({ ...options, handlerTimeoutMs: 200 }), (s) => s.close());
    const closed = redisClaimStore(options);
    const handled = store.done('e', 'a 1');
    await expect(brief.done('e', 'a 1')).rejects.toMatchObject({ code: 'BOTGO_STORE' });
    const unsaid = expect(closed.done('f', 'a 1')).rejects.toMatchObject({ code: 'BOTGO_CLOSED' });
    await closed.close();
    await unsaid;
    keep(await startRedis({ port }), (redis) => redis.stop());
    await handled;
    expect(await store.claim('e', 'b 2', never)).toBe('done');
  });

  it('refuses times that are none', () => {
    const url = 'redis://127.0.0.1';
    const config = expect.objectContaining({ code: 'BOTGO_CONFIG' }) as Error;
    expect(() => redisClaimStore({ url, appId: '1', windowMs: 0 })).toThrow(config);
    expect(() => redisClaimStore({ url, appId: '1', handlerTimeoutMs: Number.NaN })).toThrow(config);
  });
});
