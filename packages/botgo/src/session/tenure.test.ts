import { describe, expect, it } from 'vitest';
import { manualClock } from '../clock/index.js';
import { BotgoError } from '../errs/index.js';
import type { JoinOptions } from './coordinator.js';
import { resolveManagerOptions } from './manager-options.js';
import { memoryCoordinator } from './memory-coordinator.js';
import { Tenure, type TenureOwner } from './tenure.js';

const INFO = { appId: '102', intents: 1, shardCount: 1, stateVersion: 1 };

function setup() {
  const clock = manualClock();
  const coordinator = memoryCoordinator({ clock });
  const owner: TenureOwner = {
    options: resolveManagerOptions({
      sink: { intents: 1, wants: () => true, openLane: () => expect.fail('no connection is made here') },
      coordinator,
      leaseMs: 1_000,
      clock,
    }),
    generation: '1-1',
    resources: [],
    outlived: new Map(),
    info: INFO,
    open: () => {},
    stayed: () => {},
    reached: () => {},
    changed: () => {},
    fenced: () => {},
  };
  return { clock, coordinator, tenure: new Tenure(owner) };
}

describe('a tenure whose lease ends', () => {
  it.each(['noticed', 'not noticed'])(
    'between joining and serving, %s meanwhile, says so to whoever runs it',
    async (when) => {
      const { clock, tenure } = setup();
      await tenure.join();
      // The lease's own timer sees the one; a machine that was suspended has no timer for the other.
      if (when === 'noticed') await clock.advance(1_500);
      else clock.jumpWall(1_500);
      await expect(tenure.run()).rejects.toMatchObject({ code: 'BOTGO_LEASE_LOST' });
    },
  );

  it('in the store alone comes back under its id, which claims of its events carry', async () => {
    const { coordinator, tenure } = setup();
    const joined: JoinOptions[] = [];
    const join = coordinator.join.bind(coordinator);
    coordinator.join = async (options) => {
      joined.push(options);
      const membership = await join(options);
      if (joined.length === 1) {
        membership.renew = async () => {
          await membership.leave();
          throw new BotgoError('BOTGO_LEASE_LOST', 'the store was emptied');
        };
      }
      return membership;
    };
    await tenure.join();
    const { memberId } = tenure;
    await expect(tenure.flush()).rejects.toMatchObject({ code: 'BOTGO_LEASE_LOST' });
    expect(joined).toMatchObject([{ memberId: undefined }, { memberId }]);
    expect(tenure.memberId).toBe(memberId);
    await tenure.flush();
  });
});
