import { ConfigError } from 'botgo/errs';
import { type Logger, silentLogger } from 'botgo/log';
import { type Envelope, toHeaders } from '../envelope.js';
import type { Publisher } from '../publisher.js';
import { checkTarget, checkTopic, type KafkaTarget } from './target.js';
import { TopicWriter } from './writer.js';

export interface KafkaPublisherOptions extends KafkaTarget {
  /** Name of the topic, e.g. `qq-events`. */
  readonly topic: string;
  /**
   * Partitions it should have. A topic that has fewer gets more (events of one key may then overtake each other once); one that has more
   * keeps them. Several times the logic processes that you will ever run. Default 16.
   */
  readonly partitions?: number | undefined;
  /** Copies of each partition, when the topic is created. Default: the broker's own default. */
  readonly replicationFactor?: number | undefined;
  /** Largest message that the topic takes, when it is created. Default 4 MiB. */
  readonly maxMessageBytes?: number | undefined;
  /** Default: silent. */
  readonly logger?: Logger | undefined;
}

export const KAFKA_PUBLISHER_DEFAULTS = Object.freeze({
  partitions: 16,
  replicationFactor: -1,
  maxMessageBytes: 4_194_304,
});

/**
 * The access side on Kafka: an option of `relay`. Idempotent, and an event is acknowledged when every replica in sync has it; set
 * `min.insync.replicas` of the topic to 2 where it has 3.
 * @throws {ConfigError} on a bad option.
 */
export function kafkaPublisher(options: KafkaPublisherOptions): Publisher {
  checkTarget(options);
  checkTopic('topic', options.topic);
  const d = KAFKA_PUBLISHER_DEFAULTS;
  const {
    partitions = d.partitions,
    replicationFactor = d.replicationFactor,
    maxMessageBytes = d.maxMessageBytes,
  } = options;
  whole('partitions', partitions, 1);
  whole('replicationFactor', replicationFactor, -1);
  whole('maxMessageBytes', maxMessageBytes, 1_024);
  const plan = { topic: options.topic, partitions, replicationFactor, maxMessageBytes };
  const writer = new TopicWriter(options, plan, options.logger ?? silentLogger);
  return {
    name: `kafka topic ${options.topic}`,
    open: () => writer.open(),
    publish: (batch: readonly Envelope[]) =>
      writer.write(
        batch.map((envelope) => ({
          key: envelope.key,
          value: envelope.value,
          headers: toHeaders(envelope),
        })),
      ),
    close: () => writer.close(),
  };
}

function whole(option: string, value: number, least: number): void {
  if (!(Number.isSafeInteger(value) && value >= least))
    throw new ConfigError(`${option} must be a whole number of ${least} or more, got ${value}`);
}
