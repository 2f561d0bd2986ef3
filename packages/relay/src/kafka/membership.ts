import { isUtf8 } from 'node:buffer';
import type { Cancel, Clock } from 'botgo/clock';
import { BotgoError } from 'botgo/errs';
import type { EachBatchPayload, Kafka, Consumer as KafkaConsumer, KafkaMessage } from 'kafkajs';
import type { IntakeDesk } from '../consumer.js';
import type { BrokerMessage } from '../message.js';
import { readCommitText } from './commit-text.js';
import { afterHandover } from './handover.js';
import { type HeldPartition, OffsetCommits } from './offset-commits.js';
import type { Kafkajs } from './target.js';

export interface MembershipOptions {
  readonly kafka: Kafka;
  readonly kafkajs: Kafkajs;
  readonly topic: string;
  readonly group: string;
  readonly sessionTimeoutMs: number;
  readonly commitIntervalMs: number;
  readonly startFrom: 'beginning' | 'end';
  readonly desk: IntakeDesk;
  /** Called at the end: whatever the client still tries is of no use. */
  readonly stopTrying: () => void;
  /** What the group has committed, by partition. */
  readonly fetchCommits: () => Promise<ReadonlyMap<number, FoundCommit>>;
}

/** What is stored of a partition. */
export interface FoundCommit {
  /** Below 0: nothing was ever committed. */
  readonly offset: number;
  readonly text: string;
}

const HEARTBEATS_PER_SESSION = 6;
const MAX_WAIT_MS = 250;
/** A rebalance waits for the slowest member that long; a drain ends before a session does. */
const REBALANCE_TIMEOUT_MS = 60_000;
const METADATA_MAX_AGE_MS = 5_000;
/** Leaving waits no longer than that for a broker that may be gone. */
const LEAVE_MS = 5_000;

/**
 * One stay in a consumer group, from joining to leaving or to a failure. Batches are offered to intakes and not waited for, so that
 * kafkajs goes on fetching and sending heartbeats; what is settled is committed behind.
 */
export class Membership {
  readonly #options: MembershipOptions;
  readonly #consumer: KafkaConsumer;
  readonly #held = new Map<number, HeldPartition>();
  readonly #commits: OffsetCommits;
  /** Grows with each assignment; what began under an older one is void. */
  #generation = 0;
  #assigned: readonly number[] = [];
  #opening: Promise<void> | undefined;
  #handover: Promise<void> | undefined;
  #isStopping = false;
  /** The broker did not hear this member for a session: nothing is held until it does, or until another assignment. */
  #isSilent = false;
  /** What is opened was held under this same assignment before a silence. */
  #isReturning = false;
  #cancelWatch: Cancel | undefined;
  #sentMs = 0;
  #renewed: { readonly nowMs: number; readonly wallMs: number };
  #joining: Promise<void> | undefined;
  #fail: (error: unknown) => void = () => undefined;

