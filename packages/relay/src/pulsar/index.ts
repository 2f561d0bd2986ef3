export type {
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
} from './native-client.js';
export { PULSAR_PUBLISHER_DEFAULTS, type PulsarPublisherOptions, pulsarPublisher } from './publisher.js';
export { PULSAR_SOURCE_DEFAULTS, type PulsarSourceOptions, pulsarSource } from './source.js';
export type { PulsarTarget } from './target.js';
