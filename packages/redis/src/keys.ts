import { ConfigError } from 'botgo/errs';

/** Where a bot's keys are: one of the two. */
export interface KeyOptions {
  /** The bot's app id. */
  readonly appId?: string | undefined;
  /** First part of every key, for two clusters of one bot on one Redis. @defaultValue the app id */
  readonly prefix?: string | undefined;
}

/** Keys of one bot. They share a hash tag, so that a Redis Cluster keeps them on one node and a script may touch them together. */
export class Keys {
  /** KEYS of the coordinator's scripts, in the order of the prelude. */
  readonly cluster: readonly string[];
  /** Channel on which changes are announced. */
  readonly changes: string;
  readonly #base: string;

  constructor(prefix: string) {
    this.#base = `botgo:{${prefix}}`;
    this.cluster = ['cluster', 'members', 'leases', 'resources', 'states', 'values'].map((name) =>
      this.#of(name),
    );
    this.changes = this.#of('changes');
  }

  get values(): string {
    return this.#of('values');
  }

  /** Not `permit:`, where a release whose windows did not slide kept a counter. */
  permits(name: string): string {
    return this.#of(`permits:${name}`);
  }

  log(name: string): string {
    return this.#of(`log:${name}`);
  }

  lock(name: string): string {
    return this.#of(`lock:${name}`);
  }

  token(name: string): string {
    return this.#of(`token:${name}`);
  }

  event(id: string): string {
    return this.#of(`event:${id}`);
  }

  /** Counter of replies or of a quota. */
  sends(name: string): string {
    return this.#of(`sends:${name}`);
  }

  pace(name: string): string {
    return this.#of(`pace:${name}`);
  }

  /** What one process leaves for the others. */
  note(name: string): string {
    return this.#of(`note:${name}`);
  }

  hold(name: string): string {
    return this.#of(`hold:${name}`);
  }

  #of(name: string): string {
    return `${this.#base}:${name}`;
  }
}

/** @throws {ConfigError} without app id and prefix, or when they would spoil the hash tag */
export function resolveKeys({ appId, prefix = appId }: KeyOptions): Keys {
  if (!prefix) throw new ConfigError('Give appId (or prefix): the keys of each bot need a name of their own');
  if (/[\s{}]/.test(prefix))
    throw new ConfigError(`prefix must be free of white space and braces, got ${JSON.stringify(prefix)}`);
  return new Keys(prefix);
}
