import type { Clock } from 'botgo/clock';
import { toBotgoError } from 'botgo/errs';
import type { Logger } from 'botgo/log';
import type { Envelope } from './envelope.js';
import type { Publisher } from './publisher.js';

const RETRY_BASE_MS = 100;
const RETRY_MAX_MS = 5_000;

interface Entry {
  readonly envelope: Envelope;
  readonly acknowledged: () => void;
}

export interface OutboxOptions {
  readonly publisher: Publisher;
  /** Envelopes in one publish at the most. */
  readonly maxBatch: number;
  /** How long an envelope may wait for others to share its publish, in milliseconds. */
  readonly lingerMs: number;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/**
 * Batches envelopes of all lanes into publishes, one under way at a time: that keeps every key in order and lets a batch grow exactly
 * while the broker is busy. A refused batch is sent again as it is, for as long as it takes; its lanes stop reading meanwhile.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #waiting: Entry[] = [];
  #isPublishing = false;
  #cancelLinger: (() => void) | undefined;
  readonly #abort = new AbortController();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Takes an envelope; `acknowledged` is called when the broker has it. */
  add(envelope: Envelope, acknowledged: () => void): void {
    this.#waiting.push({ envelope, acknowledged });
    if (this.#isPublishing) return;
    if (this.#waiting.length >= this.#options.maxBatch) void this.#publishAll();
    else
      this.#cancelLinger ??= this.#options.clock.after(this.#options.lingerMs, () => void this.#publishAll());
  }

  /** Publishes nothing more. */
  end(): void {
    this.#cancelLinger?.();
    this.#waiting = [];
    this.#abort.abort();
  }

  async #publishAll(): Promise<void> {
    this.#cancelLinger?.();
    this.#cancelLinger = undefined;
    if (this.#isPublishing) return;
    this.#isPublishing = true;
    while (this.#waiting.length > 0 && !this.#abort.signal.aborted) {
      const batch = this.#waiting.splice(0, this.#options.maxBatch);
      if (!(await this.#publish(batch.map(({ envelope }) => envelope)))) break;
      for (const { acknowledged } of batch) acknowledged();
    }
    this.#isPublishing = false;
  }

  async #publish(batch: readonly Envelope[]): Promise<boolean> {
    const { publisher, clock, random, logger } = this.#options;
    const { signal } = this.#abort;
    for (let attempt = 0; !signal.aborted; attempt++) {
      try {
        await publisher.publish(batch);
        return true;
      } catch (error) {
        logger.warn('the broker did not take a batch; it is sent again', {
          size: batch.length,
          error: toBotgoError(error).message,
        });
        const pauseMs = random() * Math.min(RETRY_MAX_MS, RETRY_BASE_MS * 2 ** attempt);
        await clock.sleep(pauseMs, signal).catch(() => {});
      }
    }
    return false;
  }
}
