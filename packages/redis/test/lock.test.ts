import { manualClock, systemClock } from 'botgo/clock';
import type { BotgoError } from 'botgo/errs';
import { LockTakenError } from 'botgo/session';
import { Redis } from 'ioredis';
import { describe, expect, inject, it } from 'vitest';
import { startRedis } from '../../../e2e/services/index.js';
import { newLock } from '../src/index.js';
import { disposer, newPrefix, until } from './own-redis.js';

describe('newLock', () => {
  const keep = disposer();
  const connect = (url = inject('redisUrl')): Redis => {
    const client = keep(new Redis(url), (redis) => redis.disconnect());
    client.on('error', () => undefined);
    return client;
  };

  it('is held by one, with a fencing token that grows from holder to holder', async () => {
    const client = connect();
    const name = newPrefix();
    const [first, second] = [newLock(name, 'one', client), newLock(name, 'two', client)];
    const token = await first.lock(60_000);
    expect(first).toMatchObject({ isHeld: true, token });
    await expect(second.lock(60_000)).rejects.toThrow(LockTakenError);
    await expect(first.lock(60_000)).rejects.toThrow(LockTakenError);
    expect(await first.release()).toBe(true);
    expect(await second.lock(60_000)).toBeGreaterThan(token);
    expect(await first.release()).toBe(false);
    expect(second.isHeld).toBe(true);
  });

  it('gives larger tokens after the store was emptied', async () => {
    const client = connect();
    const name = newPrefix();
    const lock = newLock(name, 'me', client);
    const token = await lock.lock(60_000);
    await client.del(name, `{${name}}:fence`);
    expect(await newLock(name, 'you', client).lock(60_000)).toBeGreaterThan(token);
  });

  it('gives the lock to one of many who race for it', async () => {
    const client = connect();
    const name = newPrefix();
    const tries = await Promise.allSettled(
      Array.from({ length: 10 }, (_, index) => newLock(name, `${index}`, client).lock(60_000)),
    );
    expect(tries.filter((attempt) => attempt.status === 'fulfilled')).toHaveLength(1);
  });

  it('tells the holder when another took the lock: signal, callback and error (BotGo says nothing, D-R8)', async () => {
    const client = connect();
    const name = newPrefix();
    const told: BotgoError[] = [];
    const lock = newLock(name, 'me', client, { onLost: (reason) => told.push(reason) });
    await lock.lock(60_000);
    const { signal } = lock;
    await client.set(name, '1 me');
    await expect(lock.renew(60_000)).rejects.toMatchObject({ code: 'BOTGO_LEASE_LOST' });
    expect(signal.reason).toMatchObject({ code: 'BOTGO_LEASE_LOST' });
    expect(told).toEqual([signal.reason]);
    expect(lock.token).toBeUndefined();
    expect(await lock.release()).toBe(false);
    expect(await client.get(name)).toBe('1 me');
  });

  it('takes expiry times with a fraction, for the lock and its renewal alike (BotGo fails, D-R9)', async () => {
    const client = connect();
    const name = newPrefix();
    const lock = newLock(name, 'me', client);
    await lock.lock(1_500.5);
    await lock.renew(60_000.25);
    expect(await client.pttl(name)).toBeGreaterThan(50_000);
    for (const expireMs of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
      await expect(lock.renew(expireMs)).rejects.toMatchObject({ code: 'BOTGO_CONFIG' });
  });

  it('stops a renewal at once, also one that has ended or never began (BotGo blocks for ever, D-R10)', async () => {
    const lock = newLock(newPrefix(), 'me', connect());
    lock.stopRenew();
    await lock.lock(60_000);
    lock.startRenew(60_000);
    await lock.release();
    lock.stopRenew();
    lock.stopRenew();
    expect(lock.isHeld).toBe(false);
  });

  it('renews no more after a stop that came right behind the start (BotGo renews for ever, D-R11)', async () => {
    const clock = manualClock();
    const client = connect();
    const name = newPrefix();
    const lock = newLock(name, 'me', client, { clock });
    await lock.lock(30_000);
    lock.startRenew(30_000);
    lock.startRenew(600_000);
    lock.stopRenew();
    await clock.advance(29_000);
    expect(await client.pttl(name)).toBeLessThanOrEqual(30_000);
    expect(clock.pending).toBe(1);
    expect(lock.isHeld).toBe(true);
    await clock.advance(1_000);
    expect(lock.isHeld).toBe(false);
  });

  it('lives on with its renewal, and ends when it stops', async () => {
    const name = newPrefix();
    const lock = newLock(name, 'me', connect());
    await lock.lock(300);
    lock.startRenew(300);
    await new Promise((resolve) => setTimeout(resolve, 900));
    expect(lock.isHeld).toBe(true);
    lock.stopRenew();
    await until(() => lock.signal.aborted);
    expect(lock.signal.reason).toMatchObject({ code: 'BOTGO_LEASE_LOST' });
    await until(() =>
      newLock(name, 'you', connect())
        .lock(300)
        .catch(() => undefined),
    );
  });

  it('tells the holder when the store cannot be reached until the hold is over (BotGo only logs, D-R12)', async () => {
    const redis = keep(await startRedis(), (server) => server.stop());
    const told: BotgoError[] = [];
    const lock = newLock('lock', 'me', connect(redis.url), {
      timeoutMs: 100,
      onLost: (reason) => told.push(reason),
    });
    await lock.lock(600);
    lock.startRenew(600);
    redis.pause();
    await until(() => told.length);
    redis.wake();
    expect(lock.isHeld).toBe(false);
    expect(told).toHaveLength(1);
    expect(told[0]).toMatchObject({ code: 'BOTGO_LEASE_LOST' });
  });

  it('outlives a short outage', async () => {
    const redis = keep(await startRedis(), (server) => server.stop());
    const lock = newLock('lock', 'me', connect(redis.url), { timeoutMs: 1_000 });
    await lock.lock(60_000);
    redis.pause();
    await expect(lock.renew(60_000)).rejects.toMatchObject({ code: 'BOTGO_STORE' });
    redis.wake();
    await lock.renew(60_000);
    expect(lock.isHeld).toBe(true);
  });

  it('knows at its first look that the machine slept through the expiry, by the wall clock alone', async () => {
    let wallOffsetMs = 0;
    const clock = { ...systemClock, wallNow: () => systemClock.wallNow() + wallOffsetMs };
    const lock = newLock(newPrefix(), 'me', connect(), { clock });
    await lock.lock(60_000);
    expect(lock.isHeld).toBe(true);
    wallOffsetMs = 61_000;
    expect(lock.isHeld).toBe(false);
    expect(lock.signal.aborted).toBe(true);
  });

  it('is released at the end of its scope', async () => {
    const client = connect();
    const name = newPrefix();
    {
      await using lock = newLock(name, 'me', client);
      await lock.lock(60_000);
    }
    expect(await client.exists(name)).toBe(0);
  });

  it('refuses to renew what was never taken', async () => {
    const lock = newLock(newPrefix(), 'me', connect());
    expect(lock.signal.aborted).toBe(true);
    expect(() => lock.startRenew(1_000)).toThrow(expect.objectContaining({ code: 'BOTGO_CONFIG' }));
    await expect(lock.renew(1_000)).rejects.toMatchObject({ code: 'BOTGO_LEASE_LOST' });
    expect(await lock.release()).toBe(false);
  });
});
