import type { Cancel, Clock } from 'botgo/clock';
import { BotgoError, isBotgoError, toBotgoError } from 'botgo/errs';
import type { Logger } from 'botgo/log';
import {
  type AssignmentDecision,
  ClusterLook,
  type Coordinator,
  coalesce,
  Lease,
  type Membership,
  type OwnedResource,
  passOn,
} from 'botgo/session';

/** One partition while it is read here. */
export interface PartitionReader {
  /** What the next owner should know; stored fenced with each renewal. */
  state(): unknown;
  /** Stops reading, lets handlers finish for at most `timeoutMs`, acknowledges what settled. */
  drain(timeoutMs: number): Promise<void>;
  /** The partition is no longer ours: stop at once, acknowledge nothing. */
  revoke(reason: unknown): void;
}

export interface PartitionKeeperOptions {
  /** One cluster for the members of one consumer group, and nobody else. */
  readonly coordinator: Coordinator;
  /** Names the cluster's app, so that a coordinator that serves something else is refused. */
  readonly appId: string;
  readonly leaseMs: number;
  /** Partitions move between living members after this long without a change of membership. */
  readonly quietMs: number;
  readonly drainMs: number;
  readonly memberId?: string | undefined;
  /** Starts reading a partition that is now ours, as long as `guard` gives `undefined`. */
  readonly open: (partition: OwnedResource, hold: PartitionHold) => PartitionReader;
  readonly onJoined: () => void;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Under what a partition is held. */
export interface PartitionHold {
  /** Why it may not be read any more; `undefined` while it may. */
  readonly guard: () => unknown;
  /** Member and fencing token. */
  readonly holder: string;
  /** Writes what {@link PartitionReader.state} says now, without waiting for the next renewal; resolves when it is stored. */
  readonly store: () => Promise<void>;
}

interface Owned {
  readonly token: number;
  readonly reader: PartitionReader;
  stored: string | undefined;
  isLeaving: boolean;
}

const STATE_VERSION = 1;
const REJOIN_MS = 500;

/**
 * One member's share of a stream's partitions, over the same `Coordinator` and by the same rules (`decideAssignment`) as shards: free
 * ones are claimed at once, moves between the living wait for quiet, a stopping member gives to its successors. For brokers that do
 * not keep partitions exclusive themselves.
 */
export class PartitionKeeper {
  readonly #options: PartitionKeeperOptions;
  readonly #owned = new Map<string, Owned>();
  readonly #cluster: ClusterLook;
  #cancelTick: Cancel | undefined;
  #names: readonly string[];
  #membership: Membership | undefined;
  #lease: Lease;
  #unwatch: (() => void) | undefined;
  #isDraining = false;
  #isOver = false;
  #moving = new Set<Promise<void>>();
  readonly #store = coalesce(() => this.#write());
  #ended: (() => void) | undefined;

