import type { Envelope } from './envelope.js';

/** The access side of a broker: what an adapter implements to take events. */
export interface Publisher {
  /**
   * Publishes envelopes; those of one key in the order given. Resolves when the broker has acknowledged all of them, so that they outlive
   * this process. After a rejection the whole batch is published again: the logic side drops what came twice.
   */
  publish(batch: readonly Envelope[]): Promise<void>;
  /** Gives up what it opened itself. Idempotent. */
  close(): Promise<void>;
}
