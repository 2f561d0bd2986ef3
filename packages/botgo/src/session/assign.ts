/**
 * Who serves what, without a leader: every member computes the same answer from the same view. No clock, no randomness, no store.
 *
 *     assign()           the distribution all members aim at: balanced to one, fewest moves
 *     decideAssignment() what one member does about it now: claim, hand over, pass on
 */

/** What {@link assign} distributes. Order does not matter; a name that comes twice counts once. */
export interface AssignInput {
  /** Members that may own something. */
  readonly members: readonly string[];
  readonly resources: readonly string[];
  /** Who owns a resource now. Entries of others than `members` and `resources` count as free. */
  readonly owners: ReadonlyMap<string, string>;
}

/**
 * Distributes resources over members so that their counts differ by one at most and as few resources as possible leave the member
 * that owns them. The same input gives the same answer on every member.
 * @returns Resource → member; empty without members.
 */
export function assign(input: AssignInput): Map<string, string> {
  const members = sortedUnique(input.members);
  const resources = sortedUnique(input.resources);
  const target = new Map<string, string>();
  if (members.length === 0) return target;

  const owned = new Map<string, string[]>(members.map((member) => [member, []]));
  const free: string[] = [];
  for (const resource of resources) {
    const owner = input.owners.get(resource);
    const list = owner === undefined ? undefined : owned.get(owner);
    if (list) list.push(resource);
    else free.push(resource);
  }

  const quotas = shareOut(members, owned, resources.length);
  for (const [member, list] of owned) {
    const quota = quotas.get(member) ?? 0;
    for (const [index, resource] of list.entries()) {
      if (index < quota) target.set(resource, member);
      else free.push(resource);
    }
  }
  let next = 0;
  for (const member of members) {
    const missing = (quotas.get(member) ?? 0) - (owned.get(member)?.length ?? 0);
    for (let given = 0; given < missing; given++, next++) {
      const resource = free[next];
      if (resource !== undefined) target.set(resource, member);
    }
  }
  return target;
}

/**
 * The share of each member: the rest of the division goes first to those who own more than the base, because a resource kept is a
 * move saved. How much more does not count, so that the answer stays the same while the moves it asks for are under way.
 */
function shareOut(
  members: readonly string[],
  owned: ReadonlyMap<string, readonly string[]>,
  count: number,
): Map<string, number> {
  const base = Math.floor(count / members.length);
  const rest = count % members.length;
  const ownsMore = (member: string): boolean => (owned.get(member)?.length ?? 0) > base;
  const inTurn = [...members.filter(ownsMore), ...members.filter((member) => !ownsMore(member))];
  return new Map(inTurn.map((member, index) => [member, index < rest ? base + 1 : base]));
}

/** A living member, as far as assignment is concerned. */
export interface AssignMember {
  readonly memberId: string;
  /** It is stopping: it gets nothing and gives everything. */
  readonly draining: boolean;
  /** What code it runs, where its operator says so. */
  readonly release?: string | undefined;
}

/** What one member knows when it decides. */
export interface AssignmentInput {
  /** The member that decides. When it is not among `members`, it decides nothing. */
  readonly self: string;
  /** Living members, this one included. */
  readonly members: readonly AssignMember[];
  /** Everything that is to be served. */
  readonly resources: readonly string[];
  /** Resource → living owner. */
  readonly owners: ReadonlyMap<string, string>;
  /** Resource without an owner → living member it was released to. */
  readonly reserved: ReadonlyMap<string, string>;
  /** What this member really holds, to find what the store thinks it owns since an answer was lost. */
  readonly held: ReadonlySet<string>;
  /** The membership has not changed for a while: resources may move between the living. */
  readonly quiet: boolean;
  /** Set by a coordinator with a fixed assignment: whether this member serves a resource. Nothing moves then. */
  readonly serves?: ((resource: string) => boolean) | undefined;
}

/** Give `name` to member `to`, or to anybody when nobody is there to take it. */
export interface HandOver {
  readonly name: string;
  readonly to: string | undefined;
}

/** What a member does now. */
export interface AssignmentDecision {
  /** Claim these. */
  readonly claim: readonly string[];
  /** Drain and release these. */
  readonly handOver: readonly HandOver[];
  /** Reserved for this member, which is stopping: claim them and release them again without serving them. */
  readonly passOn: readonly HandOver[];
}

const NOTHING: AssignmentDecision = Object.freeze({ claim: [], handOver: [], passOn: [] });

/** At most this part of all resources is between two living members at one time. */
const MOVING_PART = 10;

