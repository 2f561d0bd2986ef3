import { BotgoError } from 'botgo/errs';
import type { Logger } from 'botgo/log';
import type { Message, Producer } from 'kafkajs';
import { type KafkaTarget, openKafka, readFailure, toKafkaError } from './target.js';
import { ensureTopic, type TopicPlan } from './topic.js';

/** The broker has a limit for all messages of one partition in one request; its default is 1 MiB, and so is a new topic's at least. */
const MAX_REQUEST_BYTES = 768 * 1_024;
const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 } as const;
const METADATA_MAX_AGE_MS = 10_000;

/** A message to be written. */
export interface WriterMessage {
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Writes to one topic: idempotent, and acknowledged by every replica in sync. */
export class TopicWriter {
  readonly #target: KafkaTarget;
  readonly #plan: TopicPlan;
  readonly #logger: Logger;
  #producer: Producer | undefined;
  #isPlanned = false;
  #isClosed = false;

  constructor(target: KafkaTarget, plan: TopicPlan, logger: Logger) {
    this.#target = target;
    this.#plan = plan;
    this.#logger = logger;
  }

  /** Connects, and creates what is missing of the topic. Idempotent. */
  async open(): Promise<void> {
    if (this.#isClosed) throw new BotgoError('BOTGO_CLOSED', 'this publisher was closed: make a new one');
    if (this.#producer) return;
    try {
      const { kafka, kafkajs } = await openKafka(this.#target, this.#logger);
      if (!this.#isPlanned) {
        const admin = kafka.admin({ retry: RETRY });
        try {
          await admin.connect();
          await ensureTopic(admin, this.#plan);
        } finally {
          await admin.disconnect();
        }
        this.#isPlanned = true;
      }
      const producer = kafka.producer({
        idempotent: true,
        // More could overtake each other when one is tried again.
        maxInFlightRequests: 1,
        allowAutoTopicCreation: false,
        metadataMaxAge: METADATA_MAX_AGE_MS,
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
        retry: RETRY,
      });
      await producer.connect();
      if (this.#isClosed) return await producer.disconnect();
      this.#producer = producer;
    } catch (error) {
      throw toKafkaError(`open the topic ${this.#plan.topic}`, error);
    }
  }

  /** In the order given for each key; what a rejected write did leave in a partition is a beginning of what it was to leave there. */
  async write(messages: readonly WriterMessage[]): Promise<void> {
    // kafkajs reconnects by itself; a producer is made anew only when its sequence is broken.
    await this.open();
    for (const part of split(messages)) await this.#send(part);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#drop();
  }

  async #send(messages: Message[]): Promise<void> {
    try {
      await this.#producer?.send({ topic: this.#plan.topic, acks: -1, messages });
    } catch (error) {
      // These never get better with the same producer id.
      if (/SEQUENCE|PRODUCER_(ID|EPOCH)|FENCED/.test(readFailure(error).type)) await this.#drop();
      throw toKafkaError(`publish to the topic ${this.#plan.topic}`, error);
    }
  }

  async #drop(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.disconnect().catch(() => undefined);
  }
}

function* split(messages: readonly WriterMessage[]): Generator<Message[]> {
  let part: Message[] = [];
  let bytes = 0;
  for (const { key, value, headers } of messages) {
    if (part.length > 0 && bytes + value.length > MAX_REQUEST_BYTES) {
      yield part;
      part = [];
      bytes = 0;
    }
    // A few hundred bytes of headers come on top of the frame.
    bytes += value.length + 512;
    part.push({ key, value, headers: { ...headers } });
  }
  if (part.length > 0) yield part;
}
