import type { Gateway } from './gateway.js';
import type { KeyRange } from './keys.js';
import { EtcdError, toStoreError } from './store-error.js';

/** A key with its value as read. Revisions are counts of writes to the whole store. */
export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly createRevision: number;
  readonly modRevision: number;
  /** Lease that ends it, as decimal text; '0' for none. */
  readonly lease: string;
}

/** Everything of a cluster that is watched, as it was at a revision. */
export interface Snapshot {
  readonly kvs: readonly KeyValue[];
  readonly revision: number;
}

/** What tells without the keys themselves whether a picture is still true. */
export interface Outline {
  /** Of the store, when it was asked. */
  readonly revision: number;
  readonly count: number;
  /** The latest revision that wrote one of the keys; 0 when there is none. */
  readonly lastModified: number;
  /** What its tokens are counted from: another one in a store that was emptied. */
  readonly base: string | undefined;
}

/** A change as a watch tells it; `undefined` instead of a value: the key is gone. */
export interface Change {
  readonly kv: KeyValue;
  readonly isGone: boolean;
}

/** A condition of a transaction. */
export type Compare = object;
/** A step of a transaction. */
export type Op = object;

/** What a step of a transaction answered. */
export interface OpResult {
  /** Of a range; of a put with `previous`: what was there. */
  readonly kvs: readonly KeyValue[];
  /** Of a range: how many keys there are in it, also beyond its limit. */
  readonly count: number;
  /** Of a nested transaction. */
  readonly txn: TxnResult | undefined;
}

export interface TxnResult {
  readonly succeeded: boolean;
  readonly results: readonly OpResult[];
  /** Revision of the store after it; for a transaction that wrote, the revision of what it wrote. */
  readonly revision: number;
}

/** How many steps etcd takes in one transaction by default is 128; nested ones count too, by their own number. */
export const TXN_CHUNK = 100;

const encode = (text: string): string => Buffer.from(text).toString('base64');
const decode = (text: string | undefined): string => Buffer.from(text ?? '', 'base64').toString();

/** The key was created by the transaction of that revision; 0: it does not exist. */
export function createdAt(key: string, revision: number): Compare {
  return { key: encode(key), target: 'CREATE', result: 'EQUAL', create_revision: String(revision) };
}

/** The key was last written by the transaction of that revision. */
export function modifiedAt(key: string, revision: number): Compare {
  return { key: encode(key), target: 'MOD', result: 'EQUAL', mod_revision: String(revision) };
}

export function hasValue(key: string, value: string): Compare {
  return { key: encode(key), target: 'VALUE', result: 'EQUAL', value: encode(value) };
}

/** The key exists and ends with that lease. */
export function isUnder(key: string, lease: string): Compare {
  return { key: encode(key), target: 'LEASE', result: 'EQUAL', lease };
}

/** @param options - `lease`: ends with it; `keepLease`: under the lease it has; `previous`: answers what was there. */
export function put(
  key: string,
  value: string,
  options: { lease?: string; keepLease?: boolean; previous?: boolean } = {},
): Op {
  return {
    request_put: {
      key: encode(key),
      value: encode(value),
      ...(options.lease === undefined ? {} : { lease: options.lease }),
      ...(options.keepLease ? { ignore_lease: true } : {}),
      ...(options.previous ? { prev_kv: true } : {}),
    },
  };
}

export function get(key: string): Op {
  return { request_range: { key: encode(key) } };
}

/** Keys that begin with `prefix`, in order. */
export function list(prefix: string): Op {
  return range(prefix, endOf(prefix));
}

/** Keys from `from` to before `end`, in order. */
export function range(from: string, end: string, options: { limit?: number; descending?: boolean } = {}): Op {
  return {
    request_range: {
      key: encode(from),
      range_end: encode(end),
      limit: String(options.limit ?? 0),
      ...(options.descending ? { sort_order: 'DESCEND', sort_target: 'KEY' } : {}),
    },
  };
}

export function remove(key: string): Op {
  return { request_delete_range: { key: encode(key) } };
}

export function removeRange(from: string, end: string): Op {
  return { request_delete_range: { key: encode(from), range_end: encode(end) } };
}

export function nested(compare: readonly Compare[], success: readonly Op[], failure: readonly Op[] = []): Op {
  return { request_txn: { compare, success, failure } };
}

/** The body of a watch on a range of keys, for what happens after a revision; 0: from now on. */
export function watchBody({ from, end }: KeyRange, after: number): object {
  const start = after === 0 ? {} : { start_revision: String(after + 1) };
  return { create_request: { key: encode(from), range_end: encode(end), ...start } };
}

/** A line of a watch's answer. */
export interface WatchAnswer {
  readonly result?: {
    readonly created?: boolean;
    readonly canceled?: boolean;
    readonly compact_revision?: string;
    readonly events?: readonly { readonly type?: string; readonly kv?: WireKeyValue }[];
  };
}

/** The changes that a watch tells; all of one revision come in one answer. */
export function readChanges({ result }: WatchAnswer): Change[] {
  return (result?.events ?? []).flatMap(({ type, kv }) =>
    kv ? [{ kv: readKv(kv), isGone: type === 'DELETE' }] : [],
  );
}

/** The first key after all that begin with `prefix`, which ends with `/`. */
function endOf(prefix: string): string {
  return `${prefix.slice(0, -1)}0`;
}

