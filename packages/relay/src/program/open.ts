import type { ClaimStore } from 'botgo/delivery';
import { ConfigError } from 'botgo/errs';
import type { Logger } from 'botgo/log';
import type { ReplyStore } from 'botgo/message';
import type { Coordinator } from 'botgo/session';
import type { ConsumerSource, ConsumerSourceOptions } from '../consumer-source.js';
import type { Publisher } from '../publisher.js';

/** What a program is told about the broker and the store. */
export interface Places {
  readonly appId: string;
  /** `redis://…`, `kafka://…` or `pulsar+ws://…`: which broker, and where. */
  readonly relay: string;
  /** `redis://…` or `etcd://host:port`: where processes meet. */
  readonly coordinator: string;
  /** Name of the stream. */
  readonly stream: string;
  /** How many partitions the stream should have. */
  readonly partitions?: number | undefined;
  readonly logger: Logger;
}

/** A logic process's way to its events. */
export interface SourcePlaces extends Places, Omit<ConsumerSourceOptions, 'logger' | 'clock' | 'random'> {
  /** Processes of one group share the events. */
  readonly group: string;
  readonly leaseMs?: number | undefined;
  /** How long a handler may take. Default 60,000. */
  readonly handlerTimeoutMs?: number | undefined;
}

/** What was opened, and how it is given up. */
export interface Opened<Thing> {
  readonly thing: Thing;
  close(): Promise<void>;
}

/**
 * The coordinator at a URL. @param cluster - Which cluster: shards and each group have one of their own.
 * @throws {ConfigError} on a URL of another kind, or without the package it needs.
 */
export async function openCoordinator(
  url: string,
  cluster: string,
  logger: Logger,
): Promise<Opened<Coordinator>> {
  const coordinator = await createCoordinator(url, cluster, logger);
  return { thing: coordinator, close: () => coordinator.close() };
}

async function createCoordinator(url: string, cluster: string, logger: Logger): Promise<Coordinator> {
  switch (schemeOf('--coordinator', url)) {
    case 'redis':
    case 'rediss': {
      const { redisCoordinator } = await needed('@botgo/redis', () => import('@botgo/redis'));
      return redisCoordinator({ url, prefix: cluster, logger });
    }
    case 'etcd': {
      const { etcdCoordinator } = await needed('@botgo/etcd', () => import('@botgo/etcd'));
      return etcdCoordinator({ endpoints: url.replace(/^etcd:/, 'http:'), prefix: cluster, logger });
    }
    default:
      throw new ConfigError('--coordinator must begin with redis://, rediss:// or etcd://');
  }
}

/** The access side of the broker at a URL. @throws {ConfigError} on a URL of another kind. */
export async function openPublisher({ relay, stream, partitions, logger }: Places): Promise<Publisher> {
  switch (schemeOf('--relay', relay)) {
    case 'redis':
    case 'rediss': {
      const { redisStreamsPublisher } = await import('../redis/index.js');
      return redisStreamsPublisher({ url: relay, stream, partitions, logger });
    }
    case 'kafka':
    case 'kafkas': {
      const { kafkaPublisher } = await import('../kafka/index.js');
      return kafkaPublisher({ url: relay, topic: stream, partitions, logger });
    }
    case 'pulsar+ws':
    case 'pulsar+wss': {
      if (partitions !== undefined)
        throw new ConfigError('--partitions: a Pulsar topic of the relay has none, leave it out');
      const { pulsarPublisher } = await import('../pulsar/index.js');
      return pulsarPublisher({ url: relay, topic: stream });
    }
    default:
      throw unknownBroker();
  }
}

/** The logic side of the broker at a URL. @throws {ConfigError} on a URL of another kind. */
export async function openSource(places: SourcePlaces): Promise<Opened<ConsumerSource>> {
  const { relay, coordinator: coordinatorUrl, logger } = places;
  switch (schemeOf('--relay', relay)) {
    case 'redis':
    case 'rediss': {
      const { redisStreamsSource } = await import('../redis/index.js');
      const { thing, close } = await openCoordinator(coordinatorUrl, clusterOf(places), logger);
      return { thing: redisStreamsSource({ ...places, url: relay, coordinator: thing }), close };
    }
    case 'kafka':
    case 'kafkas': {
      const { kafkaSource } = await import('../kafka/index.js');
      const source = kafkaSource({
        ...places,
        url: relay,
        topic: places.stream,
        // A broker allows no less unless it is told to.
        sessionTimeoutMs: places.leaseMs && Math.max(places.leaseMs, 6_000),
      });
      return { thing: source, close: async () => {} };
    }
    case 'pulsar+ws':
    case 'pulsar+wss': {
      const { pulsarSource } = await import('../pulsar/index.js');
      const options = { ...places, coordinator: undefined, url: relay, topic: places.stream };
      // A lease is of use to a shared window alone.
      if (!hasClaims(coordinatorUrl)) return { thing: pulsarSource(options), close: async () => {} };
      const { thing, close } = await openCoordinator(coordinatorUrl, clusterOf(places), logger);
      return { thing: pulsarSource({ ...options, coordinator: thing }), close };
    }
    default:
      throw unknownBroker();
  }
}

/** A duplicate window that the workers of a group share, where the coordinator's store has one (Redis). */
export async function openClaims(places: SourcePlaces): Promise<Opened<ClaimStore> | undefined> {
  const { coordinator: url, logger } = places;
  if (!hasClaims(url)) return undefined;
  const { redisClaimStore } = await needed('@botgo/redis', () => import('@botgo/redis'));
  const { handlerTimeoutMs } = places;
  const claims = redisClaimStore({ url, prefix: clusterOf(places), handlerTimeoutMs, logger });
  return { thing: claims, close: () => claims.close() };
}

/** Where all workers of a bot count what they send. @throws {ConfigError} on a URL of another kind, or without `@botgo/redis`. */
export async function openReplies(url: string, appId: string, logger: Logger): Promise<Opened<ReplyStore>> {
  if (!/^rediss?$/.test(schemeOf('--replies', url)))
    throw new ConfigError('--replies must begin with redis:// or rediss://');
  const { redisReplyStore } = await needed('@botgo/redis', () => import('@botgo/redis'));
  const store = redisReplyStore({ url, appId, logger });
  return { thing: store, close: () => store.close() };
}

function hasClaims(coordinatorUrl: string): boolean {
  return /^rediss?$/.test(schemeOf('--coordinator', coordinatorUrl));
}

/** The cluster of a group's workers, in which they share partitions or have their leases: none of the shards' members is in it. */
function clusterOf({ appId, stream, group }: SourcePlaces): string {
  return `${appId}:${stream}:${group}`;
}

function unknownBroker(): ConfigError {
  return new ConfigError(
    '--relay must begin with redis://, rediss://, kafka://, kafkas://, pulsar+ws:// or pulsar+wss://',
  );
}

/** Without the URL itself in the error: it may hold a password. */
function schemeOf(option: string, url: string): string {
  const scheme = /^([a-z+]+):\/\/./.exec(url)?.[1];
  if (scheme === undefined) throw new ConfigError(`${option} must be a URL, such as redis://127.0.0.1:6379`);
  return scheme;
}

async function needed<Module>(name: string, load: () => Promise<Module>): Promise<Module> {
  try {
    return await load();
  } catch (cause) {
    throw new ConfigError(`this store needs the package ${name}: npm install ${name}`, { cause });
  }
}
