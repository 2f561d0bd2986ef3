import type { Cancel, Clock } from '../clock/index.js';
import type { ClusterImage } from './cluster-image.js';
import type { ClusterView, MemberInfo, OwnedResource, PermitAnswer, ResourceView } from './coordinator.js';
import {
  leaseLostError,
  memberInUseError,
  otherAppError,
  type ResolvedJoinOptions,
  type ResolvedPermitRequest,
} from './coordinator-input.js';

/** One stay of a member: a later stay under the same id is another object, so that a late call cannot act for it. */
export interface Stay {
  readonly memberId: string;
  readonly leaseMs: number;
  info: MemberInfo;
  deadlineMs: number;
}

interface Resource {
  token: number;
  /** The stay that owns it, `crashed` when its owner vanished with the process, `undefined` after a release. */
  owner: Stay | 'crashed' | undefined;
  reservedFor: string | undefined;
  /** JSON. */
  state: string | undefined;
}

/** A state to write, as JSON; `undefined` leaves what is stored. */
export interface MemoryWrite {
  readonly name: string;
  readonly token: number;
  readonly json: string | undefined;
}

/** The rules of a coordinator over plain maps: every call is one atomic step. Reads the clock, waits for nothing. */
export class MemoryCluster {
  readonly #clock: Clock;
  /** Members, owners or values changed. */
  readonly #onChange: () => void;
  #appId: string | undefined;
  readonly #members = new Map<string, Stay>();
  readonly #resources = new Map<string, Resource>();
  readonly #values = new Map<string, { version: number; json: string }>();
  /** Permits by name: when each becomes free again, in order. */
  readonly #permits = new Map<string, readonly number[]>();
  readonly #logs = new Map<string, string[]>();
  #cancelExpiry: Cancel | undefined;

  constructor(clock: Clock, onChange: () => void) {
    this.#clock = clock;
    this.#onChange = onChange;
  }