/** etcd's keys and leases, with bytes and numbers decoded. Methods reject with `BOTGO_STORE`. */
export class Kv {
  readonly #gateway: Gateway;

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  /** @returns `undefined` when a lease that a put named has ended. */
  async txn(
    compare: readonly Compare[],
    success: readonly Op[],
    failure: readonly Op[] = [],
  ): Promise<TxnResult | undefined> {
    return await this.#unlessLeaseGone(async () =>
      readTxn((await this.#gateway.call('/v3/kv/txn', { compare, success, failure })) as WireTxn),
    );
  }

  /** Steps without a condition and without a lease. */
  async run(ops: readonly Op[]): Promise<TxnResult> {
    const result = await this.txn([], ops);
    if (!result) throw toStoreError(new Error('a lease has ended'));
    return result;
  }

  /** A key as it was at an earlier revision, 0 for now; `undefined` also when that was compacted away. */
  async getAt(key: string, revision: number): Promise<KeyValue | undefined> {
    try {
      const answer = await this.#gateway.call('/v3/kv/range', {
        key: encode(key),
        revision: String(revision),
      });
      return readKvs((answer as WireRange).kvs)[0];
    } catch (error) {
      if (error instanceof EtcdError && error.message.includes('compacted')) return undefined;
      throw toStoreError(error);
    }
  }

  /** Everything in a range. */
  async snapshot({ from, end }: KeyRange): Promise<Snapshot> {
    try {
      const body = { key: encode(from), range_end: encode(end) };
      const { kvs, header } = (await this.#gateway.call('/v3/kv/range', body)) as WireRange;
      return { kvs: readKvs(kvs), revision: Number(header?.revision ?? 0) };
    } catch (error) {
      throw toStoreError(error);
    }
  }

  /** What changes whenever something in a range does. */
  async outline({ from, end }: KeyRange, base: string): Promise<Outline> {
    const range = { key: encode(from), range_end: encode(end), limit: '1', keys_only: true };
    const last = { request_range: { ...range, sort_order: 'DESCEND', sort_target: 'MOD' } };
    const { revision, results } = await this.run([last, get(base)]);
    return {
      revision,
      count: results[0]?.count ?? 0,
      lastModified: results[0]?.kvs[0]?.modRevision ?? 0,
      base: results[1]?.kvs[0]?.value,
    };
  }

  /** Makes a lease under an id of the caller's, so that a repeated call makes one. etcd may give it a longer time. */
  async grant(lease: string, ttlSeconds: number): Promise<void> {
    try {
      await this.#gateway.call('/v3/lease/grant', { ID: lease, TTL: String(ttlSeconds) });
    } catch (error) {
      if (!(error instanceof EtcdError && error.message.includes('lease already exists')))
        throw toStoreError(error);
    }
  }

  /**
   * Extends a lease.
   * @param leaseMs - How long it is. An etcd that has too much to do may answer late, and late is better than never.
   * @returns Revision of the store; `undefined` when the lease has ended.
   */
  async keepAlive(lease: string, leaseMs = 0): Promise<number | undefined> {
    const answer = await this.#unlessLeaseGone(
      async () =>
        (await this.#gateway.call('/v3/lease/keepalive', { ID: lease }, leaseMs)) as {
          result?: { TTL?: string; header?: { revision?: string } };
        },
    );
    const { TTL, header } = answer?.result ?? {};
    return Number(TTL ?? 0) > 0 ? Number(header?.revision ?? Number.POSITIVE_INFINITY) : undefined;
  }

  /**
   * Ends a lease and deletes what is under it; one that has ended is left alone.
   * @returns Revision of the deletion; `undefined` when there was nothing to end.
   */
  async revoke(lease: string): Promise<number | undefined> {
    const answer = await this.#unlessLeaseGone(
      async () =>
        (await this.#gateway.call('/v3/lease/revoke', { ID: lease })) as { header?: { revision?: string } },
    );
    return answer && Number(answer.header?.revision ?? 0);
  }

  async #unlessLeaseGone<Answer>(call: () => Promise<Answer>): Promise<Answer | undefined> {
    try {
      return await call();
    } catch (error) {
      if (error instanceof EtcdError && error.isLeaseGone) return undefined;
      throw toStoreError(error);
    }
  }
}

interface WireKeyValue {
  readonly key?: string;
  readonly value?: string;
  readonly create_revision?: string;
  readonly mod_revision?: string;
  readonly lease?: string;
}

interface WireRange {
  readonly header?: { readonly revision?: string };
  readonly count?: string;
  readonly kvs?: readonly WireKeyValue[];
}

interface WireTxn {
  readonly header?: { readonly revision?: string };
  readonly succeeded?: boolean;
  readonly responses?: readonly {
    readonly response_range?: WireRange;
    readonly response_put?: { readonly prev_kv?: WireKeyValue };
    readonly response_txn?: WireTxn;
  }[];
}

function readTxn(wire: WireTxn): TxnResult {
  return {
    // A nested transaction without conditions always succeeds; false is left out of the JSON.
    succeeded: wire.succeeded ?? false,
    revision: Number(wire.header?.revision ?? 0),
    results: (wire.responses ?? []).map((response) => ({
      kvs: readKvs(response.response_range?.kvs ?? previous(response.response_put?.prev_kv)),
      count: Number(response.response_range?.count ?? 0),
      txn: response.response_txn && readTxn(response.response_txn),
    })),
  };
}

function previous(kv: WireKeyValue | undefined): readonly WireKeyValue[] {
  return kv ? [kv] : [];
}

function readKvs(kvs: readonly WireKeyValue[] = []): KeyValue[] {
  return kvs.map(readKv);
}

function readKv(kv: WireKeyValue): KeyValue {
  return {
    key: decode(kv.key),
    value: decode(kv.value),
    createRevision: Number(kv.create_revision ?? 0),
    modRevision: Number(kv.mod_revision ?? 0),
    lease: kv.lease ?? '0',
  };
}
