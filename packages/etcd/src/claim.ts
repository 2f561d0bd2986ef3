import type { Keys } from './keys.js';
import {
  createdAt,
  get,
  hasValue,
  type KeyValue,
  type Kv,
  nested,
  type Op,
  put,
  remove,
  type TxnResult,
} from './kv.js';
import type { OwnerRecord, ResourceRecord } from './records.js';

/** A resource that was taken. */
export interface Taken {
  /** Of the transaction that created the owner's key. */
  readonly revision: number;
  /** The resource's key as it was before. */
  readonly before: KeyValue | undefined;
  readonly state: KeyValue | undefined;
}

/**
 * One try to take a resource, as a step of a transaction, and what its answer says. Its id stays the same until an answer has come: so
 * what was taken by a call whose answer was lost is known for ours.
 */
export class Claim {
  readonly name: string;
  readonly #keys: Keys;
  readonly #memberId: string;
  readonly #lease: string;
  readonly #id: string;

  constructor(name: string, keys: Keys, memberId: string, lease: string, id: string) {
    this.name = name;
    this.#keys = keys;
    this.#memberId = memberId;
    this.#lease = lease;
    this.#id = id;
  }

  /** Takes it when it is free, or when it is reserved for us; else looks who has it. */
  op(): Op {
    const keys = this.#keys;
    const { name } = this;
    const record: OwnerRecord = { member: this.#memberId, claim: this.#id };
    const held: ResourceRecord = { held: true };
    const isFree = createdAt(keys.owner(name), 0);
    const take = [
      put(keys.owner(name), JSON.stringify(record), { lease: this.#lease }),
      put(keys.resource(name), JSON.stringify(held), { previous: true }),
      remove(keys.reserve(name)),
      get(keys.state(name)),
    ];
    const isOurs = hasValue(keys.reserve(name), this.#memberId);
    const otherwise = nested([isFree, isOurs], take, [get(keys.owner(name)), get(keys.state(name))]);
    return nested([isFree, createdAt(keys.reserve(name), 0)], take, [otherwise]);
  }

  /**
   * @param answer - Of {@link op}.
   * @param revision - Of its transaction.
   * @returns `undefined` when somebody else has it.
   */
  async read(answer: TxnResult | undefined, revision: number, store: Kv): Promise<Taken | undefined> {
    const taken = answer?.succeeded ? answer : answer?.results[0]?.txn;
    if (taken?.succeeded) {
      const [, resource, , state] = taken.results;
      return { revision, before: resource?.kvs[0], state: state?.kvs[0] };
    }
    // Ours already, by a claim whose answer was lost: what was there before it is in the revision before it.
    const [owner, state] = taken?.results ?? [];
    const [key] = owner?.kvs ?? [];
    if (key?.lease !== this.#lease || (JSON.parse(key.value) as OwnerRecord).claim !== this.#id)
      return undefined;
    const before = await store.getAt(this.#keys.resource(this.name), key.createRevision - 1);
    return { revision: key.createRevision, before, state: state?.kvs[0] };
  }
}
