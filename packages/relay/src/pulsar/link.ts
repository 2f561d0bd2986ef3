import type { BrokerMessage } from '../message.js';

/** Pulsar's id of a message. */
export interface PulsarId {
  /** The same whoever reads it. */
  readonly text: string;
  /** What a native client knows it by. */
  readonly native?: unknown;
}

/** A message as Pulsar gives it. */
export interface PulsarMessage extends BrokerMessage {
  readonly id: PulsarId;
  /** Unix time in milliseconds; `NaN` when it is not told. */
  readonly publishedAtMs: number;
}

/** A message to be written. */
export interface WriterMessage {
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Readonly<Record<string, string | undefined>>;
}

/** Writes to one topic; opened when it is needed, and again after it was lost. */
export interface PulsarWriter {
  /** Connects; Pulsar creates a topic that is missing. Idempotent. */
  open(): Promise<void>;
  /** In the order given; after a failure nothing is taken behind what was not. @returns Their ids, when Pulsar has stored all. */
  write(messages: readonly WriterMessage[]): Promise<readonly PulsarId[]>;
  close(): Promise<void>;
}

export interface SubscriptionOptions {
  readonly topic: string;
  /** Name of the subscription, which begins with the oldest message when it is new. */
  readonly group: string;
  readonly type: 'Key_Shared' | 'Shared';
  /** Messages that Pulsar may send ahead. */
  readonly receiverQueueSize: number;
}

/** One member of a subscription; a message that is on its way and not acknowledged may come twice. */
export interface PulsarSubscription {
  /** Resolves when it has ended, with why; `undefined` after {@link close}. */
  readonly ended: Promise<string | undefined>;
  /** Gives messages from now on. */
  start(onMessage: (message: PulsarMessage) => void): void;
  setPaused(paused: boolean): void;
  /** Of any message of the topic; what cannot be said any more comes again. */
  acknowledge(id: PulsarId): void;
  /** Closes behind the acknowledgements. */
  close(): Promise<void>;
}

/** Reads a topic from its oldest message on, beside all subscriptions. */
export interface PulsarReader {
  /** Resolves when it has ended. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}

/** What the adapter needs of Pulsar, over the WebSocket API or a native client. Failures are `BOTGO_BROKER` and `BOTGO_CONFIG`. */
export interface PulsarLink {
  writer(topic: string): PulsarWriter;
  subscribe(options: SubscriptionOptions): Promise<PulsarSubscription>;
  /** @param known - Id of any message of the topic: a native client cannot begin to read without one. */
  read(topic: string, known: PulsarId, onMessage: (message: PulsarMessage) => void): Promise<PulsarReader>;
}
