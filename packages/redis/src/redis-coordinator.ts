import { ConfigError } from 'botgo/errs';
import {
  type ClusterValue,
  type ClusterView,
  type Coordinator,
  closedError,
  type JoinOptions,
  type MemberInfo,
  type Membership,
  type MemberView,
  type PermitAnswer,
  type PermitRequest,
  type ResourceView,
  requireName,
  requirePermit,
  resolveJoinOptions,
  valueToJson,
} from 'botgo/session';
import { ChangeWatch } from './change-watch.js';
import { Connection, type ConnectionOptions, type Reply } from './connection.js';
import { type KeyOptions, type Keys, resolveKeys } from './keys.js';
import { PERMIT } from './lua/permit.js';
import { COMPARE_AND_SET } from './lua/values.js';
import { LOOK, VIEW } from './lua/view.js';
import { REFILL_GRACE_MS, RedisMembership } from './redis-membership.js';

export interface RedisCoordinatorOptions extends ConnectionOptions, KeyOptions {
  /** How often the store is asked for changes when nothing was heard of it, in milliseconds. @defaultValue 5,000 */
  readonly pollMs?: number | undefined;
  /**
   * A server that is empty and started less than this ago may have lost its data: for the rest of the time the first claims of a new
   * cluster wait for members that would put theirs back. Milliseconds; 0 for never. @defaultValue 3,000
   */
  readonly refillGraceMs?: number | undefined;
}

export const REDIS_COORDINATOR_DEFAULTS = { pollMs: 5_000, refillGraceMs: REFILL_GRACE_MS } as const;

/**
 * A coordinator on Redis 6.2 or later: one server, Sentinel or Cluster (give a `client` for those). Connects with the first call.
 * @throws {ConfigError} on a bad option or URL. The first call rejects with `BOTGO_STORE` when the server cannot be reached, refuses
 *   the password or is too old.
 */
export function redisCoordinator(options: RedisCoordinatorOptions): Coordinator {
  const keys = resolveKeys(options);
  const pollMs = options.pollMs ?? REDIS_COORDINATOR_DEFAULTS.pollMs;
  if (!(pollMs > 0)) throw new ConfigError(`pollMs must be greater than 0, got ${pollMs}`);
  const refillGraceMs = options.refillGraceMs ?? REDIS_COORDINATOR_DEFAULTS.refillGraceMs;
  if (!(refillGraceMs >= 0)) throw new ConfigError(`refillGraceMs must be 0 or more, got ${refillGraceMs}`);
  return new RedisCoordinator(new Connection(options), keys, pollMs, refillGraceMs);
}

class RedisCoordinator implements Coordinator {
  readonly #connection: Connection;
  readonly #keys: Keys;
  readonly #refillGraceMs: number;
  readonly #changes: ChangeWatch;
  readonly #knownValues = new Map<string, string>();
  readonly #memberships = new Set<RedisMembership>();
  #isClosed = false;
  /** Every answer says when the next lease ends, and {@link ChangeWatch} looks at that moment. */
  readonly announcesExpiry = true;

