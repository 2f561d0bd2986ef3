import type { Clock } from 'botgo/clock';
import type { PulsarId, PulsarLink, PulsarMessage, PulsarReader, SubscriptionOptions } from './link.js';
import { closeSocket, openSocket } from './socket.js';
import { readMessage, SocketSubscription } from './socket-subscription.js';
import { SocketWriter } from './socket-writer.js';
import type { PulsarPlace } from './target.js';

/** Pulsar over its WebSocket API. */
export class SocketLink implements PulsarLink {
  readonly #place: PulsarPlace;
  readonly #clock: Clock;

  constructor(place: PulsarPlace, clock: Clock) {
    this.#place = place;
    this.#clock = clock;
  }

  writer(topic: string): SocketWriter {
    return new SocketWriter(this.#place, topic, this.#clock);
  }

  async subscribe({
    topic,
    group,
    type,
    receiverQueueSize,
  }: SubscriptionOptions): Promise<SocketSubscription> {
    const endpoint = {
      what: `subscribe to ${topic} as ${group}`,
      path: `consumer/${this.#place.namespace}/${topic}/${encodeURIComponent(group)}`,
      query: {
        subscriptionType: type,
        subscriptionInitialPosition: 'Earliest',
        receiverQueueSize,
        // Nothing comes before a permit is sent.
        pullMode: true,
      },
    };
    const socket = await openSocket(this.#place, endpoint, this.#clock);
    return new SocketSubscription(socket, receiverQueueSize, this.#clock);
  }

  async read(
    topic: string,
    _known: PulsarId,
    onMessage: (message: PulsarMessage) => void,
  ): Promise<PulsarReader> {
    const endpoint = {
      what: `read ${topic}`,
      path: `reader/${this.#place.namespace}/${topic}`,
      query: { messageId: 'earliest' },
    };
    const socket = await openSocket(this.#place, endpoint, this.#clock, (opening) => {
      opening.on('message', (data) => {
        const message = readMessage(String(data));
        // Asks for the next ones: a reader has nothing to acknowledge.
        if (opening.readyState === opening.OPEN) opening.send(JSON.stringify({ messageId: message.id.text }));
        onMessage(message);
      });
    });
    return {
      ended: new Promise((resolve) => socket.once('close', () => resolve())),
      close: () => closeSocket(socket, this.#clock),
    };
  }
}
