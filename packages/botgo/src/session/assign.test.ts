import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AssignmentDecision, type AssignmentInput, assign, decideAssignment } from './assign.js';

const cluster = fc
  .record({
    memberCount: fc.integer({ min: 1, max: 12 }),
    resourceCount: fc.integer({ min: 0, max: 60 }),
    seeds: fc.array(fc.nat(1_000), { minLength: 60, maxLength: 60 }),
  })
  .map(({ memberCount, resourceCount, seeds }) => {
    const members = Array.from({ length: memberCount }, (_, index) => `m${index}`);
    const resources = Array.from({ length: resourceCount }, (_, index) => `shard/1/${index}`);
    const owners = new Map<string, string>();
    for (const [index, resource] of resources.entries()) {
      // Some are free, some owned by a member that is no longer there.
      const place = (seeds[index] ?? 0) % (memberCount + 3);
      if (place <= memberCount) owners.set(resource, members[place] ?? 'gone');
    }
    return { members, resources, owners };
  });

/** The most resources that can stay, by trying every way to give the rest of the division away: the oracle of {@link assign}. */
function mostKept(counts: readonly number[], resourceCount: number): number {
  const base = Math.floor(resourceCount / counts.length);
  let kept = new Map([[0, 0]]);
  for (const count of counts) {
    const next = new Map<number, number>();
    for (const [extras, sum] of kept) {
      for (const extra of [0, 1]) {
        const value = sum + Math.min(count, base + extra);
        next.set(extras + extra, Math.max(next.get(extras + extra) ?? 0, value));
      }
    }
    kept = next;
  }
  return kept.get(resourceCount % counts.length) ?? 0;
}

const countsOf = (members: readonly string[], owners: ReadonlyMap<string, string>): number[] =>
  members.map((member) => [...owners.values()].filter((owner) => owner === member).length);

describe('assign', () => {
  it('gives every resource to one member, balanced to one', () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const target = assign(input);
        expect([...target.keys()].sort()).toEqual([...input.resources].sort());
        const counts = countsOf(input.members, target);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(input.resources.length);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('moves as few as any balanced distribution must', () => {
    fc.assert(
      fc.property(cluster, (input) => {
        const target = assign(input);
        const kept = input.resources.filter((name) => target.get(name) === input.owners.get(name)).length;
        expect(kept).toBe(mostKept(countsOf(input.members, input.owners), input.resources.length));
      }),
    );
  });

  it('says the same whatever the order of its input, and stays with its own answer', () => {
    fc.assert(
      fc.property(cluster, fc.nat(1_000), (input, turn) => {
        const rotate = <T>(list: readonly T[]): T[] => [
          ...list.slice(turn % (list.length || 1)),
          ...list.slice(0, turn % (list.length || 1)),
        ];
        const target = assign(input);
        const other = assign({
          members: [...rotate(input.members)].reverse(),
          resources: [...rotate(input.resources), ...input.resources],
          owners: new Map(rotate([...input.owners])),
        });
        expect(new Map([...other].sort())).toEqual(new Map([...target].sort()));
        expect(assign({ ...input, owners: target })).toEqual(target);
      }),
    );
  });

  it('stays the same while the moves it asks for are under way', () => {
    fc.assert(
      fc.property(cluster, fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }), (input, done) => {
        const target = assign(input);
        const owners = new Map(input.owners);
        for (const [index, [name, member]] of [...target].entries())
          if (done[index]) owners.set(name, member);
        expect(new Map([...assign({ ...input, owners })].sort())).toEqual(new Map([...target].sort()));
      }),
    );
  });

  it('gives nothing without members and takes no resources', () => {
    expect(assign({ members: [], resources: ['x'], owners: new Map() }).size).toBe(0);
    expect(assign({ members: ['a'], resources: [], owners: new Map() }).size).toBe(0);
  });

  it('moves 5 of 20 shards when a fourth member comes, where modulo moves 15', () => {
    const resources = Array.from({ length: 20 }, (_, index) => `s/${index}`);
    const three = assign({ members: ['a', 'b', 'c'], resources, owners: new Map() });
    const four = assign({ members: ['a', 'b', 'c', 'd'], resources, owners: three });
    expect(resources.filter((name) => three.get(name) !== four.get(name))).toHaveLength(5);
  });

  it('distributes 10,000 resources over 1,000 members without comparing each with each', () => {
    const members = Array.from({ length: 1_000 }, (_, index) => `member-${index}`);
    const resources = Array.from({ length: 10_000 }, (_, index) => `shard/1/${index}`);
    // Counted, not timed: what a decision reads of its input grows with the input, not with its square.
    let reads = 0;
    const plain = assign({ members, resources, owners: new Map() });
    const owners = new Map(plain);
    const counted = Object.assign(owners, {
      get(name: string) {
        reads += 1;
        return Map.prototype.get.call(owners, name) as string | undefined;
      },
    });
    const target = assign({ members: members.slice(1), resources, owners: counted });
    expect(reads).toBe(resources.length);
    expect(resources.filter((name) => target.get(name) !== plain.get(name))).toHaveLength(10);
  });
});

