import type { Clock } from 'botgo/clock';
import { createdAt, get, type Kv, put, type TxnResult } from './kv.js';

/**
 * What is added to a revision of etcd to make a token or version: the wall clock in microseconds when the first of a cluster came.
 * Revisions begin at 1 again in an etcd that lost its data; the base of the new life is larger than everything of the old one, since
 * etcd makes far less than a million revisions a second.
 */
export class Base {
  readonly #kv: Kv;
  readonly #key: string;
  readonly #clock: Clock;
  #known: number | undefined;

  constructor(kv: Kv, key: string, clock: Clock) {
    this.#kv = kv;
    this.#key = key;
    this.#clock = clock;
  }

  /** What a new cluster's base is. */
  fresh(): string {
    return String(Math.floor(this.#clock.wallNow() * 1_000));
  }

  /** The base as last read; makes one where there is none. */
  async get(): Promise<number> {
    return this.#known ?? (await this.refresh());
  }

  /** Reads it again: the store may have been emptied. */
  async refresh(): Promise<number> {
    const fresh = this.fresh();
    const result = await this.#kv.txn([createdAt(this.#key, 0)], [put(this.#key, fresh)], [get(this.#key)]);
    return this.set(result && !result.succeeded ? firstValue(result) : fresh);
  }

  /** Takes over what another read found. */
  set(text: string | undefined): number {
    this.#known = Number(text ?? this.fresh());
    return this.#known;
  }
}

function firstValue(result: TxnResult): string | undefined {
  return result.results[0]?.kvs[0]?.value;
}
