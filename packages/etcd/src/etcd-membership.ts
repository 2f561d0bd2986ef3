import { randomUUID } from 'node:crypto';
import {
  closedError,
  leaseLostError,
  type MemberInfo,
  type Membership,
  memberInUseError,
  type OwnedResource,
  otherAppError,
  type Release,
  type RenewResult,
  type ResolvedJoinOptions,
  requireName,
  type StateWrite,
  toJson,
} from 'botgo/session';
import type { Base } from './base.js';
import { type Keys, newLeaseId, toSeconds } from './keys.js';
import {
  type Compare,
  createdAt,
  get,
  hasValue,
  isUnder,
  type KeyValue,
  type Kv,
  list,
  nested,
  type Op,
  put,
  remove,
  TXN_CHUNK,
  type TxnResult,
} from './kv.js';

/** What the members of one coordinator share. */
export interface MembershipParts {
  readonly kv: Kv;
  readonly keys: Keys;
  readonly base: Base;
  readonly isClosed: () => boolean;
}

/** JSON under a member's key. */
export interface MemberRecord {
  readonly info: MemberInfo;
  readonly leaseMs: number;
  /** Tells a join that was sent twice from a second member of the same id. */
  readonly inc: string;
}

/** JSON under an owner's key. */
export interface OwnerRecord {
  readonly member: string;
  readonly claim: string;
}

/** JSON under a resource's key. */
export interface ResourceRecord {
  readonly held: boolean;
  readonly token?: number;
}

/** After so many tries to reserve for members that ended meanwhile, nothing is reserved. */
const RESERVE_TRIES = 3;

/** One member's stay in a cluster on etcd: everything it owns lies under its lease and ends with it. */
export class EtcdMembership implements Membership {
  readonly memberId: string;
  readonly leaseMs: number;
  readonly #parts: MembershipParts;
  readonly #lease = newLeaseId();
  readonly #inc = randomUUID();
  #info: MemberInfo;
  /** Revision at which this stay began: part of every condition, so that no call of another stay passes. */
  #since = 0;
  #base = 0;
  /** Resource → id of a claim that may have taken it although it failed: the next one asks under the same id. */
  readonly #inDoubt = new Map<string, string>();
  #claiming: Promise<unknown> = Promise.resolve();
  #leaving: Promise<void> | undefined;

  private constructor(parts: MembershipParts, options: ResolvedJoinOptions) {
    this.#parts = parts;
    this.memberId = options.memberId;
    this.leaseMs = options.leaseMs;
    this.#info = options.info;
  }

  static async join(parts: MembershipParts, options: ResolvedJoinOptions): Promise<EtcdMembership> {
    const membership = new EtcdMembership(parts, options);
    await membership.#join();
    return membership;
  }

  async renew(writes: readonly StateWrite[], info?: MemberInfo): Promise<RenewResult> {
    const encoded = writes.map(encodeWrite);
    this.#requireMember();
    // At once, not one after the other: one way there and back.
    const [lives, isWritten, ...chunks] = await Promise.all([
      this.#parts.kv.keepAlive(this.#lease),
      this.#writeInfo(info),
      ...chunked(encoded).map((chunk) =>
        this.#txn(chunk.map((write) => this.#ifOwned(write, stateOps(this.#parts.keys, write)))),
      ),
    ]);
    if (!lives || !isWritten) throw this.#lost();
    const lost: string[] = [];
    for (const [index, chunk] of chunked(encoded).entries())
      for (const [place, { name }] of chunk.entries())
        if (!chunks[index]?.results[place]?.txn?.succeeded) lost.push(name);
    return { lost };
  }

  async claim(names: readonly string[]): Promise<OwnedResource[]> {
    for (const name of names) requireName('name of a resource', name);
    // One after the other: what the one leaves in doubt the next one settles.
    const claiming = this.#claiming.then(() => this.#claim([...new Set(names)]));
    this.#claiming = claiming.catch(() => undefined);
    return await claiming;
  }

