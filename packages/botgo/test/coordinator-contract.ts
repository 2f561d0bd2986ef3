import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isBotgoError } from '../src/errs/index.js';
import type {
  Coordinator,
  JoinOptions,
  MemberInfo,
  Membership,
  OwnedResource,
  PermitAnswer,
  PermitRequest,
} from '../src/session/index.js';

/** A store under test. One world per test: nothing is left over from another. */
export interface CoordinatorWorld {
  /** A coordinator of a process of its own where the store allows it; memory gives the same object again. */
  open(): Coordinator;
  /** Another cluster in the same store; only with the ability `clusters`. */
  readonly openBeside?: (() => Coordinator) | undefined;
  /** Lets that much time pass for leases and windows. */
  pass(ms: number): Promise<void>;
  /** Milliseconds on the clock by which that time passes. */
  now(): number;
  /** A lease that is long enough to be renewed in time and short enough to be waited for. */
  readonly leaseMs: number;
  /** Empties the store, as an operator or a restart without persistence would; only with the ability `empty`. */
  readonly empty?: (() => Promise<void>) | undefined;
  dispose(): Promise<void>;
}

/** Of no other test on the same server. */
const newAppId = (): string => `app-${randomUUID()}`;

const INFO: MemberInfo = { appId: '102', intents: 1 << 30, shardCount: 4, stateVersion: 1, draining: false };

/** What not every store can: `empty` it while processes use it, have members that hold leases `refill` it, hold several `clusters`. */
export type StoreAbility = 'empty' | 'refill' | 'clusters';

