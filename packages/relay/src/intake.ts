import type { Clock } from 'botgo/clock';
import type { IdWindow } from 'botgo/delivery';
import { BotgoError, toBotgoError } from 'botgo/errs';
import { type EventSink, type Lane, parsePayload, type RetryPolicy, toIncomingEvent } from 'botgo/event';
import { diagnosticsChannel, type Logger } from 'botgo/log';
import { backOff } from './back-off.js';
import { type Envelope, fromHeaders } from './envelope.js';
import { type FenceEntry, FenceLog } from './fences.js';
import type { BrokerMessage, DeadMessage } from './message.js';
import { type LaneWatch, type Provenance, Suspects, type SuspectsState } from './suspects.js';

/** How an adapter opens an {@link Intake}. */
export interface IntakeOptions {
  /** For logs, errors and lag, e.g. `qq-events/3`. */
  readonly name: string;
  /**
   * `contiguous`: marks grow, and {@link acknowledge} is told the mark up to which everything is settled (offsets of Kafka). `each`:
   * it is told every mark by itself, in the order in which they settle.
   */
  readonly acknowledgement: 'contiguous' | 'each';
  /**
   * This is the only reader of a partition, and reads it in the order in which it was published. Copies of what earlier owners settled
   * are then recognised by {@link state}; leave it `false` where messages of one partition go to several members (Pulsar).
   */
  readonly isPartition: boolean;
  /** What {@link Intake.state} gave the last owner of the partition, where the adapter can store it. */
  readonly state?: unknown;
  /**
   * Resolves when what {@link Intake.state} gives now is stored, for the next reader of these messages. Called before a message is
   * handled that a reader which died may have had ({@link Provenance}), and for no other; a rejection is tried again. Without it a
   * message that kills its process is not found.
   */
  readonly store?: (() => Promise<void>) | undefined;
  /** For an adapter that finds what kills its process by itself, instead of {@link store}. */
  readonly watch?: LaneWatch | undefined;
  /** Settled: acknowledge it to the broker, now or in a batch. Must not throw; a failure of the broker is the adapter's to retry. */
  readonly acknowledge: (mark: number) => void;
  /** `true`: stop reading this partition, handlers are behind; `false`: read on. */
  readonly onPressure: (paused: boolean) => void;
  /** See `LaneOptions.guard`: why this process may not handle the partition's messages any more. */
  readonly guard?: (() => unknown) | undefined;
  /** See `LaneOptions.holder`: member and fencing token, for a shared duplicate window. */
  readonly holder?: string | undefined;
}

/** What an {@link Intake} needs of its source. */
export interface IntakeOwner {
  readonly sink: EventSink;
  readonly retry: RetryPolicy;
  /** (session, seq) of what was received, shared by all intakes of a source. */
  readonly window: IdWindow;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
  deadLetter(message: DeadMessage): Promise<void>;
  ended(intake: Intake): void;
}

/** What the next reader of a partition is told, as JSON. */
export interface IntakeState {
  /** Up to where each gateway session is settled: hash → seq. */
  readonly sessions: Readonly<Record<string, number>>;
  /** Only after a crash: what may have been its cause. */
  readonly suspects?: SuspectsState | undefined;
}

interface Pending {
  readonly message: BrokerMessage;
  readonly envelope: Envelope | undefined;
  readonly entry: FenceEntry;
  /** Its number in the duplicate window; below 0 for a copy, 0 when it is not in it. */
  readonly number: number;
}

/** Longest reason that is written into a header. */
const MAX_REASON = 1_000;

const deadChannel = diagnosticsChannel('botgo:relay:dead-letter');

/**
 * The way of one partition's messages to their handlers and back: parse, drop copies, hand over to the sink, acknowledge when settled,
 * publish as a dead letter what was given up. Whatever the broker.
 */
