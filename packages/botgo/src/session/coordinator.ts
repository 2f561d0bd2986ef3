/**
 * How processes share shards (or partitions) without a leader. A store implements it: memory (embedded), Redis, etcd; one contract
 * suite runs against all of them.
 *
 * A member joins with one lease and renews it; resources it owns live under that lease, each with a fencing token that only grows.
 * Every write names the token it was made under, so that a process that slept through its lease can change nothing. Members decide
 * by themselves what to claim (see `assign.ts`); the store only refuses what would give one resource two owners.
 *
 * Methods reject with `BOTGO_STORE` when the store cannot be reached or refuses (with the cause), and with `BOTGO_CLOSED` after
 * {@link Coordinator.close}. Names are chosen by the caller and free of white space.
 */
export interface Coordinator extends AsyncDisposable {
  /**
   * Joins the cluster under one lease. The first renewal is due within `leaseMs`.
   * @throws {BotgoError} `BOTGO_CONFIG` when the member id is in use by a living member; `BOTGO_CLUSTER_MISMATCH` when the cluster
   *   belongs to another app.
   */
  join(options: JoinOptions): Promise<Membership>;
  /**
   * Only where the assignment is fixed by configuration: whether this process serves a resource. Members then claim exactly those
   * and hand nothing over.
   */
  readonly serves?: ((name: string) => boolean) | undefined;
  /**
   * The store tells of the end of a lease as of any other change, through {@link watch}: members then look at the cluster when they are
   * told to, and not with each renewal.
   */
  readonly announcesExpiry?: boolean | undefined;
  /**
   * The cluster as it is now, in one round trip or none. It may lag a little behind what other processes have done, but shows every
   * write of this coordinator that has been confirmed.
   */
  view(): Promise<ClusterView>;
  /**
   * Calls `onChange` soon after members, owners or values changed, perhaps once for several changes and perhaps without need; a slow
   * poll stands in for a lost notification. Returns a function that ends it.
   */
  watch(onChange: () => void): () => void;
  /**
   * Takes permits, of which no span of `windowMs`, wherever it begins, ever sees more than `limit`. Shared by the cluster, or with
   * `appId` by all clusters of an app in the store.
   * Never waits: an answer that grants less than was asked for says when to ask again.
   */
  permit(request: PermitRequest): Promise<PermitAnswer>;
  /** Reads a cluster value. */
  getValue(name: string): Promise<ClusterValue | undefined>;
  /**
   * Writes a cluster value if its version is still `expectedVersion` (0: it must not exist).
   * @returns The new version, or `undefined` when another write came first.
   */
  compareAndSet(name: string, expectedVersion: number, value: unknown): Promise<number | undefined>;
  /** Appends entries to a named log, in order, atomically per call. Entries live until {@link deleteLog}. */
  appendLog(name: string, entries: readonly string[]): Promise<void>;
  /** Reads up to `limit` entries from index `from` (the first is 0). `next` is where to read on. */
  readLog(name: string, from: number, limit: number): Promise<{ entries: string[]; next: number }>;
  deleteLog(name: string): Promise<void>;
  /** Gives up connections it opened itself; memberships not left yet end with their leases. Idempotent. */
  close(): Promise<void>;
}

/** What a member tells the others about itself. */
export interface MemberInfo {
  readonly appId: string;
  /** Intent mask it was started with. */
  readonly intents: number;
  /** Shard count it was started with; 0 where it does not matter. */
  readonly shardCount: number;
  /** Format of what it stores; members of different releases run side by side while they can read each other. */
  readonly stateVersion: number;
  /** It is stopping: give it nothing new. */
  readonly draining: boolean;
  /** What code it runs, where its operator says so: members of two releases are a deployment under way. */
  readonly release?: string | undefined;
}

export interface JoinOptions {
  /** Unique among living members; default: random. */
  readonly memberId?: string | undefined;
  /** How long ownership outlives the last renewal, in milliseconds. */
  readonly leaseMs: number;
  readonly info: MemberInfo;
}

/** State of a resource as it is stored: opaque JSON. Never holds a secret. A state of `undefined` leaves the stored one as it is. */
export interface StateWrite {
  readonly name: string;
  /** The fencing token under which the writer owns it. */
  readonly token: number;
  readonly state: unknown;
}

/** A resource that a claim has given to this member. */
export interface OwnedResource {
  readonly name: string;
  /** Fencing token: larger than every earlier one of this resource, also after the store was emptied. */
  readonly token: number;
  /** What the last owner wrote; `undefined` when nobody did. */
  readonly state: unknown;
  /** The last owner did not release it: its lease ran out. */
  readonly afterCrash: boolean;
}

/** Giving up a resource. */
export interface Release extends StateWrite {
  /** Member that should have it next: others leave it alone while that member lives. */
  readonly to?: string | undefined;
}

/** What a renewal did. */
export interface RenewResult {
  /** Resources in the call that this member no longer owns under the given token: their writes were refused. */
  readonly lost: readonly string[];
}

/** One member's hold on the cluster. */
export interface Membership {
  readonly memberId: string;
  readonly leaseMs: number;
  /**
   * Extends the lease and writes states, in one round trip however many resources there are.
   * @throws {BotgoError} `BOTGO_LEASE_LOST` when the lease has ended: everything is lost, join again.
   */
  renew(writes: readonly StateWrite[], info?: MemberInfo): Promise<RenewResult>;
  /**
   * Takes those of `names` that are free, or reserved for this member; in one round trip. What an earlier claim took without its
   * answer arriving (it rejected with `BOTGO_STORE`) is given again.
   * @throws `BOTGO_LEASE_LOST` as renew.
   */
  claim(names: readonly string[]): Promise<OwnedResource[]>;
  /** Writes last states and gives resources up, in one round trip. One that is not owned under its token is left as it is. */
  release(releases: readonly Release[]): Promise<void>;
  /** Gives up everything and ends the lease. Idempotent. */
  leave(): Promise<void>;
}

export interface MemberView {
  readonly memberId: string;
  readonly info: MemberInfo;
  /** Milliseconds until its lease runs out, counted from when the view was asked for. */
  readonly leaseLeftMs: number;
}

export interface ResourceView {
  readonly name: string;
  /** Living member that owns it; `undefined` when free. */
  readonly owner: string | undefined;
  /** Living member for which it was released; `undefined` when anybody may claim it. */
  readonly reservedFor: string | undefined;
  readonly token: number;
}

/** Members sorted by id; resources that were ever claimed, sorted by name. */
export interface ClusterView {
  readonly members: readonly MemberView[];
  readonly resources: readonly ResourceView[];
}

export interface PermitRequest {
  /** Which budget, e.g. `identify`. */
  readonly name: string;
  /**
   * The budget is that of an app, whose clusters (prefixes) in the store share it. The same in all requests under one name.
   * @defaultValue none: the cluster has it alone
   */
  readonly appId?: string | undefined;
  /** May change from request to request. */
  readonly limit: number;
  /** Milliseconds; the same in all requests under one name. */
  readonly windowMs: number;
  /** How many are wanted; some may be granted and others not. @defaultValue 1 */
  readonly count?: number | undefined;
}

export interface PermitAnswer {
  /** How many were granted, from 0 to `count`. */
  readonly granted: number;
  /** Milliseconds until the next is free, if nobody else takes it; 0 when all were granted. */
  readonly retryAfterMs: number;
}

export interface ClusterValue {
  readonly value: unknown;
  /** Grows with each write; the first is 1 or more. */
  readonly version: number;
}
