import { randomUUID } from 'node:crypto';
import type { Clock } from 'botgo/clock';
import type { Logger } from 'botgo/log';
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
} from 'botgo/session';
import type { Base } from './base.js';
import { Claim, type Taken } from './claim.js';
import { type Keys, newLeaseId, toSeconds } from './keys.js';
import {
  type Compare,
  createdAt,
  get,
  hasValue,
  isUnder,
  type Kv,
  list,
  nested,
  type Op,
  put,
  remove,
  type TxnResult,
} from './kv.js';
import type { MemberRecord, OwnerRecord, ResourceRecord } from './records.js';
import { chunked, type EncodedWrite, encodeWrite, stateOps } from './writes.js';

/** What the members of one coordinator share. */
export interface MembershipParts {
  readonly kv: Kv;
  readonly keys: Keys;
  readonly base: Base;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Cluster values last seen, name → JSON under their key: put back into a store that was emptied. */
  readonly knownValues: ReadonlyMap<string, string>;
  /** Called with the revision of each write that the watch tells of. */
  readonly wrote: (revision: number) => void;
  /** Called with the revision that the store had at a renewal. */
  readonly heard: (revision: number) => void;
  readonly isClosed: () => boolean;
}

/** What this stay owns. */
interface Held {
  readonly token: number;
  /** That of the transaction which created the owner's key: the condition of every write. */
  readonly revision: number;
  /** JSON of its state that the store has; `undefined` when there is none. */
  readonly json: string | undefined;
}

