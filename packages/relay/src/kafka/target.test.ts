import { describe, expect, it } from 'vitest';
import { kafkaPublisher, kafkaSource } from './index.js';
import { readUrl, toKafkaError } from './target.js';

describe('the URL of a Kafka', () => {
  it.each([
    ['kafka://a:9092', { brokers: ['a:9092'], ssl: false }],
    ['kafkas://a:9092,b:9093/', { brokers: ['a:9092', 'b:9093'], ssl: true }],
    ['kafka://[::1]:9092', { brokers: ['[::1]:9092'], ssl: false }],
    [
      'kafka://me:p%40ss@a:1',
      { brokers: ['a:1'], ssl: false, sasl: { mechanism: 'plain', username: 'me', password: 'p@ss' } },
    ],
    [
      'kafkas://me:p:q@a:1?sasl=scram-sha-512',
      { brokers: ['a:1'], ssl: true, sasl: { mechanism: 'scram-sha-512', username: 'me', password: 'p:q' } },
    ],
  ])('%s', (url, expected) => {
    expect(readUrl(url)).toEqual(expected);
  });

  it.each([
    '',
    'kafka://',
    'kafka://host',
    'http://me:hunter2@a:1',
    'kafka://me:hunter2@a',
    'kafka://me:hunter2@a:1,',
    'kafka://hunter2@a:1',
    'kafka://me:hunter2@a:1?sasl=gssapi',
  ])('is refused when it cannot be read (%s), without a word of its password', (url) => {
    expect(() => readUrl(url)).toThrow(expect.objectContaining({ code: 'BOTGO_CONFIG' }));
    expect(() => readUrl(url)).not.toThrow(/hunter2/);
  });
});

describe('options', () => {
  const url = 'kafka://localhost:9092';
  it.each([
    ['no target', { topic: 't' }, /either url or client/],
    ['a topic with a space', { url, topic: 'a b' }, /topic/],
    ['no partitions', { url, topic: 't', partitions: 0 }, /partitions/],
    ['half a replica', { url, topic: 't', replicationFactor: 1.5 }, /replicationFactor/],
  ])('of a publisher: refuses %s', (_, options, message) => {
    expect(() => kafkaPublisher(options)).toThrow(message);
  });

  it.each([
    ['no target', { topic: 't' }, /either url or client/],
    ['no group', { url, topic: 't', group: '' }, /group/],
    ['a group that names no topic', { url, topic: 't', group: 'a b' }, /deadLetterTopic/],
    ['no session', { url, topic: 't', sessionTimeoutMs: 0 }, /sessionTimeoutMs/],
    ['a negative interval', { url, topic: 't', commitIntervalMs: -1 }, /commitIntervalMs/],
  ])('of a source: refuses %s', (_, options, message) => {
    expect(() => kafkaSource(options)).toThrow(message);
  });
});

describe('failures', () => {
  const failure = (type: string): Error => Object.assign(new Error('the broker says no'), { type });
  it.each([
    ['TOPIC_AUTHORIZATION_FAILED', 'BOTGO_CONFIG'],
    ['SASL_AUTHENTICATION_FAILED', 'BOTGO_CONFIG'],
    ['INVALID_SESSION_TIMEOUT', 'BOTGO_CONFIG'],
    ['MESSAGE_TOO_LARGE', 'BOTGO_CONFIG'],
    ['NOT_ENOUGH_REPLICAS', 'BOTGO_BROKER'],
    ['REQUEST_TIMED_OUT', 'BOTGO_BROKER'],
  ])('%s is %s, also as the cause of another', (type, code) => {
    expect(toKafkaError('publish', failure(type))).toMatchObject({ code });
    expect(toKafkaError('publish', new Error('retries exceeded', { cause: failure(type) }))).toMatchObject({
      code,
    });
  });
});