/** Every sentence of `Coordinator` as a test; memory, Redis and etcd run it. */
export function coordinatorContract(
  name: string,
  abilities: readonly StoreAbility[],
  makeWorld: () => Promise<CoordinatorWorld>,
): void {
  describe(`coordinator contract: ${name}`, () => {
    let world: CoordinatorWorld;
    let store: Coordinator;
    beforeEach(async () => {
      world = await makeWorld();
      store = world.open();
    });
    afterEach(() => world.dispose());

    const join = (memberId: string, more: Partial<JoinOptions> = {}, on = store): Promise<Membership> =>
      on.join({ memberId, leaseMs: world.leaseMs, info: INFO, ...more });
    /** A lease that does not end during a test. */
    const LONG = { leaseMs: 600_000 };

    describe('members', () => {
      it('lists members by id with what they say about themselves', async () => {
        await join('b', LONG);
        await join('a', { ...LONG, info: { ...INFO, intents: 7 } }, world.open());
        const { members } = await store.view();
        expect(members.map((member) => member.memberId)).toEqual(['a', 'b']);
        expect(members.map((member) => member.info)).toEqual([{ ...INFO, intents: 7 }, INFO]);
        for (const { leaseLeftMs } of members) {
          expect(leaseLeftMs).toBeGreaterThan(LONG.leaseMs - 60_000);
          expect(leaseLeftMs).toBeLessThanOrEqual(LONG.leaseMs);
        }
      });

      it('makes up a member id of its own', async () => {
        const [one, two] = await Promise.all([
          store.join({ leaseMs: LONG.leaseMs, info: INFO }),
          store.join({ leaseMs: LONG.leaseMs, info: INFO }),
        ]);
        expect(one.memberId).not.toBe(two.memberId);
        expect(one.leaseMs).toBe(LONG.leaseMs);
        expect((await store.view()).members.map((m) => m.memberId).sort()).toEqual(
          [one.memberId, two.memberId].sort(),
        );
      });

      it('refuses an id that a living member has', async () => {
        await join('a', LONG);
        await expect(join('a', LONG, world.open())).rejects.toMatchObject({ code: 'BOTGO_CONFIG' });
      });

      it('gives the id of a member that left, or whose lease ended, to another', async () => {
        const first = await join('a', LONG);
        await first.leave();
        const second = await join('a');
        await world.pass(world.leaseMs * 2);
        const third = await join('a', LONG);
        // The late ones act for nobody, although their id lives.
        await expect(first.renew([])).rejects.toMatchObject({ code: 'BOTGO_LEASE_LOST' });
        await expect(second.renew([])).rejects.toMatchObject({ code: 'BOTGO_LEASE_LOST' });
        await second.leave();
        await third.renew([]);
        expect((await store.view()).members.map((member) => member.memberId)).toEqual(['a']);
      });

      it('refuses a bot in the cluster of another bot', async () => {
        await join('a', LONG);
        const other = join('b', { ...LONG, info: { ...INFO, appId: '103' } }, world.open());
        await expect(other).rejects.toMatchObject({ code: 'BOTGO_CLUSTER_MISMATCH' });
        expect((await store.view()).members).toHaveLength(1);
      });

      it('refuses white space in names and leases that are no lease', async () => {
        const bad = { code: 'BOTGO_CONFIG' };
        await expect(join('a b', LONG)).rejects.toMatchObject(bad);
        await expect(join('', LONG)).rejects.toMatchObject(bad);
        for (const leaseMs of [0, -1, Number.NaN, 1.5])
          await expect(join('a', { leaseMs })).rejects.toMatchObject(bad);
        const member = await join('a', LONG);
        await expect(member.claim(['x\ny'])).rejects.toMatchObject(bad);
        await expect(store.getValue('')).rejects.toMatchObject(bad);
        await expect(store.appendLog(' ', ['x'])).rejects.toMatchObject(bad);
        await expect(store.permit({ name: 'p', limit: -1, windowMs: 1 })).rejects.toMatchObject(bad);
        await expect(store.permit({ name: 'p', limit: 1, windowMs: 0 })).rejects.toMatchObject(bad);
      });

      it('tells the others when a member changes what it says, e.g. that it is stopping', async () => {
        const member = await join('a', LONG);
        await member.renew([], { ...INFO, draining: true });
        const seen = await world.open().view();
        expect(seen.members[0]?.info).toEqual({ ...INFO, draining: true });
        await member.renew([]);
        expect((await store.view()).members[0]?.info.draining).toBe(true);
      });
    });

    describe('ownership', () => {
      it('gives a free resource with a token and no state', async () => {
        const member = await join('a', LONG);
        const owned = await member.claim(['shard/1/0', 'shard/1/1']);
        expect(owned.map((resource) => resource.name).sort()).toEqual(['shard/1/0', 'shard/1/1']);
        for (const resource of owned) {
          expect(Number.isSafeInteger(resource.token)).toBe(true);
          expect(resource.token).toBeGreaterThan(0);
          expect(resource.state).toBeUndefined();
          expect(resource.afterCrash).toBe(false);
        }
      });

      it('shows resources by name with owner and token', async () => {
        const member = await join('a', LONG);
        const owned = byName(await member.claim(['y', 'x']));
        await member.release([{ ...need(owned, 'y'), state: 1 }]);
        const view = await world.open().view();
        expect(view.resources).toEqual([
          { name: 'x', owner: 'a', reservedFor: undefined, token: need(owned, 'x').token },
          { name: 'y', owner: undefined, reservedFor: undefined, token: need(owned, 'y').token },
        ]);
      });

      it('never gives one resource to two members', async () => {
        const a = await join('a', LONG);
        const b = await join('b', LONG, world.open());
        await a.claim(['x']);
        expect(await b.claim(['x', 'y'])).toMatchObject([{ name: 'y' }]);
        expect(await a.claim(['x', 'y'])).toEqual([]);
      });

      it('gives each resource once when many members race for all of them', async () => {
        const members = await Promise.all(
          Array.from({ length: 8 }, (_, index) => join(`m${index}`, LONG, world.open())),
        );
        const names = Array.from({ length: 40 }, (_, index) => `shard/1/${index}`);
        const claims = await Promise.all(
          members.map((member, index) =>
            member.claim([...names.slice(index * 5), ...names.slice(0, index * 5)]),
          ),
        );
        const given = claims.flat().map((resource) => resource.name);
        expect(given.sort()).toEqual([...names].sort());
      });

      it('keeps states through release and claim, with larger tokens each time', async () => {
        const a = await join('a', LONG);
        const b = await join('b', LONG, world.open());
        let last = 0;
        let expected: unknown;
        for (let round = 0; round < 3; round++) {
          for (const member of [a, b]) {
            const [owned] = await member.claim(['x']);
            expect(owned).toMatchObject({ name: 'x', afterCrash: false });
            expect(owned?.state).toEqual(expected);
            expect(owned!.token).toBeGreaterThan(last);
            last = owned!.token;
            expected = {
              session: 'S\u00e9ance "1" 会话',
              seq: round,
              list: [1, null, { deep: true }],
              half: 0.5,
            };
            await member.release([{ name: 'x', token: last, state: expected }]);
          }
        }
      });

      it('leaves the stored state as it is when undefined is written', async () => {
        const a = await join('a', LONG);
        const [owned] = await a.claim(['x']);
        await a.renew([{ name: 'x', token: owned!.token, state: { seq: 5 } }]);
        await a.release([{ name: 'x', token: owned!.token, state: undefined }]);
        const [again] = await a.claim(['x']);
        expect(again?.state).toEqual({ seq: 5 });
      });

      it('reserves a released resource for one living member', async () => {
        const a = await join('a', LONG);
        const b = await join('b', LONG, world.open());
        const c = await join('c', LONG, world.open());
        const owned = await a.claim(['x']);
        await a.release([{ name: 'x', token: owned[0]!.token, state: 'mine', to: 'b' }]);
        expect((await store.view()).resources).toMatchObject([{ owner: undefined, reservedFor: 'b' }]);
        expect(await c.claim(['x'])).toEqual([]);
        expect(await a.claim(['x'])).toEqual([]);
        expect(await b.claim(['x'])).toMatchObject([{ name: 'x', state: 'mine', afterCrash: false }]);
        expect((await store.view()).resources).toMatchObject([{ owner: 'b', reservedFor: undefined }]);
      });

      it('frees a reservation when its member leaves or never lived', async () => {
        const a = await join('a', LONG);
        const b = await join('b', LONG, world.open());
        const owned = byName(await a.claim(['x', 'y']));
        await a.release([
          { ...need(owned, 'x'), to: 'b' },
          { ...need(owned, 'y'), to: 'nobody' },
        ]);
        expect(await a.claim(['x'])).toEqual([]);
        await b.leave();
        expect((await store.view()).resources).toMatchObject([
          { name: 'x', reservedFor: undefined },
          { name: 'y', reservedFor: undefined },
        ]);
        expect(await a.claim(['x', 'y'])).toHaveLength(2);
      });

      it('refuses every write under a token that is not the last', async () => {
        const a = await join('a', LONG);
        const b = await join('b', LONG, world.open());
        const [first] = await a.claim(['x']);
        await a.release([{ name: 'x', token: first!.token, state: 'from a' }]);
        const [second] = await b.claim(['x']);
        expect(await a.renew([{ name: 'x', token: first!.token, state: 'late' }])).toEqual({ lost: ['x'] });
        expect(await a.renew([{ name: 'x', token: second!.token, state: 'stolen' }])).toEqual({
          lost: ['x'],
        });
        await a.release([{ name: 'x', token: second!.token, state: 'stolen' }]);
        expect((await store.view()).resources).toMatchObject([{ owner: 'b', token: second!.token }]);
        await b.release([{ name: 'x', token: second!.token, state: undefined }]);
        const [third] = await a.claim(['x']);
        expect(third?.state).toBe('from a');
        // The same member under an old token of its own is as late as a stranger.
        expect(await a.renew([{ name: 'x', token: first!.token, state: 'late' }])).toEqual({ lost: ['x'] });
      });

      it('writes what is owned and names what is lost in one renewal', async () => {
        const a = await join('a', LONG);
        const owned = byName(await a.claim(['x', 'y']));
        await a.release([{ ...need(owned, 'y'), state: 'given up' }]);
        const result = await a.renew([
          { ...need(owned, 'x'), state: 'kept' },
          { ...need(owned, 'y'), state: 'too late' },
          { name: 'never', token: 1, state: 'nothing' },
        ]);
        expect([...result.lost].sort()).toEqual(['never', 'y']);
        await a.release([{ ...need(owned, 'x'), state: undefined }]);
        const again = byName(await a.claim(['x', 'y']));
        expect(need(again, 'x').state).toBe('kept');
        expect(need(again, 'y').state).toBe('given up');
        expect((await store.view()).resources.map((resource) => resource.name)).toEqual(['x', 'y']);
      });

      it('renews and claims hundreds of resources in one call', async () => {
        const a = await join('a', LONG);
        const names = Array.from({ length: 300 }, (_, index) => `shard/1/${index}`);
        const owned = await a.claim(names);
        expect(owned).toHaveLength(300);
        const result = await a.renew(owned.map((o, index) => ({ ...o, state: { index } })));
        expect(result.lost).toEqual([]);
        await a.release(owned.map((o) => ({ ...o, state: undefined })));
        const again = byName(await a.claim(names));
        expect(
          names.every((name, index) => (need(again, name).state as { index: number }).index === index),
        ).toBe(true);
      });

      it('takes empty lists', async () => {
        const a = await join('a', LONG);
        expect(await a.renew([])).toEqual({ lost: [] });
        expect(await a.claim([])).toEqual([]);
        await a.release([]);
        expect((await store.view()).resources).toEqual([]);
      });
    });

    describe('leases', () => {
      it('ends when it is not renewed: everything is lost', async () => {
        const a = await join('a');
        const [owned] = await a.claim(['x']);
        await world.pass(world.leaseMs * 2);
        const view = await store.view();
        expect(view.members).toEqual([]);
        expect(view.resources).toMatchObject([{ name: 'x', owner: undefined }]);
        const lost = { code: 'BOTGO_LEASE_LOST' };
        await expect(a.renew([])).rejects.toMatchObject(lost);
        await expect(a.renew([{ name: 'x', token: owned!.token, state: 'late' }])).rejects.toMatchObject(
          lost,
        );
        await expect(a.claim(['x'])).rejects.toMatchObject(lost);
        await a.release([{ name: 'x', token: owned!.token, state: 'late' }]);
        const b = await join('b', LONG);
        expect((await b.claim(['x']))[0]?.state).toBeUndefined();
      });

      it('lives on with renewals', async () => {
        const a = await join('a');
        await a.claim(['x']);
        for (let round = 0; round < 5; round++) {
          await world.pass(world.leaseMs / 3);
          await a.renew([]);
        }
        expect((await store.view()).resources).toMatchObject([{ owner: 'a' }]);
      });

      it('says to the next owner that the last one crashed, once, and keeps what it wrote', async () => {
        const a = await join('a');
        const [owned] = await a.claim(['x']);
        await a.renew([{ name: 'x', token: owned!.token, state: { seq: 9 } }]);
        await world.pass(world.leaseMs * 2);
        const b = await join('b', LONG, world.open());
        const [taken] = await b.claim(['x']);
        expect(taken).toMatchObject({ afterCrash: true, state: { seq: 9 } });
        expect(taken!.token).toBeGreaterThan(owned!.token);
        await b.release([{ name: 'x', token: taken!.token, state: undefined }]);
        expect(await b.claim(['x'])).toMatchObject([{ afterCrash: false }]);
      });

      it('gives a dead member’s reservation to anybody', async () => {
        const a = await join('a', LONG);
        await join('b', {}, world.open());
        const [owned] = await a.claim(['x']);
        await a.release([{ name: 'x', token: owned!.token, state: 1, to: 'b' }]);
        await world.pass(world.leaseMs * 2);
        expect(await a.claim(['x'])).toMatchObject([{ state: 1 }]);
      });

      it('gives everything up on leave, as released', async () => {
        const a = await join('a', LONG);
        const b = await join('b', LONG, world.open());
        const owned = await a.claim(['x', 'y']);
        await a.renew(owned.map((o) => ({ ...o, state: o.name })));
        await a.leave();
        await a.leave();
        const taken = byName(await b.claim(['x', 'y']));
        expect(need(taken, 'x')).toMatchObject({ afterCrash: false, state: 'x' });
        expect(need(taken, 'y')).toMatchObject({ afterCrash: false, state: 'y' });
        await expect(a.claim(['z'])).rejects.toMatchObject({ code: 'BOTGO_LEASE_LOST' });
        expect((await store.view()).members.map((member) => member.memberId)).toEqual(['b']);
      });
    });

    describe('permits', () => {
      /** When a permit was granted: between the two times. */
      interface Grant {
        readonly sentMs: number;
        readonly answeredMs: number;
      }
      const ask = async (on: Coordinator, request: PermitRequest, grants: Grant[]): Promise<PermitAnswer> => {
        const sentMs = world.now();
        const answer = await on.permit(request);
        const answeredMs = world.now();
        for (let n = 0; n < answer.granted; n++) grants.push({ sentMs, answeredMs });
        return answer;
      };
      /** However the grants lie within their times, so many more than the limit must span a window. */
      const expectWindowsKept = (grants: readonly Grant[], { limit, windowMs }: PermitRequest): void => {
        const inOrder = [...grants].sort((one, other) => one.answeredMs - other.answeredMs);
        for (let last = limit; last < inOrder.length; last++) {
          const together = inOrder.slice(last - limit, last + 1);
          const fromMs = Math.min(...together.map(({ sentMs }) => sentMs));
          // A millisecond for the clocks of two machines, which do not run alike.
          expect(inOrder[last]!.answeredMs - fromMs).toBeGreaterThanOrEqual(windowMs - 1);
        }
      };

      it('gives at most the limit per window, counted for the whole cluster', async () => {
        const request = { name: 'identify', limit: 3, windowMs: world.leaseMs };
        const answers = await Promise.all(Array.from({ length: 9 }, () => world.open().permit(request)));
        expect(answers.filter((answer) => answer.granted)).toHaveLength(3);
        for (const answer of answers) {
          if (answer.granted) {
            expect(answer).toEqual({ granted: 1, retryAfterMs: 0 });
            continue;
          }
          expect(answer.retryAfterMs).toBeGreaterThan(0);
          expect(answer.retryAfterMs).toBeLessThanOrEqual(request.windowMs);
        }
        await world.pass(request.windowMs * 1.5);
        expect(await store.permit(request)).toEqual({ granted: 1, retryAfterMs: 0 });
      });

      it('gives no more at the start of a window because few were taken at the end of the last', async () => {
        const request = { name: 'identify', limit: 4, windowMs: world.leaseMs };
        const grants: Grant[] = [];
        await ask(store, request, grants);
        await world.pass(request.windowMs / 2);
        // Three late in the window that the first began: when it has ended, one is free and not four.
        expect(await ask(store, { ...request, count: 3 }, grants)).toMatchObject({ granted: 3 });
        const { retryAfterMs } = await ask(store, request, grants);
        expect(retryAfterMs).toBeLessThanOrEqual(request.windowMs / 2 + 1);
        await world.pass(retryAfterMs);
        const { granted } = await ask(store, { ...request, count: 4 }, grants);
        expect(granted).toBeGreaterThanOrEqual(1);
        expectWindowsKept(grants, request);
      });

      it('gives several at once, up to what is left, and says when the next is free', async () => {
        const request = { name: 'identify', limit: 5, windowMs: 600_000 };
        expect(await store.permit({ ...request, count: 3 })).toEqual({ granted: 3, retryAfterMs: 0 });
        const rest = await world.open().permit({ ...request, count: 3 });
        expect(rest.granted).toBe(2);
        expect(rest.retryAfterMs).toBeGreaterThan(0);
        expect(rest.retryAfterMs).toBeLessThanOrEqual(request.windowMs);
        for (const count of [0, -1, 1.5])
          await expect(store.permit({ ...request, count })).rejects.toMatchObject({ code: 'BOTGO_CONFIG' });
      });

      it('keeps every window while many ask at once, and lets somebody through after each wait it names', async () => {
        const request = { name: 'identify', limit: 7, windowMs: world.leaseMs };
        const grants: Grant[] = [];
        const stores = [store, world.open(), world.open(), world.open()];
        const herd = (): Promise<unknown> =>
          Promise.all(
            stores.flatMap((on) => [1, 1, 2, 1, 1].map((count) => ask(on, { ...request, count }, grants))),
          );
        await herd();
        expect(grants.length).toBeGreaterThanOrEqual(request.limit);
        for (let round = 0; round < 3; round++) {
          // Refused, with nobody after it who could take what becomes free.
          let waitMs = 0;
          while (waitMs === 0) waitMs = (await ask(store, request, grants)).retryAfterMs;
          await world.pass(waitMs);
          const before = grants.length;
          await herd();
          expect(grants.length).toBeGreaterThan(before);
        }
        expectWindowsKept(grants, request);
      });

      it('goes by the limit that is given last', async () => {
        const long = { name: 'p', windowMs: 600_000 };
        expect((await store.permit({ ...long, limit: 4, count: 4 })).granted).toBe(4);
        expect((await store.permit({ ...long, limit: 2 })).granted).toBe(0);
        expect((await store.permit({ ...long, limit: 6, count: 4 })).granted).toBe(2);
        const short = { name: 'q', windowMs: world.leaseMs };
        await store.permit({ ...short, limit: 4, count: 4 });
        const { retryAfterMs } = await store.permit({ ...short, limit: 2, count: 9 });
        await world.pass(retryAfterMs);
        expect((await store.permit({ ...short, limit: 2, count: 9 })).granted).toBeGreaterThan(0);
      });

      it('counts those of an app under their name as any others', async () => {
        const request = { name: 'identify', appId: newAppId(), limit: 2, windowMs: 600_000 };
        expect(await store.permit(request)).toEqual({ granted: 1, retryAfterMs: 0 });
        expect((await world.open().permit({ ...request, count: 2 })).granted).toBe(1);
        for (const appId of ['', 'a b'])
          await expect(store.permit({ ...request, appId })).rejects.toMatchObject({ code: 'BOTGO_CONFIG' });
      });

      if (abilities.includes('clusters'))
        it('counts those of an app for all its clusters together, and those of a cluster apart', async () => {
          const beside = world.openBeside?.() ?? expect.fail('the world opens no other cluster');
          const apart = { name: 'p', limit: 1, windowMs: 600_000 };
          expect((await store.permit(apart)).granted).toBe(1);
          expect((await beside.permit(apart)).granted).toBe(1);
          const shared = { ...apart, name: 'identify', appId: newAppId(), limit: 3 };
          expect((await store.permit({ ...shared, count: 2 })).granted).toBe(2);
          expect((await beside.permit({ ...shared, count: 2 })).granted).toBe(1);
          expect((await store.permit(shared)).granted).toBe(0);
          // Of another app.
          expect((await beside.permit({ ...shared, appId: newAppId() })).granted).toBe(1);
        });

      it('counts each name apart and refuses a limit of 0', async () => {
        const windowMs = 600_000;
        const one = { granted: 1, retryAfterMs: 0 };
        expect(await store.permit({ name: 'p', limit: 1, windowMs })).toEqual(one);
        expect(await store.permit({ name: 'p/0', limit: 1, windowMs })).toEqual(one);
        expect(await store.permit({ name: 'q', limit: 1, windowMs })).toEqual(one);
        expect((await store.permit({ name: 'p', limit: 1, windowMs })).granted).toBe(0);
        const never = await store.permit({ name: 'r', limit: 0, windowMs });
        expect(never).toEqual({ granted: 0, retryAfterMs: windowMs });
        expect(await store.permit({ name: 'p', limit: 2, windowMs })).toEqual(one);
      });
    });

    describe('values', () => {
      it('writes when the version is the expected one', async () => {
        expect(await store.getValue('generation')).toBeUndefined();
        expect(await store.compareAndSet('generation', 7, 'early')).toBeUndefined();
        const first = await store.compareAndSet('generation', 0, { active: 1 });
        expect(first).toBeGreaterThanOrEqual(1);
        expect(await world.open().getValue('generation')).toEqual({ value: { active: 1 }, version: first });
        expect(await store.compareAndSet('generation', 0, 'again')).toBeUndefined();
        const second = await store.compareAndSet('generation', first!, { active: 2, text: '世代' });
        expect(second).toBeGreaterThan(first!);
        expect(await store.compareAndSet('generation', first!, 'late')).toBeUndefined();
        expect(await store.getValue('generation')).toEqual({
          value: { active: 2, text: '世代' },
          version: second,
        });
      });

      it('lets one of many writers win', async () => {
        const tries = await Promise.all(
          Array.from({ length: 8 }, (_, index) => world.open().compareAndSet('v', 0, index)),
        );
        const winners = tries.flatMap((version, index) =>
          version === undefined ? [] : [{ index, version }],
        );
        expect(winners).toHaveLength(1);
        expect(await store.getValue('v')).toEqual({ value: winners[0]?.index, version: winners[0]?.version });
      });

      it('keeps null, false and 0, and refuses what is no JSON', async () => {
        for (const [name, value] of Object.entries({ n: null, f: false, z: 0, e: '' })) {
          await store.compareAndSet(name, 0, value);
          expect((await store.getValue(name))?.value).toBe(value);
        }
        const bad = { code: 'BOTGO_CONFIG' };
        await expect(store.compareAndSet('u', 0, undefined)).rejects.toMatchObject(bad);
        await expect(store.compareAndSet('u', 0, 1n)).rejects.toMatchObject(bad);
        await expect(store.compareAndSet('u', 0, () => 1)).rejects.toMatchObject(bad);
      });
    });

    describe('logs', () => {
      it('reads back in order, in pages, what was appended', async () => {
        expect(await store.readLog('l', 0, 10)).toEqual({ entries: [], next: 0 });
        await store.appendLog('l', ['a', 'b']);
        await world.open().appendLog('l', ['条目 c']);
        await store.appendLog('l', []);
        expect(await store.readLog('l', 0, 2)).toEqual({ entries: ['a', 'b'], next: 2 });
        expect(await store.readLog('l', 2, 2)).toEqual({ entries: ['条目 c'], next: 3 });
        expect(await store.readLog('l', 3, 2)).toEqual({ entries: [], next: 3 });
        expect(await store.readLog('other', 0, 2)).toEqual({ entries: [], next: 0 });
      });

      it('keeps the entries of one call together', async () => {
        const calls = Array.from({ length: 10 }, (_, call) =>
          Array.from({ length: 20 }, (_, entry) => `${call}-${entry}`),
        );
        await Promise.all(calls.map((entries) => world.open().appendLog('l', entries)));
        const { entries } = await store.readLog('l', 0, 1_000);
        expect(entries).toHaveLength(200);
        for (let start = 0; start < 200; start += 20) {
          const call = Number(entries[start]?.split('-')[0]);
          expect(entries.slice(start, start + 20)).toEqual(calls[call]);
        }
      });

      it('takes thousands of entries in one call', async () => {
        const entries = Array.from({ length: 5_000 }, (_, index) => `entry ${index}`);
        await store.appendLog('l', entries);
        const first = await store.readLog('l', 0, 3_000);
        const second = await store.readLog('l', first.next, 3_000);
        expect([...first.entries, ...second.entries]).toEqual(entries);
      });

      it('starts again after a delete', async () => {
        await store.appendLog('l', ['a', 'b']);
        await store.deleteLog('l');
        await store.deleteLog('l');
        expect(await store.readLog('l', 0, 10)).toEqual({ entries: [], next: 0 });
        await store.appendLog('l', ['c']);
        expect(await store.readLog('l', 0, 10)).toEqual({ entries: ['c'], next: 1 });
      });
    });

    describe('watch', () => {
      it('is told about members, owners and values, and not after its end', async () => {
        const watcher = world.open();
        await watcher.view();
        let calls = 0;
        const end = watcher.watch(() => calls++);
        // A store may call once more when the watch begins; what counts is a call after each change.
        const expectCall = async (change: () => Promise<unknown>): Promise<void> => {
          await settled(() => calls);
          const before = calls;
          await change();
          await until(() => calls > before);
        };
        let member: Membership | undefined;
        let owned: OwnedResource[] = [];
        await expectCall(async () => (member = await join('a', LONG)));
        await expectCall(async () => (owned = await member!.claim(['x'])));
        await expectCall(() => member!.renew([], { ...INFO, draining: true }));
        await expectCall(() => member!.release(owned));
        await expectCall(() => store.compareAndSet('v', 0, 1));
        await expectCall(() => member!.leave());
        end();
        end();
        await settled(() => calls);
        const after = calls;
        await join('b', LONG);
        await settled(() => calls);
        expect(calls).toBe(after);
      });

      it('is told when a lease runs out', async () => {
        const watcher = world.open();
        await join('a');
        expect((await watcher.view()).members).toHaveLength(1);
        let gone = false;
        watcher.watch(() => {
          void watcher.view().then((view) => {
            gone ||= view.members.length === 0;
          });
        });
        await world.pass(world.leaseMs * 2);
        await until(() => gone);
      });
    });

    describe('close', () => {
      it('rejects with BOTGO_CLOSED afterwards, may be called twice, and lets leases end by themselves', async () => {
        const mine = world.open();
        const member = await join('a', {}, mine);
        await mine.close();
        await mine.close();
        await mine[Symbol.asyncDispose]();
        const closed = { code: 'BOTGO_CLOSED' };
        await expect(mine.view()).rejects.toMatchObject(closed);
        await expect(join('b', LONG, mine)).rejects.toMatchObject(closed);
        await expect(mine.permit({ name: 'p', limit: 1, windowMs: 5 })).rejects.toMatchObject(closed);
        await expect(mine.getValue('v')).rejects.toMatchObject(closed);
        await expect(mine.compareAndSet('v', 0, 1)).rejects.toMatchObject(closed);
        await expect(mine.appendLog('l', ['x'])).rejects.toMatchObject(closed);
        await expect(mine.readLog('l', 0, 1)).rejects.toMatchObject(closed);
        await expect(mine.deleteLog('l')).rejects.toMatchObject(closed);
        await expect(member.renew([])).rejects.toMatchObject(closed);
        await expect(member.claim(['x'])).rejects.toMatchObject(closed);
        await expect(member.release([])).rejects.toMatchObject(closed);
        expect(
          isBotgoError(
            thrownBy(() => mine.watch(() => undefined)),
            'BOTGO_CLOSED',
          ),
        ).toBe(true);
      });

      it('may be closed before anything was asked', async () => {
        await world.open().close();
      });
    });

    if (abilities.includes('empty'))
      describe('an emptied store', () => {
        it('still gives larger tokens and versions than before', async () => {
          const a = await join('a');
          const [first] = await a.claim(['x']);
          const version = await store.compareAndSet('v', 0, 1);
          await a.release([{ name: 'x', token: first!.token, state: 1 }]);
          await a.leave();
          await world.empty?.();
          const after = world.open();
          const b = await join('b', LONG, after);
          const second = await until(async () => (await b.claim(['x']))[0]);
          expect(second.token).toBeGreaterThan(first!.token);
          expect(second.state).toBeUndefined();
          expect(await after.compareAndSet('v', 0, 2)).toBeGreaterThan(version!);
        });
      });

    if (abilities.includes('refill'))
      describe('an emptied store with members', () => {
        it('is refilled by the members that hold leases before anybody else claims', async () => {
          const a = await join('a');
          const b = await join('b', {}, world.open());
          const [x] = await a.claim(['x']);
          const [y] = await b.claim(['y']);
          await a.renew([{ name: 'x', token: x!.token, state: 'state of x' }]);
          await world.empty?.();
          // b is the first to notice; what it does not know is not free yet, since a may own it.
          expect(await b.renew([{ name: 'y', token: y!.token, state: 'state of y' }])).toEqual({ lost: [] });
          expect(await b.claim(['x'])).toEqual([]);
          expect(await a.renew([])).toEqual({ lost: [] });
          expect((await store.view()).resources).toMatchObject([
            { name: 'x', owner: 'a', token: x!.token },
            { name: 'y', owner: 'b', token: y!.token },
          ]);
          await a.release([{ name: 'x', token: x!.token, state: undefined, to: 'b' }]);
          expect(await b.claim(['x'])).toMatchObject([{ state: 'state of x' }]);
        });
      });
  });
}

function byName(owned: readonly OwnedResource[]): Map<string, OwnedResource> {
  return new Map(owned.map((resource) => [resource.name, resource]));
}

function need(owned: ReadonlyMap<string, OwnedResource>, name: string): OwnedResource {
  const resource = owned.get(name);
  if (!resource) throw new Error(`${name} is not owned`);
  return resource;
}

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

/** Looks until there is something; the test's own time-out ends a wait in vain. */
async function until<Found>(look: () => Found | Promise<Found>): Promise<NonNullable<Exclude<Found, false>>> {
  for (;;) {
    const found = await look();
    if (found) return found as NonNullable<Exclude<Found, false>>;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Waits until a count has not moved for a while, so that calls under way are not taken for new ones. */
async function settled(count: () => number): Promise<void> {
  for (let before = -1; before !== count(); ) {
    before = count();
    await new Promise((resolve) => setTimeout(resolve, 60));
  }
}
