import { randomUUID } from 'node:crypto';
import { type Clock, systemClock } from '../clock/index.js';
import { BotgoError, ConfigError } from '../errs/index.js';
import type { EventSink, EventSource, IncomingEvent, Lane, Outcome } from '../event/index.js';
import { type Logger, silentLogger } from '../log/index.js';
import { genDispatchAck, readCallback } from './callback.js';
import { type SignatureKey, type SignedRequest, signatureKey } from './signature.js';

/** How one bot's callbacks are taken. */
export interface WebhookOptions {
  /** The bot's app id, a string of digits. */
  readonly appId: string;
  /** The bot's secret, with which the platform signs. Never sent or logged. */
  readonly secret: string;
  /**
   * When an event is acknowledged. `handled`: when it is settled, or after {@link ackAfterMs}, whichever comes first; an event whose
   * handler is slower than that is held by this process alone. `accepted`: as soon as it was taken, for a sink that has stored it by
   * then, such as a relay. @defaultValue 'handled'
   */
  readonly ack?: 'handled' | 'accepted' | undefined;
  /** The platform's deadline is not documented; it must be longer than this. @defaultValue 2500 */
  readonly ackAfterMs?: number | undefined;
  /**
   * Refuses callbacks whose timestamp is further from now, in either direction. Off by default: a retry may carry the time of the first
   * try, and replays fall to the duplicate window.
   */
  readonly maxAgeMs?: number | undefined;
  /** How long {@link WebhookSource.stop} waits for handlers. @defaultValue 5000 */
  readonly drainTimeoutMs?: number | undefined;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
}

export const WEBHOOK_DEFAULTS = Object.freeze({
  ack: 'handled',
  ackAfterMs: 2_500,
  drainTimeoutMs: 5_000,
} as const);

/** What to answer over HTTP. */
export interface WebhookAnswer {
  readonly status: number;
  /** JSON, or empty. */
  readonly body: string;
}

const HANDLED: WebhookAnswer = { status: 200, body: genDispatchAck(true) };
const FAILED: WebhookAnswer = { status: 200, body: genDispatchAck(false) };

/**
 * One bot's callbacks as an {@link EventSource}. It knows no HTTP server: give it to `fetchHandler` or `nodeHandler`, alone or with
 * other bots' sources.
 */
export class WebhookSource implements EventSource {
  readonly appId: string;
  readonly #key: SignatureKey;
  readonly #ack: 'handled' | 'accepted';
  readonly #ackAfterMs: number;
  readonly #maxAgeMs: number | undefined;
  readonly #drainTimeoutMs: number;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #pending = new Map<number, (outcome: Outcome | undefined) => void>();
  readonly #waiting = new Set<() => void>();
  #sink: EventSink | undefined;
  #lane: Lane | undefined;
  #mark = 0;
  #paused = false;
  #state: 'idle' | 'running' | 'stopping' | 'stopped' = 'idle';
  #ended: Promise<void> | undefined;
  #end: () => void = () => {};

  /** @throws {ConfigError} on a missing app id or secret, or a time that is not above 0. */
  constructor(options: WebhookOptions) {
    if (typeof options.appId !== 'string' || options.appId === '')
      throw new ConfigError('a webhook needs the appId of its bot, as a string');
    const ackAfterMs = options.ackAfterMs ?? WEBHOOK_DEFAULTS.ackAfterMs;
    if (!(ackAfterMs > 0)) throw new ConfigError(`ackAfterMs must be above 0, got ${ackAfterMs}`);
    if (options.maxAgeMs !== undefined && !(options.maxAgeMs > 0))
      throw new ConfigError(`maxAgeMs must be above 0, got ${options.maxAgeMs}`);
    this.appId = options.appId;
    this.#key = signatureKey(options.secret);
    this.#ack = options.ack ?? WEBHOOK_DEFAULTS.ack;
    this.#ackAfterMs = ackAfterMs;
    this.#maxAgeMs = options.maxAgeMs;
    this.#drainTimeoutMs = options.drainTimeoutMs ?? WEBHOOK_DEFAULTS.drainTimeoutMs;
    this.#log = options.logger ?? silentLogger;
    this.#clock = options.clock ?? systemClock;
  }

