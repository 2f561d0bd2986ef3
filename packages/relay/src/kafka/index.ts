export { KAFKA_PUBLISHER_DEFAULTS, type KafkaPublisherOptions, kafkaPublisher } from './publisher.js';
export { KAFKA_SOURCE_DEFAULTS, type KafkaSourceOptions, kafkaSource } from './source.js';
export type { KafkaTarget } from './target.js';
