import { BotgoError, ConfigError, isBotgoError } from 'botgo/errs';
import type { Logger } from 'botgo/log';
import type * as KafkajsModule from 'kafkajs';
import type { Kafka, KafkaConfig } from 'kafkajs';
import { steadySocket } from './steady-socket.js';

/** Which Kafka: one of the two. */
export interface KafkaTarget {
  /**
   * `kafka://[user:password@]host:port[,host:port…]`, or `kafkas://` for TLS. With a user, `?sasl=plain` (the default),
   * `scram-sha-256` or `scram-sha-512`. The connections are ours and closed with the adapter.
   */
  readonly url?: string | undefined;
  /** A client of kafkajs of yours, for other authentication or TLS settings. */
  readonly client?: Kafka | undefined;
}

/** The package itself, which is loaded when it is needed. */
export type Kafkajs = typeof KafkajsModule;

const CONNECT_TIMEOUT_MS = 10_000;
/** About 15 s of trying, less than a session lasts: what takes longer is begun anew. */
const RETRY = { initialRetryTime: 100, maxRetryTime: 1_000, retries: 18 } as const;
/** For as long as it takes, and soon after the brokers are back. */
const STAY_RETRY = { initialRetryTime: 50, maxRetryTime: 500, retries: Number.MAX_SAFE_INTEGER } as const;
/** Types of protocol errors that a person must mend. */
const REFUSED =
  /AUTHORIZATION_FAILED|AUTHENTICATION_FAILED|SASL_MECHANISM|SECURITY_DISABLED|POLICY_VIOLATION|INVALID_(TOPIC|GROUP|REPLICATION|CONFIG|SESSION)|UNSUPPORTED_VERSION|INCONSISTENT_GROUP_PROTOCOL/;
const TOO_LARGE = /MESSAGE_TOO_LARGE|RECORD_LIST_TOO_LARGE/;
const REFUSED_CLASS = /^KafkaJS(SASLAuthenticationError|NotImplemented|ServerDoesNotSupportApiKey)$/;

/** @throws {ConfigError} unless exactly one of the two is given. */
export function checkTarget({ url, client }: KafkaTarget): void {
  if ((url === undefined) === (client === undefined))
    throw new ConfigError('give either url or client, to say which Kafka carries the stream');
}

/**
 * kafkajs and a client of it. @throws {ConfigError} without kafkajs, or on a URL of another kind.
 * @param stay - For a member of a group, which keeps its place through an outage of the brokers: tries until this is aborted.
 */
export async function openKafka(
  { url, client }: KafkaTarget,
  logger: Logger,
  stay?: AbortSignal,
): Promise<{ kafka: Kafka; kafkajs: Kafkajs }> {
  const kafkajs = await loadKafkajs();
  if (client) return { kafka: client, kafkajs };
  const log = (level: number, message: string, error: unknown): void => {
    // It calls an error what it tries again; what ends a try is logged by the adapter.
    if (level <= kafkajs.logLevel.WARN) logger.debug('kafkajs says', { message, error });
  };
  const place = readUrl(url ?? '');
  const kafka = new kafkajs.Kafka({
    ...place,
    retry: RETRY,
    ...(stay && {
      socketFactory: steadySocket,
      retry: STAY_RETRY,
      // The one way to tell kafkajs to try no more.
      brokers: () => (stay.aborted ? [] : place.brokers),
    }),
    clientId: 'botgo',
    connectionTimeout: CONNECT_TIMEOUT_MS,
    logLevel: kafkajs.logLevel.WARN,
    logCreator:
      () =>
      ({ level, log: { message, error } }) =>
        log(level, message, error),
  });
  return { kafka, kafkajs };
}

/** @throws {ConfigError} on what is no such URL; without the text, for it may hold a password. */
export function readUrl(url: string): Pick<KafkaConfig, 'ssl' | 'sasl'> & { readonly brokers: string[] } {
  const match = /^kafka(s?):\/\/(?:([^@/]*)@)?([^@/?]+)\/?(?:\?sasl=([a-z0-9-]+))?$/.exec(url);
  const brokers = match?.[3]?.split(',') ?? [];
  if (!match || !brokers.every((broker) => /^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d+$/.test(broker)))
    throw new ConfigError(
      'the Kafka URL cannot be read: it looks like kafka://[user:password@]host:port[,host:port…]',
    );
  const [, secure, user, , mechanism = 'plain'] = match;
  const ssl = secure === 's';
  if (user === undefined) return { brokers, ssl };
  const colon = user.indexOf(':');
  if (colon < 0) throw new ConfigError('the Kafka URL has a user without a password');
  const username = decodeURIComponent(user.slice(0, colon));
  const password = decodeURIComponent(user.slice(colon + 1));
  switch (mechanism) {
    case 'plain':
      return { brokers, ssl, sasl: { mechanism: 'plain', username, password } };
    case 'scram-sha-256':
      return { brokers, ssl, sasl: { mechanism: 'scram-sha-256', username, password } };
    case 'scram-sha-512':
      return { brokers, ssl, sasl: { mechanism: 'scram-sha-512', username, password } };
    default:
      throw new ConfigError(
        `sasl in the Kafka URL must be plain, scram-sha-256 or scram-sha-512, got ${mechanism}`,
      );
  }
}

async function loadKafkajs(): Promise<Kafkajs> {
  try {
    return await import('kafkajs');
  } catch (cause) {
    throw new ConfigError('the relay over Kafka needs the package kafkajs: npm install kafkajs@2.2.4', {
      cause,
    });
  }
}

/** What kafkajs tells of a failure; the first one when it stopped trying. */
interface KafkaFailure {
  readonly name: string;
  readonly message: string;
  /** Name of the protocol's error code, such as `NOT_LEADER_FOR_PARTITION`; empty when it was another failure. */
  readonly type: string;
}

export function readFailure(error: unknown): KafkaFailure {
  let found = error;
  while (found instanceof Error && found.cause instanceof Error) found = found.cause;
  if (!(found instanceof Error)) return { name: '', message: String(found), type: '' };
  const type = 'type' in found && typeof found.type === 'string' ? found.type : '';
  return { name: found.name, message: found.message, type };
}

/** A failure of Kafka: `BOTGO_CONFIG` when a person must act, else `BOTGO_BROKER`. @param what - What could not be done. */
export function toKafkaError(what: string, error: unknown): BotgoError {
  if (isBotgoError(error)) return error;
  const { name, message, type } = readFailure(error);
  const cause = new Error(message);
  if (TOO_LARGE.test(type))
    return new ConfigError(
      `Kafka takes no message of that size, so the relay cannot ${what}: raise max.message.bytes of the topic (${message})`,
      { cause },
    );
  if (REFUSED.test(type) || REFUSED_CLASS.test(name))
    return new ConfigError(
      `Kafka refuses to let the relay ${what}: check its user, its rights and its settings (${message})`,
      { cause },
    );
  return new BotgoError('BOTGO_BROKER', `Kafka could not ${what} (${message})`, { cause });
}

/** @throws {ConfigError} on what is no name of a topic. */
export function checkTopic(option: string, topic: string): void {
  if (typeof topic !== 'string' || !/^[a-zA-Z0-9._-]{1,249}$/.test(topic) || /^\.\.?$/.test(topic))
    throw new ConfigError(
      `${option} must be a name of letters, digits, dots, hyphens and underscores, got ${JSON.stringify(topic)}`,
    );
}
