/**
 * What of the npm package `pulsar-client` is used here, as its objects are shaped. A client made by it is one of these; nothing of the
 * package is imported.
 */
export interface PulsarClient {
  createProducer(config: NativeProducerConfig): Promise<NativeProducer>;
  subscribe(config: NativeConsumerConfig): Promise<NativeConsumer>;
  createReader(config: NativeReaderConfig): Promise<NativeReader>;
}

export interface NativeProducerConfig {
  readonly topic: string;
  readonly sendTimeoutMs: number;
  readonly maxPendingMessages: number;
  readonly blockIfQueueFull: boolean;
  readonly batchingEnabled: boolean;
}

export interface NativeProducer {
  send(message: NativeProducerMessage): Promise<NativeMessageId>;
  close(): Promise<unknown>;
}

export interface NativeProducerMessage {
  readonly data: Buffer;
  readonly properties: Record<string, string>;
  readonly partitionKey: string;
}

export interface NativeConsumerConfig {
  readonly topic: string;
  readonly subscription: string;
  readonly subscriptionType: 'KeyShared' | 'Shared';
  readonly subscriptionInitialPosition: 'Earliest';
  readonly receiverQueueSize: number;
}

export interface NativeConsumer {
  receive(): Promise<NativeMessage>;
  acknowledgeId(id: NativeMessageId): Promise<unknown>;
  close(): Promise<unknown>;
}

export interface NativeReaderConfig {
  readonly topic: string;
  readonly startMessageId: NativeMessageId;
  readonly listener: (message: NativeMessage) => void;
}

export interface NativeReader {
  seekTimestamp(timestampMs: number): Promise<unknown>;
  close(): Promise<unknown>;
}

export interface NativeMessage {
  getMessageId(): NativeMessageId;
  getData(): Buffer;
  getProperties(): Record<string, string>;
  getPublishTimestamp(): number;
}

export interface NativeMessageId {
  toString(): string;
  serialize(): Buffer;
}