  constructor(options: MembershipOptions) {
    this.#options = options;
    const { kafka, kafkajs, group, sessionTimeoutMs, topic, commitIntervalMs, desk } = options;
    this.#renewed = this.#time();
    this.#commits = new OffsetCommits({
      ...{ topic, desk, intervalMs: commitIntervalMs },
      held: () => [...this.#held.values()],
      isStopping: () => this.#isStopping,
    });
    this.#consumer = kafka.consumer({
      groupId: group,
      sessionTimeout: sessionTimeoutMs,
      rebalanceTimeout: Math.max(REBALANCE_TIMEOUT_MS, sessionTimeoutMs),
      heartbeatInterval: Math.floor(sessionTimeoutMs / HEARTBEATS_PER_SESSION),
      maxWaitTimeInMs: MAX_WAIT_MS,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      allowAutoTopicCreation: false,
      partitionAssigners: [afterHandover(kafkajs.PartitionAssigners.roundRobin, () => this.#isHandedOver())],
      retry: {
        initialRetryTime: 50,
        maxRetryTime: 500,
        // Joining is tried for as long as partitions are being handed over.
        retries: Number.MAX_SAFE_INTEGER,
        restartOnFailure: async () => false,
      },
    });
  }

  /** Joins, and reads until {@link stop}; rejects when the membership has come to an end by itself. */
  async run(): Promise<void> {
    const { desk, topic, startFrom } = this.#options;
    const { events } = this.#consumer;
    const failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    failed.catch(() => undefined);
    this.#consumer.on(events.GROUP_JOIN, ({ payload }) => {
      this.#renewed = this.#time();
      this.#isSilent = false;
      this.#isReturning = false;
      if (this.#isStopping) void this.#disconnect();
      else this.#watch();
      this.#assign(payload.memberAssignment[topic] ?? []);
      desk.joined();
    });
    this.#consumer.on(events.REBALANCING, () => void this.#isHandedOver());
    this.#consumer.on(events.REQUEST, ({ payload }) => {
      if (payload.apiName === 'Heartbeat') this.#sentMs = payload.duration;
    });
    this.#consumer.on(events.HEARTBEAT, () => {
      const { nowMs, wallMs } = this.#time();
      // From when it was sent: the broker counts from no later.
      this.#renewed = { nowMs: nowMs - this.#sentMs, wallMs: wallMs - this.#sentMs };
      if (this.#isSilent) this.#return();
    });
    this.#consumer.on(events.CRASH, ({ payload }) => this.#fail(payload.error));
    await this.#consumer.connect();
    await this.#consumer.subscribe({ topic, fromBeginning: startFrom === 'beginning' });
    if (this.#isStopping) return;
    this.#joining = this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#take(payload),
    });
    await this.#joining;
    if (!this.#isStopping) await failed;
  }

  /** Takes no more, lets what began end, commits, and leaves the group. Idempotent. */
  async stop(drainMs: number): Promise<void> {
    if (!this.#isStopping) {
      this.#isStopping = true;
      this.#pauseAll();
      this.#handover ??= this.#handOver(drainMs);
    }
    this.#cancelWatch?.();
    await this.#handover;
    this.#commits.stop();
    // kafkajs cannot be stopped in the middle of its first join.
    await this.#atMost(LEAVE_MS, this.#joining ?? Promise.resolve());
    await this.#disconnect();
    this.#options.stopTrying();
    this.#fail(undefined);
  }

  get #clock(): Clock {
    return this.#options.desk.clock;
  }

  #time(): { nowMs: number; wallMs: number } {
    const { clock } = this.#options.desk;
    return { nowMs: clock.now(), wallMs: clock.wallNow() };
  }

  /** Why this member may handle nothing now: the broker may have given its partitions to another. Either clock may say so. */
  #guard(): unknown {
    const { nowMs, wallMs } = this.#time();
    const silentMs = Math.max(nowMs - this.#renewed.nowMs, wallMs - this.#renewed.wallMs);
    if (silentMs < this.#options.sessionTimeoutMs) return undefined;
    const reason = new BotgoError(
      'BOTGO_LEASE_LOST',
      `this member was not heard by Kafka for ${Math.round(silentMs)} ms: its partitions may be another's`,
    );
    // Whoever asks gives up its own partition first.
    queueMicrotask(() => this.#lose(reason));
    return reason;
  }

  /** Notices a silence when nothing is handled either. */
  #watch(): void {
    this.#cancelWatch?.();
    if (this.#isStopping || this.#isSilent || this.#guard() !== undefined) return;
    const leftMs = this.#renewed.nowMs + this.#options.sessionTimeoutMs - this.#clock.now();
    this.#cancelWatch = this.#clock.after(Math.max(1, leftMs), () => this.#watch());
  }

  /**
   * Gives up what is held and stays in the group: a broker that was away counts sessions anew, and may hear this member before it gives
   * its partitions to another. Who leaves without a word, and comes again as another, has the whole group wait for its old self.
   */
  #lose(reason: BotgoError): void {
    if (this.#isSilent || this.#isStopping) return;
    this.#isSilent = true;
    this.#generation++;
    this.#opening = undefined;
    this.#options.desk.logger.warn(
      'the broker does not hear this member; its partitions are given up until it does',
      {
        error: reason.message,
      },
    );
    for (const { intake } of this.#held.values()) intake.revoke(reason);
    this.#held.clear();
  }

  /** Heard again, and under the old assignment: the partitions were nobody else's meanwhile. */
  #return(): void {
    this.#isSilent = false;
    this.#isReturning = true;
    this.#watch();
    if (!this.#isStopping) this.#opened().catch(() => undefined);
  }

  #assign(partitions: readonly number[]): void {
    this.#generation++;
    this.#assigned = partitions;
    this.#opening = undefined;
    if (this.#isStopping) return this.#pauseAll();
    this.#opened().catch(() => undefined);
  }

  /** Opens an intake for each partition of the assignment, with what its last owner left. */
  #opened(): Promise<void> {
    if (this.#opening) return this.#opening;
    const opening: Promise<void> = this.#open(this.#generation).catch((error: unknown) => {
      if (this.#opening === opening) this.#opening = undefined;
      throw error;
    });
    this.#opening = opening;
    return opening;
  }

  async #open(generation: number): Promise<void> {
    if (this.#assigned.length === 0) return;
    const commits = await this.#options.fetchCommits();
    if (generation !== this.#generation || this.#handover || this.#isStopping) return;
    const { topic, group, desk } = this.#options;
    // kafkajs remembers what was paused, whoever has had it meanwhile.
    this.#consumer.resume([{ topic, partitions: [...this.#assigned] }]);
    for (const partition of this.#assigned) {
      const { offset, text } = commits.get(partition) ?? { offset: -1, text: '' };
      const found = readCommitText(text, offset);
      const start = offset >= 0 ? offset : undefined;
      // What was offered and not settled is read again.
      if (this.#isReturning && start !== undefined)
        this.#consumer.seek({ topic, partition, offset: String(start) });
      const held: HeldPartition = {
        ...{ partition, start, committed: start, isAfterCrash: found.isOpen && !this.#isReturning },
        ...{ isPaused: false, next: 0, settled: undefined, caughtUpAt: undefined },
        ...{ isMarked: false, isAsked: false },
        intake: desk.open({
          name: `${topic}/${partition}`,
          acknowledgement: 'contiguous',
          isPartition: true,
          state: found.state,
          store: () => this.#commits.store(held),
          acknowledge: (mark) => {
            held.settled = mark + 1;
            this.#commits.later();
          },
          onPressure: (paused) => this.#pause(held, paused),
          guard: () => this.#guard(),
          // The partition itself: whoever owns it may take over the claims of its last owner, whose session has ended.
          holder: `${group}/${topic}/${partition}`,
        }),
      };
      this.#held.set(partition, held);
    }
    desk.logger.info('partitions taken', { topic, partitions: this.#assigned.join() });
  }

  async #take(payload: EachBatchPayload): Promise<void> {
    const { batch, resolveOffset, commitOffsetsIfNecessary, isStale } = payload;
    this.#commits.use(commitOffsetsIfNecessary);
    if (this.#isSilent) return;
    await this.#opened();
    if (this.#isStopping) return this.#pauseAll();
    const held = this.#held.get(batch.partition);
    // A stale one was fetched before it was known from where to read.
    if (!held || this.#handover || isStale()) return;
    held.start ??= Number(batch.messages[0]?.offset ?? 0);
    held.caughtUpAt ??= Number(batch.highWatermark);
    // Before the first message: it may be the one that ends this process.
    if (!held.isMarked) await this.#commits.now();
    for (const message of batch.messages) {
      // What is not resolved is fetched again.
      if (held.isPaused || this.#held.get(batch.partition) !== held) return;
      const offset = Number(message.offset);
      if (offset >= held.next) {
        held.next = offset + 1;
        this.#offer(held, message, offset);
      }
      resolveOffset(message.offset);
    }
  }

  #offer(
    { intake, isAfterCrash, caughtUpAt = 0 }: HeldPartition,
    message: KafkaMessage,
    offset: number,
  ): void {
    if (offset >= caughtUpAt) return intake.offer(toBrokerMessage(message), offset);
    intake.offer(toBrokerMessage(message), offset, { ref: String(offset), isSuspect: isAfterCrash });
    if (offset + 1 >= caughtUpAt) intake.caughtUp();
  }

  #pause(held: HeldPartition, paused: boolean): void {
    held.isPaused = paused;
    if (this.#held.get(held.partition) !== held || this.#isStopping) return;
    const partitions = [{ topic: this.#options.topic, partitions: [held.partition] }];
    if (paused) this.#consumer.pause(partitions);
    else this.#consumer.resume(partitions);
  }

  #pauseAll(): void {
    try {
      this.#consumer.pause([{ topic: this.#options.topic }]);
    } catch {
      // Not running yet, or not any more.
    }
  }

  /** Begins the handover of what is held, when there is any. */
  #isHandedOver(): boolean {
    if (this.#handover === undefined && this.#held.size > 0) {
      const { desk, sessionTimeoutMs } = this.#options;
      // No heartbeat is sent meanwhile.
      const drainMs = Math.min(desk.drainMs, sessionTimeoutMs * 0.6);
      this.#handover = this.#handOver(drainMs).finally(() => {
        if (!this.#isStopping) this.#handover = undefined;
      });
    }
    // Intakes that are about to be opened for the old assignment are not.
    if (this.#held.size === 0) this.#generation++;
    return this.#held.size === 0;
  }

  async #handOver(drainMs: number): Promise<void> {
    const handing = [...this.#held.values()];
    await Promise.all(handing.map(({ intake }) => intake.drain(drainMs)));
    await this.#atMost(LEAVE_MS, this.#commits.handOver(handing));
    for (const { partition } of handing) this.#held.delete(partition);
    const { desk, topic } = this.#options;
    if (handing.length === 0) return;
    desk.logger.info('partitions given up', {
      topic,
      partitions: handing.map(({ partition }) => partition).join(),
    });
  }

  async #disconnect(): Promise<void> {
    await this.#atMost(
      LEAVE_MS,
      this.#consumer.disconnect().catch(() => undefined),
    );
  }

  async #atMost(limitMs: number, work: Promise<void>): Promise<void> {
    const timer = new AbortController();
    await Promise.race([work, this.#clock.sleep(limitMs, timer.signal).catch(() => undefined)]);
    timer.abort();
  }
}

/** Headers as text; what is no text is left out. */
export function toBrokerMessage({ headers = {}, value }: KafkaMessage): BrokerMessage {
  const texts: Record<string, string> = {};
  for (const [name, given] of Object.entries(headers)) {
    const header = Array.isArray(given) ? given.at(-1) : given;
    if (typeof header === 'string') texts[name.toLowerCase()] = header;
    else if (header && isUtf8(header)) texts[name.toLowerCase()] = header.toString();
  }
  return { headers: texts, value: value ?? Buffer.alloc(0) };
}
