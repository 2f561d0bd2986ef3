import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startSimulator } from '@botgo/simulator';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../src/clock/index.js';
import { type DeliveredEvent, Delivery, type HandlingContext } from '../src/delivery/index.js';
import type { WebsocketAP } from '../src/dto/index.js';
import { BotgoError } from '../src/errs/index.js';
import {
  type Coordinator,
  type JoinOptions,
  memoryCoordinator,
  type PermitRequest,
  SessionManager,
  type SessionManagerOptions,
} from '../src/session/index.js';
import { newQQBotTokenSource } from '../src/token/index.js';

const INTENTS = (1 << 30) | (1 << 25) | (1 << 12);
const CHANNELS = ['7000101', '7000201'];

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function world(options: Parameters<typeof startSimulator>[0] = {}) {
  const sim = await startSimulator(options);
  cleanups.push(() => sim.close());
  const source = () =>
    newQQBotTokenSource({
      appId: '102000001',
      secret: 'demo-secret',
      tokenUrl: `${sim.url}/app/getAppAccessToken`,
    });
  const accessPoint = async (): Promise<WebsocketAP> => {
    const { authorization } = await source().token();
    const response = await fetch(`${sim.url}/gateway/bot`, { headers: { authorization } });
    return (await response.json()) as WebsocketAP;
  };
  return { sim, source, accessPoint };
}

type World = Awaited<ReturnType<typeof world>>;

/** A process of the bot, as far as a test needs one. */
function member(
  options: Partial<SessionManagerOptions> & {
    handle?: (event: DeliveredEvent, context: HandlingContext) => unknown;
    laneCapacity?: number;
  } = {},
) {
  const seen: string[] = [];
  const { handle, laneCapacity, ...rest } = options;
  const sink = new Delivery({
    intents: INTENTS,
    laneCapacity,
    handle: (event, context) => {
      seen.push((event.d as { content: string }).content?.replace(/<@!?\d+>/, '').trim());
      return handle?.(event, context);
    },
    wants: (type) => type.endsWith('MESSAGE_CREATE'),
  });
  const manager = new SessionManager({ sink, handleSignals: false, quietMs: 50, drainMs: 500, ...rest });
  cleanups.push(() => manager.stop());
  const gaps: unknown[] = [];
  const fatal: Error[] = [];
  manager.on('gap', (gap) => gaps.push(gap));
  manager.on('fatal', ({ error }) => fatal.push(error));
  return { manager, seen, gaps, fatal };
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await systemClock.sleep(5);
}

const liveShards = (manager: SessionManager) =>
  manager
    .status()
    .shards.filter(({ isLive }) => isLive)
    .map(({ shard }) => shard);

function sayEverywhere({ sim }: World, content: string): void {
  for (const target of CHANNELS)
    sim.control.say({ scene: 'channel', target, from: '9007199254741001', content });
}

const identifies = ({ sim }: World) => sim.control.sessions().length;

