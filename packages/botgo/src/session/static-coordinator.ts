import { type Clock, systemClock } from '../clock/index.js';
import { ConfigError } from '../errs/index.js';
import type { Coordinator, JoinOptions, Membership, PermitAnswer, PermitRequest } from './coordinator.js';
import { type ResolvedPermitRequest, requirePermit } from './coordinator-input.js';
import { memoryCoordinator } from './memory-coordinator.js';

/** Which shards this process serves: one of the three ways. */
export type StaticShards =
  /** The first and the last shard, both included. */
  | { readonly shards: readonly [first: number, last: number] }
  /**
   * Process `ordinal` of `replicas` serves every shard whose number leaves it when divided by `replicas`, as BotGo-plugins does.
   * A number, or the host name of a StatefulSet's pod (`bot-3` is 3).
   */
  | { readonly ordinal: number | string; readonly replicas: number }
  /** As BotGo-plugins' config file: the ids of all processes and this one's. Their order does not matter. */
  | { readonly instances: readonly string[]; readonly self: string };

export type StaticCoordinatorOptions = StaticShards & {
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
  /** Path of a file that keeps this process's sessions over a restart. @defaultValue none */
  readonly file?: string | undefined;
};

/**
 * A coordinator for processes that do not speak to each other: each serves the shards its configuration names, nothing is taken
 * over. Permits are divided: of `n` processes each takes its part of them (or, where there are fewer permits than processes, its turn
 * by the wall clock); with `{ shards }` the number of processes is not known and each takes them all.
 * @throws {ConfigError} on a range or ordinal that cannot be
 */
export function staticCoordinator(options: StaticCoordinatorOptions): Coordinator {
  const clock = options.clock ?? systemClock;
  const rule = resolveRule(options);
  const inner = memoryCoordinator({ clock, file: options.file });
  const serves = (name: string): boolean => rule.servesShard(shardNumber(name));
  return {
    serves,
    join: async (join: JoinOptions) => onlyServed(await inner.join(join), serves),
    permit: async (request: PermitRequest) => await takePart(inner, clock, rule, requirePermit(request)),
    view: () => inner.view(),
    watch: (onChange) => inner.watch(onChange),
    getValue: (name) => inner.getValue(name),
    compareAndSet: (name, expectedVersion, value) => inner.compareAndSet(name, expectedVersion, value),
    appendLog: (name, entries) => inner.appendLog(name, entries),
    readLog: (name, from, limit) => inner.readLog(name, from, limit),
    deleteLog: (name) => inner.deleteLog(name),
    close: () => inner.close(),
    [Symbol.asyncDispose]: () => inner.close(),
  };
}

/** So long at least a turn is open: who waits for it comes some milliseconds late. */
const MIN_TURN_MS = 250;

interface StaticRule {
  readonly servesShard: (shard: number) => boolean;
  /** This process's place among all; 0 of 1 when that is not known. */
  readonly ordinal: number;
  readonly replicas: number;
}

function resolveRule(options: StaticCoordinatorOptions): StaticRule {
  if ('shards' in options) {
    const [first, last] = options.shards;
    if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 0 || last < first)
      throw new ConfigError(`shards must be [first, last] with 0 <= first <= last, got [${first}, ${last}]`);
    return { servesShard: (shard) => shard >= first && shard <= last, ordinal: 0, replicas: 1 };
  }
  const { ordinal, replicas } = 'instances' in options ? placeAmong(options) : placeOf(options);
  return { servesShard: (shard) => shard % replicas === ordinal, ordinal, replicas };
}

function placeOf(options: { ordinal: number | string; replicas: number }): {
  ordinal: number;
  replicas: number;
} {
  const { replicas } = options;
  const ordinal = typeof options.ordinal === 'number' ? options.ordinal : trailingNumber(options.ordinal);
  if (ordinal === undefined)
    throw new ConfigError(
      `ordinal must be a number or a host name that ends in one (bot-3), got ${options.ordinal}`,
    );
  if (!Number.isSafeInteger(replicas) || replicas < 1)
    throw new ConfigError(`replicas must be a whole number of 1 or more, got ${replicas}`);
  if (!Number.isSafeInteger(ordinal) || ordinal < 0 || ordinal >= replicas)
    throw new ConfigError(`ordinal must be from 0 to replicas - 1 (${replicas - 1}), got ${ordinal}`);
  return { ordinal, replicas };
}

function placeAmong({ instances, self }: { instances: readonly string[]; self: string }): {
  ordinal: number;
  replicas: number;
} {
  // Sorted: files that list the same processes in another order must not divide the shards otherwise (BotGo-plugins, D-P4).
  const sorted = [...new Set(instances)].sort();
  const ordinal = sorted.indexOf(self);
  if (ordinal < 0)
    throw new ConfigError(
      `self (${self}) is not among the instances: ${sorted.join(', ') || 'there are none'}`,
    );
  return { ordinal, replicas: sorted.length };
}

function trailingNumber(text: string): number | undefined {
  const digits = /(\d+)$/.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** The shard of a resource name such as `shard/2/17`. @throws {ConfigError} when it does not end in a number */
function shardNumber(name: string): number {
  const shard = trailingNumber(name);
  if (shard === undefined)
    throw new ConfigError(`A static coordinator assigns resources whose name ends in a number, got ${name}`);
  return shard;
}

function onlyServed(membership: Membership, serves: (name: string) => boolean): Membership {
  return {
    memberId: membership.memberId,
    leaseMs: membership.leaseMs,
    renew: (writes, info) => membership.renew(writes, info),
    claim: async (names) => await membership.claim(names.filter(serves)),
    release: (releases) => membership.release(releases),
    leave: () => membership.leave(),
  };
}

async function takePart(
  inner: Coordinator,
  clock: Clock,
  { ordinal, replicas }: StaticRule,
  { name, limit, windowMs, count }: ResolvedPermitRequest,
): Promise<PermitAnswer> {
  if (limit === 0 || limit >= replicas)
    return await inner.permit({ name, limit: Math.floor(limit / replicas), windowMs, count });
  // Fewer permits than processes: groups of `limit` processes take turns, and each of them has one permit in its turn. It may be taken in
  // the beginning of the turn only, and a window lies between that and the next turn: so no window holds permits of two turns.
  const openMs = Math.min(windowMs, Math.max(windowMs / 4, MIN_TURN_MS));
  const turnMs = windowMs + openMs;
  const cycleMs = turnMs * Math.ceil(replicas / limit);
  const sinceMs = remainder(clock.wallNow() - turnMs * Math.floor(ordinal / limit), cycleMs);
  const answer =
    sinceMs < openMs ? await inner.permit({ name, limit: 1, windowMs }) : { granted: 0, retryAfterMs: 0 };
  return {
    granted: answer.granted,
    retryAfterMs: answer.granted === count ? 0 : Math.ceil(cycleMs - sinceMs),
  };
}

/** From 0 to before the divisor, also of a negative number. */
function remainder(dividend: number, divisor: number): number {
  return ((dividend % divisor) + divisor) % divisor;
}
