import { ConfigError } from 'botgo/errs';
import { silentLogger } from 'botgo/log';
import type { Admin, Kafka } from 'kafkajs';
import { backOff } from '../back-off.js';
import type { Consumer, IntakeDesk, PartitionLag } from '../consumer.js';
import { ConsumerSource, type ConsumerSourceOptions } from '../consumer-source.js';
import type { DeadMessage } from '../message.js';
import { type FoundCommit, Membership } from './membership.js';
import { KAFKA_PUBLISHER_DEFAULTS } from './publisher.js';
import { checkTarget, checkTopic, type KafkaTarget, openKafka, toKafkaError } from './target.js';
import { countPartitions } from './topic.js';
import { TopicWriter } from './writer.js';

export interface KafkaSourceOptions extends KafkaTarget, ConsumerSourceOptions {
  /** Name of the topic, as its publisher has it. */
  readonly topic: string;
  /** Processes of one group share the events; each group gets all of them. Default `logic`. */
  readonly group?: string | undefined;
  /** Where a group begins that has read nothing yet, in new partitions too: `end` may pass events over. Default `beginning`. */
  readonly startFrom?: 'beginning' | 'end' | undefined;
  /** How long partitions stay with a process that is not heard of, in milliseconds; the broker allows 6,000 and more. Default 15,000. */
  readonly sessionTimeoutMs?: number | undefined;
  /** How often offsets are committed, in milliseconds: what a crash makes come again. Default 100. */
  readonly commitIntervalMs?: number | undefined;
  /** Topic of the group's dead letters. Default `<topic>.<group>.dead`. */
  readonly deadLetterTopic?: string | undefined;
}

export const KAFKA_SOURCE_DEFAULTS = Object.freeze({
  group: 'logic',
  startFrom: 'beginning',
  sessionTimeoutMs: 15_000,
  commitIntervalMs: 100,
});

/**
 * The logic side on Kafka, for `bot.from`: a member of a consumer group. Offsets are committed behind the handlers, never past an event
 * that is not settled; before partitions go to another member, what was begun ends and is committed.
 * @throws {ConfigError} on a bad option.
 */
export function kafkaSource(options: KafkaSourceOptions): ConsumerSource {
  return new ConsumerSource(new KafkaGroupConsumer(options), options);
}

class KafkaGroupConsumer implements Consumer {
  readonly name: string;
  readonly #options: KafkaSourceOptions;
  readonly #group: string;
  readonly #sessionTimeoutMs: number;
  readonly #commitIntervalMs: number;
  readonly #startFrom: 'beginning' | 'end';
  readonly #dead: TopicWriter;
  readonly #abort = new AbortController();
  #membership: Membership | undefined;
  #admin: Promise<Admin> | undefined;
  #drainMs = 0;