describe('one process', () => {
  it('starts every shard, handles events of all of them, and drains at a stop', async () => {
    const platform = await world();
    const releases: (() => void)[] = [];
    const { manager, seen } = member({
      drainMs: 60_000,
      handle: () => new Promise<void>((resolve) => releases.push(resolve)),
    });
    const running = manager.start(await platform.accessPoint(), platform.source(), INTENTS);
    await until(() => liveShards(manager).length === 2);
    expect(manager.status()).toMatchObject({ isLive: true, isReady: true, shardCount: 2 });
    sayEverywhere(platform, 'hello');
    await until(() => seen.length === 2);
    const stopped = manager.stop();
    for (const release of releases) release();
    await stopped;
    await running;
    expect(seen).toEqual(['hello', 'hello']);
  });

  it('refuses to start more shards than the platform lets begin, before it connects', async () => {
    const platform = await world();
    const ap = await platform.accessPoint();
    const limited = { ...ap, session_start_limit: { ...ap.session_start_limit, remaining: 1 } };
    await expect(member().manager.start(limited, platform.source(), INTENTS)).rejects.toMatchObject({
      code: 'BOTGO_SESSION_LIMIT',
      message: expect.stringContaining('2 sessions are needed and 1 of'),
    });
    expect(identifies(platform)).toBe(0);
  });

  it('says what is wrong with an empty URL, no intents, a wrong secret', async () => {
    const platform = await world();
    const ap = await platform.accessPoint();
    const start = (...args: Parameters<SessionManager['start']>) => member().manager.start(...args);
    await expect(start({ ...ap, url: '' }, platform.source(), INTENTS)).rejects.toMatchObject({
      code: 'BOTGO_URL_INVALID',
    });
    await expect(start(ap, platform.source(), 0)).rejects.toMatchObject({ code: 'BOTGO_CONFIG' });
    const wrong = newQQBotTokenSource({
      appId: '102000001',
      secret: 'wrong',
      tokenUrl: `${platform.sim.url}/app/getAppAccessToken`,
    });
    await expect(start(ap, wrong, INTENTS)).rejects.toMatchObject({ code: 'BOTGO_TOKEN' });
    expect(identifies(platform)).toBe(0);
  });

  it('ends with the cause when the bot is taken offline, and never comes back', async () => {
    const platform = await world();
    const { manager, fatal } = member();
    const running = manager.start(await platform.accessPoint(), platform.source(), INTENTS);
    running.catch(() => {});
    await until(() => liveShards(manager).length === 2);
    platform.sim.control.fault({ kind: 'close', code: 4914, reason: 'offline' });
    await expect(running).rejects.toMatchObject({ code: 'BOTGO_GATEWAY_FATAL', closeCode: 4914 });
    expect(fatal[0]?.message).toContain('taken offline');
    expect(manager.status().isLive).toBe(false);
  });

  it('says how it is: not ready while a shard is away, not live once it stopped for good', async () => {
    const platform = await world();
    const { manager } = member({ connection: { backoffBaseMs: 1 } });
    const told: boolean[] = [];
    manager.on('disconnect', () => told.push(manager.status().isReady));
    manager.on('ready', () => told.push(manager.status().isReady));
    expect(manager.status()).toMatchObject({ isLive: true, isReady: false, shards: [] });
    const running = manager.start(await platform.accessPoint(), platform.source(), INTENTS);
    running.catch(() => {});
    await until(() => manager.status().isReady);
    told.length = 0;
    platform.sim.control.fault({ kind: 'close', code: 4009, shard: 1 });
    await until(() => told.length === 2);
    // As it was lost, and as it was back.
    expect(told).toEqual([false, true]);
    platform.sim.control.fault({ kind: 'close', code: 4915 });
    await expect(running).rejects.toMatchObject({ closeCode: 4915 });
    expect(manager.status()).toMatchObject({ isLive: false, isReady: false });
  });

  it('names the shard count that the platform recommends after 4011', async () => {
    const platform = await world();
    const { manager } = member({
      refreshAccessPoint: async () => ({ ...(await platform.accessPoint()), shards: 4 }),
    });
    const running = manager.start(await platform.accessPoint(), platform.source(), INTENTS);
    running.catch(() => {});
    await until(() => liveShards(manager).length === 2);
    platform.sim.control.fault({ kind: 'close', code: 4011, shard: 0 });
    await expect(running).rejects.toMatchObject({
      recommendedShards: 4,
      message: expect.stringContaining('4 shards'),
    });
  });

  it('is not disturbed by a second manager of another bot in the same process', async () => {
    const [one, other] = [await world(), await world()];
    const [first, second] = [member(), member()];
    void first.manager.start(await one.accessPoint(), one.source(), INTENTS);
    void second.manager.start(await other.accessPoint(), other.source(), INTENTS);
    await until(() => liveShards(first.manager).length === 2 && liveShards(second.manager).length === 2);
    one.sim.control.fault({ kind: 'cut' });
    await until(() => liveShards(first.manager).length === 0);
    await until(() => liveShards(first.manager).length === 2);
    sayEverywhere(one, 'one');
    sayEverywhere(other, 'other');
    await until(() => first.seen.length === 2 && second.seen.length === 2);
    expect([first.seen, second.seen]).toEqual([
      ['one', 'one'],
      ['other', 'other'],
    ]);
  });

  it('resumes its sessions after a restart when the coordinator keeps a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'botgo-'));
    cleanups.push(() => rm(folder, { recursive: true }));
    const platform = await world();
    const file = join(folder, 'sessions.json');
    const life = async (): Promise<{ seen: string[]; stop: () => Promise<void> }> => {
      const coordinator = memoryCoordinator({ file });
      const { manager, seen } = member({ coordinator });
      void manager.start(await platform.accessPoint(), platform.source(), INTENTS);
      await until(() => liveShards(manager).length === 2);
      return {
        seen,
        stop: async () => {
          await manager.stop();
          await coordinator.close();
        },
      };
    };
    const first = await life();
    sayEverywhere(platform, 'before');
    await until(() => first.seen.length === 2);
    await first.stop();
    sayEverywhere(platform, 'meanwhile');
    const second = await life();
    await until(() => second.seen.length === 2);
    expect(second.seen).toEqual(['meanwhile', 'meanwhile']);
    expect(identifies(platform)).toBe(2);
    await second.stop();
  });
});

