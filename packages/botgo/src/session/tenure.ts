import type { Cancel } from '../clock/index.js';
import { BotgoError, isBotgoError, toBotgoError } from '../errs/index.js';
import { diagnosticsChannel } from '../log/index.js';
import type { AssignmentDecision, HandOver } from './assign.js';
import { ClusterLook, passOn } from './cluster-look.js';
import { coalesce } from './coalesce.js';
import type { ClusterView, MemberInfo, Membership, OwnedResource } from './coordinator.js';
import { leaveUnreadable } from './foreign-state.js';
import { Lease } from './lease.js';
import type { ResolvedManagerOptions } from './manager-options.js';
import { OwnedShard, type PendingWrite } from './owned-shard.js';
import { shardOfName } from './shard-name.js';

/** What a {@link Tenure} needs of the manager it belongs to. */
export interface TenureOwner {
  readonly options: ResolvedManagerOptions;
  readonly generation: string;
  /** Everything the cluster has to serve. */
  readonly resources: readonly string[];
  readonly info: Omit<MemberInfo, 'draining'>;
  /** Shards that this process lost while it lived → the token under which it last owned them. */
  readonly outlived: Map<string, number>;
  /** Connects a shard that is now ours. */
  open(shard: OwnedShard, tenure: Tenure): void;
  /** This member has come into the cluster, or gone from it. */
  stayed(memberId: string, state: 'joined' | 'left' | 'lost', error?: BotgoError): void;
  /** How the last exchange with the store went. */
  reached(isReachable: boolean, error?: BotgoError): void;
  /** Something about who owns what has changed. */
  changed(shard: OwnedShard, owned: boolean): void;
  /** The store refused a write of an owner that had been replaced. */
  fenced(shard: OwnedShard): void;
}

/** Between two attempts to give a shard over while the store cannot be reached. */
const RELEASE_RETRY_MS = 200;

const ownershipChannel = diagnosticsChannel('botgo:session:ownership');

/**
 * One stay in the cluster, from joining to leaving or to the loss of the lease. It renews the lease, writes states, looks at the
 * cluster when something changed, claims what is free and hands over what is above its share. What to do is decided by
 * `decideAssignment`; here it is done.
 */
