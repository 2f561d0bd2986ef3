import type { Gateway } from './gateway.js';
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

/** A condition of a transaction. */
export type Compare = object;
/** A step of a transaction. */
export type Op = object;

/** What a step of a transaction answered. */
export interface OpResult {
  /** Of a range; of a put with `previous`: what was there. */
  readonly kvs: readonly KeyValue[];
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

/** The body of a watch on everything that begins with `prefix`. */
export function watchBody(prefix: string): object {
  return { create_request: { key: encode(prefix), range_end: encode(endOf(prefix)) } };
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

  /** Makes a lease under an id of the caller's, so that a repeated call makes one. etcd may give it a longer time. */
  async grant(lease: string, ttlSeconds: number): Promise<void> {
    try {
      await this.#gateway.call('/v3/lease/grant', { ID: lease, TTL: String(ttlSeconds) });
    } catch (error) {
      if (!(error instanceof EtcdError && error.message.includes('lease already exists')))
        throw toStoreError(error);
    }
  }

  /** Extends a lease. @returns Whether it still lives. */
  async keepAlive(lease: string): Promise<boolean> {
    const answer = await this.#unlessLeaseGone(
      async () =>
        (await this.#gateway.call('/v3/lease/keepalive', { ID: lease })) as { result?: { TTL?: string } },
    );
    return Number(answer?.result?.TTL ?? 0) > 0;
  }

  /** Whole seconds until a lease ends, rounded down; negative when it has. */
  async secondsLeft(lease: string): Promise<number> {
    const answer = await this.#unlessLeaseGone(
      async () => (await this.#gateway.call('/v3/lease/timetolive', { ID: lease })) as { TTL?: string },
    );
    return answer ? Number(answer.TTL ?? 0) : -1;
  }

  /** Ends a lease and deletes what is under it; one that has ended is left alone. */
  async revoke(lease: string): Promise<void> {
    await this.#unlessLeaseGone(() => this.#gateway.call('/v3/lease/revoke', { ID: lease }));
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
      txn: response.response_txn && readTxn(response.response_txn),
    })),
  };
}

function previous(kv: WireKeyValue | undefined): readonly WireKeyValue[] {
  return kv ? [kv] : [];
}

function readKvs(kvs: readonly WireKeyValue[] = []): KeyValue[] {
  return kvs.map((kv) => ({
    key: decode(kv.key),
    value: decode(kv.value),
    createRevision: Number(kv.create_revision ?? 0),
    modRevision: Number(kv.mod_revision ?? 0),
    lease: kv.lease ?? '0',
  }));
}
