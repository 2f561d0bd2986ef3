import type { Clock } from 'botgo/clock';
import { toBotgoError } from 'botgo/errs';
import { diagnosticsChannel, type Logger } from 'botgo/log';
import { backOff } from './back-off.js';
import type { Publisher } from './publisher.js';
import type { RelayedEvent } from './relayed-event.js';

export interface OutboxOptions {
  readonly publisher: Publisher;
  /** Envelopes in one publish at the most. */
  readonly maxBatch: number;
  /** Bytes of values in one publish at the most; one envelope may be larger. */
  readonly maxBatchBytes: number;
  /** Bytes that may be unacknowledged before {@link onFull} is called. */
  readonly maxBytes: number;
  /** How long an envelope may wait for others to share its publish, in milliseconds; 0: until the event loop has read what is there. */
  readonly lingerMs: number;
  /** `true`: take no more for now; `false`: there is room again. */
  readonly onFull: (isFull: boolean) => void;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

const publishChannel = diagnosticsChannel('botgo:relay:publish');

/**
 * Batches envelopes of all lanes into publishes, one under way at a time: that keeps every key in order and lets a batch grow exactly
 * while the broker is busy. A refused batch is sent again as it is, for as long as it takes; its lanes stop reading meanwhile.
 */
export class Outbox {
  readonly #options: OutboxOptions;
  #waiting: RelayedEvent[] = [];
  #head = 0;
  #bytes = 0;
  #isFull = false;
  #isPublishing = false;
  #isScheduled = false;
  #failures = 0;
  #cancelLinger: (() => void) | undefined;
  readonly #abort = new AbortController();

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Bytes of values that the broker has not acknowledged. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The last publish was refused. */
  get isFailing(): boolean {
    return this.#failures > 0;
  }

  /** Takes an event; its `acknowledge` is called when the broker has it. */
  add(event: RelayedEvent): void {
    this.#waiting.push(event);
    this.#bytes += event.value.length;
    if (!this.#isFull && this.#bytes >= this.#options.maxBytes) this.#setFull(true);
    if (this.#isPublishing) return;
    const { lingerMs, maxBatch, clock } = this.#options;
    // A full batch gains nothing by waiting, and thousands that wait together outlive a collection of garbage.
    if (this.#waiting.length - this.#head >= maxBatch) return void this.#publishAll();
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    const flush = (): void => void this.#publishAll();
    if (lingerMs > 0) this.#cancelLinger = clock.after(lingerMs, flush);
    else {
      const immediate = setImmediate(flush);
      this.#cancelLinger = () => clearImmediate(immediate);
    }
  }

  /** Publishes nothing more. */
  end(): void {
    this.#cancelLinger?.();
    this.#waiting = [];
    this.#head = 0;
    this.#abort.abort();
  }

  async #publishAll(): Promise<void> {
    this.#cancelLinger?.();
    this.#cancelLinger = undefined;
    this.#isScheduled = false;
    if (this.#isPublishing) return;
    this.#isPublishing = true;
    while (this.#head < this.#waiting.length && !this.#abort.signal.aborted) {
      const batch = this.#takeBatch();
      const published = this.#publish(batch).then((isPublished) => {
        if (isPublished) this.#acknowledge(batch);
      });
      if (!this.#options.publisher.isPipelined) await published;
    }
    this.#isPublishing = false;
  }

  #takeBatch(): RelayedEvent[] {
    const { maxBatch, maxBatchBytes } = this.#options;
    let end = this.#head;
    for (let bytes = 0; end < this.#waiting.length && end - this.#head < maxBatch; end++) {
      bytes += this.#waiting[end]?.value.length ?? 0;
      if (bytes > maxBatchBytes && end > this.#head) break;
    }
    if (this.#head === 0 && end === this.#waiting.length) {
      const all = this.#waiting;
      this.#waiting = [];
      return all;
    }
    const batch = this.#waiting.slice(this.#head, end);
    this.#head = end;
    // A copy of what is left for every batch would cost the square of an outage's backlog.
    if (this.#head === this.#waiting.length || this.#head > 4_096) {
      this.#waiting.splice(0, this.#head);
      this.#head = 0;
    }
    return batch;
  }

  #acknowledge(batch: readonly RelayedEvent[]): void {
    if (this.#abort.signal.aborted) return;
    for (const event of batch) {
      this.#bytes -= event.value.length;
      event.acknowledge();
    }
    if (this.#isFull && this.#bytes <= this.#options.maxBytes / 2) this.#setFull(false);
  }

  #setFull(isFull: boolean): void {
    this.#isFull = isFull;
    this.#options.onFull(isFull);
  }

  async #publish(batch: readonly RelayedEvent[]): Promise<boolean> {
    const { publisher, clock, random, logger } = this.#options;
    const { signal } = this.#abort;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const startedMs = publishChannel.hasSubscribers ? clock.now() : 0;
      try {
        await publisher.publish(batch);
        this.#failures = 0;
        if (publishChannel.hasSubscribers) this.#tell(batch, true, startedMs);
        return true;
      } catch (error) {
        this.#failures++;
        logger.warn('the broker did not take a batch; it is sent again', {
          broker: publisher.name,
          size: batch.length,
          error: toBotgoError(error).message,
        });
        if (publishChannel.hasSubscribers) this.#tell(batch, false, startedMs);
        await clock.sleep(backOff(attempt, random()), signal).catch(() => undefined);
      }
    }
    return false;
  }

  #tell(batch: readonly RelayedEvent[], ok: boolean, startedMs: number): void {
    const bytes = batch.reduce((sum, { value }) => sum + value.length, 0);
    publishChannel.publish({
      size: batch.length,
      bytes,
      ok,
      durationMs: this.#options.clock.now() - startedMs,
    });
  }
}