/** A cluster in which every member decides by the same view, one after the other, as the store would let them. */
class World {
  readonly members = new Map<string, { draining: boolean; release?: string; held: Set<string> }>();
  readonly owners = new Map<string, string>();
  readonly reserved = new Map<string, string>();
  readonly resources: string[];
  moves = 0;

  constructor(count: number) {
    this.resources = Array.from({ length: count }, (_, index) => `shard/1/${index}`);
  }

  add(name: string, release?: string): void {
    this.members.set(name, { draining: false, held: new Set(), ...(release && { release }) });
  }

  kill(name: string): void {
    this.members.delete(name);
    for (const [resource, owner] of this.owners) if (owner === name) this.owners.delete(resource);
    for (const [resource, member] of this.reserved) if (member === name) this.reserved.delete(resource);
  }

  decide(self: string, quiet: boolean): AssignmentDecision {
    return decideAssignment(this.input(self, quiet));
  }

  input(self: string, quiet: boolean): AssignmentInput {
    return {
      self,
      members: [...this.members].map(([memberId, { draining, release }]) => ({
        memberId,
        draining,
        release,
      })),
      resources: this.resources,
      owners: new Map(this.owners),
      reserved: new Map(this.reserved),
      held: this.members.get(self)?.held ?? new Set(),
      quiet,
    };
  }

  apply(self: string, { claim, handOver, passOn }: AssignmentDecision): number {
    const { held } = this.members.get(self)!;
    const free = (name: string, to: string | undefined): void => {
      held.delete(name);
      this.owners.delete(name);
      if (to !== undefined) this.reserved.set(name, to);
    };
    for (const name of claim) {
      const owner = this.owners.get(name);
      const reserve = this.reserved.get(name);
      if ((owner !== undefined && owner !== self) || (reserve !== undefined && reserve !== self)) continue;
      this.owners.set(name, self);
      this.reserved.delete(name);
      held.add(name);
    }
    for (const { name, to } of handOver) free(name, to);
    for (const { name, to } of passOn) free(name, to);
    this.moves += handOver.length;
    return claim.length + handOver.length + passOn.length;
  }

  /** Until nobody has anything to do. */
  settle(quiet = true): void {
    for (let round = 0; round < 1_000; round++) {
      let acts = 0;
      for (const name of this.members.keys()) acts += this.apply(name, this.decide(name, quiet));
      if (acts === 0) return;
    }
    throw new Error('the cluster does not come to rest');
  }

  counts(): number[] {
    return [...this.members.values()].map((member) => member.held.size);
  }
}

const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts);

