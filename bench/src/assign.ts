import { type AssignmentInput, assign, decideAssignment } from 'botgo/session';
import { type BenchCase, cpuPerOperation } from './bench-case.js';

/**
 * Who owns what in a large cluster, at rest and after one member has died. `time-…`: one member's decision, against the least that gives
 * each shard an owner, a map filled in one pass; no goal, because what counts is that it is small beside a lease. `moves-…`: the
 * shards that change hands, against the smallest number that can: a dead member's shards, or what a new member lacks. In the smaller
 * cluster they are counted by letting all members claim and hand over until nobody has anything to do; in the larger, where that
 * takes minutes, by the distribution that all of them aim at.
 */
export const ASSIGN_CASES: readonly BenchCase[] = [
  timeCase('time-1000x100', 1_000, 100),
  timeCase('time-10000x1000', 10_000, 1_000),
  movesCase('moves-death-1000x100', 1_000, 100, 'death'),
  movesCase('moves-birth-1000x100', 1_000, 100, 'birth'),
  movesCase('moves-death-10000x1000', 10_000, 1_000, 'death'),
  movesCase('moves-birth-10000x1000', 10_000, 1_000, 'birth'),
];

interface Cluster {
  readonly members: string[];
  readonly resources: readonly string[];
  readonly owners: Map<string, string>;
}

/** A cluster at rest: every member owns as much as every other, in no order that the answer could be read from. */
function balanced(shards: number, members: number): Cluster {
  const names = Array.from({ length: members }, (_, n) => `member-${String(n).padStart(5, '0')}`);
  const resources = Array.from({ length: shards }, (_, n) => `shard/${shards}-1/${n}`);
  const owners = new Map(resources.map((name, n) => [name, names[(n * 7 + 3) % members] ?? '']));
  return { members: names, resources, owners };
}

function inputOf(cluster: Cluster, self: string): AssignmentInput {
  const { resources, owners } = cluster;
  return {
    self,
    members: cluster.members.map((memberId) => ({ memberId, draining: false })),
    resources,
    owners,
    reserved: new Map(),
    held: new Set(resources.filter((name) => owners.get(name) === self)),
    quiet: true,
  };
}

function timeCase(name: string, shards: number, members: number): BenchCase {
  const cluster = balanced(shards, members);
  const input = inputOf(cluster, cluster.members[0] ?? '');
  const decisions = Math.ceil(100_000 / shards);
  const round = (decide: () => void): Promise<number> =>
    cpuPerOperation(decisions, async () => {
      for (let n = 0; n < decisions; n++) decide();
    });
  return {
    name,
    unit: 'µs CPU per decision',
    goal: null,
    setup: async () => ({
      ours: () =>
        round(() => {
          const { claim, handOver } = decideAssignment(input);
          if (claim.length + handOver.length > 0) throw new Error('a cluster at rest was to be moved');
        }),
      limit: () =>
        round(() => {
          const owners = new Map(input.resources.map((shard, n) => [shard, cluster.members[n % members]]));
          if (owners.size !== shards) throw new Error('a shard has no owner');
        }),
      async [Symbol.asyncDispose]() {},
    }),
  };
}

function movesCase(name: string, shards: number, members: number, change: 'death' | 'birth'): BenchCase {
  // Nothing is drawn here, so a second settling gives the same number.
  let moves: number | undefined;
  const count = (): number => {
    const cluster = balanced(shards, members);
    if (change === 'birth') cluster.members.push('member-new');
    else bury(cluster, cluster.members.pop() ?? '');
    return shards <= 1_000 ? settle(cluster) : countMoves(cluster);
  };
  const least = change === 'death' ? shards / members : Math.floor(shards / (members + 1));
  return {
    name,
    unit: 'shards moved',
    goal: 1,
    setup: async () => ({
      async ours() {
        moves ??= count();
        return moves;
      },
      limit: async () => least,
      async [Symbol.asyncDispose]() {},
    }),
  };
}

function bury(cluster: Cluster, dead: string): void {
  for (const [name, owner] of cluster.owners) if (owner === dead) cluster.owners.delete(name);
}

/** Shards whose owner is another, or none, in the distribution that every member aims at. */
function countMoves({ members, resources, owners }: Cluster): number {
  const target = assign({ members, resources, owners });
  if (target.size !== resources.length) throw new Error('a shard has no owner');
  return resources.filter((name) => target.get(name) !== owners.get(name)).length;
}

/** Lets every member do what it decides, again and again, until nobody has anything to do. @returns Shards that changed hands. */
function settle(cluster: Cluster): number {
  let moves = 0;
  for (let turn = 0; ; turn++) {
    let moved = 0;
    const now: Cluster = { ...cluster, owners: new Map(cluster.owners) };
    for (const self of now.members) {
      const { claim, handOver } = decideAssignment(inputOf(now, self));
      for (const shard of claim) {
        if (cluster.owners.has(shard) && !now.owners.has(shard)) throw new Error(`${shard} has two owners`);
        cluster.owners.set(shard, self);
        moved++;
      }
      for (const { name, to } of handOver) {
        if (to === undefined) throw new Error(`${name} was given to nobody`);
        cluster.owners.set(name, to);
        moved++;
      }
    }
    if (moved === 0) break;
    moves += moved;
    if (turn > 100) throw new Error('the cluster does not come to rest');
  }
  const counts = new Map<string, number>(cluster.members.map((member) => [member, 0]));
  for (const owner of cluster.owners.values()) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  if (cluster.owners.size !== cluster.resources.length) throw new Error('a shard has no owner');
  if (Math.max(...counts.values()) - Math.min(...counts.values()) > 1) throw new Error('it is not balanced');
  return moves;
}