/** An etcd that has hardly been written to may have lost its data, and its members may be about to bring them back. */
export const REFILL_GRACE_MS = 3_000;
const YOUNG_REVISION = 100;

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
  readonly #held = new Map<string, Held>();
  /** When the last renewal that succeeded was sent, on both clocks: a suspended machine stops the one, a set clock moves the other. */
  #renewed: Instant;
  #restoring: Promise<boolean> | undefined;
  /** Resource → id of a claim that may have taken it although it failed: the next one asks under the same id. */
  readonly #inDoubt = new Map<string, string>();
  #claiming: Promise<unknown> = Promise.resolve();
  #leaving: Promise<void> | undefined;

  private constructor(parts: MembershipParts, options: ResolvedJoinOptions) {
    this.#parts = parts;
    this.memberId = options.memberId;
    this.leaseMs = options.leaseMs;
    this.#info = options.info;
    this.#renewed = this.#now();
  }

  static async join(
    parts: MembershipParts,
    options: ResolvedJoinOptions,
    refillGraceMs: number,
  ): Promise<EtcdMembership> {
    const membership = new EtcdMembership(parts, options);
    await membership.#join(refillGraceMs);
    return membership;
  }

  async renew(writes: readonly StateWrite[], info?: MemberInfo): Promise<RenewResult> {
    const encoded = writes.map(encodeWrite);
    this.#requireMember();
    for (let isSecond = false; ; isSecond = true) {
      const sent = this.#now();
      const lost = await this.#renew(encoded, info);
      if (lost) {
        this.#renewed = sent;
        return { lost };
      }
      if (isSecond || !(await this.#restore())) throw this.#lost();
    }
  }

  /** @returns What was lost; `undefined` when the stay as such is not known any more. */
  async #renew(writes: readonly EncodedWrite[], info: MemberInfo | undefined): Promise<string[] | undefined> {
    const { kv, keys } = this.#parts;
    const chunks = chunked(writes);
    // At once, not one after the other: one way there and back.
    const [revision, isWritten, ...answers] = await Promise.all([
      kv.keepAlive(this.#lease, this.leaseMs),
      this.#writeInfo(info),
      ...chunks.map((chunk) =>
        kv.txn(
          this.#conditions(),
          chunk.map((write) => this.#ifOwned(write, stateOps(keys, write))),
        ),
      ),
    ]);
    if (revision === undefined || !isWritten || answers.some((answer) => !answer?.succeeded))
      return undefined;
    this.#parts.heard(revision);
    const lost: string[] = [];
    for (const [index, chunk] of chunks.entries()) {
      for (const [place, { name, token, json }] of chunk.entries()) {
        const held = this.#held.get(name);
        if (!answers[index]?.results[place]?.txn?.succeeded) {
          lost.push(name);
          if (held?.token === token) this.#held.delete(name);
        } else if (held && json !== undefined) this.#held.set(name, { ...held, json });
      }
    }
    return lost;
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

  async #join(refillGraceMs: number): Promise<void> {
    const { kv, keys, base } = this.#parts;
    const { appId } = this.#info;
    await kv.grant(this.#lease, toSeconds(this.leaseMs));
    const hasGrace = refillGraceMs > 0 && (await kv.run([get(keys.base)])).revision < YOUNG_REVISION;
    const grace = hasGrace ? [await this.#refillOp(refillGraceMs)] : [];
    const key = keys.member(this.memberId);
    const enter = put(key, this.#record(), { lease: this.#lease });
    const isFree = createdAt(key, 0);
    // Conditions look at the store as it was before: a cluster without an app becomes ours in the same step.
    const result = await kv.txn(
      [],
      [
        nested([createdAt(keys.base, 0)], [put(keys.base, base.fresh()), ...grace]),
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
    this.#parts.wrote(stored.createRevision);
    this.#base = base.set(baseResult?.kvs[0]?.value);
  }

  async #claim(names: readonly string[]): Promise<OwnedResource[]> {
    this.#requireMember();
    const claimId = randomUUID();
    const owned: OwnedResource[] = [];
    for (const name of names) this.#inDoubt.set(name, this.#inDoubt.get(name) ?? claimId);
    for (const chunk of chunked(names)) {
      const isFilled = createdAt(this.#parts.keys.refill, 0);
      owned.push(...((await this.#claimChunk(chunk, [isFilled])) ?? (await this.#claimKnown(chunk))));
    }
    // Only now, when nothing can fail any more: what was taken before a failure is given again by the next claim.
    for (const name of names) this.#inDoubt.delete(name);
    return owned;
  }

  /** While members may still be about to put back what they own, only what the store knows may be taken. */
  async #claimKnown(names: readonly string[]): Promise<readonly OwnedResource[]> {
    const { kv, keys } = this.#parts;
    const { results } = await kv.run(names.map((name) => get(keys.resource(name))));
    const known = names.filter((_, index) => results[index]?.kvs.length === 1);
    return known.length === 0 ? [] : ((await this.#claimChunk(known, [])) ?? []);
  }

  /** @returns What was taken; `undefined` when the conditions are not met. */
  async #claimChunk(
    names: readonly string[],
    conditions: readonly Compare[],
  ): Promise<readonly OwnedResource[] | undefined> {
    const { kv, keys } = this.#parts;
    const claims = names.map(
      (name) => new Claim(name, keys, this.memberId, this.#lease, this.#inDoubt.get(name) ?? ''),
    );
    const { results, revision } = await this.#txn(() => [
      nested(
        conditions,
        claims.map((claim) => claim.op()),
      ),
    ]);
    const answer = results[0]?.txn;
    if (!answer?.succeeded) return undefined;
    const owned: OwnedResource[] = [];
    for (const [index, claim] of claims.entries()) {
      const taken = await claim.read(answer.results[index]?.txn, revision, kv);
      if (taken) owned.push(this.#owned(claim.name, taken));
    }
    return owned;
  }

  #owned(name: string, { revision, before, state }: Taken): OwnedResource {
    this.#parts.wrote(revision);
    const token = this.#base + revision;
    this.#held.set(name, { token, revision, json: state?.value });
    return {
      name,
      token,
      state: state && (JSON.parse(state.value) as unknown),
      afterCrash: before !== undefined && (JSON.parse(before.value) as ResourceRecord).held,
    };
  }

  async #release(releases: readonly (EncodedWrite & { to: string | undefined })[]): Promise<void> {
    const { kv, keys } = this.#parts;
    let isRestored = false;
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
      const result = await kv.txn(this.#conditions(), ops);
      if (!result) continue;
      if (!result.succeeded && !isRestored && (await this.#restore())) {
        isRestored = true;
        continue;
      }
      if (result.results.some(({ txn }) => txn?.succeeded)) this.#parts.wrote(result.revision);
      for (const { name, token } of releases)
        if (this.#held.get(name)?.token === token) this.#held.delete(name);
      return;
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
    const { kv, keys, wrote } = this.#parts;
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
    wrote((await kv.revoke(this.#lease)) ?? 0);
    this.#held.clear();
  }

  /** Keeps resources that the store does not know from being taken, for that long. */
  async #refillOp(forMs: number): Promise<Op> {
    const lease = newLeaseId();
    await this.#parts.kv.grant(lease, toSeconds(forMs));
    return put(this.#parts.keys.refill, '', { lease });
  }

  /** Comes back into a store that was emptied although the lease has not ended. Calls at the same time are one. */
  #restore(): Promise<boolean> {
    this.#restoring ??= this.#putBack().finally(() => {
      this.#restoring = undefined;
    });
    return this.#restoring;
  }

  async #putBack(): Promise<boolean> {
    const { kv, keys, base, logger } = this.#parts;
    const now = this.#now();
    const elapsedMs = Math.max(now.ms - this.#renewed.ms, now.wallMs - this.#renewed.wallMs);
    if (elapsedMs >= this.leaseMs || this.#leaving) return false;
    const { appId } = this.#info;
    await kv.grant(this.#lease, toSeconds(this.leaseMs));
    const refill = await this.#refillOp(this.leaseMs);
    const opened = await kv.txn(
      [],
      [
        nested([createdAt(keys.base, 0)], [put(keys.base, base.fresh()), refill]),
        nested([createdAt(keys.app, 0)], [put(keys.app, appId)]),
        get(keys.base),
        get(keys.app),
      ],
    );
    const [, , baseResult, appResult] = opened?.results ?? [];
    const newBase = baseResult?.kvs[0]?.value;
    // The same base: the store has forgotten nothing, our lease has ended.
    if (newBase === undefined || newBase === String(this.#base) || appResult?.kvs[0]?.value !== appId)
      return false;
    const key = keys.member(this.memberId);
    const entered = await kv.txn(
      [createdAt(key, 0), hasValue(keys.base, newBase)],
      [put(key, this.#record(), { lease: this.#lease }), refill],
    );
    if (!entered?.succeeded) return false;
    this.#since = entered.revision;
    this.#parts.wrote(entered.revision);
    this.#base = base.set(newBase);
    for (const chunk of chunked([...this.#held])) await this.#putBackHeld(chunk);
    for (const chunk of chunked([...this.#parts.knownValues])) {
      await kv.run(
        chunk.map(([name, json]) => nested([createdAt(keys.value(name), 0)], [put(keys.value(name), json)])),
      );
    }
    logger.warn('the store had forgotten this member: put back', {
      memberId: this.memberId,
      resources: this.#held.size,
    });
    return true;
  }

  /** Resources keep their tokens; one that somebody has taken meanwhile is lost. */
  async #putBackHeld(chunk: readonly (readonly [string, Held])[]): Promise<void> {
    const { kv, keys, wrote } = this.#parts;
    const owner: OwnerRecord = { member: this.memberId, claim: '' };
    const ops = chunk.map(([name, { token, json }]) => {
      const resource: ResourceRecord = { held: true, token };
      return nested(
        [createdAt(keys.owner(name), 0), createdAt(keys.resource(name), 0)],
        [
          put(keys.owner(name), JSON.stringify(owner), { lease: this.#lease }),
          put(keys.resource(name), JSON.stringify(resource)),
          ...(json === undefined ? [] : [put(keys.state(name), json)]),
        ],
      );
    });
    const result = await kv.txn(this.#conditions(), ops);
    if (result?.results.some(({ txn }) => txn?.succeeded)) wrote(result.revision);
    for (const [index, [name, held]] of chunk.entries()) {
      if (result?.succeeded && result.results[index]?.txn?.succeeded)
        this.#held.set(name, { ...held, revision: result.revision });
      else this.#held.delete(name);
    }
  }

  async #writeInfo(info: MemberInfo | undefined): Promise<boolean> {
    if (!info || JSON.stringify(info) === JSON.stringify(this.#info)) return true;
    const record: MemberRecord = { info, leaseMs: this.leaseMs, inc: this.#inc };
    const write = put(this.#parts.keys.member(this.memberId), JSON.stringify(record), { keepLease: true });
    const result = await this.#parts.kv.txn(this.#conditions(), [write]);
    if (!result?.succeeded) return false;
    this.#parts.wrote(result.revision);
    this.#info = info;
    return true;
  }

  /** Steps under the condition that this stay lives. @throws `BOTGO_LEASE_LOST` */
  async #txn(ops: () => readonly Op[]): Promise<TxnResult> {
    for (let isSecond = false; ; isSecond = true) {
      const result = await this.#parts.kv.txn(this.#conditions(), ops());
      if (result?.succeeded) return result;
      if (isSecond || !(await this.#restore())) throw this.#lost();
    }
  }

  #conditions(): Compare[] {
    return [createdAt(this.#parts.keys.member(this.memberId), this.#since)];
  }

  /** Steps under the condition that this stay owns the resource under the token: its claim created the owner's key. */
  #ifOwned({ name, token }: EncodedWrite, ops: readonly Op[]): Op {
    const key = this.#parts.keys.owner(name);
    const held = this.#held.get(name);
    const revision = held?.token === token ? held.revision : token - this.#base;
    return nested([createdAt(key, revision), isUnder(key, this.#lease)], ops);
  }

  #requireMember(): void {
    if (this.#parts.isClosed()) throw closedError();
    if (this.#leaving) throw this.#lost();
  }

  #now(): Instant {
    const { clock } = this.#parts;
    return { ms: clock.now(), wallMs: clock.wallNow() };
  }

  #lost(): Error {
    return leaseLostError(this.memberId);
  }

  #record(): string {
    const record: MemberRecord = { info: this.#info, leaseMs: this.leaseMs, inc: this.#inc };
    return JSON.stringify(record);
  }
}

/** A moment on both clocks. */
interface Instant {
  readonly ms: number;
  readonly wallMs: number;
}
