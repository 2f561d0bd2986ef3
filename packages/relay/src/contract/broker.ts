import type { ConsumerSource, ConsumerSourceOptions } from '../consumer-source.js';
import type { BrokerMessage } from '../message.js';
import type { Publisher } from '../publisher.js';

/** A broker under test, and what can be done to it. */
export interface ContractBroker {
  /** A new, empty stream. */
  openStream(partitions: number): Promise<ContractStream>;
  /** Kills the broker and starts it again with its data; only with the ability `restart`. */
  restart?(): Promise<void>;
  /** Gives everything up. */
  close(): Promise<void>;
}

/** One stream of a {@link ContractBroker}. */
export interface ContractStream {
  /** An adapter of an access process of its own. */
  publisher(): Publisher;
  /** A member of a group in this process. Leases and session times should be short, so that a test need not wait for them. */
  source(group: string, options: ConsumerSourceOptions): ConsumerSource;
  /** The group's dead letters so far. */
  deadLetters(group: string): Promise<readonly BrokerMessage[]>;
  /** Makes the stream have that many more partitions; only with the ability `partitions`. */
  addPartitions?(more: number): Promise<void>;
  /** How a process of its own opens a member of a group; only with the ability `processes`. */
  memberProgram?(group: string): MemberProgram;
}

/** A function `create` of `module` that gives a `ConsumerSource` for `options`, which must survive JSON. */
export interface MemberProgram {
  /** URL or path of an ES module that plain Node can import. */
  readonly module: string;
  readonly create: string;
  readonly options: unknown;
}

/** What not every broker can: be restarted with its data, be used from several processes, be given more partitions. */
export type BrokerAbility = 'restart' | 'processes' | 'partitions';
