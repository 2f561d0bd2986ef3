import type { HandlerPlan } from '../messages.js';

/** What a process of either layer is started with. */
export interface RelayNodeConfig {
  readonly out: string;
  /** The platform. */
  readonly url: string;
  readonly broker: string;
  readonly store: string;
  readonly stream: string;
  readonly partitions: number;
  readonly shards: number;
  readonly leaseMs: number;
  readonly drainMs: number;
  readonly plan: HandlerPlan;
}

/** What a process of either layer says of itself. */
export interface RelayNodeStatus {
  readonly type: 'status';
  /** Shards or partitions that it has. */
  readonly owned: number;
  readonly isReady: boolean;
}
