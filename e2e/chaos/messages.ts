import type { Switches } from '@botgo/simulator';

/** Where nodes meet. */
export type StoreAddress =
  | { readonly kind: 'memory'; readonly file: string }
  | { readonly kind: 'redis'; readonly url: string }
  | {
      readonly kind: 'sentinel';
      readonly sentinels: readonly { readonly host: string; readonly port: number }[];
      readonly name: string;
    }
  | { readonly kind: 'etcd'; readonly url: string };

/** How handlers behave beside their usual 20 ms. */
export interface HandlerPlan {
  readonly handlerMs: number;
  /** Every n-th event is answered. */
  readonly replyEvery: number;
  /** Events that kill their process, and after how many milliseconds. */
  readonly poison: readonly { readonly n: number; readonly afterMs: number }[];
  /** Events whose handler takes that long and does not listen to its signal. */
  readonly slow: readonly { readonly n: number; readonly ms: number }[];
  /** From event `from` to event `to` every handler takes that long. */
  readonly jam: { readonly from: number; readonly to: number; readonly ms: number } | undefined;
}

/** What a node is started with. */
export interface NodeConfig {
  readonly out: string;
  readonly url: string;
  readonly store: StoreAddress;
  readonly shards: number;
  readonly leaseMs: number;
  readonly drainMs: number;
  readonly handlerTimeoutMs: number;
  readonly concurrency: number;
  readonly laneCapacity: number;
  /** What code it runs, as far as the others need to know. */
  readonly release?: string | undefined;
  readonly plan: HandlerPlan;
}

/** What a node says of itself. */
export interface NodeStatus {
  readonly type: 'status';
  /** Shards that it owns. */
  readonly owned: number;
  /** It has looked at the cluster, and each of its shards takes events. */
  readonly isReady: boolean;
  readonly isStoreReachable: boolean;
  /** Events received and not settled. */
  readonly unsettled: number;
}

/** What the platform process is started with. */
export interface PlatformConfig {
  readonly out: string;
  readonly seed: Record<string, unknown>;
  readonly switches: Partial<Switches> | Readonly<Record<string, unknown>>;
}

/** To the platform process, which outlives a runner that was killed for as long as it takes to clean up after it. */
export type GuardMessage = { readonly adopt: number } | { readonly release: number };