export class Tenure {
  readonly owned = new Map<string, OwnedShard>();
  readonly lease: Lease;
  /** Writes the states of all shards that changed; resolves when what is true now is stored. */
  readonly flush = coalesce(() => this.#write());
  readonly #owner: TenureOwner;
  readonly #options: ResolvedManagerOptions;
  #membership: Membership | undefined;
  #isDraining = false;
  #isOver = false;
  #unwatch: (() => void) | undefined;
  readonly #cluster: ClusterLook;
  readonly #timers = new Map<'renew' | 'write', Cancel>();
  #rejoining: Promise<void> | undefined;
  readonly #moving = new Set<Promise<void>>();
  #end: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  constructor(owner: TenureOwner) {
    this.#owner = owner;
    this.#options = owner.options;
    const { coordinator, clock, leaseMs, quietMs } = owner.options;
    this.lease = new Lease(clock, leaseMs);
    this.#cluster = new ClusterLook({
      ...{ coordinator, clock, leaseMs, quietMs },
      memberId: () => this.memberId,
      isDraining: () => this.#isDraining,
      resources: () => owner.resources,
      held: () => this.owned.keys(),
      seen: () => owner.reached(true),
      act: (decision, view) => this.#act(decision, view),
      failed: (error) => {
        if (isBotgoError(error, 'BOTGO_LEASE_LOST')) return this.#rejoin();
        return this.#storeFailed(error);
      },
    });
  }

  /** It has looked once and taken what was there to take, and is not over. */
  get hasLooked(): boolean {
    return this.#cluster.hasLooked;
  }

  get memberId(): string | undefined {
    return this.#membership?.memberId;
  }

  /** Why this member may not act; `undefined` while it may. Under `onStoreLoss: "continue"` it always may. */
  readonly guard = (): unknown => (this.#options.onStoreLoss === 'continue' ? undefined : this.lease.check());

  /** Joins and takes a first look. @returns The view, for checks that belong to a start. */
  async join(): Promise<ClusterView> {
    const { coordinator, leaseMs, memberId } = this.#options;
    const sent = this.lease.mark();
    this.#membership = await coordinator.join({ leaseMs, info: this.#info(), memberId });
    this.#extend(sent);
    this.#owner.stayed(this.#membership.memberId, 'joined');
    return coordinator.view();
  }

  /** Serves until {@link leave}; rejects with `BOTGO_LEASE_LOST` when the lease is lost. */
  run(): Promise<void> {
    const over = this.guard();
    if (over !== undefined) {
      // Lost since joining, and perhaps noticed then, when nobody was there to be told.
      this.#lose(toBotgoError(over));
      return Promise.reject(over);
    }
    this.#unwatch = this.#options.coordinator.watch(() => this.#cluster.look());
    this.#every('renew', this.#options.leaseMs / 3, () => {
      void this.#renew();
      // Where the store tells of nothing, both go out in one turn.
      if (!this.#options.coordinator.announcesExpiry || this.#cluster.isDue) this.#cluster.look();
    });
    this.#every('write', this.#options.writeIntervalMs, () => {
      if (this.#isDirty()) void this.#renew();
    });
    this.#cluster.look();
    return new Promise((resolve, reject) => {
      this.#end = { resolve, reject };
    });
  }

  /** Hands everything over, as far as there is somebody to take it, and leaves the cluster. */
  async leave(): Promise<void> {
    if (this.#isOver) return;
    this.#isDraining = true;
    // What a look under way still claims is handed over with the rest.
    await this.#cluster.settled();
    // The others must know before they compute who gets what.
    await this.#renew();
    let giveTo: ReadonlyMap<string, string | undefined> = new Map();
    try {
      const decision = this.#cluster.decide(await this.#options.coordinator.view());
      giveTo = new Map(decision.handOver.map(({ name, to }) => [name, to]));
      await passOn(this.#membership, decision.passOn);
    } catch (error) {
      this.#storeFailed(error);
    }
    await Promise.all([...this.owned.keys()].map((name) => this.#handOver({ name, to: giveTo.get(name) })));
    await Promise.all(this.#moving);
    this.#stop();
    try {
      await this.#membership?.leave();
    } catch (error) {
      this.#storeFailed(error);
    }
    if (this.memberId !== undefined) this.#owner.stayed(this.memberId, 'left');
    this.#end?.resolve();
  }

  /** Gives everything up at once. */
  abandon(reason: unknown): void {
    if (this.#isOver) return;
    this.#stop();
    for (const shard of this.owned.values()) this.#forget(shard, reason);
    this.#end?.reject(reason);
  }

  async #act({ claim, handOver, passOn: moves }: AssignmentDecision, view: ClusterView): Promise<void> {
    if (claim.length > 0) await this.#claim(claim, view);
    for (const move of handOver) this.#track(this.#handOver(move));
    await passOn(this.#membership, moves);
  }

  async #claim(names: readonly string[], { members }: ClusterView): Promise<void> {
    const membership = this.#membership;
    const granted = (await membership?.claim(names)) ?? [];
    const { coordinator, logger } = this.#options;
    // Where configuration says who serves what there is nobody to leave it to.
    const taker = membership &&
      !coordinator.serves && { memberId: membership.memberId, info: this.#owner.info, membership, logger };
    for (const resource of taker ? await leaveUnreadable(granted, members, taker) : granted)
      this.#adopt(resource);
  }

  #adopt(resource: OwnedResource): void {
    const shard = shardOfName(this.#owner.generation, resource.name);
    if (shard === undefined || this.owned.has(resource.name) || this.#isOver) return;
    const outlivedToken = this.#owner.outlived.get(resource.name);
    const owned = new OwnedShard(resource, shard, this.#options.clock.wallNow(), outlivedToken);
    this.owned.set(owned.name, owned);
    this.#announce(owned, true);
    this.#owner.open(owned, this);
  }

  async #handOver({ name, to }: HandOver): Promise<void> {
    const shard = this.owned.get(name);
    if (!shard || shard.isLeaving) return;
    shard.isLeaving = true;
    await shard.connection?.drain(this.#options.drainMs);
    // The socket goes first: at no time do two processes hold one for a shard.
    await shard.connection?.close({ resumable: true });
    // Lost meanwhile: what was true at the end of the lease has been written, and the next owner has begun from it.
    while (this.owned.get(name) === shard) {
      const state = shard.state(this.#options.clock.wallNow());
      try {
        await this.#membership?.release([{ name, token: shard.token, state, to }]);
      } catch (error) {
        this.#storeFailed(error);
        if (!this.#isDraining) {
          // As long as this member renews its lease nobody else may take the shard.
          await this.#options.clock.sleep(RELEASE_RETRY_MS);
          continue;
        }
        // It is free when the lease ends; the state is as old as its last write.
      }
      if (this.owned.delete(name)) this.#announce(shard, false);
    }
  }

  async #renew(): Promise<void> {
    try {
      await this.flush();
    } catch {
      // Told by #write.
    }
  }

  #isDirty(): boolean {
    for (const shard of this.owned.values()) if (shard.pending(0)) return true;
    return false;
  }

  async #write(): Promise<void> {
    const wallNowMs = this.#options.clock.wallNow();
    const pending: PendingWrite[] = [];
    for (const shard of this.owned.values()) {
      const write = shard.pending(wallNowMs);
      if (write) pending.push(write);
    }
    const sent = this.lease.mark();
    try {
      const result = await this.#membership?.renew(
        pending.map(({ write }) => write),
        this.#info(),
      );
      this.#owner.reached(true);
      this.#extend(sent);
      const lost = new Set(result?.lost);
      for (const { write, confirm } of pending) if (!lost.has(write.name)) confirm();
      for (const name of lost) this.#loseShard(name);
    } catch (error) {
      if (isBotgoError(error, 'BOTGO_LEASE_LOST')) await this.#rejoin();
      else this.#storeFailed(error);
      throw error;
    }
  }

  #extend(sent: { nowMs: number; wallMs: number }): void {
    this.lease.extend(sent, (error) => {
      if (this.#options.onStoreLoss === 'stop') this.#lose(error);
    });
  }

  /**
   * The store does not know this member any more. While our own lease still runs (an emptied store), or always under `continue`, we
   * join again, under the same id (claims in a shared window carry it), and claim what we hold, sockets and all; what others have
   * taken meanwhile is given up.
   */
  #rejoin(): Promise<void> {
    // A renewal and a look may find out together: one of them joins.
    this.#rejoining ??= this.#rejoinOnce().finally(() => {
      this.#rejoining = undefined;
    });
    return this.#rejoining;
  }

  async #rejoinOnce(): Promise<void> {
    if (this.#isOver) return;
    const over = this.guard();
    if (over !== undefined) return this.#lose(toBotgoError(over));
    const { coordinator, leaseMs } = this.#options;
    try {
      const sent = this.lease.mark();
      this.#membership = await coordinator.join({ leaseMs, info: this.#info(), memberId: this.memberId });
      this.#extend(sent);
      const granted = new Map(
        (await this.#membership.claim([...this.owned.keys()])).map((one) => [one.name, one.token]),
      );
      for (const shard of [...this.owned.values()]) {
        const token = granted.get(shard.name);
        if (token === undefined) this.#loseShard(shard.name);
        else {
          shard.token = token;
          shard.forgetStored();
        }
      }
    } catch (error) {
      this.#storeFailed(error);
    }
  }

  #loseShard(name: string): void {
    const shard = this.owned.get(name);
    if (!shard) return;
    this.#owner.fenced(shard);
    this.#forget(shard, new BotgoError('BOTGO_LEASE_LOST', `${name} belongs to another process now`));
  }

  #forget(shard: OwnedShard, reason: unknown): void {
    if (!this.owned.delete(shard.name)) return;
    this.#owner.outlived.set(shard.name, shard.token);
    shard.connection?.revoke(reason);
    this.#announce(shard, false);
  }

  /** The lease is over: nothing that this member does counts from now on. */
  #lose(error: BotgoError): void {
    this.#options.logger.error('lease lost', { member: this.memberId, error: error.message });
    if (this.memberId !== undefined) this.#owner.stayed(this.memberId, 'lost', error);
    this.lease.end(error);
    this.abandon(error);
  }

  #announce(shard: OwnedShard, owned: boolean): void {
    this.#options.logger.info(owned ? 'shard taken' : 'shard given up', {
      shard: shard.shard,
      member: this.memberId,
    });
    if (ownershipChannel.hasSubscribers) {
      ownershipChannel.publish({
        member: this.memberId ?? '',
        resource: shard.name,
        owned,
        token: shard.token,
      });
    }
    this.#owner.changed(shard, owned);
  }

  #storeFailed(cause: unknown): void {
    const error = toBotgoError(cause);
    this.#options.logger.warn('the coordination store cannot be reached', { error: error.message });
    this.#owner.reached(false, error);
  }

  #info(): MemberInfo {
    return { ...this.#owner.info, draining: this.#isDraining };
  }

  #track(work: Promise<void>): void {
    this.#moving.add(work);
    void work.finally(() => this.#moving.delete(work));
  }

  #stop(): void {
    this.#isOver = true;
    this.#cluster.stop();
    this.#unwatch?.();
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #every(name: 'renew' | 'write', intervalMs: number, callback: () => void): void {
    const next = (): void => {
      this.#timers.set(name, this.#options.clock.after(intervalMs, next));
      callback();
    };
    this.#timers.set(name, this.#options.clock.after(intervalMs, next));
  }
}
