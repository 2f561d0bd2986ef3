import type { Cancel } from 'botgo/clock';
import type { EachBatchPayload } from 'kafkajs';
import { backOff } from '../back-off.js';
import type { IntakeDesk } from '../consumer.js';
import type { Intake } from '../intake.js';
import { writeCommitText } from './commit-text.js';
import { readFailure, toKafkaError } from './target.js';

/** A partition that is assigned to this member. */
export interface HeldPartition {
  readonly partition: number;
  readonly intake: Intake;
  isPaused: boolean;
  /** Offset of the message to be offered next. */
  next: number;
  /** Offset to commit: everything before it is settled. */
  settled: number | undefined;
  /** Where reading began: to be committed as long as nothing is settled. */
  start: number | undefined;
  committed: number | undefined;
  /** The commit says that the partition is being read. */
  isMarked: boolean;
  /** Its text is to be written whether or not its offset has moved. */
  isAsked: boolean;
  /** The last owner did not say that it had stopped. */
  readonly isAfterCrash: boolean;
  /** Whatever the last owner can have had is below this offset; known with the first batch. */
  caughtUpAt: number | undefined;
}

export interface OffsetCommitsOptions {
  readonly topic: string;
  /** How long what is settled may wait to be committed. */
  readonly intervalMs: number;
  readonly desk: IntakeDesk;
  /** What this member holds now. */
  readonly held: () => readonly HeldPartition[];
  readonly isStopping: () => boolean;
}

const COMMIT_TRIES = 5;
/** A commit that failed so is not worth another try: the partitions are, or will be, another member's. */
const NOT_OURS = /ILLEGAL_GENERATION|UNKNOWN_MEMBER_ID|FENCED_INSTANCE_ID/;

/**
 * What a member tells the group of its partitions: up to where they are settled, and in the commit's text what the next owner should know.
 * One commit at a time: an older one that came later would set the group back.
 */
export class OffsetCommits {
  readonly #options: OffsetCommitsOptions;
  #commit: EachBatchPayload['commitOffsetsIfNecessary'] | undefined;
  /** Never rejects. */
  #committing: Promise<void> = Promise.resolve();
  #storing: Promise<void> | undefined;
  #cancel: Cancel | undefined;

  constructor(options: OffsetCommitsOptions) {
    this.#options = options;
  }

  /** How to commit in the present generation. Not `consumer.commitOffsets`: it tries again by itself, in a later generation too. */
  use(commit: EachBatchPayload['commitOffsetsIfNecessary']): void {
    this.#commit = commit;
  }

  /** Commits what is held, soon. */
  later(): void {
    const { desk, intervalMs, isStopping } = this.#options;
    this.#cancel ??= desk.clock.after(intervalMs, () => {
      this.#cancel = undefined;
      this.now().catch((error: unknown) => {
        if (!isStopping() && !NOT_OURS.test(readFailure(error).type)) this.later();
      });
    });
  }

  /** Commits what is held, and says that it is being read. */
  now(): Promise<void> {
    return this.#inTurn(() => this.#write(this.#options.held(), true));
  }

  /** Writes what the intake of a partition says now; one commit serves all who ask before it begins. */
  store(held: HeldPartition): Promise<void> {
    held.isAsked = true;
    this.#storing ??= this.#inTurn(() => {
      this.#storing = undefined;
      return this.#write(this.#options.held(), true);
    });
    return this.#storing;
  }

  /** Commits what a handover leaves, and that it was one. What could not be committed comes again to the next owner. */
  async handOver(helds: readonly HeldPartition[]): Promise<void> {
    const { desk } = this.#options;
    this.stop();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#inTurn(() => this.#write(helds, false));
      } catch (error) {
        if (attempt === COMMIT_TRIES || NOT_OURS.test(readFailure(error).type)) {
          const { message } = toKafkaError('commit offsets', error);
          return desk.logger.warn('offsets could not be committed; what they cover comes again', {
            error: message,
          });
        }
        await desk.clock.sleep(backOff(attempt, desk.random()));
      }
    }
  }

  /** Forgets what was to be committed soon. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #inTurn(commit: () => Promise<void>): Promise<void> {
    const mine = this.#committing.then(commit);
    this.#committing = mine.catch(() => undefined);
    return mine;
  }

  /** @param isOpen - What the texts say: whether the partitions are still read here. */
  async #write(helds: readonly HeldPartition[], isOpen: boolean): Promise<void> {
    const due = helds.flatMap((held) => {
      const offset = held.settled ?? held.start;
      const isDue = offset !== held.committed || isOpen !== held.isMarked || held.isAsked;
      if (offset === undefined || !isDue) return [];
      held.isAsked = false;
      return [{ held, offset, metadata: writeCommitText({ state: held.intake.state(), isOpen }, offset) }];
    });
    if (due.length === 0 || !this.#commit) return;
    const partitions = due.map(({ held, offset, metadata }) => ({
      partition: held.partition,
      offset: String(offset),
      metadata,
    }));
    await this.#commit({ topics: [{ topic: this.#options.topic, partitions }] });
    for (const { held, offset } of due) {
      held.committed = offset;
      held.isMarked = isOpen;
    }
    if (isOpen && due.some(({ held, offset }) => held.settled !== undefined && held.settled !== offset))
      this.later();
  }
}