  constructor(connection: Connection, keys: Keys, pollMs: number, refillGraceMs: number) {
    this.#connection = connection;
    this.#keys = keys;
    this.#refillGraceMs = refillGraceMs;
    this.#changes = new ChangeWatch({
      clock: connection.clock,
      subscribe: (onMessage) => connection.subscribe(keys.changes, onMessage),
      look: async () => {
        const [epoch, nextMs] = (await connection.run(LOOK, keys.cluster, [
          keys.changes,
        ])) as readonly Reply[];
        this.#changes.observe(String(epoch), Number(nextMs));
      },
      pollMs,
    });
    connection.onConnect(() => {
      for (const membership of this.#memberships) membership.comeBack();
    });
  }

  async join(options: JoinOptions): Promise<Membership> {
    const parts = {
      connection: this.#connection,
      keys: this.#keys,
      changes: this.#changes,
      knownValues: this.#knownValues,
      isClosed: () => this.#isClosed,
      onEnd: (ended: RedisMembership) => this.#memberships.delete(ended),
    };
    const membership = await RedisMembership.join(parts, resolveJoinOptions(options), this.#refillGraceMs);
    this.#memberships.add(membership);
    return membership;
  }

  async view(): Promise<ClusterView> {
    const { clock } = this.#connection;
    const askedMs = clock.now();
    const reply = (await this.#connection.run(VIEW, this.#keys.cluster, [
      this.#keys.changes,
    ])) as readonly Reply[];
    const [epoch, nextMs, members, leases, resources] = reply;
    // Counted from when it was asked for, as promised: the way there and back may have taken a part of the lease.
    const sinceMs = clock.now() - askedMs;
    this.#changes.observe(String(epoch), Number(nextMs) < 0 ? -1 : Math.max(0, Number(nextMs) - sinceMs));
    return readView(pairs(members), pairs(leases), pairs(resources));
  }

  watch(onChange: () => void): () => void {
    if (this.#isClosed) throw closedError();
    return this.#changes.add(onChange);
  }

  async permit(request: PermitRequest): Promise<PermitAnswer> {
    const { name, appId, limit, windowMs, count } = requirePermit(request);
    const keys = appId === undefined ? this.#keys : resolveKeys({ appId });
    const args = [limit, windowMs, count];
    const reply = await this.#connection.run(PERMIT, [keys.permits(name)], args);
    const [granted, retryAfterMs] = (reply as readonly Reply[]).map(Number);
    return { granted: granted ?? 0, retryAfterMs: retryAfterMs ?? windowMs };
  }

  async getValue(name: string): Promise<ClusterValue | undefined> {
    requireName('name of a value', name);
    const entry = await this.#connection.call('get a value', (client) =>
      client.hget(this.#keys.values, name),
    );
    if (entry === null) return undefined;
    this.#knownValues.set(name, entry);
    const space = entry.indexOf(' ');
    return { value: JSON.parse(entry.slice(space + 1)) as unknown, version: Number(entry.slice(0, space)) };
  }

  async compareAndSet(name: string, expectedVersion: number, value: unknown): Promise<number | undefined> {
    const json = valueToJson(name, value);
    const args = [this.#keys.changes, name, String(expectedVersion), json];
    const version = await this.#connection.run(COMPARE_AND_SET, this.#keys.cluster, args);
    if (version === null) return undefined;
    this.#knownValues.set(name, `${String(version)} ${json}`);
    return Number(version);
  }

  async appendLog(name: string, entries: readonly string[]): Promise<void> {
    const key = this.#keys.log(requireName('name of a log', name));
    if (entries.length > 0)
      await this.#connection.call('append to a log', (client) => client.rpush(key, ...entries));
  }

  async readLog(name: string, from: number, limit: number): Promise<{ entries: string[]; next: number }> {
    const key = this.#keys.log(requireName('name of a log', name));
    if (limit <= 0) return { entries: [], next: from };
    const entries = await this.#connection.call('read a log', (client) =>
      client.lrange(key, from, from + limit - 1),
    );
    return { entries, next: from + entries.length };
  }

  async deleteLog(name: string): Promise<void> {
    const key = this.#keys.log(requireName('name of a log', name));
    await this.#connection.call('delete a log', (client) => client.unlink(key));
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#changes.stop();
    this.#connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** A flat list of names and texts, as Redis gives a hash. */
function pairs(reply: Reply | undefined): Map<string, string> {
  const list = Array.isArray(reply) ? (reply as readonly Reply[]) : [];
  const map = new Map<string, string>();
  for (let index = 0; index < list.length; index += 2) map.set(String(list[index]), String(list[index + 1]));
  return map;
}

function readView(
  membersById: ReadonlyMap<string, string>,
  leases: ReadonlyMap<string, string>,
  resourcesByName: ReadonlyMap<string, string>,
): ClusterView {
  const incs = new Map<string, string>();
  const members: MemberView[] = [];
  for (const memberId of [...membersById.keys()].sort()) {
    const record = JSON.parse(membersById.get(memberId) ?? '') as { inc: string; info: string };
    incs.set(memberId, record.inc);
    const info = JSON.parse(record.info) as MemberInfo;
    members.push({ memberId, info, leaseLeftMs: Number(leases.get(memberId) ?? 0) });
  }
  const resources: ResourceView[] = [];
  for (const name of [...resourcesByName.keys()].sort()) {
    const record = JSON.parse(resourcesByName.get(name) ?? '') as readonly string[];
    const [token = '0', owner = '', inc = '', , reservedFor = ''] = record;
    const isOwned = owner !== '' && incs.get(owner) === inc;
    resources.push({
      name,
      owner: isOwned ? owner : undefined,
      reservedFor: !isOwned && incs.has(reservedFor) ? reservedFor : undefined,
      token: Number(token),
    });
  }
  return { members, resources };
}
