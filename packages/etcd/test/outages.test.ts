import { describe, expect, inject, it } from 'vitest';
import { type Service, startEtcd, startEtcdCluster } from '../../../e2e/services/index.js';
import { etcdCoordinator } from '../src/index.js';
import { disposer, lossyProxy, member, newPrefix, steppedClock, until } from './support.js';

const SILENT_MS = 600_000;

describe('etcdCoordinator when etcd fails', () => {
  const keep = disposer();
  const open = (endpoints: string | string[], more: object = {}) =>
    keep(
      etcdCoordinator({ endpoints, prefix: newPrefix(), pollMs: SILENT_MS, refillGraceMs: 0, ...more }),
      (store) => store.close(),
    );
  const cluster = async (): Promise<Service[]> =>
    keep(await startEtcdCluster(3), (members) => Promise.all(members.map((etcd) => etcd.stop())));
  const post = async (url: string, path: string, body: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`${url}/v3/${path}`, { method: 'POST', body: JSON.stringify(body) });
    return (await response.json()) as Record<string, unknown>;
  };
  /** Id and leader of each member, as it sees them. */
  const statusOf = async (url: string): Promise<{ id: string; leader: string }> => {
    const status = (await post(url, 'maintenance/status', {})) as {
      header: { member_id: string };
      leader: string;
    };
    return { id: status.header.member_id, leader: status.leader };
  };

  it('goes on when the leader dies: leases, owners and the watch stay', async () => {
    const etcds = await cluster();
    const endpoints = etcds.map((etcd) => etcd.url);
    const statuses = await Promise.all(endpoints.map(statusOf));
    const leaderAt = statuses.findIndex(({ id, leader }) => id === leader);
    // The leader is the one that is talked to.
    const sorted = [endpoints[leaderAt]!, ...endpoints.filter((_, index) => index !== leaderAt)];
    const prefix = newPrefix();
    const store = open(sorted, { prefix, timeoutMs: 10_000 });
    const a = await store.join(member('a', 60_000));
    const [x] = await a.claim(['x']);
    await a.renew([{ ...x!, state: 1 }]);
    let calls = 0;
    store.watch(() => calls++);
    await until(() => calls);
    const beforeKill = calls;
    await etcds[leaderAt]!.kill();
    expect(await a.renew([{ ...x!, state: 2 }])).toEqual({ lost: [] });
    expect((await store.view()).resources).toMatchObject([{ owner: 'a', token: x!.token }]);
    await until(() => calls > beforeKill);
    const before = calls;
    await open(sorted.slice(1), { prefix, timeoutMs: 10_000 }).join(member('b'));
    await until(() => calls > before);
    await a.release([{ ...x!, state: undefined }]);
    expect(await a.claim(['x'])).toMatchObject([{ state: 2 }]);
  });

  it('asks another member while one hangs, and rejects in time when all do', async () => {
    const etcds = await cluster();
    const store = open(
      etcds.map((etcd) => etcd.url),
      { timeoutMs: 4_000 },
    );
    const a = await store.join(member('a', 60_000));
    etcds[0]!.pause();
    await until(() => a.renew([]).catch(() => undefined));
    for (const etcd of etcds) etcd.pause();
    const impatient = open(
      etcds.map((etcd) => etcd.url),
      { timeoutMs: 300 },
    );
    await expect(impatient.view()).rejects.toMatchObject({ code: 'BOTGO_STORE' });
    for (const etcd of etcds) etcd.wake();
    await until(() => a.renew([]).catch(() => undefined));
  });

  it('keeps leases, owners and states over a restart', async () => {
    const etcd = keep(await startEtcd(), (service) => service.stop());
    const store = open(etcd.url, { timeoutMs: 10_000 });
    const a = await store.join(member('a', 60_000));
    const [x] = await a.claim(['x']);
    await a.renew([{ ...x!, state: 1 }]);
    let calls = 0;
    store.watch(() => calls++);
    await until(() => calls);
    const before = calls;
    await etcd.restart();
    expect(await a.renew([{ ...x!, state: 2 }])).toEqual({ lost: [] });
    await until(() => calls > before);
    expect((await store.view()).resources).toMatchObject([{ owner: 'a', token: x!.token }]);
  });

  it('puts back what it holds when etcd comes back without its data', async () => {
    const etcd = keep(await startEtcd(), (service) => service.stop());
    const prefix = newPrefix();
    const store = open(etcd.url, { prefix, timeoutMs: 10_000 });
    const a = await store.join(member('a', 60_000));
    const [x] = await a.claim(['x']);
    await a.renew([{ ...x!, state: 1 }]);
    await store.compareAndSet('v', 0, 'kept');
    await etcd.restart({ empty: true });
    // A newcomer that is there first takes nothing: what the new etcd does not know may be somebody's.
    const other = open(etcd.url, { prefix, timeoutMs: 10_000, refillGraceMs: 60_000 });
    const b = await other.join(member('b', 60_000));
    expect(await b.claim(['x', 'y'])).toEqual([]);
    expect(await a.renew([{ ...x!, state: 2 }])).toEqual({ lost: [] });
    expect(await a.renew([{ ...x!, state: 3 }])).toEqual({ lost: [] });
    expect((await other.view()).resources).toMatchObject([{ name: 'x', owner: 'a', token: x!.token }]);
    expect(await other.getValue('v')).toMatchObject({ value: 'kept' });
    await a.release([{ ...x!, state: undefined, to: 'b' }]);
    const [again] = await b.claim(['x']);
    expect(again).toMatchObject({ state: 3, afterCrash: false });
    expect(again!.token).toBeGreaterThan(x!.token);
  });

  it('lets the first claims on a young etcd wait, and tells when a claim is not refused any more', async () => {
    const etcd = keep(await startEtcd(), (service) => service.stop());
    const store = open(etcd.url, { refillGraceMs: 2_000 });
    let heard = 0;
    store.watch(() => heard++);
    const a = await store.join(member('a'));
    expect(await a.claim(['x'])).toEqual([]);
    // Asked for again only when something was heard.
    let asked = 0;
    await until(async () => {
      if (heard === asked) return false;
      asked = heard;
      return (await a.claim(['x'])).length > 0;
    });
  });

  it('does not come back after its lease has ended by its own clocks', async () => {
    const etcd = keep(await startEtcd(), (service) => service.stop());
    const prefix = newPrefix();
    const clock = steppedClock();
    const a = await open(etcd.url, { prefix, clock, timeoutMs: 10_000 }).join(member('a', 60_000));
    await a.claim(['x']);
    await etcd.restart({ empty: true });
    clock.stepMs = 60_000;
    await expect(a.renew([])).rejects.toMatchObject({ code: 'BOTGO_LEASE_LOST' });
  });

  it('watches on after its watch was cut and everything before was compacted away', async () => {
    const proxy = keep(await lossyProxy(inject('etcdUrl')), (p) => p.close());
    const prefix = newPrefix();
    const store = open(proxy.url, { prefix });
    const other = open(inject('etcdUrl'), { prefix });
    let calls = 0;
    store.watch(() => calls++);
    await until(() => calls);
    await other.join(member('a'));
    const { header } = (await post(inject('etcdUrl'), 'kv/range', { key: 'YQ==' })) as {
      header: { revision: string };
    };
    proxy.cut();
    const missed = other.join(member('b'));
    await post(inject('etcdUrl'), 'kv/compaction', { revision: header.revision });
    await missed;
    const before = calls;
    // The watch made anew counts as a change by itself.
    await until(() => calls > before);
    expect((await store.view()).members).toHaveLength(2);
    const again = calls;
    await other.join(member('c'));
    await until(() => calls > again);
  });

  it('calls its listeners now and then although a watch is silent', async () => {
    const store = open(inject('etcdUrl'), { pollMs: 60 });
    let calls = 0;
    store.watch(() => calls++);
    await until(() => calls > 3);
  });

  it('does once what it had to send twice because an answer was lost', async () => {
    const proxy = keep(await lossyProxy(inject('etcdUrl')), (p) => p.close());
    const prefix = newPrefix();
    const store = open(proxy.url, { prefix });
    await store.view();
    const lose = (path = '/v3/kv/txn'): void => proxy.loseAnswers(path, 1);
    lose('/v3/lease/grant');
    const b = await store.join(member('b'));
    lose();
    const a = await store.join(member('a'));
    lose();
    const [x] = await a.claim(['x']);
    expect(x).toMatchObject({ name: 'x', afterCrash: false });
    expect((await store.view()).resources).toMatchObject([{ owner: 'a', token: x!.token }]);
    lose();
    expect(await a.renew([{ ...x!, state: 1 }])).toEqual({ lost: [] });
    const version = await store.compareAndSet('v', 0, 'first');
    lose();
    const next = await store.compareAndSet('v', version!, 'second');
    expect(await store.getValue('v')).toEqual({ value: 'second', version: next });
    await store.appendLog('l', ['a', 'b']);
    proxy.loseAnswers('/v3/kv/txn', 2);
    await store.appendLog('l', ['c']);
    expect((await store.readLog('l', 0, 9)).entries).toEqual(['a', 'b', 'c']);
    lose();
    await a.release([{ ...x!, state: 2, to: 'b' }]);
    expect(await b.claim(['x'])).toMatchObject([{ state: 2, afterCrash: false }]);
    lose('/v3/lease/revoke');
    await b.leave();
    expect((await store.view()).members.map(({ memberId }) => memberId)).toEqual(['a']);
  });

  it('gives again what a claim took that was given up without an answer', async () => {
    const proxy = keep(await lossyProxy(inject('etcdUrl')), (p) => p.close());
    const prefix = newPrefix();
    const direct = open(inject('etcdUrl'), { prefix });
    const a = await open(proxy.url, { prefix, timeoutMs: 1_500 }).join(member('a'));
    const b = await direct.join(member('b'));
    const [x] = await b.claim(['x']);
    await b.release([{ ...x!, state: 7 }]);
    proxy.loseAnswers('/v3/kv/txn', 1_000);
    await expect(a.claim(['x', 'y'])).rejects.toMatchObject({ code: 'BOTGO_STORE' });
    proxy.loseAnswers('/v3/kv/txn', 0);
    expect(await b.claim(['x', 'y'])).toEqual([]);
    // Another claim in between settles nothing about them.
    await a.claim(['z']);
    const owned = await a.claim(['x', 'y', 'z']);
    expect(owned).toMatchObject([
      { name: 'x', state: 7, afterCrash: false },
      { name: 'y', state: undefined, afterCrash: false },
    ]);
    const { resources } = await direct.view();
    expect(resources.slice(0, 2).map(({ token }) => token)).toEqual(owned.map(({ token }) => token));
    expect(await a.claim(['x', 'y'])).toEqual([]);
    expect(await a.renew(owned)).toEqual({ lost: [] });
  });

  it('sends one call per renewal at rest, and no more than one per hundred resources beside it', async () => {
    const proxy = keep(await lossyProxy(inject('etcdUrl')), (p) => p.close());
    const store = open(proxy.url);
    const a = await store.join(member('a'));
    const owned = await a.claim(Array.from({ length: 250 }, (_, index) => `shard/1/${index}`));
    proxy.calls.length = 0;
    await a.renew([]);
    expect(proxy.calls).toEqual(['/v3/lease/keepalive']);
    proxy.calls.length = 0;
    await a.renew(owned.map((o) => ({ ...o, state: 1 })));
    expect([...proxy.calls].sort()).toEqual([
      '/v3/kv/txn',
      '/v3/kv/txn',
      '/v3/kv/txn',
      '/v3/lease/keepalive',
    ]);
  });

  it('gives twenty permits to four members that ask at once in few calls', async () => {
    const proxy = keep(await lossyProxy(inject('etcdUrl')), (p) => p.close());
    const prefix = newPrefix();
    const stores = Array.from({ length: 4 }, () => open(proxy.url, { prefix }));
    const request = { name: 'resume', limit: 20, windowMs: 600_000, count: 5 };
    const answers = await Promise.all(stores.map((store) => store.permit(request)));
    expect(answers).toEqual(stores.map(() => ({ granted: 5, retryAfterMs: 0 })));
    // Each looks, makes a lease and takes; and once more for a slot that another took first, which can be sixty times in all.
    const calls = proxy.calls.filter((path) => path.startsWith('/v3/'));
    expect(calls.length).toBeLessThanOrEqual(4 * 3 + 60);
    const first = calls.length;
    expect(await stores[0]!.permit(request)).toMatchObject({ granted: 0 });
    expect(proxy.calls.filter((path) => path.startsWith('/v3/'))).toHaveLength(first + 1);
  });

  it('takes permits once although the answer was lost', async () => {
    const proxy = keep(await lossyProxy(inject('etcdUrl')), (p) => p.close());
    const prefix = newPrefix();
    const store = open(proxy.url, { prefix });
    const request = { name: 'identify', limit: 5, windowMs: 600_000 };
    await store.permit(request);
    // Which of its two transactions it is does not matter.
    for (const lost of [1, 2]) {
      proxy.loseAnswers('/v3/kv/txn', lost);
      proxy.loseAnswers('/v3/lease/grant', 1);
      expect(await store.permit({ ...request, count: 2 })).toEqual({ granted: 2, retryAfterMs: 0 });
    }
    expect((await open(inject('etcdUrl'), { prefix }).permit(request)).granted).toBe(0);
  });

  it('keeps the cluster foo apart from foobar (BotGo-plugins mixes them, D-P5)', async () => {
    const prefix = newPrefix();
    const foo = open(inject('etcdUrl'), { prefix });
    const foobar = open(inject('etcdUrl'), { prefix: `${prefix}bar` });
    const a = await foobar.join(member('a'));
    await a.claim(['x']);
    expect(await foo.view()).toEqual({ members: [], resources: [] });
    const b = await foo.join(member('b'));
    expect(await b.claim(['x'])).toHaveLength(1);
    expect((await foobar.view()).members.map(({ memberId }) => memberId)).toEqual(['a']);
  });
});