  /** Takes callbacks into `sink` until stopped. Before that they are answered 503, so that the platform delivers them again. */
  async run(sink: EventSink, signal?: AbortSignal): Promise<void> {
    if (this.#state !== 'idle') throw new BotgoError('BOTGO_CLOSED', 'a webhook source runs once');
    signal?.throwIfAborted();
    this.#state = 'running';
    this.#sink = sink;
    this.#lane = sink.openLane({
      name: `webhook ${this.appId}`,
      ordered: false,
      redelivers: true,
      // Several processes may stand behind one address: in a window that they share each is somebody else.
      holder: `webhook ${this.appId} ${randomUUID()}`,
      onSettled: (mark, outcome) => this.#pending.get(mark)?.(outcome),
      onPressure: (paused) => this.#press(paused),
    });
    this.#ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    const abort = () => this.#revoke(signal?.reason);
    signal?.addEventListener('abort', abort, { once: true });
    try {
      await this.#ended;
    } finally {
      signal?.removeEventListener('abort', abort);
    }
  }

  async stop(): Promise<void> {
    if (this.#state === 'idle') this.#state = 'stopped';
    if (this.#state !== 'running') return this.#ended;
    this.#state = 'stopping';
    this.#release();
    await this.#lane?.drain(this.#drainTimeoutMs);
    this.#finish();
  }

  /**
   * Answers one callback: a refusal and op 13 at once, an event when it is settled or `ackAfterMs` is over. Never rejects. A handler that
   * failed is told to the platform (op 12 with 1), which then delivers again.
   */
  answer(request: SignedRequest): WebhookAnswer | Promise<WebhookAnswer> {
    const age =
      this.#maxAgeMs === undefined ? undefined : { nowMs: this.#clock.wallNow(), maxAgeMs: this.#maxAgeMs };
    const callback = readCallback(this.#key, request, age);
    switch (callback.kind) {
      case 'refusal':
        this.#log.warn('callback refused', {
          appId: this.appId,
          status: callback.status,
          reason: callback.reason,
        });
        return refusal(callback.status, callback.reason);
      case 'answer':
        this.#log.debug('callback answered', { appId: this.appId, op: callback.op });
        return { status: 200, body: callback.body };
      case 'event':
        return this.#paused ? this.#receiveLater(callback.event) : this.#receive(callback.event);
      default:
        return callback satisfies never;
    }
  }

  #receive(event: IncomingEvent): WebhookAnswer | Promise<WebhookAnswer> {
    const lane = this.#lane;
    if (this.#state !== 'running' || !lane) return refusal(503, 'not taking events');
    const mark = ++this.#mark;
    if (!this.#sink?.wants(event.t)) {
      lane.pass(mark);
      return HANDLED;
    }
    if (this.#ack === 'accepted') {
      lane.receive(event, mark);
      return HANDLED;
    }
    let settled: WebhookAnswer | undefined;
    this.#pending.set(mark, (outcome) => {
      settled = answerFor(outcome);
    });
    lane.receive(event, mark);
    if (settled) {
      this.#pending.delete(mark);
      return settled;
    }
    return new Promise((resolve) => {
      const cancel = this.#clock.after(this.#ackAfterMs, () => {
        this.#pending.delete(mark);
        this.#log.debug('callback acknowledged before it was settled', { appId: this.appId, id: event.id });
        resolve(HANDLED);
      });
      this.#pending.set(mark, (outcome) => {
        cancel();
        this.#pending.delete(mark);
        resolve(answerFor(outcome));
      });
    });
  }

  /** Handlers have fallen behind: hold the request back as long as it may be held, then have it delivered again. */
  #receiveLater(event: IncomingEvent): Promise<WebhookAnswer> {
    return new Promise((resolve) => {
      const proceed = () => {
        cancel();
        this.#waiting.delete(proceed);
        resolve(this.#receive(event));
      };
      const cancel = this.#clock.after(this.#ackAfterMs, () => {
        this.#waiting.delete(proceed);
        resolve(refusal(503, 'handlers have fallen behind'));
      });
      this.#waiting.add(proceed);
    });
  }

  #press(paused: boolean): void {
    this.#paused = paused;
    // One that proceeds may press again; the rest go on waiting then.
    for (const proceed of this.#waiting) if (!this.#paused) proceed();
  }

  /** Lets held requests go on; outside `running` they are answered 503. */
  #release(): void {
    for (const proceed of [...this.#waiting]) proceed();
  }

  #revoke(reason: unknown): void {
    if (this.#state === 'stopped') return;
    this.#state = 'stopping';
    this.#release();
    this.#lane?.revoke(reason);
    this.#finish();
  }

  /** What is still unsettled was aborted: the platform is asked for it again. */
  #finish(): void {
    this.#state = 'stopped';
    for (const settle of [...this.#pending.values()]) settle(undefined);
    this.#end();
  }
}

function answerFor(outcome: Outcome | undefined): WebhookAnswer {
  return outcome === undefined || outcome === 'failed' || outcome === 'timed-out' ? FAILED : HANDLED;
}

/** An answer that says that nothing was done. */
export function refusal(status: number, reason: string): WebhookAnswer {
  return { status, body: JSON.stringify({ message: reason }) };
}
