import { type Clock, systemClock } from 'botgo/clock';
import { type Envelope, toHeaders } from '../envelope.js';
import type { Publisher } from '../publisher.js';
import { openTarget } from './open-target.js';
import { checkName, type PulsarTarget } from './target.js';

export interface PulsarPublisherOptions extends PulsarTarget {
  /** Name of the topic, without tenant and namespace, e.g. `qq-events`. It has no partitions: its key spreads it over the workers. */
  readonly topic: string;
  /**
   * Groups whose subscription is made with the topic: Pulsar forgets what nobody has subscribed to, and workers may start later.
   * Default `['logic']`.
   */
  readonly groups?: readonly string[] | undefined;
  readonly clock?: Clock | undefined;
}

export const PULSAR_PUBLISHER_DEFAULTS = Object.freeze({ groups: Object.freeze(['logic']) });

/**
 * The access side on Pulsar, over its WebSocket API or a native client: an option of `relay`. An event is acknowledged when Pulsar has stored it.
 * @throws {ConfigError} on a bad option.
 */
export function pulsarPublisher(options: PulsarPublisherOptions): Publisher {
  const { topic, groups = PULSAR_PUBLISHER_DEFAULTS.groups, clock = systemClock } = options;
  checkName('topic', topic);
  for (const group of groups) checkName('groups', group);
  const { link } = openTarget(options, clock);
  const writer = link.writer(topic);
  let isSubscribed = false;
  return {
    name: `pulsar topic ${topic}`,
    async open() {
      if (!isSubscribed) {
        for (const group of groups) {
          const made = await link.subscribe({ topic, group, type: 'Key_Shared', receiverQueueSize: 1 });
          await made.close();
        }
        isSubscribed = true;
      }
      await writer.open();
    },
    async publish(batch: readonly Envelope[]) {
      await writer.write(
        batch.map((envelope) => ({
          key: envelope.key,
          value: envelope.value,
          headers: toHeaders(envelope),
        })),
      );
    },
    close: () => writer.close(),
  };
}