export class Intake {
  readonly name: string;
  readonly #owner: IntakeOwner;
  readonly #options: IntakeOptions;
  readonly #lane: Lane;
  readonly #log: FenceLog;
  readonly #suspects: Suspects | undefined;
  readonly #pending = new Map<number, Pending>();
  readonly #burying = new Set<Promise<void>>();
  #isDraining = false;
  #isEnded = false;

  /** @internal Opened by `IntakeDesk.open`. */
  constructor(owner: IntakeOwner, options: IntakeOptions) {
    this.name = options.name;
    this.#owner = owner;
    this.#options = options;
    const { sessions, suspects } = readState(options.state);
    this.#log = new FenceLog(options.isPartition ? sessions : undefined);
    const { store } = options;
    this.#suspects = store && new Suspects({ state: suspects, store, clock: owner.clock });
    const watch: LaneWatch | undefined = options.watch ?? this.#suspects;
    this.#lane = owner.sink.openLane({
      name: options.name,
      ordered: false,
      retry: owner.retry,
      guard: options.guard,
      holder: options.holder,
      onPressure: options.onPressure,
      poison: watch?.poison,
      get before() {
        return watch?.before;
      },
      get solo() {
        return watch?.solo;
      },
      onSettled: (mark, outcome, error) => {
        if (outcome === 'failed' || outcome === 'timed-out' || outcome === 'poison')
          this.#giveUp(mark, outcome, error);
        else this.#acknowledge(mark);
      },
    });
    // The guard may end the lane: what was not settled must be taken when it comes again.
    const onAbort = (): void => {
      // The end of a drain aborts it too; dead letters may be on their way then.
      if (!this.#isDraining) this.#end();
    };
    this.#lane.signal.addEventListener('abort', onAbort, { once: true });
  }

  /** Messages offered and not acknowledged. */
  get unsettled(): number {
    return this.#pending.size;
  }

  /** The mark up to which everything offered is settled; `undefined` before the first. */
  get checkpoint(): number | undefined {
    return this.#log.checkpoint;
  }

  /**
   * What the next owner of the partition should be given as {@link IntakeOptions.state}, JSON of a few hundred bytes. Read it when the
   * acknowledgements up to {@link checkpoint} have been made. After the end of the intake nothing of it is in flight.
   */
  state(): IntakeState {
    const suspects = this.#suspects?.state();
    const sessions = this.#log.fences();
    return suspects ? { sessions, suspects } : { sessions };
  }

  /** Everything that an earlier reader may have had was offered. */
  caughtUp(): void {
    this.#suspects?.caughtUp();
  }

  /**
   * Takes one message of the broker, under a mark of the adapter's choice: growing with `contiguous`, else unique among the unsettled.
   * Never throws; a message that is no envelope becomes a dead letter. After the end of the intake it does nothing.
   * @param provenance - Where messages that kill their process are to be found.
   */
  offer(message: BrokerMessage, mark: number, provenance?: Provenance): void {
    if (this.#isEnded) return;
    let envelope: Envelope;
    try {
      envelope = fromHeaders(message.headers, message.value);
    } catch (error) {
      this.#pending.set(mark, {
        message,
        envelope: undefined,
        entry: this.#log.open(mark, '', 0),
        number: 0,
      });
      return this.#giveUp(mark, 'failed', error);
    }
    const { session, seq } = envelope;
    const entry = this.#log.open(mark, session, seq);
    const number = this.#remember(session, seq);
    this.#pending.set(mark, { message, envelope, entry, number });
    if (number < 0) return this.#acknowledge(mark);
    if (!this.#owner.sink.wants(envelope.event)) return this.#lane.pass(mark);
    if (provenance) this.#suspects?.take(mark, provenance);
    try {
      const event = toIncomingEvent(parsePayload(envelope.value));
      if (event === undefined)
        throw new BotgoError('BOTGO_PROTOCOL', 'the value of the message is a payload without an event');
      this.#lane.receive(event, mark);
    } catch (error) {
      this.#giveUp(mark, 'failed', error);
    }
  }

  /** Lets what was offered settle, as `Lane.drain`. The rest stays unacknowledged and comes again to the partition's next owner. */
  async drain(timeoutMs: number): Promise<boolean> {
    const { clock } = this.#owner;
    const startedMs = clock.now();
    this.#isDraining = true;
    const settled = await this.#lane.drain(timeoutMs);
    if (this.#burying.size > 0) {
      const timer = new AbortController();
      const leftMs = Math.max(0, timeoutMs - (clock.now() - startedMs));
      await Promise.race([
        Promise.all(this.#burying),
        clock.sleep(leftMs, timer.signal).catch(() => undefined),
      ]);
      timer.abort();
    }
    const all = settled && this.#burying.size === 0;
    this.#end();
    return all;
  }

  /** Ends at once: the partition is no longer ours. Running handlers are aborted with `reason`; nothing more is acknowledged. */
  revoke(reason: unknown): void {
    this.#lane.revoke(reason);
    this.#end();
  }

  /** @returns See `Pending.number`. */
  #remember(session: string, seq: number): number {
    if (session === '') return 0;
    if (this.#options.isPartition && this.#log.isBehind(session, seq)) return -1;
    return this.#owner.window.add(session, String(seq));
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const { number } of this.#pending.values()) if (number > 0) this.#owner.window.forget(number);
    this.#pending.clear();
    this.#suspects?.end();
    this.#owner.ended(this);
  }

  #giveUp(mark: number, outcome: string, error: unknown): void {
    const pending = this.#pending.get(mark);
    if (!pending) return;
    const burying: Promise<void> = this.#bury(mark, pending, outcome, error).finally(() =>
      this.#burying.delete(burying),
    );
    this.#burying.add(burying);
  }

  async #bury(mark: number, { message, envelope }: Pending, outcome: string, error: unknown): Promise<void> {
    const { retry, clock, random, logger } = this.#owner;
    const reason = toBotgoError(error);
    const dead: DeadMessage = {
      value: message.value,
      key: envelope?.key ?? message.headers['botgo-key'] ?? '',
      headers: {
        ...message.headers,
        'botgo-dead-reason': reason.message.slice(0, MAX_REASON),
        'botgo-dead-code': reason.code,
        'botgo-dead-outcome': outcome,
        'botgo-dead-attempts': String(envelope && outcome !== 'poison' ? retry.maxAttempts : 0),
        'botgo-dead-from': this.name,
        'botgo-dead-at': String(clock.wallNow()),
      },
    };
    logger.error('a message was given up and goes to the dead letters', {
      partition: this.name,
      event: envelope?.event,
      id: envelope?.id,
      outcome,
      error: reason.message,
    });
    for (let attempt = 1; !this.#isEnded; attempt++) {
      try {
        await this.#owner.deadLetter(dead);
        break;
      } catch (failure) {
        logger.warn('a dead letter could not be published; it is tried again', {
          partition: this.name,
          error: toBotgoError(failure).message,
        });
        await clock.sleep(backOff(attempt, random())).catch(() => undefined);
      }
    }
    if (deadChannel.hasSubscribers)
      deadChannel.publish({ partition: this.name, type: envelope?.event ?? '', outcome });
    this.#acknowledge(mark);
  }

  #acknowledge(mark: number): void {
    const pending = this.#pending.get(mark);
    if (!pending) return;
    this.#pending.delete(mark);
    this.#suspects?.settled(mark);
    const moved = this.#log.settle(pending.entry);
    if (this.#options.acknowledgement === 'each') this.#options.acknowledge(mark);
    else if (moved && this.#log.checkpoint !== undefined) this.#options.acknowledge(this.#log.checkpoint);
  }
}

function readState(state: unknown): Partial<Record<keyof IntakeState, unknown>> {
  return typeof state === 'object' && state !== null ? state : {};
}