describe('several processes over one coordinator', () => {
  async function cluster(size: number, options: Partial<SessionManagerOptions> = {}) {
    const platform = await world();
    const coordinator: Coordinator = memoryCoordinator();
    const members: ReturnType<typeof member>[] = [];
    const join = async () => {
      const one = member({ coordinator, leaseMs: 2_000, ...options });
      members.push(one);
      one.manager.start(await platform.accessPoint(), platform.source(), INTENTS).catch(() => {});
      return one;
    };
    for (let n = 0; n < size; n++) await join();
    const held = () => members.flatMap(({ manager }) => liveShards(manager)).sort();
    return { platform, coordinator, members, join, held };
  }

  it('give a shard over in the end, though the store cannot be reached when it is due', async () => {
    const { coordinator, members, join, held } = await cluster(0);
    let failures = 0;
    const enter = coordinator.join.bind(coordinator);
    coordinator.join = async (options) => {
      const membership = await enter(options);
      const release = membership.release.bind(membership);
      membership.release = async (releases) => {
        if (failures++ < 3) throw new BotgoError('BOTGO_STORE', 'the store is away');
        return await release(releases);
      };
      return membership;
    };
    await join();
    await until(() => held().length === 2);
    await join();
    await until(() => members.every(({ manager }) => liveShards(manager).length === 1));
    expect(held()).toEqual([0, 1]);
    expect(failures).toBeGreaterThan(3);
  });

  it('share the shards, move them without an identify, and lose nothing on the way', async () => {
    const { platform, members, join, held } = await cluster(1);
    await until(() => held().length === 2);
    await join();
    let n = 0;
    await until(() => {
      sayEverywhere(platform, String(n++));
      return members.every(({ manager }) => liveShards(manager).length === 1);
    });
    await members[0]?.manager.stop();
    for (let more = 0; more < 20; more++) sayEverywhere(platform, String(n++));
    await until(() => liveShards(members[1]?.manager as SessionManager).length === 2);
    const all = () => members.flatMap(({ seen }) => seen);
    await until(() => all().length >= 2 * n);
    expect(
      all()
        .map(Number)
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: n }, (_, at) => [at, at]).flat());
    expect(identifies(platform)).toBe(2);
    expect(members.flatMap(({ gaps }) => gaps)).toEqual([]);
  });

  it('tell of every change: joined, store gone and back, lease lost, joined again, reading paused, left', async () => {
    const platform = await world();
    const inner = memoryCoordinator();
    let isAway = false;
    const away = () => new BotgoError('BOTGO_STORE', 'the store is away');
    const coordinator: Coordinator = Object.assign(Object.create(inner) as Coordinator, {
      view: async () => {
        if (isAway) throw away();
        return inner.view();
      },
      watch: (onChange: () => void) => inner.watch(onChange),
      permit: (request: PermitRequest) => inner.permit(request),
      join: async (options: JoinOptions) => {
        if (isAway) throw away();
        const membership = await inner.join(options);
        const renew = membership.renew.bind(membership);
        membership.renew = async (...args) => {
          if (isAway) throw away();
          return renew(...args);
        };
        return membership;
      },
    });
    const releases: (() => void)[] = [];
    const handle = () => new Promise<void>((resolve) => releases.push(resolve));
    const { manager } = member({ coordinator, leaseMs: 1_000, handle, laneCapacity: 1 });
    const told: string[] = [];
    manager.on('membership', ({ state }) => told.push(state));
    manager.on('store', ({ isReachable }) => told.push(isReachable ? 'store back' : 'store away'));
    manager.on('pressure', ({ isPaused }) => told.push(isPaused ? 'paused' : 'goes on'));
    void manager.start(await platform.accessPoint(), platform.source(), INTENTS).catch(() => {});
    await until(() => liveShards(manager).length === 2);
    platform.sim.control.say({ scene: 'channel', target: '7000101', from: '9007199254741001', content: 'x' });
    await until(() => told.includes('paused'));
    for (const release of releases) release();
    await until(() => told.includes('goes on'));
    isAway = true;
    await until(() => told.includes('lost'));
    expect(manager.status()).toMatchObject({ isLive: true, isReady: false, isStoreReachable: false });
    isAway = false;
    await until(() => liveShards(manager).length === 2);
    await manager.stop();
    expect(told).toEqual([
      ...['joined', 'paused', 'goes on', 'store away', 'lost', 'store back', 'joined', 'left'],
    ]);
  });

  it('take over the shards of a member whose lease runs out, and resume them', async () => {
    let offsetMs = 0;
    const clock = { ...systemClock, wallNow: () => Date.now() + offsetMs };
    const { platform, members, join, held } = await cluster(1, { clock });
    await until(() => held().length === 2);
    const [sleeper] = members;
    await join();
    await until(() => members.every(({ manager }) => liveShards(manager).length === 1));
    // The machine was suspended: the wall clock is far ahead, the monotonic one is not.
    offsetMs = 60_000;
    sayEverywhere(platform, 'after the sleep');
    await until(() => members.flatMap(({ seen }) => seen).length >= 2);
    await until(() => held().join() === '0,1');
    expect(sleeper?.seen.length).toBeLessThanOrEqual(2);
    expect(members.flatMap(({ seen }) => seen)).toEqual(['after the sleep', 'after the sleep']);
    expect(identifies(platform)).toBe(2);
  });

  it('of two releases move each shard once, from the old to the new, however late the old ones stop', async () => {
    const platform = await world();
    const coordinator = memoryCoordinator();
    platform.sim.control.bot({ appId: '102000001', shards: 6, maxConcurrency: 6 });
    const ap = await platform.accessPoint();
    let taken = 0;
    const start = async (release: string) => {
      const one = member({ coordinator, release, quietMs: 1 });
      one.manager.on('ownership', ({ owned }) => {
        if (owned) taken++;
      });
      one.manager.start(ap, platform.source(), INTENTS).catch(() => {});
      await until(() => one.manager.status().isReady);
      return one;
    };
    const old = [await start('old'), await start('old')];
    await until(() => old.every(({ manager }) => liveShards(manager).length === 3));
    const before = taken;
    const young = [];
    for (const { manager } of old) {
      const next = await start('new');
      young.push(next);
      // Time for everything that would be balanced.
      await systemClock.sleep(100);
      await manager.stop();
      await until(() => liveShards(next.manager).length === 3);
    }
    expect(taken - before).toBe(6);
    expect(young.map(({ manager }) => liveShards(manager).length)).toEqual([3, 3]);
    expect(identifies(platform)).toBe(6);
  });

  it('refuse a member that runs another shard count or other intents', async () => {
    const platform = await world();
    const coordinator = memoryCoordinator();
    const first = member({ coordinator });
    const ap = await platform.accessPoint();
    void first.manager.start(ap, platform.source(), INTENTS);
    await until(() => liveShards(first.manager).length === 2);
    await expect(
      member({ coordinator }).manager.start({ ...ap, shards: 4 }, platform.source(), INTENTS),
    ).rejects.toMatchObject({
      code: 'BOTGO_CLUSTER_MISMATCH',
    });
    await expect(member({ coordinator }).manager.start(ap, platform.source(), 1)).rejects.toMatchObject({
      code: 'BOTGO_CLUSTER_MISMATCH',
    });
  });
});

