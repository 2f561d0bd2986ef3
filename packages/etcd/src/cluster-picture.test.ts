import { describe, expect, it } from 'vitest';
import { ClusterPicture } from './cluster-picture.js';
import { Keys } from './keys.js';
import type { Change, KeyValue, Outline } from './kv.js';

const keys = new Keys('102');
const INFO = { appId: '102', intents: 1, shardCount: 4, stateVersion: 1, draining: false };

function kv(key: string, value: unknown, revision: number): KeyValue {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return { key, value: text, createRevision: revision, modRevision: revision, lease: '0' };
}
const set = (key: string, value: unknown, revision: number): Change => ({
  kv: kv(key, value, revision),
  isGone: false,
});
const gone = (key: string, revision: number): Change => ({ kv: kv(key, '', revision), isGone: true });

function loaded(): ClusterPicture {
  const picture = new ClusterPicture(keys);
  picture.load({
    revision: 10,
    kvs: [
      kv(keys.member('a'), { info: INFO, leaseMs: 1_500, inc: '1' }, 3),
      kv(keys.owner('x'), { member: 'a', claim: '1' }, 7),
      kv(keys.resource('x'), { held: true }, 7),
      kv(keys.resource('y'), { held: false, token: 5_001 }, 6),
      kv(keys.reserve('y'), 'a', 6),
      kv(keys.base, '5000', 1),
      kv(keys.app, '102', 1),
    ],
  });
  return picture;
}

describe('the picture of a cluster', () => {
  it('shows what was listed', () => {
    expect(loaded().view()).toEqual({
      members: [{ memberId: 'a', info: INFO, leaseLeftMs: 2_000 }],
      resources: [
        { name: 'x', owner: 'a', reservedFor: undefined, token: 5_007 },
        { name: 'y', owner: undefined, reservedFor: 'a', token: 5_001 },
      ],
    });
  });

  it('shows what changed since, and is the same object while nothing has', () => {
    const picture = loaded();
    const before = picture.view();
    expect(picture.view()).toBe(before);
    picture.apply([
      set(keys.member('b'), { info: INFO, leaseMs: 1_000, inc: '2' }, 11),
      gone(keys.member('a'), 12),
      gone(keys.owner('x'), 12),
      gone(keys.reserve('y'), 12),
      set(keys.owner('w'), { member: 'b', claim: '2' }, 13),
      set(keys.resource('w'), { held: true }, 13),
    ]);
    expect(picture.revision).toBe(13);
    expect(picture.view()).toEqual({
      members: [{ memberId: 'b', info: INFO, leaseLeftMs: 1_000 }],
      resources: [
        { name: 'w', owner: 'b', reservedFor: undefined, token: 5_013 },
        { name: 'x', owner: undefined, reservedFor: undefined, token: 5_007 },
        { name: 'y', owner: undefined, reservedFor: undefined, token: 5_001 },
      ],
    });
    picture.apply([gone(keys.resource('w'), 14), gone(keys.owner('w'), 14)]);
    expect(picture.view().resources.map(({ name }) => name)).toEqual(['x', 'y']);
  });

  it('leaves out changes that the list had already', () => {
    const picture = loaded();
    picture.apply([gone(keys.owner('x'), 8), set(keys.reserve('x'), 'b', 10)]);
    expect(picture.view().resources[0]).toMatchObject({ owner: 'a', reservedFor: undefined });
    expect(picture.revision).toBe(10);
  });

  it('counts tokens from the base that the store has now', () => {
    const picture = loaded();
    picture.apply([set(keys.base, '9000', 11)]);
    expect(picture.view().resources.map(({ token }) => token)).toEqual([9_007, 5_001]);
    picture.apply([gone(keys.base, 12)]);
    expect(picture.base).toBeUndefined();
  });

  const outline: Outline = { revision: 15, count: 7, lastModified: 7, base: '5000' };
  it.each<[string, Partial<Outline>, boolean]>([
    ['the same, at a later revision', {}, true],
    ['a key was written', { lastModified: 15 }, false],
    ['a key is gone', { count: 6 }, false],
    ['another cluster with as many keys', { base: '6000' }, false],
    ['no cluster', { base: undefined, count: 0, lastModified: 0 }, false],
    ['older than the picture, which has later changes', { revision: 9, count: 6 }, true],
    ['of another store that is younger', { revision: 9, base: '6000' }, false],
  ])('is compared with the outline of a store: %s', (_, differs, isTrue) => {
    const picture = loaded();
    expect(picture.confirm({ ...outline, ...differs })).toBe(isTrue);
    expect(picture.revision).toBe(isTrue ? Math.max(10, differs.revision ?? 15) : 10);
  });

  it('is true of nothing before it was listed', () => {
    const nothing = { revision: 5, count: 0, lastModified: 0, base: undefined };
    expect(new ClusterPicture(keys).confirm(nothing)).toBe(false);
  });
});
