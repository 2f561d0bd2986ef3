import { type Clock, systemClock } from 'botgo/clock';
import { ConfigError, toBotgoError } from 'botgo/errs';
import type { EventSink, LaneOptions } from 'botgo/event';
import { type Logger, silentLogger } from 'botgo/log';
import { Outbox } from './outbox.js';
import type { Publisher } from './publisher.js';
import { RelayLane, type RelayLaneOwner } from './relay-lane.js';

export interface RelaySinkOptions {
  readonly appId: string;
  readonly publisher: Publisher;
  /** Intents to ask the gateway for, as a bit mask; 0 for a callback, whose events are chosen on the platform. */
  readonly intents: number;
  /** Which events to pass on. Default: all that come. */
  readonly wants?: ((type: string) => boolean) | undefined;
  /** Envelopes in one publish at the most. Default 500. */
  readonly maxBatch?: number | undefined;
  /** Bytes of frames in one publish at the most; a larger frame goes alone. Default 1 MiB. */
  readonly maxBatchBytes?: number | undefined;
  /**
   * How long an event may wait for others to share its publish, in milliseconds. Default 0: what has arrived together goes together,
   * and what arrives while a publish is under way goes with the next.
   */
  readonly lingerMs?: number | undefined;
  /** Bytes of frames that may be unacknowledged before reading stops, for all lanes together. Default 64 MiB. */
  readonly maxBytes?: number | undefined;
  /** Events of one lane that may be unacknowledged before reading stops. Default 2,000. */
  readonly laneCapacity?: number | undefined;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
  /** A number from [0, 1), for jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

export const RELAY_DEFAULTS = Object.freeze({
  maxBatch: 500,
  maxBatchBytes: 1_048_576,
  lingerMs: 0,
  maxBytes: 64 * 1_048_576,
  laneCapacity: 2_000,
});

/**
 * The access side: an {@link EventSink} that hands every event to a broker and does nothing else. An event is settled, and the shard's
 * checkpoint moves, when the broker has acknowledged it. A slow broker slows reading; it never drops.
 */
export class RelaySink implements EventSink, RelayLaneOwner {
  readonly appId: string;
  readonly intents: number;
  readonly laneCapacity: number;
  /** @internal */
  readonly outbox: Outbox;
  readonly #wants: ((type: string) => boolean) | undefined;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #lanes = new Set<RelayLane>();
  readonly #forgetStamp = (): void => {
    this.#stampMs = 0;
  };
  /** When the run of events being read was received; 0 between runs. */
  #stampMs = 0;
  #isFull = false;

  /** @throws {ConfigError} on a bad value. */
  constructor(options: RelaySinkOptions) {
    const d = RELAY_DEFAULTS;
    this.appId = options.appId;
    this.intents = options.intents;
    this.laneCapacity = atLeast('laneCapacity', options.laneCapacity ?? d.laneCapacity, 1);
    this.#wants = options.wants;
    this.#clock = options.clock ?? systemClock;
    this.#logger = options.logger ?? silentLogger;
    this.outbox = new Outbox({
      publisher: options.publisher,
      maxBatch: atLeast('maxBatch', options.maxBatch ?? d.maxBatch, 1),
      maxBatchBytes: atLeast('maxBatchBytes', options.maxBatchBytes ?? d.maxBatchBytes, 1),
      maxBytes: atLeast('maxBytes', options.maxBytes ?? d.maxBytes, 1),
      lingerMs: atLeast('lingerMs', options.lingerMs ?? d.lingerMs, 0),
      onFull: (isFull) => {
        this.#isFull = isFull;
        for (const lane of this.#lanes) lane.setFull(isFull);
      },
      clock: this.#clock,
      random: options.random ?? Math.random,
      logger: this.#logger,
    });
  }

  wants(type: string): boolean {
    return this.#wants ? this.#wants(type) : true;
  }

  openLane(options: LaneOptions): RelayLane {
    const lane = new RelayLane(this, options);
    this.#lanes.add(lane);
    lane.signal.addEventListener('abort', () => this.#lanes.delete(lane), { once: true });
    if (this.#isFull) lane.setFull(true);
    return lane;
  }

  /** Publishes nothing more; call it when the source has ended. */
  end(): void {
    this.outbox.end();
  }

  /** @internal The clock is read once for what one read of a socket brought: it costs as much as writing an envelope. */
  receivedAtMs(): number {
    if (this.#stampMs === 0) {
      this.#stampMs = this.#clock.wallNow();
      process.nextTick(this.#forgetStamp);
    }
    return this.#stampMs;
  }

  /** @internal */
  async pause(delayMs: number, signal: AbortSignal): Promise<void> {
    await this.#clock.sleep(delayMs, signal).catch(() => {});
  }

  /** @internal */
  unreadable(lane: string, error: unknown): void {
    this.#logger.error('an event that cannot be read is not passed on', {
      lane,
      error: toBotgoError(error).message,
    });
  }
}

function atLeast(name: string, value: number, least: number): number {
  if (!(value >= least)) throw new ConfigError(`${name} must be at least ${least}, got ${value}`);
  return value;
}
