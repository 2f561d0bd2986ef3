import type { ClusterView, MemberView, ResourceView } from 'botgo/session';
import { type Keys, toSeconds } from './keys.js';
import type { Change, KeyValue, Outline, Snapshot } from './kv.js';
import type { MemberRecord, OwnerRecord, ResourceRecord } from './records.js';

/**
 * The cluster as this process knows it: what was listed, and the changes since. What a view is made of is kept ready, so that a look costs
 * nothing for what has not changed.
 */
export class ClusterPicture {
  readonly #keys: Keys;
  #revision = 0;
  #isLoaded = false;
  readonly #all = new Set<string>();
  readonly #members = new Map<string, MemberView>();
  readonly #owners = new Map<string, string>();
  readonly #reserves = new Map<string, string>();
  readonly #resources = new Map<string, ResourceRecord & { readonly revision: number }>();
  #base: string | undefined;
  /** Rows of the view; those in `#outdated` are made again when they are asked for. */
  readonly #rows = new Map<string, ResourceView>();
  readonly #outdated = new Set<string>();
  #view: ClusterView | undefined;

  constructor(keys: Keys) {
    this.#keys = keys;
  }

  /** Everything up to this revision of the store is in it. */
  get revision(): number {
    return this.#revision;
  }

  /** What a new cluster's revisions are counted from, as text; `undefined` when there is no cluster. */
  get base(): string | undefined {
    return this.#base;
  }

  load({ kvs, revision }: Snapshot): void {
    for (const map of [this.#all, this.#members, this.#owners, this.#reserves, this.#resources, this.#rows])
      map.clear();
    this.#outdated.clear();
    this.#base = undefined;
    for (const kv of kvs) this.#put(kv);
    this.#revision = revision;
    this.#isLoaded = true;
    this.#view = undefined;
  }

  /** Changes in order; those that are in it already change nothing. */
  apply(changes: readonly Change[]): void {
    const since = this.#revision;
    for (const { kv, isGone } of changes) {
      if (kv.modRevision <= since) continue;
      if (isGone) this.#remove(kv.key);
      else this.#put(kv);
      this.#revision = Math.max(this.#revision, kv.modRevision);
      this.#view = undefined;
    }
  }

  /** Whether it has everything of the outline, and perhaps later changes. */
  confirm({ revision, count, lastModified, base }: Outline): boolean {
    if (!this.#isLoaded || base !== this.#base) return false;
    // Changes come in order: with one that is later, all before it are there.
    if (this.#revision > revision) return true;
    // A key that was put is modified later than the picture; where none was, one that is gone is missing in the count.
    if (lastModified > this.#revision || count !== this.#all.size) return false;
    this.#revision = revision;
    return true;
  }

  view(): ClusterView {
    this.#view ??= { members: sorted(this.#members), resources: this.#sortedRows() };
    return this.#view;
  }

  #put(kv: KeyValue): void {
    const { key, value, modRevision: revision } = kv;
    const { members, owners, reserves, resources, base } = this.#keys;
    this.#all.add(key);
    if (key.startsWith(owners)) {
      const name = key.slice(owners.length);
      this.#owners.set(name, (JSON.parse(value) as OwnerRecord).member);
      this.#outdated.add(name);
    } else if (key.startsWith(resources)) {
      const name = key.slice(resources.length);
      this.#resources.set(name, { ...(JSON.parse(value) as ResourceRecord), revision });
      this.#outdated.add(name);
    } else if (key.startsWith(reserves)) {
      const name = key.slice(reserves.length);
      this.#reserves.set(name, value);
      this.#outdated.add(name);
    } else if (key.startsWith(members)) {
      const memberId = key.slice(members.length);
      const { info, leaseMs } = JSON.parse(value) as MemberRecord;
      // etcd tells at once when a lease ends, and would have to be asked for each one's time: what is known is its bound.
      this.#members.set(memberId, { memberId, info, leaseLeftMs: toSeconds(leaseMs) * 1_000 });
    } else if (key === base) this.#setBase(value);
  }

  #remove(key: string): void {
    const { members, owners, reserves, resources, base } = this.#keys;
    this.#all.delete(key);
    for (const [prefix, map] of [
      [owners, this.#owners],
      [resources, this.#resources],
      [reserves, this.#reserves],
    ] as const) {
      if (!key.startsWith(prefix)) continue;
      const name = key.slice(prefix.length);
      map.delete(name);
      this.#outdated.add(name);
    }
    if (key.startsWith(members)) this.#members.delete(key.slice(members.length));
    if (key === base) this.#setBase(undefined);
  }

  #setBase(value: string | undefined): void {
    this.#base = value;
    // Every token is counted from it.
    for (const name of this.#resources.keys()) this.#outdated.add(name);
  }

  #sortedRows(): readonly ResourceView[] {
    for (const name of this.#outdated) {
      const record = this.#resources.get(name);
      if (!record) {
        this.#rows.delete(name);
        continue;
      }
      const owner = this.#owners.get(name);
      const reservedFor = owner === undefined ? this.#reserves.get(name) : undefined;
      // Written by the claim, so its revision is the claim's. Only what a cluster with a base has written is counted from it.
      const token = record.token ?? Number(this.#base ?? 0) + record.revision;
      this.#rows.set(name, { name, owner, reservedFor, token });
    }
    this.#outdated.clear();
    return sorted(this.#rows);
  }
}

function sorted<Value>(map: ReadonlyMap<string, Value>): readonly Value[] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, value]) => value);
}
