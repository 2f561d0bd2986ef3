import { randomBytes } from 'node:crypto';
import { ConfigError } from 'botgo/errs';

/** Where a bot's keys are: one of the two. */
export interface KeyOptions {
  /** The bot's app id. */
  readonly appId?: string | undefined;
  /** Name of the cluster in every key, for two clusters of one bot on one etcd. @defaultValue the app id */
  readonly prefix?: string | undefined;
}

/** Keys from `from` to before `end`. */
export interface KeyRange {
  readonly from: string;
  readonly end: string;
}

const LOG_INDEX_DIGITS = 16;

/**
 * Keys of one bot. Each part ends with a slash, so that the cluster `foo` never reads the keys of `foobar`.
 *
 *     c/member/ID        {info, inc}; under the member's lease
 *     c/owner/NAME       {member, claim}; under the owner's lease; created by the claim
 *     c/reserve/NAME     member id; under that member's lease
 *     c/resource/NAME    {held: true}, written by the claim, or {held: false, token}, written by a release
 *     c/value/NAME       {id of the write, v}
 *     c/refill           while it is there, resources that the store does not know are not free; under a lease of its own
 *     s/state/NAME       JSON as the owner wrote it
 *     s/base             what is added to a revision to make a token or version
 *     s/app              app id
 *     s/permit/NAME/N    one permit that was taken, N from 0 to limit - 1; under a lease a little longer than the window
 *     s/log/NAME/INDEX   {id of the write, entries}, INDEX of the first one; s/logsize/NAME: how many there are
 *
 * What begins with c/ is watched, and s/app and s/base, which follow it; the rest of s/ is silent.
 */
export class Keys {
  readonly #base: string;

  constructor(prefix: string) {
    this.#base = `botgo/${prefix}/`;
  }

  get watched(): KeyRange {
    return { from: `${this.#base}c/`, end: `${this.base}\0` };
  }
  get members(): string {
    return `${this.#base}c/member/`;
  }
  get owners(): string {
    return `${this.#base}c/owner/`;
  }
  get reserves(): string {
    return `${this.#base}c/reserve/`;
  }
  get resources(): string {
    return `${this.#base}c/resource/`;
  }
  get refill(): string {
    return `${this.#base}c/refill`;
  }
  get base(): string {
    return `${this.#base}s/base`;
  }
  get app(): string {
    return `${this.#base}s/app`;
  }
  member(id: string): string {
    return `${this.members}${id}`;
  }
  owner(name: string): string {
    return `${this.owners}${name}`;
  }
  reserve(name: string): string {
    return `${this.reserves}${name}`;
  }
  resource(name: string): string {
    return `${this.resources}${name}`;
  }
  value(name: string): string {
    return `${this.#base}c/value/${name}`;
  }
  state(name: string): string {
    return `${this.#base}s/state/${name}`;
  }
  /** Prefix of the permits of a name; encoded for the same reason as a log's. */
  permits(name: string): string {
    return `${this.#base}s/permit/${encodeURIComponent(name)}/`;
  }
  logSize(name: string): string {
    return `${this.#base}s/logsize/${name}`;
  }
  /** Key of the batch that begins at an index; sorted as the numbers are. */
  log(name: string, index: number): string {
    return `${this.#log(name)}${String(index).padStart(LOG_INDEX_DIGITS, '0')}`;
  }
  /** The first key after those of a log. */
  logEnd(name: string): string {
    return `${this.#log(name)}:`;
  }

  /** Encoded, because a log named like another with an index behind it would lie in that one's range. */
  #log(name: string): string {
    return `${this.#base}s/log/${encodeURIComponent(name)}/`;
  }
}

/** @throws {ConfigError} without app id and prefix, or when they hold a slash or white space */
export function resolveKeys({ appId, prefix = appId }: KeyOptions): Keys {
  if (!prefix) throw new ConfigError('Give appId (or prefix): the keys of each bot need a name of their own');
  if (/[\s/]/.test(prefix))
    throw new ConfigError(`prefix must be free of white space and slashes, got ${JSON.stringify(prefix)}`);
  return new Keys(prefix);
}

/** A lease id nobody else has: a positive 63-bit number as text. */
export function newLeaseId(): string {
  const number = BigInt.asUintN(63, randomBytes(8).readBigUInt64BE());
  return (number === 0n ? 1n : number).toString();
}

/** etcd counts leases in whole seconds. */
export function toSeconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
