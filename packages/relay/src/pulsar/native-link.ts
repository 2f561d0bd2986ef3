import type { Clock } from 'botgo/clock';
import { BotgoError, ConfigError, isBotgoError } from 'botgo/errs';
import type {
  PulsarId,
  PulsarLink,
  PulsarMessage,
  PulsarReader,
  PulsarSubscription,
  PulsarWriter,
  SubscriptionOptions,
  WriterMessage,
} from './link.js';
import type {
  NativeConsumer,
  NativeMessage,
  NativeMessageId,
  NativeProducer,
  PulsarClient,
} from './native-client.js';
import { tooLarge, toPulsarError } from './target.js';

const SEND_MS = 30_000;
/** Messages that a producer may have under way. */
const MAX_PENDING = 1_000;
const CLOSE_MS = 5_000;

/** Pulsar over a client of the npm package `pulsar-client`, which connects again by itself. */
export class NativeLink implements PulsarLink {
  readonly #client: PulsarClient;
  readonly #namespace: string;
  readonly #clock: Clock;

  /** @param namespace - `persistent/tenant/namespace`. */
  constructor(client: PulsarClient, namespace: string, clock: Clock) {
    this.#client = client;
    this.#namespace = namespace;
    this.#clock = clock;
  }

  writer(topic: string): PulsarWriter {
    return new NativeWriter(this.#client, this.#nameOf(topic), this.#clock);
  }

  async subscribe({
    topic,
    group,
    type,
    receiverQueueSize,
  }: SubscriptionOptions): Promise<PulsarSubscription> {
    try {
      const consumer = await this.#client.subscribe({
        topic: this.#nameOf(topic),
        subscription: group,
        subscriptionType: type === 'Key_Shared' ? 'KeyShared' : 'Shared',
        subscriptionInitialPosition: 'Earliest',
        receiverQueueSize,
      });
      return new NativeSubscription(consumer, this.#clock);
    } catch (error) {
      throw toFailure(`subscribe to ${topic} as ${group}`, error);
    }
  }

  async read(
    topic: string,
    known: PulsarId,
    onMessage: (message: PulsarMessage) => void,
  ): Promise<PulsarReader> {
    try {
      const reader = await this.#client.createReader({
        topic: this.#nameOf(topic),
        startMessageId: known.native as NativeMessageId,
        // Not `readNext`: one that waits takes a thread of the process, and a close makes the package free what it never had.
        listener: (message) => onMessage(toMessage(message)),
      });
      // The id of the first message is a constant of the package, which is not here: back to the beginning of time instead.
      await reader.seekTimestamp(0);
      let end = (): void => {};
      const ended = new Promise<void>((resolve) => {
        end = resolve;
      });
      const close = async (): Promise<void> => {
        await atMost(this.#clock, reader.close());
        end();
      };
      return { ended, close };
    } catch (error) {
      throw toFailure(`read ${topic}`, error);
    }
  }

  #nameOf(topic: string): string {
    return `${this.#namespace.replace('/', '://')}/${topic}`;
  }
}

class NativeWriter implements PulsarWriter {
  readonly #client: PulsarClient;
  readonly #topic: string;
  readonly #clock: Clock;
  #opening: Promise<NativeProducer> | undefined;
  #isClosed = false;

  constructor(client: PulsarClient, topic: string, clock: Clock) {
    this.#client = client;
    this.#topic = topic;
    this.#clock = clock;
  }

  async open(): Promise<void> {
    await this.#open();
  }