describe('decideAssignment', () => {
  it('claims what is free at once, disjointly, when all see the same', () => {
    const world = new World(20);
    for (const name of ['a', 'b', 'c']) world.add(name);
    const claims = ['a', 'b', 'c'].map((name) => world.decide(name, false).claim);
    expect(claims.flat().sort()).toEqual([...world.resources].sort());
    expect(claims.map((claim) => claim.length).sort()).toEqual([6, 7, 7]);
  });

  it('moves nothing between the living before it is quiet', () => {
    const world = new World(20);
    world.add('a');
    world.settle(false);
    world.add('b');
    world.settle(false);
    expect(world.counts()).toEqual([20, 0]);
    world.settle(true);
    expect(world.counts()).toEqual([10, 10]);
    expect(world.moves).toBe(10);
  });

  it('moves at most a tenth at a time, over all members together, counting what is on its way', () => {
    const world = new World(40);
    for (const name of ['a', 'b']) world.add(name);
    world.settle();
    world.add('c');
    const first = ['a', 'b'].flatMap((name) => world.decide(name, true).handOver);
    expect(first).toHaveLength(4);
    // Two were released and not taken yet, two are still being drained: nothing more may start.
    for (const { name } of first.slice(0, 2)) {
      const owner = world.owners.get(name)!;
      world.apply(owner, { claim: [], handOver: [{ name, to: 'c' }], passOn: [] });
    }
    const second = ['a', 'b'].flatMap((name) => world.decide(name, true).handOver);
    expect(second).toEqual(first.slice(2));
    world.settle();
    expect(spread(world.counts())).toBeLessThanOrEqual(1);
    expect(world.moves).toBe(13);
  });

  it('gives a stopping member’s resources directly to their successors, each moved once', () => {
    const world = new World(20);
    for (const name of ['a', 'b']) world.add(name);
    world.settle();
    world.add('c');
    world.members.get('a')!.draining = true;
    const { handOver, claim } = world.decide('a', false);
    expect(claim).toEqual([]);
    expect(handOver).toHaveLength(10);
    expect(new Set(handOver.map((give) => give.to))).toEqual(new Set(['c']));
    world.settle(false);
    expect([...world.members.values()].map((member) => member.held.size)).toEqual([0, 10, 10]);
    expect(world.moves).toBe(10);
  });

  it('replaces every process one by one with one move for each shard', () => {
    const world = new World(21);
    for (const name of ['a1', 'a2', 'a3']) world.add(name);
    world.settle();
    for (const index of [1, 2, 3]) {
      world.add(`b${index}`);
      world.members.get(`a${index}`)!.draining = true;
      world.settle(false);
      world.kill(`a${index}`);
    }
    expect(world.counts()).toEqual([7, 7, 7]);
    expect(world.moves).toBe(21);
  });

  it('moves each shard once through a deployment, however long the new processes wait before the old ones stop', () => {
    const world = new World(21);
    for (const name of ['a1', 'a2', 'a3']) world.add(name, 'old');
    world.settle();
    for (const index of [1, 2, 3]) {
      world.add(`b${index}`, 'new');
      // Long enough for everything that would be balanced.
      world.settle(true);
      world.members.get(`a${index}`)!.draining = true;
      world.settle(true);
      world.kill(`a${index}`);
      world.settle(true);
    }
    expect(world.counts()).toEqual([7, 7, 7]);
    expect(world.moves).toBe(21);
  });

  it('gives to its own release when no other is there, and balances when one release is left', () => {
    const world = new World(20);
    for (const name of ['a1', 'a2']) world.add(name, 'old');
    world.settle();
    world.members.get('a1')!.draining = true;
    world.settle(true);
    world.kill('a1');
    expect(world.members.get('a2')!.held.size).toBe(20);
    for (const name of ['b1', 'b2']) world.add(name, 'new');
    world.settle(true);
    expect(world.counts()).toEqual([20, 0, 0]);
    world.members.get('a2')!.draining = true;
    world.settle(true);
    world.kill('a2');
    expect(world.counts()).toEqual([10, 10]);
    world.add('b3', 'new');
    world.settle(true);
    expect(spread(world.counts())).toBeLessThanOrEqual(1);
  });

  it('claims what a dead process leaves also while a deployment is under way', () => {
    const world = new World(20);
    for (const name of ['a1', 'a2']) world.add(name, 'old');
    world.settle();
    world.add('b1', 'new');
    world.settle(true);
    world.kill('a1');
    world.settle(true);
    expect(world.owners.size).toBe(20);
  });

  it('shares what two stop with at once over those that stay', () => {
    const world = new World(20);
    for (const name of ['a', 'b']) world.add(name);
    world.settle();
    for (const name of ['c', 'd']) world.add(name);
    for (const name of ['a', 'b']) world.members.get(name)!.draining = true;
    const given = ['a', 'b'].flatMap((name) => world.decide(name, false).handOver);
    const taken = ['c', 'd'].map((name) => given.filter(({ to }) => to === name).length);
    expect(taken).toEqual([10, 10]);
  });

  it('lets the last member give its resources to nobody', () => {
    const world = new World(3);
    world.add('a');
    world.settle();
    world.members.get('a')!.draining = true;
    expect(world.decide('a', false).handOver).toEqual(
      world.resources.map((name) => ({ name, to: undefined })),
    );
  });

  it('passes on what was reserved for a member that began to stop', () => {
    const world = new World(4);
    for (const name of ['a', 'b', 'c']) world.add(name);
    world.reserved.set('shard/1/0', 'b');
    world.members.get('b')!.draining = true;
    const { passOn } = world.decide('b', false);
    expect(passOn).toHaveLength(1);
    expect(['a', 'c']).toContain(passOn[0]?.to);
    expect(world.decide('a', false).claim).not.toContain('shard/1/0');
    world.settle(false);
    expect([...world.owners.values()].filter((owner) => owner === 'b')).toEqual([]);
    expect(world.owners.size).toBe(4);
  });

  it('claims again what the store says is its own but it does not hold', () => {
    const world = new World(4);
    world.add('a');
    world.add('b');
    world.owners.set('shard/1/3', 'b');
    expect(world.decide('b', false).claim).toContain('shard/1/3');
    expect(world.decide('a', false).claim).not.toContain('shard/1/3');
  });

  it('decides nothing for one that is not a member', () => {
    const world = new World(4);
    world.add('a');
    expect(world.decide('stranger', true)).toEqual({ claim: [], handOver: [], passOn: [] });
  });

  it('comes to rest balanced, with every resource owned, through joins, stops and deaths', () => {
    const step = fc.constantFrom('join', 'kill', 'drain', 'settle', 'partial');
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step, { maxLength: 25 }), (count, steps) => {
        const world = new World(count);
        let next = 0;
        world.add(`m${next++}`);
        for (const what of steps) {
          const names = [...world.members.keys()];
          const victim = names[next % names.length];
          if (what === 'join') world.add(`m${next}`, next++ % 3 === 0 ? 'other' : undefined);
          else if (what === 'kill' && victim !== undefined && names.length > 1) world.kill(victim);
          else if (what === 'drain' && victim !== undefined) world.members.get(victim)!.draining = true;
          else if (what === 'settle') world.settle();
          else for (const name of names.slice(0, 2)) world.apply(name, world.decide(name, true));
          // One owner each, always.
          const held = [...world.members.values()].flatMap((member) => [...member.held]);
          expect(new Set(held).size).toBe(held.length);
        }
        world.add('last');
        world.settle();
        for (const [name, { draining, release }] of world.members)
          if (draining || release !== undefined) world.kill(name);
        world.settle();
        expect(world.owners.size).toBe(count);
        expect(spread(world.counts())).toBeLessThanOrEqual(1);
      }),
    );
  });
});
