import { randomUUID } from 'node:crypto';
import type { BotgoError } from 'botgo/errs';
import { Lock, type LockBackend, requireName } from 'botgo/session';
import { Base } from './base.js';
import { Gateway, type GatewayOptions } from './gateway.js';
import { newLeaseId, toSeconds } from './keys.js';
import { createdAt, get, Kv, put, remove } from './kv.js';

/** Options of {@link newLock}. */
export interface EtcdLockOptions extends GatewayOptions {
  /** Called once for each hold that is lost, with the reason. The hold's `signal` is aborted before. */
  readonly onLost?: ((reason: BotgoError) => void) | undefined;
}

const BASE_KEY = 'botgo-lock-base';

/**
 * A lock on etcd, with the methods of BotGo's lock on Redis. Expiry times are rounded up to whole seconds.
 * @param name - The key is `botgo-lock/` and this name.
 * @param value - Who holds it, for people who look.
 */
export function newLock(name: string, value: string, options: EtcdLockOptions): EtcdLock {
  requireName('name of a lock', name);
  return new EtcdLock(name, value, new Gateway(options), options.onLost);
}

/** A {@link Lock} with connections of its own. */
export class EtcdLock extends Lock {
  readonly #gateway: Gateway;

  /** @internal Use {@link newLock}. */
  constructor(
    name: string,
    value: string,
    gateway: Gateway,
    onLost: ((reason: BotgoError) => void) | undefined,
  ) {
    const { clock, logger } = gateway;
    super({
      name,
      backend: new EtcdLockBackend(`botgo-lock/${name}`, value, gateway),
      clock,
      logger,
      onLost,
    });
    this.#gateway = gateway;
  }

  /** Releases it, and gives up its connections. Idempotent. */
  async close(): Promise<void> {
    await this.release().finally(() => this.#gateway.close());
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

/** A hold is a key under a lease; the revision that created it tells it from any other. */
interface Hold {
  readonly revision: number;
  readonly lease: string;
  readonly ttlSeconds: number;
}

class EtcdLockBackend implements LockBackend {
  readonly #key: string;
  readonly #value: string;
  readonly #kv: Kv;
  readonly #base: Base;
  readonly #holds = new Map<string, Hold>();

  constructor(key: string, value: string, gateway: Gateway) {
    this.#key = key;
    this.#value = value;
    this.#kv = new Kv(gateway);
    this.#base = new Base(this.#kv, BASE_KEY, gateway.clock);
  }

  async acquire(expireMs: number): Promise<{ token: number; hold: string } | undefined> {
    const lease = newLeaseId();
    const ttlSeconds = toSeconds(expireMs);
    const base = await this.#base.refresh();
    await this.#kv.grant(lease, ttlSeconds);
    const take = put(this.#key, this.#value, { lease });
    const result = await this.#kv.txn([createdAt(this.#key, 0)], [take], [get(this.#key)]);
    const there = result?.results[0]?.kvs[0];
    // A call that was made twice finds its own key.
    const isOurs = result?.succeeded || there?.lease === lease;
    if (!result || !isOurs) {
      await this.#kv.revoke(lease);
      return undefined;
    }
    const revision = result.succeeded ? result.revision : (there?.createRevision ?? 0);
    const hold = randomUUID();
    this.#holds.set(hold, { revision, lease, ttlSeconds });
    return { token: base + revision, hold };
  }

  async renew(id: string, expireMs: number): Promise<boolean> {
    const hold = this.#holds.get(id);
    if (!hold) return false;
    const ttlSeconds = toSeconds(expireMs);
    const isOurs = createdAt(this.#key, hold.revision);
    if (ttlSeconds === hold.ttlSeconds) {
      // The lease may live while the key was deleted by hand.
      const [lives, there] = await Promise.all([
        this.#kv.keepAlive(hold.lease),
        this.#kv.txn([isOurs], [get(this.#key)]),
      ]);
      return lives !== undefined && there?.succeeded === true;
    }
    // A lease keeps its time: another time is another lease under the same key.
    const lease = newLeaseId();
    await this.#kv.grant(lease, ttlSeconds);
    const result = await this.#kv.txn([isOurs], [put(this.#key, this.#value, { lease })]);
    if (!result?.succeeded) {
      await this.#kv.revoke(lease);
      return false;
    }
    this.#holds.set(id, { revision: hold.revision, lease, ttlSeconds });
    await this.#kv.revoke(hold.lease);
    return true;
  }

  async release(id: string): Promise<boolean> {
    const hold = this.#holds.get(id);
    if (!hold) return false;
    const result = await this.#kv.txn([createdAt(this.#key, hold.revision)], [remove(this.#key)]);
    this.#holds.delete(id);
    await this.#kv.revoke(hold.lease);
    return result?.succeeded === true;
  }
}
