import { Redis } from 'ioredis';
import { describe, expect, inject, it } from 'vitest';
import { redisCoordinator } from '../src/index.js';
import { disposer, member, newPrefix } from './own-redis.js';

describe('a store that a newer release has written to', () => {
  const keep = disposer();

  it('is not joined when its layout is not this release’s, and says so', async () => {
    const prefix = newPrefix();
    const admin = keep(new Redis(inject('redisUrl')), (client) => client.disconnect());
    await admin.hset(`botgo:{${prefix}}:cluster`, 'app', '102', 'layout', '2');
    const store = keep(redisCoordinator({ url: inject('redisUrl'), prefix }), (s) => s.close());
    await expect(store.join(member('a'))).rejects.toMatchObject({
      code: 'BOTGO_CLUSTER_MISMATCH',
      message: expect.stringMatching(/layout 2.*reads 1.*@botgo\/redis/) as string,
    });
    expect(await admin.exists(`botgo:{${prefix}}:members`)).toBe(0);
  });

  it('gives members with fields that this release does not know', async () => {
    const prefix = newPrefix();
    const store = keep(redisCoordinator({ url: inject('redisUrl'), prefix, refillGraceMs: 0 }), (s) =>
      s.close(),
    );
    const { info, ...options } = member('a');
    await store.join({ ...options, info: { ...info, stateVersion: 7, zone: 'b' } as typeof info });
    expect((await store.view()).members).toMatchObject([
      { memberId: 'a', info: { stateVersion: 7, zone: 'b' } },
    ]);
  });

  it.each(['not JSON', '', '{"v":', '[]'])(
    'gives a state as it is when nobody can read it: %j',
    async (stored) => {
      const prefix = newPrefix();
      const admin = keep(new Redis(inject('redisUrl')), (client) => client.disconnect());
      const store = keep(redisCoordinator({ url: inject('redisUrl'), prefix, refillGraceMs: 0 }), (s) =>
        s.close(),
      );
      await admin.hset(`botgo:{${prefix}}:states`, 'shard/0', stored);
      const me = await store.join(member('a'));
      const [owned] = await me.claim(['shard/0']);
      // Text that is no JSON comes as text, so that its reader can tell that something was there.
      expect(owned?.state).toEqual(stored === '[]' ? [] : stored);
    },
  );
});
