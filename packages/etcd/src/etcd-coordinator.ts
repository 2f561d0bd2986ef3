import { randomUUID } from 'node:crypto';
import { ConfigError } from 'botgo/errs';
import {
  type ClusterValue,
  type ClusterView,
  type Coordinator,
  closedError,
  type JoinOptions,
  type Membership,
  type PermitAnswer,
  type PermitRequest,
  requireName,
  requirePermit,
  resolveJoinOptions,
  valueToJson,
} from 'botgo/session';
import { Base } from './base.js';
import { ClusterWatch } from './cluster-watch.js';
import { EtcdMembership, REFILL_GRACE_MS } from './etcd-membership.js';
import { Gateway, type GatewayOptions } from './gateway.js';
import { type KeyOptions, type Keys, resolveKeys } from './keys.js';
import { createdAt, get, hasValue, Kv, modifiedAt, put } from './kv.js';
import { LogStore } from './log-store.js';
import { PermitStore } from './permit-store.js';

export interface EtcdCoordinatorOptions extends GatewayOptions, KeyOptions {
  /** How long a watch may be silent before changes are looked for all the same, in milliseconds. @defaultValue 30,000 */
  readonly pollMs?: number | undefined;
  /**
   * An etcd that has hardly been written to may have lost its data: for so long the first claims of a new cluster wait for members
   * that would put theirs back. Milliseconds, rounded up to seconds; 0 for never. @defaultValue 3,000
   */
  readonly refillGraceMs?: number | undefined;
}

export const ETCD_COORDINATOR_DEFAULTS = { pollMs: 30_000, refillGraceMs: REFILL_GRACE_MS } as const;

/**
 * A coordinator on etcd 3.4 or later. Connects with the first call. Leases are whole seconds there: `leaseMs` is rounded up.
 * @throws {ConfigError} on a bad option or endpoint. The first call rejects with `BOTGO_STORE` when etcd cannot be reached, refuses the
 *   password or has no API v3.
 */
export function etcdCoordinator(options: EtcdCoordinatorOptions): Coordinator {
  const keys = resolveKeys(options);
  const pollMs = options.pollMs ?? ETCD_COORDINATOR_DEFAULTS.pollMs;
  if (!(pollMs > 0)) throw new ConfigError(`pollMs must be greater than 0, got ${pollMs}`);
  const refillGraceMs = options.refillGraceMs ?? ETCD_COORDINATOR_DEFAULTS.refillGraceMs;
  if (!(refillGraceMs >= 0)) throw new ConfigError(`refillGraceMs must be 0 or more, got ${refillGraceMs}`);
  return new EtcdCoordinator(new Gateway(options), keys, pollMs, refillGraceMs);
}

/** JSON of a cluster value; the id tells a write that was sent twice from another one. */
interface ValueRecord {
  readonly id: string;
  readonly v: unknown;
}

class EtcdCoordinator implements Coordinator {
  readonly announcesExpiry = true;
  readonly #gateway: Gateway;
  readonly #keys: Keys;
  readonly #kv: Kv;
  readonly #base: Base;
  readonly #changes: ClusterWatch;
  readonly #logs: LogStore;
  readonly #permits: PermitStore;
  readonly #refillGraceMs: number;
  readonly #knownValues = new Map<string, string>();
  #closing: Promise<void> | undefined;

  constructor(gateway: Gateway, keys: Keys, pollMs: number, refillGraceMs: number) {
    this.#gateway = gateway;
    this.#keys = keys;
    this.#kv = new Kv(gateway);
    this.#base = new Base(this.#kv, keys.base, gateway.clock);
    this.#changes = new ClusterWatch(gateway, this.#kv, keys, pollMs);
    this.#logs = new LogStore(this.#kv, keys);
    this.#permits = new PermitStore(this.#kv, keys, gateway.clock, Math.random);
    this.#refillGraceMs = refillGraceMs;
  }

  async join(options: JoinOptions): Promise<Membership> {
    const resolved = resolveJoinOptions(options);
    const isClosed = (): boolean => this.#closing !== undefined;
    const { clock, logger } = this.#gateway;
    return await EtcdMembership.join(
      {
        kv: this.#kv,
        keys: this.#keys,
        base: this.#base,
        clock,
        logger,
        knownValues: this.#knownValues,
        wrote: (revision) => this.#changes.wrote(revision),
        heard: (revision) => this.#changes.heard(revision),
        isClosed,
      },
      resolved,
      this.#refillGraceMs,
    );
  }

  async view(): Promise<ClusterView> {
    if (this.#closing) throw closedError();
    const view = await this.#changes.view();
    if (this.#changes.base !== undefined) this.#base.set(this.#changes.base);
    return view;
  }

  watch(onChange: () => void): () => void {
    if (this.#closing) throw closedError();
    return this.#changes.add(onChange);
  }

  async permit(request: PermitRequest): Promise<PermitAnswer> {
    return await this.#permits.take(requirePermit(request));
  }

  async getValue(name: string): Promise<ClusterValue | undefined> {
    const key = this.#keys.value(requireName('name of a value', name));
    const [base, value] = (await this.#kv.run([get(this.#keys.base), get(key)])).results;
    const [kv] = value?.kvs ?? [];
    if (!kv) return undefined;
    this.#knownValues.set(name, kv.value);
    return {
      value: (JSON.parse(kv.value) as ValueRecord).v,
      version: this.#base.set(base?.kvs[0]?.value) + kv.modRevision,
    };
  }

  async compareAndSet(name: string, expectedVersion: number, value: unknown): Promise<number | undefined> {
    const json = valueToJson(name, value);
    const id = randomUUID();
    const key = this.#keys.value(name);
    const record = `{"id":"${id}","v":${json}}`;
    const write = put(key, record);
    for (;;) {
      const base = await this.#base.get();
      const revision = expectedVersion === 0 ? 0 : expectedVersion - base;
      // From before the store was emptied: what it expects is gone.
      if (revision < 0) return undefined;
      const isExpected = revision === 0 ? createdAt(key, 0) : modifiedAt(key, revision);
      const conditions = [hasValue(this.#keys.base, String(base)), isExpected];
      const result = await this.#kv.txn(conditions, [write], [get(this.#keys.base), get(key)]);
      if (!result) return undefined;
      if (result.succeeded) {
        this.#changes.wrote(result.revision);
        this.#knownValues.set(name, record);
        return base + result.revision;
      }
      const [baseResult, valueResult] = result.results;
      const there = valueResult?.kvs[0];
      // The call was made twice, because its answer was lost: it is there already.
      if (there && (JSON.parse(there.value) as ValueRecord).id === id) {
        this.#changes.wrote(there.modRevision);
        return base + there.modRevision;
      }
      if (baseResult?.kvs[0]?.value === String(base)) return undefined;
      await this.#base.refresh();
    }
  }

  async appendLog(name: string, entries: readonly string[]): Promise<void> {
    requireName('name of a log', name);
    if (this.#closing) throw closedError();
    if (entries.length > 0) await this.#logs.append(name, entries);
  }

  async readLog(name: string, from: number, limit: number): Promise<{ entries: string[]; next: number }> {
    return await this.#logs.read(requireName('name of a log', name), from, limit);
  }

  async deleteLog(name: string): Promise<void> {
    await this.#logs.delete(requireName('name of a log', name));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#changes.stop();
    await this.#gateway.close();
  }
}
