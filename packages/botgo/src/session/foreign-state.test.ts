import { describe, expect, it } from 'vitest';
import { silentLogger } from '../log/index.js';
import type { MemberInfo, MemberView, OwnedResource, Release } from './coordinator.js';
import { leaveUnreadable } from './foreign-state.js';
import { STATE_VERSION, writeShardState } from './shard-state.js';

const INFO = { appId: '1', intents: 1, shardCount: 2, stateVersion: STATE_VERSION };
const OURS = writeShardState({ id: 'a', seq: 1 }, [], {}, 0);
const NEWER = { ...OURS, v: STATE_VERSION + 1 };

const member = (memberId: string, over: Partial<MemberInfo> = {}): MemberView => ({
  memberId,
  info: { ...INFO, draining: false, ...over },
  leaseLeftMs: 1_000,
});
const newer = { stateVersion: STATE_VERSION + 1 };

function claimed(...states: unknown[]): OwnedResource[] {
  return states.map((state, index) => ({
    name: `shard/${index}`,
    token: index + 1,
    state,
    afterCrash: true,
  }));
}

async function decide(granted: OwnedResource[], members: MemberView[], fails = false) {
  const releases: Release[] = [];
  const kept = await leaveUnreadable(granted, [member('me'), ...members], {
    memberId: 'me',
    info: INFO,
    membership: {
      async release(given) {
        if (fails) throw new Error('the store is away');
        releases.push(...given);
      },
    },
    logger: silentLogger,
  });
  return { kept: kept.map(({ name }) => name), releases };
}

describe('a shard whose state was written by a newer release', () => {
  it.each<[string, MemberView[], string | undefined]>([
    ['goes to a living member that reads it', [member('new', newer)], 'new'],
    ['goes to one that reads still newer ones', [member('new', { stateVersion: STATE_VERSION + 5 })], 'new'],
    ['goes past one that cannot read it either', [member('a'), member('new', newer)], 'new'],
    [
      'goes past one that is stopping',
      [member('a', { ...newer, draining: true }), member('new', newer)],
      'new',
    ],
    ['stays when nobody reads it', [member('a'), member('b')], undefined],
    ['stays when the only reader is stopping', [member('a', { ...newer, draining: true })], undefined],
    ['stays when the only reader has other shards', [member('a', { ...newer, shardCount: 9 })], undefined],
    ['stays when the only reader has other intents', [member('a', { ...newer, intents: 9 })], undefined],
    ['stays when there is nobody else', [], undefined],
  ])('%s', async (_what, members, to) => {
    const { kept, releases } = await decide(claimed(OURS, NEWER), members);
    expect(kept).toEqual(to ? ['shard/0'] : ['shard/0', 'shard/1']);
    // The state is left as it is.
    expect(releases).toEqual(to ? [{ name: 'shard/1', token: 2, state: undefined, to }] : []);
  });

  it('does not leave what is damaged: no release could read that', async () => {
    const { kept, releases } = await decide(claimed({ v: 'x' }, undefined), [member('new', newer)]);
    expect(kept).toEqual(['shard/0', 'shard/1']);
    expect(releases).toEqual([]);
  });

  it('is served with a gap rather than by nobody when the store does not take it back', async () => {
    const { kept } = await decide(claimed(NEWER), [member('new', newer)], true);
    expect(kept).toEqual(['shard/0']);
  });
});