  async release(releases: readonly Release[]): Promise<void> {
    const encoded = releases.map((release) => ({ ...encodeWrite(release), to: release.to }));
    if (this.#parts.isClosed()) throw closedError();
    for (const chunk of chunked(encoded)) await this.#release(chunk);
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#leave().catch((error: unknown) => {
      this.#leaving = undefined;
      throw error;
    });
    return this.#leaving;
  }

  async #join(): Promise<void> {
    const { kv, keys, base } = this.#parts;
    const { appId } = this.#info;
    await kv.grant(this.#lease, toSeconds(this.leaseMs));
    const key = keys.member(this.memberId);
    const enter = put(key, this.#record(), { lease: this.#lease });
    const isFree = createdAt(key, 0);
    // Conditions look at the store as it was before: a cluster without an app becomes ours in the same step.
    const result = await kv.txn(
      [],
      [
        nested([createdAt(keys.base, 0)], [put(keys.base, base.fresh())]),
        nested([createdAt(keys.app, 0)], [put(keys.app, appId)]),
        get(keys.base),
        get(keys.app),
        nested(
          [isFree, hasValue(keys.app, appId)],
          [enter],
          [nested([isFree, createdAt(keys.app, 0)], [enter])],
        ),
        get(key),
      ],
    );
    if (!result) throw this.#lost();
    const [, , baseResult, appResult, , memberResult] = result.results;
    const theirs = appResult?.kvs[0]?.value;
    const stored = memberResult?.kvs[0];
    const isOurs = stored !== undefined && (JSON.parse(stored.value) as MemberRecord).inc === this.#inc;
    if (!isOurs) {
      await kv.revoke(this.#lease);
      if (theirs !== undefined && theirs !== appId) throw otherAppError(appId, theirs);
      throw memberInUseError(this.memberId);
    }
    this.#since = stored.createRevision;
    this.#base = base.set(baseResult?.kvs[0]?.value);
  }

  async #claim(names: readonly string[]): Promise<OwnedResource[]> {
    this.#requireMember();
    const claimId = randomUUID();
    const owned: OwnedResource[] = [];
    for (const name of names) this.#inDoubt.set(name, this.#inDoubt.get(name) ?? claimId);
    for (const chunk of chunked(names)) {
      const result = await this.#txn(chunk.map((name) => this.#claimOp(name)));
      for (const [index, name] of chunk.entries()) {
        const resource = await this.#readClaim(name, result.results[index]?.txn, result.revision);
        if (resource) owned.push(resource);
      }
    }
    // Only now, when nothing can fail any more: what was taken before a failure is given again by the next claim.
    for (const name of names) this.#inDoubt.delete(name);
    return owned;
  }

  /** Takes it when it is free, or when it is reserved for us; else looks who has it. */
  #claimOp(name: string): Op {
    const { keys } = this.#parts;
    const record: OwnerRecord = { member: this.memberId, claim: this.#inDoubt.get(name) ?? '' };
    const held: ResourceRecord = { held: true };
    const isFree = createdAt(keys.owner(name), 0);
    const take = [
      put(keys.owner(name), JSON.stringify(record), { lease: this.#lease }),
      put(keys.resource(name), JSON.stringify(held), { previous: true }),
      remove(keys.reserve(name)),
      get(keys.state(name)),
    ];
    const isOurs = hasValue(keys.reserve(name), this.memberId);
    const otherwise = nested([isFree, isOurs], take, [get(keys.owner(name)), get(keys.state(name))]);
    return nested([isFree, createdAt(keys.reserve(name), 0)], take, [otherwise]);
  }

  async #readClaim(
    name: string,
    first: TxnResult | undefined,
    revision: number,
  ): Promise<OwnedResource | undefined> {
    const taken = first?.succeeded ? first : first?.results[0]?.txn;
    if (taken?.succeeded) {
      const [, resource, , state] = taken.results;
      return this.#owned(name, revision, resource?.kvs[0], state?.kvs[0]);
    }
    // Ours already, by a claim whose answer was lost: what was there before it is in the revision before it.
    const [owner, state] = taken?.results ?? [];
    const [kv] = owner?.kvs ?? [];
    if (
      !kv ||
      kv.lease !== this.#lease ||
      (JSON.parse(kv.value) as OwnerRecord).claim !== this.#inDoubt.get(name)
    )
      return undefined;
    const { kv: store, keys } = this.#parts;
    const before = await store.getAt(keys.resource(name), kv.createRevision - 1);
    return this.#owned(name, kv.createRevision, before, state?.kvs[0]);
  }

  #owned(
    name: string,
    revision: number,
    before: KeyValue | undefined,
    state: KeyValue | undefined,
  ): OwnedResource {
    return {
      name,
      token: this.#base + revision,
      state: state && (JSON.parse(state.value) as unknown),
      afterCrash: before !== undefined && (JSON.parse(before.value) as ResourceRecord).held,
    };
  }

  async #release(releases: readonly (EncodedWrite & { to: string | undefined })[]): Promise<void> {
    const { kv, keys } = this.#parts;
    for (let tries = 1; ; tries++) {
      // A reservation lies under the lease of the member it is for, and so ends with that member.
      const heirs = tries > RESERVE_TRIES ? [] : releases.flatMap(({ to }) => (to === undefined ? [] : [to]));
      const leases = await this.#leasesOf(heirs);
      const ops = releases.map((release) => {
        const { name, token, to } = release;
        const record: ResourceRecord = { held: false, token };
        const lease = to === undefined ? undefined : leases.get(to);
        return this.#ifOwned(release, [
          ...stateOps(keys, release),
          remove(keys.owner(name)),
          put(keys.resource(name), JSON.stringify(record)),
          ...(to === undefined || lease === undefined ? [] : [put(keys.reserve(name), to, { lease })]),
        ]);
      });
      // Refused by its conditions: the lease has ended, nothing is owned, and that is left as it is. No answer: a member that was to
      // have a resource has ended between reading and writing, and nothing was written.
      if (await kv.txn(this.#conditions(), ops)) return;
    }
  }

  async #leasesOf(members: readonly string[]): Promise<Map<string, string>> {
    const ids = [...new Set(members)];
    if (ids.length === 0) return new Map();
    const { kv, keys } = this.#parts;
    const { results } = await kv.run(ids.map((id) => get(keys.member(id))));
    const leases = new Map<string, string>();
    for (const [index, id] of ids.entries()) {
      const lease = results[index]?.kvs[0]?.lease;
      if (lease !== undefined) leases.set(id, lease);
    }
    return leases;
  }

  async #leave(): Promise<void> {
    if (this.#parts.isClosed()) throw closedError();
    const { kv, keys } = this.#parts;
    await this.#claiming;
    const { results } = await kv.run([list(keys.owners)]);
    const mine = (results[0]?.kvs ?? []).filter((owner) => owner.lease === this.#lease);
    for (const chunk of chunked(mine)) {
      const ops = chunk.map(({ key, createRevision }) => {
        const record: ResourceRecord = { held: false, token: this.#base + createRevision };
        const name = key.slice(keys.owners.length);
        return nested(
          [createdAt(key, createRevision)],
          [remove(key), put(keys.resource(name), JSON.stringify(record))],
        );
      });
      await kv.run(ops);
    }
    await kv.revoke(this.#lease);
  }

  async #writeInfo(info: MemberInfo | undefined): Promise<boolean> {
    if (!info || JSON.stringify(info) === JSON.stringify(this.#info)) return true;
    const record: MemberRecord = { info, leaseMs: this.leaseMs, inc: this.#inc };
    const write = put(this.#parts.keys.member(this.memberId), JSON.stringify(record), { keepLease: true });
    const result = await this.#parts.kv.txn(this.#conditions(), [write]);
    if (!result?.succeeded) return false;
    this.#info = info;
    return true;
  }

  /** Steps under the condition that this stay lives. @throws `BOTGO_LEASE_LOST` */
  async #txn(ops: readonly Op[]): Promise<TxnResult> {
    const result = await this.#parts.kv.txn(this.#conditions(), ops);
    if (!result?.succeeded) throw this.#lost();
    return result;
  }

  #conditions(): Compare[] {
    return [createdAt(this.#parts.keys.member(this.memberId), this.#since)];
  }

  /** Steps under the condition that this stay owns the resource under the token: its claim created the owner's key. */
  #ifOwned({ name, token }: EncodedWrite, ops: readonly Op[]): Op {
    const key = this.#parts.keys.owner(name);
    return nested([createdAt(key, token - this.#base), isUnder(key, this.#lease)], ops);
  }

  #requireMember(): void {
    if (this.#parts.isClosed()) throw closedError();
    if (this.#leaving) throw this.#lost();
  }

  #lost(): Error {
    return leaseLostError(this.memberId);
  }

  #record(): string {
    const record: MemberRecord = { info: this.#info, leaseMs: this.leaseMs, inc: this.#inc };
    return JSON.stringify(record);
  }
}

interface EncodedWrite {
  readonly name: string;
  readonly token: number;
  readonly json: string | undefined;
}

function encodeWrite({ name, token, state }: StateWrite): EncodedWrite {
  return { name: requireName('name of a resource', name), token, json: toJson(`state of ${name}`, state) };
}

function stateOps(keys: Keys, { name, json }: EncodedWrite): Op[] {
  return json === undefined ? [] : [put(keys.state(name), json)];
}

function chunked<Item>(items: readonly Item[]): Item[][] {
  const chunks: Item[][] = [];
  for (let start = 0; start < items.length; start += TXN_CHUNK)
    chunks.push(items.slice(start, start + TXN_CHUNK));
  return chunks;
}
