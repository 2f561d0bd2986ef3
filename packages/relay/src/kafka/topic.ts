import type { Admin } from 'kafkajs';
import { readFailure } from './target.js';

/** How a topic should be. */
export interface TopicPlan {
  readonly topic: string;
  readonly partitions: number;
  /** -1: what the broker has as its default. */
  readonly replicationFactor: number;
  readonly maxMessageBytes: number;
}

/** How many partitions a topic has; 0 when there is none of that name. */
export async function countPartitions(admin: Admin, topic: string): Promise<number> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.length ?? 0;
  } catch (error) {
    if (readFailure(error).type === 'UNKNOWN_TOPIC_OR_PARTITION') return 0;
    throw error;
  }
}

/** Creates a topic that is missing, and adds partitions that are missing. Two at a time do no harm. */
export async function ensureTopic(admin: Admin, plan: TopicPlan): Promise<void> {
  const { topic, partitions, replicationFactor, maxMessageBytes } = plan;
  const existing = await countPartitions(admin, topic);
  if (existing === 0) {
    const configEntries = [{ name: 'max.message.bytes', value: String(maxMessageBytes) }];
    await admin.createTopics({
      topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries }],
      waitForLeaders: true,
    });
  } else if (existing < partitions) {
    await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] }).catch((error) => {
      // Somebody else was faster.
      if (readFailure(error).type !== 'INVALID_PARTITIONS') throw error;
    });
  }
}