it('a session that its next owner cannot resume is missing since it was stored, whoever held one unseen in between', async () => {
  const platform = await world();
  const ap = await platform.accessPoint();
  const coordinator = memoryCoordinator();
  cleanups.push(() => coordinator.close());
  const storedMs = Date.now() - 60_000;
  const info = {
    appId: '102000001',
    intents: INTENTS,
    shardCount: ap.shards,
    draining: false,
    stateVersion: 1,
  };
  const before = await coordinator.join({ leaseMs: 60_000, info, memberId: 'before' });
  const name = `shard/${ap.shards}.${INTENTS}/0`;
  const owned = await before.claim([name]);
  const state = { v: 1, session: { id: 'forgotten', seq: 7 }, at: storedMs, inFlight: [], deaths: {} };
  await before.release(owned.map(({ token }) => ({ name, token, state })));
  await before.leave();
  const { manager, gaps } = member({ coordinator });
  const running = manager.start(ap, platform.source(), INTENTS);
  await until(() => gaps.length > 0);
  expect(gaps).toMatchObject([{ sessionId: 'forgotten', lastSeq: 7, reason: 'resume-refused' }]);
  const [{ fromMs, toMs }] = gaps as [{ fromMs: number; toMs: number }];
  // Wall time and monotonic time part by a little.
  expect(Math.abs(fromMs - storedMs)).toBeLessThan(10_000);
  expect(toMs - fromMs).toBeGreaterThan(50_000);
  await manager.stop();
  await running;
});

