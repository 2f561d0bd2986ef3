import type { Coordinator } from 'botgo/session';
import { describe, expect, inject, it } from 'vitest';
import { startEtcd } from '../../../e2e/services/index.js';
import { etcdCoordinator } from '../src/index.js';
import { disposer, lossyProxy, member, newPrefix, until } from './support.js';

const SILENT_MS = 600_000;

describe('a look at the cluster while it is watched', () => {
  const keep = disposer();
  const open = (endpoints: string, more: object = {}): Coordinator =>
    keep(
      etcdCoordinator({ endpoints, prefix: newPrefix(), pollMs: SILENT_MS, refillGraceMs: 0, ...more }),
      (store) => store.close(),
    );
  const proxied = async (endpoints = inject('etcdUrl')) =>
    keep(await lossyProxy(endpoints), (p) => p.close());
  /** Watches, and resolves when a look asks nothing of etcd any more. */
  const watched = async (store: Coordinator, calls: readonly string[]): Promise<void> => {
    store.watch(() => undefined);
    await until(async () => {
      const before = calls.length;
      await store.view();
      return calls.length === before;
    });
  };
  const revisionNow = async (): Promise<string> => {
    const range = { method: 'POST', body: JSON.stringify({ key: 'YQ==' }) };
    const response = await fetch(`${inject('etcdUrl')}/v3/kv/range`, range);
    return ((await response.json()) as { header: { revision: string } }).header.revision;
  };
  const ids = async (store: Coordinator): Promise<string[]> =>
    (await store.view()).members.map(({ memberId }) => memberId);

  it('asks nothing of etcd, and shows what others do', async () => {
    const proxy = await proxied();
    const prefix = newPrefix();
    const store = open(proxy.url, { prefix });
    const other = open(inject('etcdUrl'), { prefix });
    await watched(store, proxy.calls);
    const calls = proxy.calls.length;
    const a = await other.join(member('a'));
    const [x] = await a.claim(['x']);
    await until(async () => (await store.view()).resources[0]?.owner === 'a');
    expect((await store.view()).resources).toEqual((await other.view()).resources);
    await a.release([{ ...x!, state: 1 }]);
    await until(async () => (await store.view()).resources[0]?.owner === undefined);
    await a.leave();
    await until(async () => (await ids(store)).length === 0);
    expect(proxy.calls).toHaveLength(calls);
  });

  it('shows every write of ours that was confirmed', async () => {
    const proxy = await proxied();
    const store = open(proxy.url);
    const a = await store.join(member('a'));
    await watched(store, proxy.calls);
    for (let round = 0; round < 10; round++) {
      const [x] = await a.claim(['x']);
      expect((await store.view()).resources).toMatchObject([{ owner: 'a', token: x!.token }]);
      await a.release([{ ...x!, state: round }]);
      expect((await store.view()).resources).toMatchObject([{ owner: undefined, token: x!.token }]);
    }
    const b = await store.join(member('b'));
    expect(await ids(store)).toEqual(['a', 'b']);
    await b.leave();
    expect(await ids(store)).toEqual(['a']);
  });

  it('shows a write of ours also while the watch is deaf', async () => {
    const proxy = await proxied();
    const store = open(proxy.url);
    const a = await store.join(member('a'));
    await watched(store, proxy.calls);
    proxy.deafen();
    const [x] = await a.claim(['x']);
    expect((await store.view()).resources).toMatchObject([{ owner: 'a', token: x!.token }]);
  });

  it('finds out that the watch is deaf, and makes another', async () => {
    const proxy = await proxied();
    const prefix = newPrefix();
    const store = open(proxy.url, { prefix, pollMs: 300 });
    const other = open(inject('etcdUrl'), { prefix });
    await watched(store, proxy.calls);
    proxy.deafen();
    await other.join(member('a'));
    await until(async () => (await ids(store)).length === 1);
    await watched(store, proxy.calls);
    await other.join(member('b'));
    await until(async () => (await ids(store)).length === 2);
  });

  it('asks etcd after a call of ours has failed, until the watch is heard again', async () => {
    const proxy = await proxied();
    const prefix = newPrefix();
    const store = open(proxy.url, { prefix, timeoutMs: 300 });
    const other = open(inject('etcdUrl'), { prefix });
    const a = await store.join(member('a'));
    await watched(store, proxy.calls);
    proxy.deafen();
    await other.join(member('b'));
    proxy.loseAnswers('/v3/lease/keepalive', 1_000);
    await expect(a.renew([])).rejects.toMatchObject({ code: 'BOTGO_STORE' });
    // Not what the picture says, which is as old as the watch.
    expect(await ids(store)).toEqual(['a', 'b']);
  });

  it('goes on where it was after its watch was cut', async () => {
    const proxy = await proxied();
    const prefix = newPrefix();
    const store = open(proxy.url, { prefix });
    const other = open(inject('etcdUrl'), { prefix });
    const a = await other.join(member('a'));
    await watched(store, proxy.calls);
    const [x] = await a.claim(['x']);
    await until(async () => (await store.view()).resources[0]?.owner === 'a');
    const before = proxy.watchedFrom.length;
    proxy.cut();
    await a.release([{ ...x!, state: 1 }]);
    await watched(store, proxy.calls);
    expect((await store.view()).resources).toMatchObject([{ owner: undefined, token: x!.token }]);
    expect(proxy.watchedFrom[before]).toBeDefined();
    const b = await other.join(member('b'));
    await until(async () => (await ids(store)).includes('b'));
    await b.leave();
  });

  it('begins anew where what it missed was compacted away', async () => {
    const proxy = await proxied();
    const prefix = newPrefix();
    const store = open(proxy.url, { prefix });
    const other = open(inject('etcdUrl'), { prefix });
    await other.join(member('a'));
    await watched(store, proxy.calls);
    const before = proxy.watchedFrom.length;
    proxy.cut();
    const b = await other.join(member('b'));
    const [x] = await b.claim(['x']);
    await b.release([{ ...x!, state: 1 }]);
    const compact = { method: 'POST', body: JSON.stringify({ revision: await revisionNow() }) };
    await fetch(`${inject('etcdUrl')}/v3/kv/compaction`, compact);
    await watched(store, proxy.calls);
    expect((await store.view()).resources).toMatchObject([{ owner: undefined, token: x!.token }]);
    await other.join(member('c'));
    await until(async () => (await ids(store)).includes('c'));
    expect(proxy.watchedFrom.length).toBeGreaterThan(before);
  });

  it('notices an etcd that came back without its data', async () => {
    const etcd = keep(await startEtcd(), (service) => service.stop());
    const proxy = await proxied(etcd.url);
    const prefix = newPrefix();
    const store = open(proxy.url, { prefix, timeoutMs: 10_000 });
    const a = await open(etcd.url, { prefix }).join(member('a'));
    await a.claim(Array.from({ length: 50 }, (_, index) => `shard/1/${index}`));
    await watched(store, proxy.calls);
    expect(await ids(store)).toEqual(['a']);
    await etcd.restart({ empty: true });
    await until(async () => (await ids(store).catch(() => ['?'])).length === 0);
    expect(await store.view()).toEqual({ members: [], resources: [] });
    await open(etcd.url, { prefix }).join(member('b'));
    await until(async () => (await ids(store)).includes('b'));
  });
});
