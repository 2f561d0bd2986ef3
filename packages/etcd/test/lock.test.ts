import type { BotgoError } from 'botgo/errs';
import { LockTakenError } from 'botgo/session';
import { describe, expect, inject, it } from 'vitest';
import { startEtcd } from '../../../e2e/services/index.js';
import { newLock } from '../src/index.js';
import { disposer, newPrefix, until } from './support.js';

const encode = (text: string): string => Buffer.from(text).toString('base64');

describe('newLock on etcd', () => {
  const keep = disposer();
  const open = (name: string, value: string, more: object = {}) =>
    keep(newLock(name, value, { endpoints: inject('etcdUrl'), ...more }), (lock) =>
      lock.close().catch(() => undefined),
    );
  const deleteKey = async (key: string): Promise<void> => {
    const body = JSON.stringify({ key: encode(key) });
    await fetch(`${inject('etcdUrl')}/v3/kv/deleterange`, { method: 'POST', body });
  };

  it('is held by one, with a fencing token that grows from holder to holder', async () => {
    const name = newPrefix();
    const [first, second] = [open(name, 'one'), open(name, 'two')];
    const token = await first.lock(60_000);
    expect(first).toMatchObject({ isHeld: true, token });
    await expect(second.lock(60_000)).rejects.toThrow(LockTakenError);
    expect(await first.release()).toBe(true);
    expect(await second.lock(60_000)).toBeGreaterThan(token);
    expect(await first.release()).toBe(false);
  });

  it('gives the lock to one of many who race for it', async () => {
    const name = newPrefix();
    const tries = await Promise.allSettled(
      Array.from({ length: 8 }, (_, index) => open(name, `${index}`).lock(60_000)),
    );
    expect(tries.filter((attempt) => attempt.status === 'fulfilled')).toHaveLength(1);
  });

  it('gives larger tokens after the store was emptied', async () => {
    const name = newPrefix();
    const token = await open(name, 'one').lock(60_000);
    await deleteKey(`botgo-lock/${name}`);
    await deleteKey('botgo-lock-base');
    expect(await open(name, 'two').lock(60_000)).toBeGreaterThan(token);
  });

  it('tells the holder when the lock was taken from it', async () => {
    const name = newPrefix();
    const told: BotgoError[] = [];
    const lock = open(name, 'me', { onLost: (reason: BotgoError) => told.push(reason) });
    await lock.lock(60_000);
    const { signal } = lock;
    await deleteKey(`botgo-lock/${name}`);
    await expect(lock.renew(60_000)).rejects.toMatchObject({ code: 'BOTGO_LEASE_LOST' });
    expect(told).toEqual([signal.reason]);
    expect(lock.isHeld).toBe(false);
  });

  it('lives on with its renewal, also with another time than it was taken for, and ends without', async () => {
    const name = newPrefix();
    const lock = open(name, 'me');
    const token = await lock.lock(60_000);
    await lock.renew(1_000);
    expect(lock.token).toBe(token);
    lock.startRenew(1_000);
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    expect(lock.isHeld).toBe(true);
    await expect(open(name, 'you').lock(1_000)).rejects.toThrow(LockTakenError);
    lock.stopRenew();
    await until(() => lock.signal.aborted);
    await until(() =>
      open(name, 'you')
        .lock(60_000)
        .catch(() => undefined),
    );
  });

  it('tells the holder when etcd cannot be reached until the hold is over', async () => {
    const etcd = keep(await startEtcd(), (service) => service.stop());
    const lock = open('lock', 'me', { endpoints: etcd.url, timeoutMs: 200 });
    await lock.lock(1_000);
    lock.startRenew(1_000);
    etcd.pause();
    await until(() => lock.signal.aborted);
    expect(lock.signal.reason).toMatchObject({ code: 'BOTGO_LEASE_LOST' });
    etcd.wake();
  });

  it('is released at the end of its scope', async () => {
    const name = newPrefix();
    {
      await using lock = newLock(name, 'me', { endpoints: inject('etcdUrl') });
      await lock.lock(60_000);
    }
    expect(await open(name, 'you').lock(60_000)).toBeGreaterThan(0);
  });
});
