import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { manualClock } from '../src/clock/index.js';
import { decideAssignment, type StaticShards, staticCoordinator } from '../src/session/index.js';

const INFO = { appId: '102', intents: 1, shardCount: 5, stateVersion: 1, draining: false };
const JOIN = { memberId: 'me', leaseMs: 10_000, info: INFO };
const SHARDS = Array.from({ length: 5 }, (_, index) => `shard/1/${index}`);

describe('staticCoordinator', () => {
  it.each<[string, StaticShards, number[]]>([
    ['a range', { shards: [1, 3] }, [1, 2, 3]],
    ['a range of one', { shards: [0, 0] }, [0]],
    ['an ordinal', { ordinal: 1, replicas: 3 }, [1, 4]],
    ['an ordinal without a shard', { ordinal: 6, replicas: 7 }, []],
    ['a pod name', { ordinal: 'my-bot-2', replicas: 3 }, [2]],
    ['a list of processes', { instances: ['10.0.0.2', '10.0.0.1'], self: '10.0.0.1' }, [0, 2, 4]],
  ])('serves the shards of %s and claims no other', async (_, shards, expected) => {
    await using store = staticCoordinator({ ...shards, clock: manualClock() });
    const serves = store.serves;
    if (!serves) throw new Error('a static coordinator says what it serves');
    expect(SHARDS.filter((name) => serves(name))).toEqual(expected.map((shard) => `shard/1/${shard}`));
    const member = await store.join(JOIN);
    const owned = await member.claim(SHARDS);
    expect(owned.map((resource) => resource.name)).toEqual(expected.map((shard) => `shard/1/${shard}`));
    expect(await member.renew(owned)).toEqual({ lost: [] });
    await member.release(owned);
    expect((await store.view()).resources.every((resource) => resource.owner === undefined)).toBe(true);
  });

  it('divides every shard among the processes, whatever the order of their lists', () => {
    const ids = ['c', 'a', 'b'];
    const served = ids.flatMap((self, index) => {
      const rotated = [...ids.slice(index), ...ids.slice(0, index)];
      const { serves } = staticCoordinator({ instances: rotated, self });
      return SHARDS.filter((name) => serves?.(name));
    });
    expect(served.sort()).toEqual(SHARDS);
  });

  it('decides to claim what it serves and to hand nothing to others', () => {
    const { serves } = staticCoordinator({ shards: [0, 1] });
    const input = {
      self: 'me',
      members: [{ memberId: 'me', draining: false }],
      resources: SHARDS,
      owners: new Map([['shard/1/0', 'me']]),
      reserved: new Map<string, string>(),
      held: new Set(['shard/1/0']),
      quiet: true,
      serves,
    };
    expect(decideAssignment(input)).toEqual({ claim: ['shard/1/1'], handOver: [], passOn: [] });
    const members = [{ memberId: 'me', draining: true }];
    expect(decideAssignment({ ...input, members })).toEqual({
      claim: [],
      handOver: [{ name: 'shard/1/0', to: undefined }],
      passOn: [],
    });
  });

  it('divides permits among the processes', async () => {
    const clock = manualClock(0);
    const granted = new Map<number, number>();
    const stores = [0, 1, 2].map((ordinal) => staticCoordinator({ ordinal, replicas: 3, clock }));
    for (const [ordinal, store] of stores.entries())
      for (let n = 0; n < 10; n++)
        if ((await store.permit({ name: 'identify', limit: 7, windowMs: 5_000 })).granted)
          granted.set(ordinal, (granted.get(ordinal) ?? 0) + 1);
    expect([...granted.values()]).toEqual([2, 2, 2]);
  });

  it('takes turns where there are fewer permits than processes, and no window sees more than the limit', async () => {
    const clock = manualClock(0);
    const stores = Array.from({ length: 5 }, (_, ordinal) =>
      staticCoordinator({ ordinal, replicas: 5, clock }),
    );
    const windowMs = 5_000;
    const grants: { atMs: number; ordinal: number }[] = [];
    for (let step = 0; step < 400; step++) {
      for (const [ordinal, store] of stores.entries()) {
        const { granted } = await store.permit({ name: 'identify', limit: 2, windowMs, count: 4 });
        if (granted > 0) grants.push({ atMs: clock.now(), ordinal });
        expect(granted).toBeLessThanOrEqual(1);
      }
      await clock.advance(100);
    }
    expect(grants.map(({ ordinal }) => ordinal)).toEqual([0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1]);
    for (const [index, { atMs }] of grants.entries()) {
      const inWindow = grants.filter((other) => other.atMs >= atMs && other.atMs < atMs + windowMs);
      expect(inWindow.length, `from grant ${index}`).toBeLessThanOrEqual(2);
    }
  });

  it('keeps a window also when one takes its turn late and the next takes its own early', async () => {
    const clock = manualClock(0);
    const stores = [0, 1].map((ordinal) => staticCoordinator({ ordinal, replicas: 2, clock }));
    const request = { name: 'identify', limit: 1, windowMs: 5_000 };
    const grantedMs: number[] = [];
    await clock.advance(1_249);
    for (let step = 0; step < 8_000; step++) {
      for (const store of stores) if ((await store.permit(request)).granted > 0) grantedMs.push(clock.now());
      if (grantedMs.length === 2) break;
      await clock.advance(1);
    }
    expect(grantedMs).toEqual([1_249, 6_250]);
  });

  it('waits no longer than it says', async () => {
    const clock = manualClock(123);
    const store = staticCoordinator({ ordinal: 3, replicas: 4, clock });
    for (let n = 0; n < 5; n++) {
      const refused = await store.permit({ name: 'identify', limit: 1, windowMs: 5_000 });
      if (refused.granted) throw new Error('granted too early');
      await clock.advance(refused.retryAfterMs);
      expect(await store.permit({ name: 'identify', limit: 1, windowMs: 5_000 })).toEqual({
        granted: 1,
        retryAfterMs: 0,
      });
    }
  });

  it('keeps its sessions in a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'botgo-static-'));
    const file = join(folder, 'state.json');
    {
      await using store = staticCoordinator({ shards: [0, 1], file });
      const member = await store.join(JOIN);
      const [owned] = await member.claim(['shard/1/0']);
      await member.release([{ ...owned!, state: { seq: 3 } }]);
    }
    {
      await using store = staticCoordinator({ shards: [0, 1], file });
      const member = await store.join(JOIN);
      expect(await member.claim(['shard/1/0'])).toMatchObject([{ state: { seq: 3 } }]);
    }
    await rm(folder, { recursive: true });
  });

  it.each<[string, StaticShards]>([
    ['a range backwards', { shards: [3, 1] }],
    ['a negative shard', { shards: [-1, 1] }],
    ['a fraction', { shards: [0, 1.5] }],
    ['an ordinal beyond the replicas', { ordinal: 3, replicas: 3 }],
    ['a negative ordinal', { ordinal: -1, replicas: 3 }],
    ['no replicas', { ordinal: 0, replicas: 0 }],
    ['a host name without a number', { ordinal: 'my-bot', replicas: 3 }],
    ['a process that is not in the list', { instances: ['a', 'b'], self: 'c' }],
    ['an empty list', { instances: [], self: 'c' }],
  ])('refuses %s', (_, shards) => {
    expect(() => staticCoordinator(shards)).toThrow(expect.objectContaining({ code: 'BOTGO_CONFIG' }));
  });

  it('refuses a resource that is no shard', async () => {
    await using store = staticCoordinator({ shards: [0, 1] });
    const member = await store.join(JOIN);
    await expect(member.claim(['shard/one'])).rejects.toMatchObject({ code: 'BOTGO_CONFIG' });
  });
});