  /** After a failure the producer is given up. */
  async write(messages: readonly WriterMessage[]): Promise<readonly PulsarId[]> {
    const ids: PulsarId[] = [];
    for (let at = 0; at < messages.length; at += MAX_PENDING) {
      const producer = await this.#open();
      const sent = messages
        .slice(at, at + MAX_PENDING)
        .map(({ key, value, headers }) =>
          producer.send({ data: value, properties: textsOf(headers), partitionKey: key }),
        );
      const results = await Promise.allSettled(sent);
      for (const result of results) {
        if (result.status === 'fulfilled') ids.push(toId(result.value));
        else throw await this.#giveUp(producer, result.reason);
      }
    }
    return ids;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const producer = await this.#opening?.catch(() => undefined);
    if (producer) await atMost(this.#clock, producer.close());
  }

  #open(): Promise<NativeProducer> {
    if (this.#isClosed)
      return Promise.reject(new BotgoError('BOTGO_CLOSED', 'this publisher was closed: make a new one'));
    this.#opening ??= this.#client.createProducer(producerConfig(this.#topic)).catch((error: unknown) => {
      this.#opening = undefined;
      throw toFailure(`open a producer of ${this.#topic}`, error);
    });
    return this.#opening;
  }

  async #giveUp(producer: NativeProducer, reason: unknown): Promise<BotgoError> {
    this.#opening = undefined;
    await atMost(this.#clock, producer.close());
    if (isBotgoError(reason)) return reason;
    const text = String(reason);
    return /too ?big|too ?large/i.test(text) ? tooLarge(text) : toFailure(`write to ${this.#topic}`, reason);
  }
}

class NativeSubscription implements PulsarSubscription {
  readonly ended: Promise<string | undefined>;
  readonly #consumer: NativeConsumer;
  readonly #clock: Clock;
  readonly #acknowledging = new Set<Promise<unknown>>();
  #end: (reason: string | undefined) => void = () => undefined;
  #paused: { readonly until: Promise<void>; readonly over: () => void } | undefined;
  #isClosing = false;

  constructor(consumer: NativeConsumer, clock: Clock) {
    this.#consumer = consumer;
    this.#clock = clock;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  start(onMessage: (message: PulsarMessage) => void): void {
    void (async () => {
      try {
        while (!this.#isClosing) {
          await this.#paused?.until;
          const message = await this.#consumer.receive();
          // Taken while it was being paused: it waits here, and comes again when that never ends.
          await this.#paused?.until;
          if (!this.#isClosing) onMessage(toMessage(message));
        }
      } catch (error) {
        this.#end(this.#isClosing ? undefined : String(error));
      }
    })();
  }

  setPaused(paused: boolean): void {
    if (!paused) {
      this.#paused?.over();
      this.#paused = undefined;
      return;
    }
    if (this.#paused) return;
    let over = (): void => {};
    const until = new Promise<void>((resolve) => {
      over = resolve;
    });
    this.#paused = { until, over };
  }

  acknowledge({ native }: PulsarId): void {
    const acknowledging: Promise<unknown> = this.#consumer
      .acknowledgeId(native as NativeMessageId)
      // It comes again.
      .catch(() => undefined)
      .finally(() => this.#acknowledging.delete(acknowledging));
    this.#acknowledging.add(acknowledging);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    this.setPaused(false);
    await atMost(this.#clock, Promise.all(this.#acknowledging));
    await atMost(this.#clock, this.#consumer.close());
    this.#end(undefined);
  }
}

function toFailure(what: string, error: unknown): BotgoError {
  if (/Authenti|Authoriz/.test(String(error)))
    return new ConfigError(
      `Pulsar refuses to let the relay ${what}: check the client's credentials and rights`,
    );
  return toPulsarError(what, error);
}

function producerConfig(topic: string) {
  return {
    topic,
    sendTimeoutMs: SEND_MS,
    maxPendingMessages: MAX_PENDING,
    blockIfQueueFull: true,
    // A batch would put several keys into one message: Key_Shared goes by the first.
    batchingEnabled: false,
  };
}

function toMessage(message: NativeMessage): PulsarMessage {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.getProperties())) headers[name.toLowerCase()] = value;
  return {
    id: toId(message.getMessageId()),
    publishedAtMs: message.getPublishTimestamp(),
    headers,
    value: message.getData(),
  };
}

/** By its bytes: the text leaves out what does not concern an acknowledgement. */
function toId(native: NativeMessageId): PulsarId {
  return { text: native.serialize().toString('base64'), native };
}

function textsOf(headers: WriterMessage['headers']): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) texts[name] = value;
  return texts;
}

/** What takes longer is not waited for, and its failure is nobody's concern any more. */
async function atMost(clock: Clock, work: Promise<unknown>): Promise<void> {
  const timer = new AbortController();
  const done = work.then(
    () => undefined,
    () => undefined,
  );
  await Promise.race([done, clock.sleep(CLOSE_MS, timer.signal).catch(() => undefined)]);
  timer.abort();
}
