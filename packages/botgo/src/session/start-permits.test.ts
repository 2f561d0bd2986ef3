import { describe, expect, it } from 'vitest';
import { type ManualClock, manualClock } from '../clock/index.js';
import type { WebsocketAP } from '../dto/index.js';
import { type Coordinator, calcInterval, checkSessionLimit, memoryCoordinator } from './index.js';
import { StartPermits, type StartPermitsOptions } from './start-permits.js';

const DAY_MS = 24 * 3_600_000;

function accessPoint(limit: Partial<WebsocketAP['session_start_limit']> = {}): WebsocketAP {
  return {
    url: 'wss://gateway.example',
    shards: 4,
    session_start_limit: {
      total: 1_000,
      remaining: 1_000,
      reset_after: DAY_MS,
      max_concurrency: 1,
      ...limit,
    },
  };
}

interface World {
  readonly clock: ManualClock;
  readonly coordinator: Coordinator;
  /** One process: what it starts with, and when its permits were given, in milliseconds. */
  process(
    ap: WebsocketAP,
    planned: number,
    more?: Partial<StartPermitsOptions>,
  ): { permits: StartPermits; ask(kind: 'identify' | 'resume', times: number): void };
  readonly grantedAtMs: number[];
}

function world(): World {
  const clock = manualClock();
  const coordinator = memoryCoordinator({ clock });
  const grantedAtMs: number[] = [];
  return {
    clock,
    coordinator,
    grantedAtMs,
    process: (ap, planned, more = {}) => {
      const permits = new StartPermits(
        {
          ...{ appId: '102', coordinator, clock, random: () => 0.5, accessPoint: ap, refresh: undefined },
          ...{ reserve: 0.1, ...more },
        },
        planned,
      );
      const ask = (kind: 'identify' | 'resume', times: number): void => {
        for (let n = 0; n < times; n++) {
          void permits.take(kind, new AbortController().signal).then(() => grantedAtMs.push(clock.now()));
        }
      };
      return { permits, ask };
    },
  };
}

/** Numbers that look random and are the same in each run. */
function drawn(): () => number {
  let seed = 1;
  return () => {
    seed = (seed * 48_271) % 2_147_483_647;
    return seed / 2_147_483_647;
  };
}

describe('the pace of starts', () => {
  it.each([1, 2, 3, 10])(
    'max_concurrency %i is used in full: so many identifies in 5 s, the first at once',
    async (max_concurrency) => {
      const { clock, process, grantedAtMs } = world();
      process(accessPoint({ max_concurrency }), 100).ask('identify', 3 * max_concurrency);
      await clock.advance(0);
      expect(grantedAtMs).toEqual(Array.from({ length: max_concurrency }, () => 0));
      await clock.advance(4_999);
      expect(grantedAtMs).toHaveLength(max_concurrency);
      await clock.advance(7_000);
      expect(grantedAtMs).toHaveLength(3 * max_concurrency);
    },
  );

  it('is one for all processes of the bot, however many there are', async () => {
    const { clock, process, grantedAtMs } = world();
    for (let n = 0; n < 5; n++) process(accessPoint({ max_concurrency: 2 }), 10).ask('identify', 4);
    for (let window = 1; window <= 10; window++) {
      await clock.advance(5_200);
      expect(grantedAtMs.length).toBeLessThanOrEqual(2 * (window + 1));
    }
    expect(grantedAtMs).toHaveLength(20);
  });

  it('lets the resumes of twenty shards through at once, beside the identifies', async () => {
    const { clock, process, grantedAtMs } = world();
    for (let n = 0; n < 4; n++) process(accessPoint(), 1).ask('resume', 5);
    process(accessPoint(), 1).ask('identify', 1);
    await clock.advance(0);
    expect(grantedAtMs).toEqual(Array.from({ length: 21 }, () => 0));
  });

  it.each([
    { shards: 200, processes: 10, withinMs: 4_000, atOnce: 20 },
    { shards: 1_000, processes: 100, withinMs: 15_000, atOnce: 25 },
    { shards: 10_000, processes: 10, withinMs: 15_000, atOnce: 250 },
  ])(
    'lets a herd of $shards resumes through in a stream, $atOnce in a quarter of a second at most',
    async ({ shards, processes, withinMs, atOnce }) => {
      const { clock, coordinator, process, grantedAtMs } = world();
      let calls = 0;
      const counting: Coordinator = {
        ...coordinator,
        permit: (request) => {
          calls++;
          return coordinator.permit(request);
        },
      };
      const ap = { ...accessPoint(), shards };
      const random = drawn();
      for (let n = 0; n < processes; n++)
        process(ap, 0, { coordinator: counting, random }).ask('resume', shards / processes);
      await clock.advance(withinMs);
      expect(grantedAtMs).toHaveLength(shards);
      for (const [index, atMs] of grantedAtMs.entries())
        expect((grantedAtMs[index + atOnce] ?? Number.POSITIVE_INFINITY) - atMs).toBeGreaterThanOrEqual(250);
      // Gathered, and more seldom by those who come too late again and again.
      expect(calls / shards).toBeLessThan(2);
    },
  );

  it('asks for identifies of the bot, whichever cluster it is in, and for resumes of the cluster', async () => {
    const { clock, coordinator, process } = world();
    const asked: [string, string | undefined][] = [];
    const listening: Coordinator = {
      ...coordinator,
      permit: (request) => {
        asked.push([request.name, request.appId]);
        return coordinator.permit(request);
      },
    };
    const { ask } = process(accessPoint(), 1, { coordinator: listening, appId: '777' });
    ask('identify', 1);
    ask('resume', 1);
    await clock.advance(10);
    expect(Object.fromEntries(asked)).toEqual({ identify: '777', resume: undefined });
  });

  it('asks the store once for all that ask at once', async () => {
    const { clock, coordinator, process, grantedAtMs } = world();
    const counts: (number | undefined)[] = [];
    const counting: Coordinator = {
      ...coordinator,
      permit: (request) => {
        counts.push(request.count);
        return coordinator.permit(request);
      },
    };
    process(accessPoint({ max_concurrency: 3 }), 5, { coordinator: counting }).ask('identify', 5);
    await clock.advance(0);
    expect(counts).toEqual([5]);
    await clock.advance(5_600);
    expect(counts).toEqual([5, 2]);
    expect(grantedAtMs).toHaveLength(5);
  });

  it('a store that fails fails all who wait, and the next to ask asks it again', async () => {
    const { clock, coordinator, process } = world();
    const failure = new Error('the store is away');
    let isAway = true;
    const failing: Coordinator = {
      ...coordinator,
      permit: (request) => (isAway ? Promise.reject(failure) : coordinator.permit(request)),
    };
    const { permits } = process(accessPoint(), 9, { coordinator: failing });
    const { signal } = new AbortController();
    const takes = await Promise.allSettled([permits.take('resume', signal), permits.take('resume', signal)]);
    expect(takes).toEqual([
      { status: 'rejected', reason: failure },
      { status: 'rejected', reason: failure },
    ]);
    isAway = false;
    await permits.take('resume', signal);
    expect(clock.pending).toBe(0);
  });

  it('a wait ends when it is aborted, with the reason', async () => {
    const { clock, process } = world();
    const { permits, ask } = process(accessPoint(), 9);
    ask('identify', 1);
    const abort = new AbortController();
    const waiting = permits.take('identify', abort.signal);
    await clock.advance(1_000);
    const reason = new Error('no longer wanted');
    abort.abort(reason);
    await expect(waiting).rejects.toBe(reason);
    await clock.advance(0);
    expect(clock.pending).toBe(0);
  });

  it('BotGo’s CalcInterval counts in windows of 5 s', () => {
    expect([0, 1, 2, 3, 5, 100].map(calcInterval)).toEqual([5_000, 5_000, 2_500, 1_667, 1_000, 50]);
  });
});

