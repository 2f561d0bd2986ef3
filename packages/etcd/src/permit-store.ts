import type { Clock } from 'botgo/clock';
import type { PermitAnswer, ResolvedPermitRequest } from 'botgo/session';
import { type Keys, newLeaseId, resolveKeys, toSeconds } from './keys.js';
import {
  createdAt,
  type KeyValue,
  type Kv,
  list,
  modifiedAt,
  nested,
  type Op,
  put,
  TXN_CHUNK,
} from './kv.js';

/** So much longer than the window a permit's lease lasts at least, for what passes between the making of the lease and its use. */
const LEASE_MARGIN_MS = 500;

/** A permit that is taken. */
interface Taken {
  /** Revision that wrote it. */
  readonly revision: number;
  /** The lease it was taken under: each call has one of its own. */
  readonly lease: string;
  /** By our clock, when it was there; it was taken at this time or before. */
  readonly seenMs: number;
}

/**
 * Permits as keys, one for each of `limit` slots, each under a lease that outlives the window. etcd has no clock to ask and counts leases
 * in whole seconds, and the members' clocks may differ; so who has seen a permit for the length of a window, by his own clock, takes
 * its slot as free. Who has not been there that long waits until the lease has ended, or for one window.
 */
export class PermitStore {
  readonly #kv: Kv;
  readonly #keys: Keys;
  readonly #clock: Clock;
  readonly #random: () => number;
  /** By prefix, then by slot. */
  readonly #seen = new Map<string, Map<number, Taken>>();

  /** @param random - From 0 to below 1: which free slot is tried first, so that not all who ask at once try the same. */
  constructor(kv: Kv, keys: Keys, clock: Clock, random: () => number) {
    this.#kv = kv;
    this.#keys = keys;
    this.#clock = clock;
    this.#random = random;
  }

  async take({ name, appId, limit, windowMs, count }: ResolvedPermitRequest): Promise<PermitAnswer> {
    const keys = appId === undefined ? this.#keys : resolveKeys({ appId });
    const prefix = keys.permits(name);
    let taken = this.#observe(prefix, (await this.#kv.run([list(prefix)])).results[0]?.kvs ?? []);
    let lease: PermitLease | undefined;
    let granted = 0;
    for (;;) {
      const free = this.#freeSlots(taken, limit, windowMs, count - granted);
      if (free.length === 0) break;
      lease ??= await this.#newLease(windowMs);
      const { id } = lease;
      // Those which others take in the same moment are theirs; the list says which, and the next round tries others.
      const steps = free.map((slot) => takeSlot(`${prefix}${slot}`, taken.get(slot), id));
      const result = await this.#kv.txn([], [...steps, list(prefix)]);
      // The lease has ended, so late was the answer: nothing is written.
      if (!result) break;
      taken = this.#observe(prefix, result.results.at(-1)?.kvs ?? []);
      // Counted by the lease: a call that was made twice takes nothing twice.
      granted = [...taken.values()].filter((permit) => permit.lease === id).length;
    }
    if (lease && granted > 0 && !(await this.#outlastsWindow(lease))) granted = 0;
    if (granted === count) return { granted, retryAfterMs: 0 };
    return { granted, retryAfterMs: limit === 0 ? windowMs : this.#nextFreeMs(taken, limit, windowMs) };
  }

  /** What is taken now, with what was known of it before. */
  #observe(prefix: string, kvs: readonly KeyValue[]): ReadonlyMap<number, Taken> {
    const known = this.#seen.get(prefix);
    const nowMs = this.#clock.now();
    const taken = new Map(
      kvs.map(({ key, modRevision: revision, lease }) => {
        const slot = Number(key.slice(key.lastIndexOf('/') + 1));
        const before = known?.get(slot);
        const seenMs = before?.lease === lease ? before.seenMs : nowMs;
        return [slot, { revision, lease, seenMs }] as const;
      }),
    );
    this.#seen.set(prefix, taken);
    return taken;
  }

  /** Up to `wanted` slots to try, beginning anywhere. */
  #freeSlots(
    taken: ReadonlyMap<number, Taken>,
    limit: number,
    windowMs: number,
    wanted: number,
  ): readonly number[] {
    const sinceMs = this.#clock.now() - windowMs;
    const isFree = (slot: number): boolean => (taken.get(slot)?.seenMs ?? sinceMs) <= sinceMs;
    // Slots above a limit that was lowered count as long as they are taken.
    const above = [...taken.keys()].filter((slot) => slot >= limit && !isFree(slot)).length;
    const most = Math.min(wanted, TXN_CHUNK, limit);
    const first = Math.floor(this.#random() * limit);
    const free: number[] = [];
    for (let step = 0; step < limit && free.length < most + above; step++) {
      const slot = (first + step) % limit;
      if (isFree(slot)) free.push(slot);
    }
    return free.slice(0, Math.max(0, Math.min(most, free.length - above)));
  }

  async #newLease(windowMs: number): Promise<PermitLease> {
    const lease = newLeaseId();
    const seconds = toSeconds(windowMs + LEASE_MARGIN_MS);
    const sentMs = this.#clock.now();
    await this.#kv.grant(lease, seconds);
    return { id: lease, bestBeforeMs: sentMs + seconds * 1_000 - windowMs };
  }

  /** Whether permits taken under a lease will be seen for the whole window; one that is too old for that is made young again. */
  async #outlastsWindow({ id, bestBeforeMs }: PermitLease): Promise<boolean> {
    return this.#clock.now() <= bestBeforeMs || (await this.#kv.keepAlive(id)) !== undefined;
  }

  /** Milliseconds until we take a slot as free. */
  #nextFreeMs(taken: ReadonlyMap<number, Taken>, limit: number, windowMs: number): number {
    const seen = [...taken.values()].map(({ seenMs }) => seenMs).sort((one, other) => one - other);
    // Where more are taken than the limit now is, as many more must become free first.
    const nextMs = seen[Math.max(0, seen.length - limit)] ?? Number.NEGATIVE_INFINITY;
    return Math.max(1, Math.ceil(nextMs + windowMs - this.#clock.now()));
  }
}

interface PermitLease {
  readonly id: string;
  /** By our clock: a permit taken until then is seen for the whole window. */
  readonly bestBeforeMs: number;
}

/** Takes a slot that nobody has taken since we looked. */
function takeSlot(key: string, before: Taken | undefined, lease: string): Op {
  const isAsSeen = before ? modifiedAt(key, before.revision) : createdAt(key, 0);
  return nested([isAsSeen], [put(key, '', { lease })]);
}
