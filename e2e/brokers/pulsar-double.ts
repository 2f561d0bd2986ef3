import { once } from 'node:events';
import type {
  NativeConsumer,
  NativeConsumerConfig,
  NativeMessage,
  NativeMessageId,
  NativeProducer,
  NativeProducerConfig,
  NativeProducerMessage,
  NativeReader,
  NativeReaderConfig,
  PulsarClient,
} from '@botgo/relay/pulsar';
import WebSocket from 'ws';

const START_MS = 15_000;

/** `persistent://tenant/namespace/topic` as a path. */
const pathOf = (topic: string): string => topic.replace('://', '/');

class Id implements NativeMessageId {
  constructor(readonly text: string) {}

  toString(): string {
    return this.text;
  }

  serialize(): Buffer {
    return Buffer.from(this.text, 'base64');
  }
}

class Message implements NativeMessage {
  readonly #id: Id;
  readonly #json: { payload: string; properties: Record<string, string>; publishTime: string };

  constructor(json: {
    messageId: string;
    payload: string;
    properties: Record<string, string>;
    publishTime: string;
  }) {
    this.#id = new Id(json.messageId);
    this.#json = json;
  }

  getMessageId(): Id {
    return this.#id;
  }

  getData(): Buffer {
    return Buffer.from(this.#json.payload, 'base64');
  }

  getProperties(): Record<string, string> {
    return this.#json.properties ?? {};
  }

  getPublishTimestamp(): number {
    return Date.parse(this.#json.publishTime);
  }
}

/** Messages that came, and those who wait for one; all are turned away when the socket ends. */
class Inbox {
  readonly #messages: Message[] = [];
  readonly #waiting: { resolve: (message: Message) => void; reject: (error: Error) => void }[] = [];
  #isOver = false;

  constructor(socket: WebSocket) {
    socket.once('close', () => {
      this.#isOver = true;
      for (const { reject } of this.#waiting.splice(0)) reject(new Error('AlreadyClosed'));
    });
  }

  put(message: Message): void {
    const first = this.#waiting.shift();
    if (first) first.resolve(message);
    else this.#messages.push(message);
  }

  take(): Promise<Message> {
    const message = this.#messages.shift();
    if (message) return Promise.resolve(message);
    if (this.#isOver) return Promise.reject(new Error('AlreadyClosed'));
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }
}

/**
 * A stand-in for a `Client` of the npm package `pulsar-client`, whose native part many machines cannot have: the same objects, over
 * Pulsar's WebSocket API. Unlike the package it does not connect again by itself.
 */
export class PulsarDouble implements PulsarClient {
  /** @param url - `pulsar+ws://host:port`. */
  constructor(readonly url: string) {}

  async createProducer({ topic, batchingEnabled }: NativeProducerConfig): Promise<NativeProducer> {
    const socket = await this.#open(`producer/${pathOf(topic)}?batchingEnabled=${batchingEnabled}`);
    const pending = new Map<string, { resolve: (id: Id) => void; reject: (error: Error) => void }>();
    let context = 0;
    socket.on('message', (data) => {
      const answer = JSON.parse(String(data)) as Record<
        'result' | 'context' | 'messageId' | 'errorMsg',
        string
      >;
      const { resolve, reject } = pending.get(answer.context) ?? {};
      pending.delete(answer.context);
      if (answer.result === 'ok') resolve?.(new Id(answer.messageId));
      else reject?.(new Error(`Failed to send message: ${answer.errorMsg}`));
    });
    socket.once('close', () => {
      for (const { reject } of pending.values()) reject(new Error('Failed to send message: AlreadyClosed'));
    });
    return {
      send: ({ data, properties, partitionKey: key }: NativeProducerMessage) =>
        new Promise((resolve, reject) => {
          if (socket.readyState !== WebSocket.OPEN) return reject(new Error('AlreadyClosed'));
          pending.set(String(++context), { resolve, reject });
          const payload = data.toString('base64');
          socket.send(JSON.stringify({ payload, properties, key, context: String(context) }));
        }),
      close: () => this.#close(socket),
    };
  }

  async subscribe(config: NativeConsumerConfig): Promise<NativeConsumer> {
    const { topic, subscription, subscriptionType, receiverQueueSize } = config;
    const query = new URLSearchParams({
      subscriptionType: subscriptionType === 'KeyShared' ? 'Key_Shared' : subscriptionType,
      subscriptionInitialPosition: config.subscriptionInitialPosition,
      receiverQueueSize: String(receiverQueueSize),
      pullMode: 'true',
    });
    const socket = await this.#open(`consumer/${pathOf(topic)}/${subscription}?${query}`);
    const inbox = new Inbox(socket);
    socket.on('message', (data) => inbox.put(new Message(JSON.parse(String(data)))));
    const say = async (command: object): Promise<void> => {
      if (socket.readyState !== WebSocket.OPEN) throw new Error('AlreadyClosed');
      socket.send(JSON.stringify(command));
    };
    await say({ type: 'permit', permitMessages: receiverQueueSize });
    return {
      async receive() {
        const message = await inbox.take();
        await say({ type: 'permit', permitMessages: 1 });
        return message;
      },
      acknowledgeId: (id) => say({ messageId: String(id) }),
      close: () => this.#close(socket),
    };
  }

  async createReader({ topic, startMessageId, listener }: NativeReaderConfig): Promise<NativeReader> {
    const read = async (from: string) => {
      const socket = await this.#open(`reader/${pathOf(topic)}?messageId=${encodeURIComponent(from)}`);
      socket.on('message', (data) => {
        const message = new Message(JSON.parse(String(data)));
        socket.send(JSON.stringify({ messageId: String(message.getMessageId()) }));
        listener(message);
      });
      return socket;
    };
    let socket = await read(String(startMessageId));
    return {
      seekTimestamp: async () => {
        await this.#close(socket);
        socket = await read('earliest');
      },
      close: () => this.#close(socket),
    };
  }

  async #open(path: string): Promise<WebSocket> {
    const base = this.url.replace(/^pulsar\+/, '');
    const socket = new WebSocket(`${base}/ws/v2/${path}`, {
      handshakeTimeout: START_MS,
      maxPayload: 64 << 20,
    });
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.on('error', reject);
    });
    return socket;
  }

  async #close(socket: WebSocket): Promise<void> {
    if (socket.readyState === WebSocket.CLOSED) return;
    const closed = once(socket, 'close');
    socket.close(1000);
    await closed;
  }
}
