import { manualClock } from 'botgo/clock';
import { BotgoError } from 'botgo/errs';
import { silentLogger } from 'botgo/log';
import { type Coordinator, memoryCoordinator } from 'botgo/session';
import { describe, expect, it } from 'vitest';
import { Presence } from './presence.js';

const never = new AbortController().signal;

function setup(coordinator: Coordinator, clock = manualClock()) {
  const over: BotgoError[] = [];
  const options = { coordinator, appId: '1', leaseMs: 3_000, clock, random: () => 0, logger: silentLogger };
  const join = (signal = never) =>
    Presence.join({ ...options, onOver: (reason) => over.push(reason) }, signal);
  return { clock, over, join };
}

/** A coordinator whose store can be made to fail. */
function breakable(clock: ReturnType<typeof manualClock>) {
  const inner = memoryCoordinator({ clock });
  const state = { isDown: false };
  const orFail =
    <Arguments extends unknown[], Result>(method: (...args: Arguments) => Promise<Result>) =>
    async (...args: Arguments): Promise<Result> => {
      if (state.isDown) throw new BotgoError('BOTGO_STORE', 'no store');
      return await method(...args);
    };
  const coordinator: Coordinator = {
    ...inner,
    view: () => inner.view(),
    join: orFail(async (options) => {
      const membership = await inner.join(options);
      return {
        memberId: membership.memberId,
        leaseMs: membership.leaseMs,
        renew: orFail((writes, info) => membership.renew(writes, info)),
        claim: (names) => membership.claim(names),
        release: (releases) => membership.release(releases),
        leave: orFail(() => membership.leave()),
      };
    }),
  };
  return { coordinator, state };
}

async function turn(): Promise<void> {
  for (let round = 0; round < 5; round++) await new Promise((resolve) => setImmediate(resolve));
}

describe('a lease without resources', () => {
  it('is renewed for as long as its process wants, and is over with a farewell', async () => {
    const clock = manualClock();
    const { coordinator } = breakable(clock);
    const { join, over } = setup(coordinator, clock);
    const presence = await join();
    const [memberId] = presence.holder.split(' ');
    expect(presence.holder).toMatch(/^\S+ \d+$/);
    for (let round = 0; round < 10; round++) {
      await clock.advance(1_000);
      await turn();
    }
    expect((await coordinator.view()).members.map((member) => member.memberId)).toEqual([memberId]);
    expect(presence.guard()).toBeUndefined();
    await presence.leave();
    expect((await coordinator.view()).members).toEqual([]);
    expect([presence.guard(), over]).toEqual([expect.objectContaining({ code: 'BOTGO_CLOSED' }), []]);
  });

  it('is over when it could not be renewed in time, and says so once', async () => {
    const clock = manualClock();
    const { coordinator, state } = breakable(clock);
    const { join, over } = setup(coordinator, clock);
    const presence = await join();
    state.isDown = true;
    for (let round = 0; round < 5; round++) {
      await clock.advance(1_000);
      await turn();
    }
    expect(presence.guard()).toMatchObject({ code: 'BOTGO_LEASE_LOST' });
    expect(over).toMatchObject([{ code: 'BOTGO_LEASE_LOST' }]);
    await presence.leave();
  });

  it('is waited for while the store is away, until nobody wants it any more', async () => {
    const clock = manualClock();
    const { coordinator, state } = breakable(clock);
    const { join } = setup(coordinator, clock);
    state.isDown = true;
    const joining = join();
    await turn();
    state.isDown = false;
    await clock.advance(60_000);
    await (await joining).leave();
    state.isDown = true;
    const unwanted = new AbortController();
    const giving = join(unwanted.signal);
    giving.catch(() => {});
    await turn();
    unwanted.abort(new Error('enough'));
    await expect(giving).rejects.toThrow('enough');
  });
});