describe('the day’s budget', () => {
  it('a start that needs more than is left says how many, and when there are more', () => {
    const ap = accessPoint({ remaining: 3, reset_after: 90_500 });
    expect(() => checkSessionLimit(ap, 3)).not.toThrow();
    expect(() => checkSessionLimit(ap)).toThrow(
      expect.objectContaining({
        code: 'BOTGO_SESSION_LIMIT',
        message: expect.stringMatching(/4 sessions are needed and 3 of 1000 are left.*91 s/),
      }),
    );
  });

  it('counts identifies that follow lost sessions, and keeps the reserve until the platform’s reset', async () => {
    const { clock, process, grantedAtMs } = world();
    const ap = accessPoint({ total: 20, remaining: 7, reset_after: 3_600_000, max_concurrency: 100 });
    const told: number[] = [];
    const { permits, ask } = process(ap, 2, { onWaiting: ({ waiting }) => told.push(waiting) });
    ask('identify', 2);
    await clock.advance(0);
    // Five are left, of which two are the reserve.
    ask('identify', 4);
    await clock.advance(60_000);
    expect(grantedAtMs).toHaveLength(5);
    expect(permits.budget).toEqual({
      total: 20,
      remaining: 2,
      resetAtMs: clock.wallNow() - 60_000 + 3_600_000,
      waiting: 1,
    });
    expect(told).toEqual([1]);
    await clock.advance(3_600_000 - 60_001);
    expect(grantedAtMs).toHaveLength(5);
    await clock.advance(10_000);
    expect(grantedAtMs).toHaveLength(6);
    expect(permits.budget).toMatchObject({ remaining: 19, waiting: 0 });
    expect(told).toEqual([1, 0]);
  });

  it('goes by what the platform says now, and by its own count while the platform does not answer', async () => {
    const { clock, process, grantedAtMs } = world();
    let answer: WebsocketAP | undefined = accessPoint({ total: 20, remaining: 1, max_concurrency: 5 });
    const refresh = async (): Promise<WebsocketAP> => {
      if (!answer) throw new Error('no answer');
      return answer;
    };
    const { permits, ask } = process(accessPoint({ total: 20, remaining: 20 }), 0, { refresh });
    ask('identify', 1);
    await clock.advance(120_000);
    expect(grantedAtMs).toEqual([]);
    expect(permits.budget).toMatchObject({ remaining: 1, waiting: 1 });
    answer = accessPoint({ total: 20, remaining: 12, max_concurrency: 5 });
    await clock.advance(60_000);
    expect(grantedAtMs).toHaveLength(1);
    answer = undefined;
    ask('identify', 1);
    await clock.advance(0);
    expect(grantedAtMs).toHaveLength(2);
    expect(permits.budget.remaining).toBe(10);
  });
});
