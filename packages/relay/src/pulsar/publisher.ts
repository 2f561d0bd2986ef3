import { type Clock, systemClock } from 'botgo/clock';
import { type Envelope, toHeaders } from '../envelope.js';
import type { Publisher } from '../publisher.js';
import { closeSocket, openSocket } from './socket.js';
import { checkName, type PulsarPlace, type PulsarTarget, readTarget } from './target.js';
import { TopicWriter } from './writer.js';

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
 * The access side on Pulsar, over its WebSocket API: an option of `relay`. An event is acknowledged when Pulsar has stored it.
 * @throws {ConfigError} on a bad option.
 */
export function pulsarPublisher(options: PulsarPublisherOptions): Publisher {
  const place = readTarget(options);
  const { topic, groups = PULSAR_PUBLISHER_DEFAULTS.groups, clock = systemClock } = options;
  checkName('topic', topic);
  for (const group of groups) checkName('groups', group);
  const writer = new TopicWriter(place, topic, clock);
  let isSubscribed = false;
  return {
    name: `pulsar topic ${topic}`,
    async open() {
      if (!isSubscribed) {
        for (const group of groups) {
          const socket = await openSocket(place, subscription(place, topic, group, 1), clock);
          await closeSocket(socket, clock);
        }
        isSubscribed = true;
      }
      await writer.open();
    },
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

/** The endpoint of a group's members; nothing comes before a permit is sent. */
export function subscription(place: PulsarPlace, topic: string, group: string, queueSize: number) {
  return {
    what: `subscribe to ${topic} as ${group}`,
    path: `consumer/${place.namespace}/${topic}/${encodeURIComponent(group)}`,
    query: {
      subscriptionType: 'Key_Shared',
      subscriptionInitialPosition: 'Earliest',
      receiverQueueSize: queueSize,
      pullMode: true,
    },
  } as const;
}