describe('a rollout in which a newer release has written states', () => {
  const NEWER = { v: 2, session: { id: 'theirs', seq: 7 }, at: 1_000, packed: true };

  /** A cluster in which both shards hold a state of a newer release, whose process is still there or not. */
  async function afterNewerRelease(isAlive: boolean) {
    const platform = await world();
    const ap = await platform.accessPoint();
    const coordinator = memoryCoordinator();
    cleanups.push(() => coordinator.close());
    const info = { appId: '102000001', intents: INTENTS, shardCount: ap.shards, draining: false };
    const newer = await coordinator.join({
      leaseMs: 60_000,
      info: { ...info, stateVersion: 2 },
      memberId: 'newer',
    });
    const names = Array.from({ length: ap.shards }, (_, shard) => `shard/${ap.shards}.${INTENTS}/${shard}`);
    const owned = await newer.claim(names);
    await newer.release(owned.map(({ name, token }) => ({ name, token, state: NEWER })));
    if (!isAlive) await newer.leave();
    return { platform, ap, coordinator, newer, names };
  }

  it('leaves the shards to the process that can read them, states untouched', async () => {
    const { platform, ap, coordinator, newer, names } = await afterNewerRelease(true);
    const { manager, gaps } = member({ coordinator });
    const running = manager.start(ap, platform.source(), INTENTS);
    const reserved = async () =>
      (await coordinator.view()).resources
        .filter(({ reservedFor }) => reservedFor === 'newer')
        .map(({ name }) => name);
    // One of two is this process's share; the other waits for its owner anyway.
    while ((await reserved()).length === 0) await systemClock.sleep(5);
    const [given] = await reserved();
    expect(names).toContain(given);
    expect((await newer.claim([given ?? '']))[0]?.state).toEqual(NEWER);
    await until(() => manager.status().isReady);
    expect(manager.status().shards).toEqual([]);
    expect(gaps).toEqual([]);
    expect(identifies(platform)).toBe(0);
    await manager.stop();
    await running;
  });

  it('begins new sessions when nobody can read them, and tells the gaps', async () => {
    const { platform, ap, coordinator } = await afterNewerRelease(false);
    const { manager, gaps } = member({ coordinator });
    const running = manager.start(ap, platform.source(), INTENTS);
    await until(() => liveShards(manager).length === ap.shards);
    expect(gaps).toHaveLength(ap.shards);
    expect(gaps[0]).toMatchObject({
      sessionId: 'theirs',
      lastSeq: 7,
      fromMs: 1_000,
      reason: 'state-unreadable',
    });
    await manager.stop();
    await running;
  });
});
