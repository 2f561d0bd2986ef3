import type { Envelope } from './envelope.js';

/**
 * The access side of a broker: what an adapter implements to take events. Its failures are `BOTGO_BROKER` when waiting may help, and
 * `BOTGO_CONFIG` when a person must act (a refused password, a missing client, a stream that is not as planned).
 */
export interface Publisher {
  /** For logs and errors, e.g. `kafka topic qq-events`; without a password. */
  readonly name: string;
  /**
   * Whether a publish may begin before the one before it has ended. Only where order survives that, also when one is rejected: memory.
   * Default `false`: one publish at a time, which grows while the broker is busy.
   */
  readonly isPipelined?: boolean | undefined;
  /** Connects, and creates the stream with its planned number of partitions when it is missing. Called again after a rejection. */
  open(): Promise<void>;
  /**
   * Publishes envelopes: `toHeaders(envelope)` as headers (or properties), `envelope.value` as the value, `envelope.key` as what chooses
   * the partition, so that those of one key keep the order given. Resolves when the broker has acknowledged all of them, so that they
   * outlive this process and a restart of the broker.
   *
   * After a rejection the whole batch is published again, for as long as it takes. So what a rejected publish did leave in a partition
   * must be the beginning of what it was to leave there: consumers take everything below the highest seq of a session for published.
   */
  publish(batch: readonly Envelope[]): Promise<void>;
  /** Gives up what it opened itself; a client that was passed in stays open. Idempotent. */
  close(): Promise<void>;
}