  join({ memberId, leaseMs, info }: ResolvedJoinOptions): Stay {
    this.#expire();
    if (this.#members.has(memberId)) throw memberInUseError(memberId);
    if (this.#appId !== undefined && this.#appId !== info.appId) throw otherAppError(info.appId, this.#appId);
    this.#appId = info.appId;
    const stay: Stay = { memberId, leaseMs, info: { ...info }, deadlineMs: this.#clock.now() + leaseMs };
    this.#members.set(memberId, stay);
    this.#changed();
    return stay;
  }

  /** @returns Names that the stay does not own under the token given. @throws `BOTGO_LEASE_LOST` */
  renew(stay: Stay, writes: readonly MemoryWrite[], info: MemberInfo | undefined): string[] {
    this.#requireLiving(stay);
    stay.deadlineMs = this.#clock.now() + stay.leaseMs;
    const lost = writes.filter((write) => !this.#write(stay, write)).map((write) => write.name);
    if (info && JSON.stringify(info) !== JSON.stringify(stay.info)) {
      stay.info = { ...info };
      this.#changed();
    }
    this.#armExpiry();
    return lost;
  }

  claim(stay: Stay, names: readonly string[]): OwnedResource[] {
    this.#requireLiving(stay);
    const owned: OwnedResource[] = [];
    for (const name of new Set(names)) {
      const resource = this.#resources.get(name);
      if (resource && this.#livingOwner(resource)) continue;
      const reservedFor = resource && this.#livingReserve(resource);
      if (reservedFor !== undefined && reservedFor !== stay.memberId) continue;
      const token = this.#grow(resource?.token);
      const state = resource?.state;
      this.#resources.set(name, { token, owner: stay, reservedFor: undefined, state });
      owned.push({ name, token, state: parse(state), afterCrash: resource?.owner !== undefined });
    }
    if (owned.length > 0) this.#changed();
    return owned;
  }

  release(stay: Stay, releases: readonly (MemoryWrite & { to: string | undefined })[]): void {
    this.#expire();
    let any = false;
    for (const release of releases) {
      if (!this.#write(stay, release)) continue;
      const resource = this.#resources.get(release.name);
      if (resource) this.#free(resource, release.to);
      any = true;
    }
    if (any) this.#changed();
  }

  leave(stay: Stay): void {
    this.#expire();
    if (this.#members.get(stay.memberId) !== stay) return;
    for (const resource of this.#resources.values())
      if (resource.owner === stay) this.#free(resource, undefined);
    this.#members.delete(stay.memberId);
    this.#changed();
  }

  view(): ClusterView {
    this.#expire();
    const nowMs = this.#clock.now();
    const members = [...this.#members.values()].map(({ memberId, info, deadlineMs }) => ({
      memberId,
      info: { ...info },
      leaseLeftMs: deadlineMs - nowMs,
    }));
    const resources = [...this.#resources].map(
      ([name, resource]): ResourceView => ({
        name,
        owner: this.#livingOwner(resource)?.memberId,
        reservedFor: this.#livingReserve(resource),
        token: resource.token,
      }),
    );
    return {
      members: members.sort((a, b) => (a.memberId < b.memberId ? -1 : 1)),
      resources: resources.sort((a, b) => (a.name < b.name ? -1 : 1)),
    };
  }

  permit({ name, limit, windowMs, count }: ResolvedPermitRequest): PermitAnswer {
    const nowMs = this.#clock.now();
    for (const [other, frees] of this.#permits) if ((frees.at(-1) ?? 0) <= nowMs) this.#permits.delete(other);
    const freeAtMs = nowMs + windowMs;
    // Those read from a file may lie too far in the future, when the wall clock was set back.
    const taken = (this.#permits.get(name) ?? [])
      .filter((atMs) => atMs > nowMs)
      .map((atMs) => Math.min(atMs, freeAtMs));
    const granted = Math.max(0, Math.min(count, limit - taken.length));
    for (let n = 0; n < granted; n++) taken.push(freeAtMs);
    if (taken.length > 0) this.#permits.set(name, taken);
    if (granted === count) return { granted, retryAfterMs: 0 };
    // Where more are taken than the limit now is, as many more must become free first.
    const nextMs = limit === 0 ? freeAtMs : (taken[taken.length - limit] ?? freeAtMs);
    return { granted, retryAfterMs: Math.ceil(nextMs - nowMs) };
  }

  getValue(name: string): { value: unknown; version: number } | undefined {
    const entry = this.#values.get(name);
    return entry && { value: parse(entry.json), version: entry.version };
  }

  compareAndSet(name: string, expectedVersion: number, json: string): number | undefined {
    const last = this.#values.get(name)?.version;
    if ((last ?? 0) !== expectedVersion) return undefined;
    const version = this.#grow(last);
    this.#values.set(name, { version, json });
    this.#changed();
    return version;
  }

  appendLog(name: string, entries: readonly string[]): void {
    const log = this.#logs.get(name) ?? [];
    for (const entry of entries) log.push(entry);
    this.#logs.set(name, log);
  }

  readLog(name: string, from: number, limit: number): { entries: string[]; next: number } {
    const entries = (this.#logs.get(name) ?? []).slice(from, from + limit);
    return { entries, next: from + entries.length };
  }

  deleteLog(name: string): void {
    this.#logs.delete(name);
  }

  /** Stops its timer; the data stays readable. */
  stop(): void {
    this.#cancelExpiry?.();
  }

  toImage(): ClusterImage {
    const wallOffsetMs = this.#clock.wallNow() - this.#clock.now();
    return {
      appId: this.#appId,
      resources: [...this.#resources].map(([name, { token, owner, reservedFor, state }]) => ({
        name,
        token,
        held: owner !== undefined,
        reservedFor,
        state: parse(state),
      })),
      values: [...this.#values].map(([name, { version, json }]) => ({ name, version, value: parse(json) })),
      permits: [...this.#permits].map(([name, frees]) => ({
        name,
        taken: frees.length,
        endsAtMs: (frees.at(-1) ?? 0) + wallOffsetMs,
        freeAtMs: frees.map((atMs) => atMs + wallOffsetMs),
      })),
      logs: [...this.#logs].map(([name, entries]) => ({ name, entries })),
    };
  }

  /** Takes over what an earlier process left behind; its members are gone. */
  fromImage(image: ClusterImage): void {
    const wallOffsetMs = this.#clock.wallNow() - this.#clock.now();
    this.#appId = image.appId;
    for (const { name, token, held, reservedFor, state } of image.resources) {
      const json = state === undefined ? undefined : JSON.stringify(state);
      this.#resources.set(name, { token, owner: held ? 'crashed' : undefined, reservedFor, state: json });
    }
    for (const { name, version, value } of image.values)
      this.#values.set(name, { version, json: JSON.stringify(value) });
    for (const { name, taken, endsAtMs, freeAtMs } of image.permits) {
      const frees = freeAtMs ?? Array.from({ length: taken }, () => endsAtMs);
      this.#permits.set(
        name,
        frees.map((atMs) => atMs - wallOffsetMs),
      );
    }
    for (const { name, entries } of image.logs) this.#logs.set(name, [...entries]);
  }

  /** Larger than `last` and, also when `last` was forgotten, than every earlier one: the wall clock in microseconds. */
  #grow(last: number | undefined): number {
    return Math.max((last ?? 0) + 1, Math.floor(this.#clock.wallNow() * 1000));
  }

  #write(stay: Stay, { name, token, json }: MemoryWrite): boolean {
    const resource = this.#resources.get(name);
    if (!resource || resource.token !== token || this.#livingOwner(resource) !== stay) return false;
    if (json !== undefined) resource.state = json;
    return true;
  }

  #free(resource: Resource, to: string | undefined): void {
    resource.owner = undefined;
    resource.reservedFor = to;
  }

  #livingOwner({ owner }: Resource): Stay | undefined {
    if (owner === undefined || owner === 'crashed') return undefined;
    return this.#members.get(owner.memberId) === owner ? owner : undefined;
  }

  #livingReserve(resource: Resource): string | undefined {
    const { reservedFor } = resource;
    if (reservedFor === undefined || this.#livingOwner(resource)) return undefined;
    return this.#members.has(reservedFor) ? reservedFor : undefined;
  }

  #requireLiving(stay: Stay): void {
    this.#expire();
    if (this.#members.get(stay.memberId) !== stay) throw leaseLostError(stay.memberId);
  }

  /** Ends leases that have run out: a timer may be late, a call must not be. */
  #expire(): void {
    const nowMs = this.#clock.now();
    let any = false;
    for (const stay of this.#members.values()) {
      if (stay.deadlineMs > nowMs) continue;
      this.#members.delete(stay.memberId);
      any = true;
    }
    if (any) this.#changed();
  }

  #changed(): void {
    this.#armExpiry();
    this.#onChange();
  }

  #armExpiry(): void {
    this.#cancelExpiry?.();
    this.#cancelExpiry = undefined;
    let firstMs = Number.POSITIVE_INFINITY;
    for (const { deadlineMs } of this.#members.values()) firstMs = Math.min(firstMs, deadlineMs);
    if (firstMs === Number.POSITIVE_INFINITY) return;
    this.#cancelExpiry = this.#clock.after(firstMs - this.#clock.now(), () => this.#expireOrRearm());
  }

  #expireOrRearm(): void {
    this.#expire();
    this.#armExpiry();
  }
}

function parse(json: string | undefined): unknown {
  if (json === undefined) return undefined;
  return JSON.parse(json) as unknown;
}