  constructor(options: KafkaSourceOptions) {
    checkTarget(options);
    checkTopic('topic', options.topic);
    const d = KAFKA_SOURCE_DEFAULTS;
    this.#options = options;
    this.#group = options.group ?? d.group;
    if (this.#group === '') throw new ConfigError('group must be a name, got an empty one');
    this.#startFrom = options.startFrom ?? d.startFrom;
    this.#sessionTimeoutMs = options.sessionTimeoutMs ?? d.sessionTimeoutMs;
    this.#commitIntervalMs = options.commitIntervalMs ?? d.commitIntervalMs;
    if (!(this.#sessionTimeoutMs >= 1_000))
      throw new ConfigError(`sessionTimeoutMs must be at least 1000, got ${this.#sessionTimeoutMs}`);
    if (!(this.#commitIntervalMs >= 0))
      throw new ConfigError(`commitIntervalMs must be at least 0, got ${this.#commitIntervalMs}`);
    const deadLetterTopic = options.deadLetterTopic ?? `${options.topic}.${this.#group}.dead`;
    checkTopic('deadLetterTopic', deadLetterTopic);
    const plan = { ...KAFKA_PUBLISHER_DEFAULTS, topic: deadLetterTopic, partitions: 1 };
    this.name = `kafka topic ${options.topic}, group ${this.#group}`;
    this.#dead = new TopicWriter(options, plan, options.logger ?? silentLogger);
  }

  async run(desk: IntakeDesk): Promise<void> {
    const { signal } = this.#abort;
    for (let attempt = 1; !signal.aborted; attempt++) {
      const startedMs = desk.clock.now();
      try {
        if (await this.#exists(desk)) await this.#stay(desk);
      } catch (error) {
        if (signal.aborted) return;
        const failure = toKafkaError('read the topic', error);
        if (failure.code === 'BOTGO_CONFIG') throw failure;
        desk.logger.warn('the broker cannot be reached; it is tried again', { error: failure.message });
        if (desk.clock.now() - startedMs > this.#sessionTimeoutMs) attempt = 1;
      }
      if (!signal.aborted)
        await desk.clock.sleep(backOff(attempt, desk.random()), signal).catch(() => undefined);
    }
  }

  async stop(drainMs: number): Promise<void> {
    this.#drainMs = drainMs;
    this.#abort.abort();
    await this.#membership?.stop(drainMs);
    await this.#dead.close();
    const admin = this.#admin;
    this.#admin = undefined;
    await admin?.then((open) => open.disconnect()).catch(() => undefined);
  }

  async deadLetter(message: DeadMessage): Promise<void> {
    await this.#dead.write([message]);
  }

  async lag(): Promise<readonly PartitionLag[]> {
    const { topic } = this.#options;
    return await this.#ask('read the lag', async (admin) => {
      const [ends, [committed]] = await Promise.all([
        admin.fetchTopicOffsets(topic),
        admin.fetchOffsets({ groupId: this.#group, topics: [topic] }),
      ]);
      const settled = new Map(
        committed?.partitions.map(({ partition, offset }) => [partition, Number(offset)]),
      );
      return ends.map(({ partition, high, low }) => {
        const from = Math.max(settled.get(partition) ?? -1, Number(low));
        return { partition: `${topic}/${partition}`, messages: Math.max(0, Number(high) - from) };
      });
    });
  }

  async #exists(desk: IntakeDesk): Promise<boolean> {
    const { topic } = this.#options;
    const partitions = await this.#ask('look the topic up', (admin) => countPartitions(admin, topic));
    if (partitions === 0)
      desk.logger.warn('the topic does not exist yet; waiting for an access process to make it', { topic });
    return partitions > 0;
  }

  /** One membership, from joining to its end. */
  async #stay(desk: IntakeDesk): Promise<void> {
    const ended = new AbortController();
    const { kafka, kafkajs } = await openKafka(this.#options, desk.logger, ended.signal);
    if (this.#abort.signal.aborted) return;
    const { topic } = this.#options;
    const membership = new Membership({
      ...{ kafka, kafkajs, topic, desk, group: this.#group, startFrom: this.#startFrom },
      ...{ sessionTimeoutMs: this.#sessionTimeoutMs, commitIntervalMs: this.#commitIntervalMs },
      stopTrying: () => ended.abort(),
      fetchCommits: () => this.#fetchCommits(),
    });
    this.#membership = membership;
    try {
      await membership.run();
    } finally {
      // Handlers may end what they began; what the broker does not hear of comes again.
      await membership.stop(this.#abort.signal.aborted ? this.#drainMs : desk.drainMs);
    }
  }

  async #fetchCommits(): Promise<ReadonlyMap<number, FoundCommit>> {
    const { topic } = this.#options;
    return await this.#ask('read the group', async (admin) => {
      const [offsets] = await admin.fetchOffsets({ groupId: this.#group, topics: [topic] });
      return new Map(
        offsets?.partitions.map(({ partition, offset, metadata }) => [
          partition,
          { offset: Number(offset), text: metadata ?? '' },
        ]),
      );
    });
  }

  /** Asks the broker something on a connection of its own. */
  async #ask<Answer>(what: string, ask: (admin: Admin) => Promise<Answer>): Promise<Answer> {
    this.#admin ??= this.#openAdmin();
    const opening = this.#admin;
    try {
      return await ask(await opening);
    } catch (error) {
      if (this.#admin === opening) this.#admin = undefined;
      void opening.then((admin) => admin.disconnect()).catch(() => undefined);
      throw toKafkaError(what, error);
    }
  }

  async #openAdmin(): Promise<Admin> {
    const { kafka }: { kafka: Kafka } = await openKafka(this.#options, this.#options.logger ?? silentLogger);
    const admin = kafka.admin({ retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 3 } });
    await admin.connect();
    return admin;
  }
}
