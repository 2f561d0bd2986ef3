import type { Clock } from '../clock/index.js';
import { toBotgoError } from '../errs/index.js';
import { diagnosticsChannel, type Logger } from '../log/index.js';
import type { ConnectionEvents, GapInfo } from './connection-events.js';
import type { FrameHead } from './frame.js';
import type { ConnectKind, Output, State } from './protocol-types.js';

const phaseChannel = diagnosticsChannel('botgo:gateway:phase');
const disconnectChannel = diagnosticsChannel('botgo:gateway:disconnect');
const ackChannel = diagnosticsChannel('botgo:gateway:ack');
const gapChannel = diagnosticsChannel('botgo:gateway:gap');

/** The shard that is reported about. */
export interface ShardTarget {
  readonly shard: number;
  readonly shardCount: number;
}

/** What a connection logs and publishes. */
export class ConnectionReport {
  readonly #logger: Logger;
  readonly #target: ShardTarget;
  readonly #clock: Clock;

  constructor(logger: Logger, target: ShardTarget, clock: Clock) {
    this.#logger = logger;
    this.#target = target;
    this.#clock = clock;
  }

  get #shard(): number {
    return this.#target.shard;
  }

  phase({ options: { shard, shardCount }, phase }: State): void {
    if (phaseChannel.hasSubscribers) phaseChannel.publish({ shard, shardCount, phase: phase.name });
  }

  ready(kind: ConnectKind): void {
    this.#logger.info(kind === 'resume' ? 'session resumed' : 'session ready', { shard: this.#shard });
  }

  acked(latencyMs: number): void {
    if (ackChannel.hasSubscribers) ackChannel.publish({ shard: this.#shard, latencyMs });
  }

  disconnected(info: ConnectionEvents['disconnect'][0]): void {
    const { code, reason, next, attempt } = info;
    this.#logger.info('disconnected', { shard: this.#shard, ...info });
    if (disconnectChannel.hasSubscribers)
      disconnectChannel.publish({ shard: this.#shard, code, reason, willResume: next === 'resume', attempt });
  }

  /** @param lastSeq - The last `s` received of the session that ended. */
  gap(gap: Output & { type: 'gap' }, lastSeq: number | undefined): GapInfo {
    const { sessionId, reason } = gap;
    // The machine's times are monotonic; what is reported is read by people and compared across processes.
    const offsetMs = this.#clock.wallNow() - this.#clock.now();
    const info: GapInfo = {
      shard: this.#target.shard,
      shardCount: this.#target.shardCount,
      sessionId,
      lastSeq: lastSeq ?? null,
      fromMs: Math.round(gap.fromMs + offsetMs),
      toMs: Math.round(gap.toMs + offsetMs),
      reason,
    };
    this.#logger.error('a session ended; events may be lost', { ...info });
    if (gapChannel.hasSubscribers) gapChannel.publish(info);
    return info;
  }

  refused(kind: ConnectKind, error: unknown): void {
    this.#logger.warn('cannot connect yet', { shard: this.#shard, kind, error: toBotgoError(error).message });
  }

  listenerThrew(event: string, error: unknown): void {
    this.#logger.error('a listener threw', {
      shard: this.#shard,
      event,
      error: toBotgoError(error).message,
    });
  }

  notStored(error: unknown): void {
    this.#logger.warn('the session could not be stored', {
      shard: this.#shard,
      error: toBotgoError(error).message,
    });
  }

  odd(what: string): void {
    this.#logger.warn('unexpected gateway frame', { shard: this.#shard, what });
  }

  /** A frame that is left out; `head` as far as it is known. */
  oddFrame(what: string, bytes: number, head: Partial<FrameHead> = {}): void {
    const { s: seq, t: type } = head;
    this.#logger.warn('unexpected gateway frame', { shard: this.#shard, what, bytes, seq, type });
  }
}
