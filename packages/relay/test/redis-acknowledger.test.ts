import { randomUUID } from 'node:crypto';
import { manualClock } from 'botgo/clock';
import { silentLogger } from 'botgo/log';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Service, startRedis } from '../../../e2e/services/index.js';
import { Acknowledger } from '../src/redis/acknowledger.js';
import { StreamClient } from '../src/redis/client.js';
import { StreamKeys } from '../src/redis/keys.js';
import { Tally } from '../src/redis/tally.js';

const GROUP = 'logic';
const TOKEN = 5;
/** Longer than any pause between two calls, or between two tries. */
const LONG_MS = 10_000;

describe('acknowledgements of the partitions of one process', () => {
  let server: Service;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });

  /** Partitions with entries that were read past their group, none of them settled. */
  async function setup(partitions: number, entries: number) {
    const keys = new StreamKeys(`s${randomUUID()}`);
    const clock = manualClock();
    const warnings: { message: string; partition: unknown }[] = [];
    const warn = (message: string, fields?: Readonly<Record<string, unknown>>): void =>
      void warnings.push({ message, partition: fields?.partition });
    const client = new StreamClient({ url: server.url }, silentLogger);
    await client.open();
    const acknowledger = new Acknowledger({
      ...{ client, keys, group: GROUP, clock, random: () => 0 },
      logger: { ...silentLogger, warn },
    });
    const owned: { tally: Tally; ids: string[] }[] = [];
    for (let partition = 0; partition < partitions; partition++) {
      const key = keys.partition(partition);
      await redis.xgroup('CREATE', key, GROUP, '0', 'MKSTREAM');
      const tally = new Tally({ name: `s/${partition}`, partition, token: TOKEN });
      const ids: string[] = [];
      for (let entry = 0; entry < entries; entry++) ids.push(String(await redis.xadd(key, '*', 'n', entry)));
      for (const id of ids) tally.read(id);
      owned.push({ tally, ids });
    }
    /** Calls of scripts that did something. */
    const calls = async (): Promise<number> => {
      const stats = await redis.info('commandstats');
      return [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+),.*failed_calls=(\d+)/g)].reduce(
        (sum, [, made, failed]) => sum + Number(made) - Number(failed),
        0,
      );
    };
    const pendingOf = async (partition: number): Promise<string[]> => {
      const rows = await redis.xpending(keys.partition(partition), GROUP, '-', '+', 100);
      return rows.map((row) => String((row as unknown[])[0]));
    };
    const groupOf = async (partition: number): Promise<Map<unknown, unknown>> => {
      const [group] = (await redis.xinfo('GROUPS', keys.partition(partition))) as unknown[][];
      return new Map(group?.flatMap((name, at) => (at % 2 === 0 ? [[name, group[at + 1]]] : [])));
    };
    const settle = (partition: number, ...at: number[]): void => {
      const { tally, ids } = owned[partition] ?? {};
      for (const index of at) tally?.settle(ids?.[index] ?? '');
      if (tally) acknowledger.soon(tally);
    };
    const isDue = (): boolean => owned.some(({ tally }) => tally.isDue);
    const end = (): void => {
      for (const { tally } of owned) tally.end();
      acknowledger.stop();
      client.close();
    };
    return { acknowledger, calls, clock, end, groupOf, isDue, keys, owned, pendingOf, settle, warnings };
  }

  it('go to the server in one call, however many partitions there are', async () => {
    const { calls, clock, end, groupOf, isDue, owned, settle } = await setup(8, 3);
    await redis.config('RESETSTAT');
    for (let partition = 0; partition < 8; partition++) settle(partition, 0, 1);
    await expect.poll(isDue).toBe(false);
    expect(await calls()).toBe(1);
    for (const [partition, { ids }] of owned.entries())
      expect((await groupOf(partition)).get('last-delivered-id')).toBe(ids[2]);
    // What settles within the pause after that waits for its end, and is one call again.
    for (let partition = 0; partition < 8; partition++) settle(partition, 2);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(await calls()).toBe(1);
    await clock.advance(LONG_MS);
    await expect.poll(isDue).toBe(false);
    expect(await calls()).toBe(2);
    await clock.advance(LONG_MS);
    expect(await calls()).toBe(2);
    end();
  });

  it('read nothing again: they leave pending what is open, and move the group past all', async () => {
    const { clock, end, groupOf, isDue, owned, pendingOf, settle } = await setup(1, 6);
    await redis.config('RESETSTAT');
    const ids = owned[0]?.ids ?? [];
    settle(0, 1, 2, 5);
    await expect.poll(isDue).toBe(false);
    expect(await pendingOf(0)).toEqual([ids[0], ids[3], ids[4]]);
    expect((await groupOf(0)).get('last-delivered-id')).toBe(ids[5]);
    settle(0, 3, 0);
    await clock.advance(LONG_MS);
    await expect.poll(isDue).toBe(false);
    expect(await pendingOf(0)).toEqual([ids[4]]);
    expect(await redis.info('commandstats')).not.toContain('xreadgroup');
    end();
  });

  it('are made at once for a partition that is given up', async () => {
    const { acknowledger, end, groupOf, isDue, owned, settle } = await setup(2, 4);
    settle(0, 0);
    await expect.poll(isDue).toBe(false);
    settle(0, 1, 2, 3);
    const [first] = owned;
    // The clock stands still.
    if (first) await acknowledger.finish(first.tally);
    expect(isDue()).toBe(false);
    expect((await groupOf(0)).get('pending')).toBe(0);
    end();
  });

  it('are refused to an owner that was followed by another, without harm to the partitions beside', async () => {
    const { clock, end, groupOf, isDue, keys, settle, warnings, owned } = await setup(3, 2);
    await redis.hset(keys.fences, `${GROUP}/1`, TOKEN + 1);
    for (const partition of [0, 1, 2]) settle(partition, 0, 1);
    await expect.poll(isDue).toBe(false);
    expect((await groupOf(1)).get('last-delivered-id')).toBe('0-0');
    for (const partition of [0, 2])
      expect((await groupOf(partition)).get('last-delivered-id')).toBe(owned[partition]?.ids[1]);
    await clock.advance(LONG_MS);
    expect(warnings).toEqual([{ message: expect.stringMatching(/owner/), partition: 's/1' }]);
    end();
  });

  it('are tried again for the partition that failed', async () => {
    const { calls, clock, end, groupOf, isDue, keys, owned, settle, warnings } = await setup(2, 2);
    const key = keys.partition(0);
    await redis.rename(key, `${key}:away`);
    await redis.set(key, 'something else');
    await redis.config('RESETSTAT');
    settle(0, 0, 1);
    settle(1, 0, 1);
    await expect.poll(() => warnings.length).toBe(1);
    expect(warnings[0]).toMatchObject({ message: expect.stringMatching(/tried again/), partition: 's/0' });
    expect((await groupOf(1)).get('last-delivered-id')).toBe(owned[1]?.ids[1]);
    await redis.rename(`${key}:away`, key);
    await expect
      .poll(async () => {
        await clock.advance(LONG_MS);
        return isDue();
      })
      .toBe(false);
    expect((await groupOf(0)).get('last-delivered-id')).toBe(owned[0]?.ids[1]);
    expect(await calls()).toBe(2);
    end();
  });

  it('never move the group past the end of the stream, as after a fail-over to a replica that had less', async () => {
    const { end, groupOf, isDue, keys, settle } = await setup(1, 3);
    const key = keys.partition(0);
    await redis.del(key);
    await redis.xadd(key, '5-0', 'n', 0);
    await redis.xgroup('CREATE', key, GROUP, '0');
    settle(0, 0, 1);
    await expect.poll(isDue).toBe(false);
    expect((await groupOf(0)).get('last-delivered-id')).toBe('5-0');
    expect((await groupOf(0)).get('pending')).toBe(0);
    await redis.xadd(key, '6-0', 'n', 1);
    const reply = await redis.xreadgroup('GROUP', GROUP, 'owner', 'STREAMS', key, '>');
    expect(JSON.stringify(reply)).toContain('"6-0"');
    end();
  });

  it('are nothing to wait for when the stream, or the group, is gone', async () => {
    const { end, isDue, keys, settle, warnings } = await setup(2, 2);
    await redis.del(keys.partition(0));
    await redis.xgroup('DESTROY', keys.partition(1), GROUP);
    settle(0, 0);
    settle(1, 0);
    await expect.poll(isDue).toBe(false);
    expect(warnings).toEqual([]);
    end();
  });
});
