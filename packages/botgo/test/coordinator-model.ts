import fc from 'fast-check';
import { expect, it } from 'vitest';
import { manualClock } from '../src/clock/index.js';
import { type Coordinator, type Membership, memoryCoordinator } from '../src/session/index.js';

const INFO = { appId: '102', intents: 1, shardCount: 4, stateVersion: 1, draining: false };
const MEMBERS = ['a', 'b', 'c'];
const NAMES = ['w', 'x', 'y', 'z'];

const member = fc.constantFrom(...MEMBERS);
const names = fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 4 });
const state = fc.option(fc.record({ seq: fc.nat(9) }), { nil: undefined });

type Step =
  | { do: 'join' | 'leave'; member: string }
  | { do: 'claim'; member: string; names: string[] }
  /** `stale`: under the token of the owner before. */
  | { do: 'renew'; member: string; names: string[]; state: { seq: number } | undefined; stale: boolean }
  | {
      do: 'release';
      member: string;
      names: string[];
      state: { seq: number } | undefined;
      to: string | undefined;
    };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constantFrom('join' as const, 'leave' as const), member }),
  { weight: 3, arbitrary: fc.record({ do: fc.constant('claim' as const), member, names }) },
  fc.record({ do: fc.constant('renew' as const), member, names, state, stale: fc.boolean() }),
  fc.record({
    do: fc.constant('release' as const),
    member,
    names,
    state,
    to: fc.option(member, { nil: undefined }),
  }),
);

/** One store with what a caller remembers of it. Tokens differ from store to store, so they are kept out of what it tells. */
class Subject {
  readonly #store: Coordinator;
  readonly #members = new Map<string, Membership>();
  /** The last token each member was given for a resource. */
  readonly #tokens = new Map<string, number>();
  /** Members that resources were reserved for. */
  readonly #promised = new Set<string>();
  /** Members that have left and not come again. */
  readonly #left = new Set<string>();
  readonly #highest = new Map<string, number>();

  constructor(store: Coordinator) {
    this.#store = store;
  }

  async run(step: Step): Promise<unknown> {
    try {
      return await this.#run(step);
    } catch (error) {
      return (error as { code?: unknown }).code;
    }
  }

  async view(): Promise<unknown> {
    const { members, resources } = await this.#store.view();
    for (const { name, token } of resources) expect(token).toBe(this.#highest.get(name));
    return {
      members: members.map(({ memberId }) => memberId),
      resources: resources.map(({ name, owner, reservedFor }) => ({ name, owner, reservedFor })),
    };
  }

  async #run(step: Step): Promise<unknown> {
    if (step.do === 'join') {
      // Whether a reservation made for an earlier stay holds for a later one, stores may decide differently.
      if (this.#left.has(step.member) && this.#promised.has(step.member)) return 'stays away';
      const options = { memberId: step.member, leaseMs: 600_000, info: INFO };
      this.#members.set(step.member, await this.#store.join(options));
      this.#left.delete(step.member);
      return 'joined';
    }
    const membership = this.#members.get(step.member);
    if (!membership) return 'no member';
    const tokenOf = (name: string): number => this.#tokens.get(`${step.member} ${name}`) ?? 1;
    switch (step.do) {
      case 'leave':
        this.#left.add(step.member);
        return await membership.leave();
      case 'claim': {
        const owned = await membership.claim(step.names);
        for (const { name, token } of owned) {
          expect(token).toBeGreaterThan(this.#highest.get(name) ?? 0);
          this.#highest.set(name, token);
          this.#tokens.set(`${step.member} ${name}`, token);
        }
        const told = owned.map(({ name, state, afterCrash }) => ({ name, state, afterCrash }));
        return told.sort((one, other) => (one.name < other.name ? -1 : 1));
      }
      case 'renew': {
        const writes = step.names.map((name) => ({
          name,
          token: tokenOf(name) - (step.stale ? 1 : 0),
          state: step.state,
        }));
        return [...(await membership.renew(writes)).lost].sort();
      }
      case 'release': {
        // Whether a reservation made for nobody holds for one who comes later, stores may decide differently.
        const living = (await this.#store.view()).members.map(({ memberId }) => memberId);
        const to = step.to !== undefined && living.includes(step.to) ? step.to : undefined;
        if (to !== undefined) this.#promised.add(to);
        const releases = step.names.map((name) => ({ name, token: tokenOf(name), state: step.state, to }));
        return await membership.release(releases);
      }
    }
  }
}

/** Random lives of a cluster, told alike by the store and by the one in memory. */
export function coordinatorModel(name: string, runs: number, open: () => Coordinator): void {
  it(`${name} does what the coordinator in memory does, whatever comes`, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        await using store = open();
        await using model = memoryCoordinator({ clock: manualClock() });
        const [ours, theirs] = [new Subject(store), new Subject(model)];
        for (const step of [...MEMBERS.map((id): Step => ({ do: 'join', member: id })), ...steps]) {
          expect(await ours.run(step), JSON.stringify(step)).toEqual(await theirs.run(step));
          expect(await ours.view(), JSON.stringify(step)).toEqual(await theirs.view());
        }
      }),
      { numRuns: runs },
    );
  });
}
