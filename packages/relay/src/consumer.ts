import type { Clock } from 'botgo/clock';
import type { Logger } from 'botgo/log';
import type { Intake, IntakeOptions } from './intake.js';
import type { DeadMessage } from './message.js';

/** How far one partition is behind. */
export interface PartitionLag {
  readonly partition: string;
  /** Messages that the broker holds and this group has not acknowledged: unread ones and those being handled. */
  readonly messages: number;
}

/** What a consumer is given by its source. */
export interface IntakeDesk {
  /** Opens the way of messages to their handlers: one for each partition that is assigned, or one for the whole subscription. */
  open(options: IntakeOptions): Intake;
  /** The group has been joined: the source counts as ready. */
  joined(): void;
  /** How long handlers may go on when a partition is handed over, in milliseconds. */
  readonly drainMs: number;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
}

/**
 * The logic side of a broker: what an adapter implements to give messages. `consumerSource` makes an `EventSource` of it, which does the
 * rest: parsing, handlers, retries with back-off, copies, reasons of dead letters.
 *
 * One life of a partition:
 *
 *     assigned ──> desk.open({...}) ──> intake.offer(message, mark) … ──> acknowledge(mark) …
 *     wanted by another member ──> stop reading it, await intake.drain(desk.drainMs), acknowledge, give it up
 *     lost without warning (session expired, connection gone) ──> intake.revoke(reason); what was unsettled comes again
 */
export interface Consumer {
  /** For logs and errors, e.g. `kafka topic qq-events, group logic`; without a password. */
  readonly name: string;
  /**
   * Joins the group and gives messages to intakes until {@link stop}; resolves then. An outage of the broker is waited out, with a
   * warning in the log; what a person must mend rejects with `BOTGO_CONFIG`.
   */
  run(desk: IntakeDesk): Promise<void>;
  /**
   * Takes no more messages, lets every intake drain for at most `drainMs`, acknowledges what settled, leaves the group so that others
   * take over at once, and closes what it opened itself. Idempotent; before {@link run} it keeps that from starting.
   */
  stop(drainMs: number): Promise<void>;
  /**
   * Publishes a message that was given up where this group's dead letters go; resolves when the broker has acknowledged it. Called again
   * with back-off after a rejection; the message stays unacknowledged meanwhile.
   */
  deadLetter(message: DeadMessage): Promise<void>;
  /** What is not acknowledged, for each partition of the stream (also those of other members), or one row for a subscription. */
  lag(): Promise<readonly PartitionLag[]>;
}
