import { type Cancel, type Clock, systemClock } from 'botgo/clock';
import { IdWindow } from 'botgo/delivery';
import { BotgoError, ConfigError, toBotgoError } from 'botgo/errs';
import type { EventSink, EventSource, RetryPolicy } from 'botgo/event';
import { diagnosticsChannel, type Logger, silentLogger } from 'botgo/log';
import type { Consumer, PartitionLag } from './consumer.js';
import { Intake, type IntakeOptions } from './intake.js';

/** What every source behind a broker can be told. All times in milliseconds. */
export interface ConsumerSourceOptions {
  /** How often a failing event is handled before it becomes a dead letter, the first time included. Default 5. */
  readonly maxAttempts?: number | undefined;
  /** Pause before the second try; it doubles with each further one, and half of it is jitter. Default 500. */
  readonly retryBaseMs?: number | undefined;
  /** Longest pause between two tries. Default 30,000. */
  readonly retryMaxMs?: number | undefined;
  /** How long handlers may go on when a partition is handed over or the source stops. Default 5,000. */
  readonly drainMs?: number | undefined;
  /** Events remembered by (session, seq), to drop what a slow access process publishes again. Default 65,536. */
  readonly duplicateWindow?: number | undefined;
  /** How often lag is read while somebody listens on `botgo:relay:lag`. Default 10,000. */
  readonly lagIntervalMs?: number | undefined;
  /** Default: silent. */
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
  /** A number from [0, 1), for jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

export const CONSUMER_DEFAULTS = Object.freeze({
  maxAttempts: 5,
  retryBaseMs: 500,
  retryMaxMs: 30_000,
  drainMs: 5_000,
  duplicateWindow: 65_536,
  lagIntervalMs: 10_000,
});

/** How a {@link ConsumerSource} is doing. */
export interface ConsumerStatus {
  readonly consumer: string;
  /** It has joined its group. */
  readonly isReady: boolean;
  /** Partitions (or the subscription) that are read here, and the messages of each that are not acknowledged yet. */
  readonly partitions: readonly { readonly name: string; readonly unsettled: number }[];
}

const lagChannel = diagnosticsChannel('botgo:relay:lag');

/** The logic side: a {@link Consumer} of any broker as the `EventSource` that `bot.from` takes. */
export class ConsumerSource implements EventSource {
  readonly #consumer: Consumer;
  readonly #intakes = new Set<Intake>();
  readonly #drainMs: number;
  readonly #lagIntervalMs: number;
  readonly #retry: RetryPolicy;
  readonly #window: IdWindow;
  readonly #logger: Logger;
  readonly #clock: Clock;
  readonly #random: () => number;
  #cancelLag: Cancel | undefined;
  #isReady = false;
  #isRun = false;
  #stopping: Promise<void> | undefined;

  /** @throws {ConfigError} on a bad value. */
  constructor(consumer: Consumer, options: ConsumerSourceOptions = {}) {
    const d = CONSUMER_DEFAULTS;
    this.#consumer = consumer;
    this.#logger = options.logger ?? silentLogger;
    this.#clock = options.clock ?? systemClock;
    this.#random = options.random ?? Math.random;
    this.#drainMs = atLeast('drainMs', options.drainMs ?? d.drainMs, 0);
    this.#lagIntervalMs = atLeast('lagIntervalMs', options.lagIntervalMs ?? d.lagIntervalMs, 1);
    const baseMs = atLeast('retryBaseMs', options.retryBaseMs ?? d.retryBaseMs, 0);
    const maxMs = atLeast('retryMaxMs', options.retryMaxMs ?? d.retryMaxMs, 0);
    this.#retry = {
      maxAttempts: atLeast('maxAttempts', options.maxAttempts ?? d.maxAttempts, 1),
      delayMs: (attempt) => Math.min(maxMs, baseMs * 2 ** (attempt - 2)) * (0.5 + this.#random() / 2),
    };
    this.#window = new IdWindow(atLeast('duplicateWindow', options.duplicateWindow ?? d.duplicateWindow, 1));
  }

  async run(sink: EventSink, signal?: AbortSignal): Promise<void> {
    if (this.#isRun || this.#stopping)
      throw new BotgoError('BOTGO_CLOSED', 'this source was run or stopped before: make a new one');
    signal?.throwIfAborted();
    this.#isRun = true;
    const onAbort = (): void => {
      for (const intake of [...this.#intakes]) intake.revoke(signal?.reason);
      void this.#stop(0);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#watchLag();
    try {
      await this.#consumer.run({
        open: (options) => this.#open(sink, options),
        joined: () => {
          this.#isReady = true;
        },
        drainMs: this.#drainMs,
        logger: this.#logger,
        clock: this.#clock,
        random: this.#random,
      });
      await this.#stopping;
    } catch (error) {
      for (const intake of [...this.#intakes]) intake.revoke(error);
      await this.#stop(0);
      throw error;
    } finally {
      this.#isReady = false;
      this.#cancelLag?.();
      signal?.removeEventListener('abort', onAbort);
    }
    signal?.throwIfAborted();
  }

  async stop(): Promise<void> {
    await this.#stop(this.#drainMs);
  }

  /** What the group has not acknowledged; see {@link Consumer.lag}. */
  lag(): Promise<readonly PartitionLag[]> {
    return this.#consumer.lag();
  }

  status(): ConsumerStatus {
    return {
      consumer: this.#consumer.name,
      isReady: this.#isReady,
      partitions: [...this.#intakes].map(({ name, unsettled }) => ({ name, unsettled })),
    };
  }

  #stop(drainMs: number): Promise<void> {
    this.#stopping ??= this.#consumer.stop(drainMs);
    return this.#stopping;
  }

  #open(sink: EventSink, options: IntakeOptions): Intake {
    const intake = new Intake(
      {
        sink,
        retry: this.#retry,
        window: this.#window,
        clock: this.#clock,
        random: this.#random,
        logger: this.#logger,
        deadLetter: (message) => this.#consumer.deadLetter(message),
        ended: (ended) => this.#intakes.delete(ended),
      },
      options,
    );
    this.#intakes.add(intake);
    return intake;
  }

  #watchLag(): void {
    this.#cancelLag = this.#clock.after(this.#lagIntervalMs, () => {
      if (lagChannel.hasSubscribers) void this.#publishLag();
      this.#watchLag();
    });
  }

  async #publishLag(): Promise<void> {
    try {
      for (const { partition, messages } of await this.#consumer.lag())
        lagChannel.publish({ consumer: this.#consumer.name, partition, messages });
    } catch (error) {
      this.#logger.warn('the lag could not be read', { error: toBotgoError(error).message });
    }
  }
}

function atLeast(name: string, value: number, least: number): number {
  if (!(value >= least)) throw new ConfigError(`${name} must be at least ${least}, got ${value}`);
  return value;
}
