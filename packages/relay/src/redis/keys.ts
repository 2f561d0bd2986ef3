import { ConfigError } from 'botgo/errs';

/** Keys of one stream. They share a hash tag, so that a Redis Cluster keeps them on one node and a batch is one transaction. */
export class StreamKeys {
  /** Hash; `partitions` is how many there are. */
  readonly meta: string;
  /** Hash `<group>/<partition>` → the highest fencing token that has read it. */
  readonly fences: string;
  readonly #base: string;

  /** @throws {ConfigError} on a name that would spoil the hash tag. */
  constructor(stream: string) {
    if (typeof stream !== 'string' || stream === '' || /[\s{}]/.test(stream))
      throw new ConfigError(
        `stream must be a name without white space and braces, got ${JSON.stringify(stream)}`,
      );
    this.#base = `botgo:{${stream}}`;
    this.meta = `${this.#base}:meta`;
    this.fences = `${this.#base}:fences`;
  }

  partition(index: number): string {
    return `${this.#base}:${index}`;
  }

  dead(group: string): string {
    return `${this.#base}:dead:${group}`;
  }
}