/**
 * Decides what `self` does now. Free resources are claimed at once, by the member the common target names; resources move between
 * living members only when `quiet`, at most a tenth of all at a time, counting those on their way; a stopping member gives
 * everything at once to whom the target names.
 *
 * While members that stay run different releases a deployment is under way: nothing is balanced, and a stopping member gives to the
 * other release, so that each resource moves once, from the old to the new, however long the new ones take to start.
 */
export function decideAssignment(input: AssignmentInput): AssignmentDecision {
  const self = input.members.find((member) => member.memberId === input.self);
  if (!self) return NOTHING;
  if (input.serves) return decideFixed(input, self.draining, input.serves);

  const staying = input.members.filter((member) => !member.draining);
  const able = staying.map((member) => member.memberId);
  // A resource on its way counts as its receiver's: every member must compute the same target while it travels.
  const owners = new Map([...input.reserved, ...input.owners]);
  if (self.draining) return giveEverything(input, self, staying, owners);

  const target = assign({ members: able, resources: input.resources, owners });

  const claim: string[] = [];
  for (const [name, member] of target) {
    if (isOursToTake(input, name)) claim.push(name);
    else if (member === input.self && !input.owners.has(name) && !input.reserved.has(name)) claim.push(name);
  }
  return {
    claim: claim.sort(compare),
    handOver: input.quiet && !isDeploying(staying) ? nextMoves(input, able, target) : [],
    passOn: [],
  };
}

function isDeploying(staying: readonly AssignMember[]): boolean {
  return staying.some(({ release }) => release !== staying[0]?.release);
}

function giveEverything(
  input: AssignmentInput,
  self: AssignMember,
  staying: readonly AssignMember[],
  owners: ReadonlyMap<string, string>,
): AssignmentDecision {
  const successors = staying.filter(({ release }) => release !== self.release);
  const heirs = successors.length > 0 ? successors : staying;
  const others = new Set(staying.filter((member) => !heirs.includes(member)).map(({ memberId }) => memberId));
  const target = assign({
    members: heirs.map(({ memberId }) => memberId),
    // What stays where it is does not count; what others give at the same time does.
    resources: input.resources.filter((name) => !others.has(owners.get(name) ?? '')),
    owners,
  });
  const mine = sortedUnique(input.resources);
  const give = (name: string): HandOver => ({ name, to: target.get(name) });
  return {
    claim: [],
    handOver: mine.filter((name) => input.held.has(name)).map(give),
    passOn: mine.filter((name) => !input.held.has(name) && isOursToTake(input, name)).map(give),
  };
}

/** Whether the store already names this member for a resource it does not hold. */
function isOursToTake(input: AssignmentInput, name: string): boolean {
  const owner = input.owners.get(name);
  if (owner !== undefined) return owner === input.self && !input.held.has(name);
  return input.reserved.get(name) === input.self;
}

/** Those of this member's resources that are among the moves allowed at present. */
function nextMoves(
  input: AssignmentInput,
  able: readonly string[],
  target: ReadonlyMap<string, string>,
): HandOver[] {
  const living = new Set(able);
  const moves: { name: string; from: string; to: string }[] = [];
  let underWay = 0;
  for (const name of sortedUnique(input.resources)) {
    const from = input.owners.get(name);
    const to = target.get(name);
    if (from === undefined) underWay += input.reserved.has(name) ? 1 : 0;
    else if (to !== undefined && to !== from && living.has(from)) moves.push({ name, from, to });
  }
  // One that its owner is draining is still among the first of this sorted list, so it keeps its place in the count.
  const allowed = Math.max(0, Math.ceil(input.resources.length / MOVING_PART) - underWay);
  return moves
    .slice(0, allowed)
    .filter((move) => move.from === input.self && input.held.has(move.name))
    .map(({ name, to }) => ({ name, to }));
}

function decideFixed(
  input: AssignmentInput,
  draining: boolean,
  serves: (resource: string) => boolean,
): AssignmentDecision {
  const mine = sortedUnique(input.resources.filter(serves));
  if (!draining) return { claim: mine.filter((name) => !input.held.has(name)), handOver: [], passOn: [] };
  const handOver = mine.filter((name) => input.held.has(name)).map((name) => ({ name, to: undefined }));
  return { claim: [], handOver, passOn: [] };
}

/** Sorted by code units, which is the same everywhere (a locale's order is not), without doubles. */
function sortedUnique(names: readonly string[]): readonly string[] {
  let previous: string | undefined;
  for (const name of names) {
    if (previous !== undefined && previous >= name) return [...new Set(names)].sort(compare);
    previous = name;
  }
  return names;
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