  constructor(names: readonly string[], options: PartitionKeeperOptions) {
    this.#names = names;
    this.#options = options;
    const { coordinator, clock, leaseMs, quietMs } = options;
    this.#lease = new Lease(clock, leaseMs);
    this.#cluster = new ClusterLook({
      ...{ coordinator, clock, leaseMs, quietMs },
      memberId: () => this.#membership?.memberId,
      isDraining: () => this.#isDraining,
      resources: () => this.#names,
      held: () => this.#owned.keys(),
      act: (decision) => this.#act(decision),
      failed: (error) => {
        if (isBotgoError(error, 'BOTGO_LEASE_LOST')) this.#loseAll(error);
        else this.#storeFailed(error);
      },
    });
  }

  /** Serves until {@link stop}. Rejects when the coordinator refuses for good; an outage is waited out. */
  async run(): Promise<void> {
    if (this.#isOver) return;
    const ended = new Promise<void>((resolve) => {
      this.#ended = resolve;
    });
    await this.#join();
    if (!this.#isOver) {
      this.#unwatch = this.#options.coordinator.watch(() => this.#cluster.look());
      this.#tick();
      this.#cluster.look();
    }
    await ended;
  }

  /** The partitions there are, when that has changed. */
  setPartitions(names: readonly string[]): void {
    this.#names = names;
    this.#cluster.look();
  }

  /** Hands everything over and leaves. Idempotent. */
  async stop(drainMs: number): Promise<void> {
    if (this.#isDraining) return;
    this.#isDraining = true;
    await this.#cluster.settled();
    let giveTo = new Map<string, string | undefined>();
    const membership = this.#membership;
    if (membership) {
      try {
        // The others must know before they compute who gets what.
        await membership.renew([], this.#info());
        const decision = this.#cluster.decide(await this.#options.coordinator.view());
        giveTo = new Map(decision.handOver.map(({ name, to }) => [name, to]));
        await passOn(membership, decision.passOn);
      } catch (error) {
        this.#storeFailed(error);
      }
    }
    await Promise.all([...this.#owned.keys()].map((name) => this.#handOver(name, giveTo.get(name), drainMs)));
    await Promise.all(this.#moving);
    this.#isOver = true;
    this.#unwatch?.();
    this.#cluster.stop();
    this.#cancelTick?.();
    this.#lease.end(new BotgoError('BOTGO_CLOSED', 'the consumer was stopped'));
    try {
      await this.#membership?.leave();
    } catch (error) {
      this.#storeFailed(error);
    }
    this.#ended?.();
  }

  async #join(): Promise<void> {
    const { coordinator, leaseMs, memberId, clock } = this.#options;
    while (!this.#isOver && !this.#isDraining) {
      const lease = new Lease(clock, leaseMs);
      try {
        const sent = lease.mark();
        this.#membership = await coordinator.join({ leaseMs, memberId, info: this.#info() });
        this.#lease = lease;
        this.#extend(lease, sent);
        this.#options.onJoined();
        return;
      } catch (error) {
        if (!isBotgoError(error, 'BOTGO_STORE')) throw error;
        this.#storeFailed(error);
        await clock.sleep(REJOIN_MS);
      }
    }
  }

  #tick(): void {
    this.#cancelTick = this.#options.clock.after(this.#options.leaseMs / 3, () => {
      this.#tick();
      this.#track(this.#renew());
      this.#cluster.look();
    });
  }

  async #renew(): Promise<void> {
    await this.#store().catch(() => undefined);
  }

  /** Extends the lease and writes the states that have changed. A failure is told here; it rejects for those who wait for the write. */
  async #write(): Promise<void> {
    const membership = this.#membership;
    if (this.#isOver) return;
    if (!membership) throw new BotgoError('BOTGO_LEASE_LOST', 'this process is no member at the moment');
    const lease = this.#lease;
    const writes = [...this.#owned].flatMap(([name, owned]) => {
      const state = owned.reader.state();
      const json = JSON.stringify(state);
      return json === owned.stored ? [] : [{ write: { name, token: owned.token, state }, owned, json }];
    });
    const sent = lease.mark();
    try {
      const { lost } = await membership.renew(
        writes.map(({ write }) => write),
        this.#info(),
      );
      this.#extend(lease, sent);
      for (const { write, owned, json } of writes) if (!lost.includes(write.name)) owned.stored = json;
      for (const name of lost) this.#lose(name, fencedError(name));
    } catch (error) {
      if (isBotgoError(error, 'BOTGO_LEASE_LOST')) this.#loseAll(error);
      else this.#storeFailed(error);
      throw error;
    }
  }

  #extend(lease: Lease, sent: { nowMs: number; wallMs: number }): void {
    lease.extend(sent, (error) => {
      if (lease === this.#lease && !this.#isOver) this.#loseAll(error);
    });
  }

  async #act({ claim, handOver, passOn: moves }: AssignmentDecision): Promise<void> {
    if (claim.length > 0)
      for (const granted of (await this.#membership?.claim(claim)) ?? []) this.#adopt(granted);
    for (const { name, to } of handOver) this.#track(this.#handOver(name, to, this.#options.drainMs));
    await passOn(this.#membership, moves);
  }

  #adopt(granted: OwnedResource): void {
    if (this.#owned.has(granted.name) || this.#isOver) return;
    const { memberId } = this.#membership ?? { memberId: '' };
    this.#options.logger.info('partition taken', { partition: granted.name, member: memberId });
    const lease = this.#lease;
    const reader = this.#options.open(granted, {
      guard: () => lease.check(),
      holder: `${memberId} ${granted.token}`,
      store: this.#store,
    });
    this.#owned.set(granted.name, { token: granted.token, reader, stored: undefined, isLeaving: false });
  }

  async #handOver(name: string, to: string | undefined, drainMs: number): Promise<void> {
    const owned = this.#owned.get(name);
    if (!owned || owned.isLeaving) return;
    owned.isLeaving = true;
    await owned.reader.drain(drainMs);
    const state = owned.reader.state();
    if (this.#owned.get(name) !== owned) return;
    try {
      await this.#membership?.release([{ name, token: owned.token, state, to }]);
    } catch (error) {
      // It is free when the lease ends.
      this.#storeFailed(error);
    }
    this.#owned.delete(name);
    this.#options.logger.info('partition given up', { partition: name, to });
  }

  #lose(name: string, reason: unknown): void {
    const owned = this.#owned.get(name);
    if (!owned) return;
    this.#owned.delete(name);
    owned.reader.revoke(reason);
    this.#options.logger.warn('partition lost', { partition: name });
  }

  /** The lease is over: give everything up, and join again. */
  #loseAll(error: unknown): void {
    const membership = this.#membership;
    if (!membership || this.#isOver) return;
    this.#membership = undefined;
    this.#lease.end(toBotgoError(error));
    for (const name of [...this.#owned.keys()]) this.#lose(name, error);
    if (this.#isDraining) return;
    this.#track(
      this.#join().then(
        () => this.#cluster.look(),
        (failure: unknown) => this.#storeFailed(failure),
      ),
    );
  }

  #storeFailed(error: unknown): void {
    this.#options.logger.warn('the coordination store cannot be reached', {
      error: toBotgoError(error).message,
    });
  }

  #info() {
    return {
      appId: this.#options.appId,
      intents: 0,
      shardCount: 0,
      stateVersion: STATE_VERSION,
      draining: this.#isDraining,
    };
  }

  #track(work: Promise<void>): void {
    this.#moving.add(work);
    void work.finally(() => this.#moving.delete(work));
  }
}

function fencedError(name: string): BotgoError {
  return new BotgoError('BOTGO_LEASE_LOST', `${name} belongs to another process now`);
}
