/** A parsed JSON object. Its keys came from outside: read them, never merge it into another object. */
export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What is wrong with a document from outside, and at which path (`guilds[0].channels[1].id`). */
export class FieldError extends Error {
  override readonly name = 'FieldError';
  constructor(
    readonly path: string,
    readonly problem: string,
  ) {
    super(`${path}: ${problem}`);
  }
}

/** Reads typed fields out of a JSON object and names the path of what is missing or wrong. */
export class Fields {
  readonly #seen = new Set<string>();

  private constructor(
    readonly value: JsonObject,
    readonly path: string,
  ) {}

  static of(value: unknown, path: string): Fields {
    if (value === undefined) throw new FieldError(path, 'is missing');
    if (!isObject(value)) throw new FieldError(path, `must be an object, got ${kindOf(value)}`);
    return new Fields(value, path);
  }

  at(key: string): string {
    return this.path === '' ? key : `${this.path}.${key}`;
  }

  raw(key: string): unknown {
    this.#seen.add(key);
    return Object.hasOwn(this.value, key) ? this.value[key] : undefined;
  }

  has(key: string): boolean {
    return this.raw(key) !== undefined;
  }

  string(key: string, fallback?: string): string {
    const value = this.#get(key, fallback);
    if (typeof value !== 'string')
      throw new FieldError(this.at(key), `must be a string, got ${kindOf(value)}`);
    return value;
  }

  /** A non-empty string; ids are strings, because the platform's are larger than a double can hold. */
  id(key: string, fallback?: string): string {
    const value = this.string(key, fallback);
    if (value === '') throw new FieldError(this.at(key), 'must not be empty');
    return value;
  }

  optionalString(key: string): string | undefined {
    return this.has(key) ? this.string(key) : undefined;
  }

  int(key: string, fallback?: number): number {
    const value = this.#get(key, fallback);
    if (typeof value !== 'number' || !Number.isSafeInteger(value)) {
      throw new FieldError(this.at(key), `must be an integer, got ${kindOf(value)}`);
    }
    return value;
  }

  optionalInt(key: string): number | undefined {
    return this.has(key) ? this.int(key) : undefined;
  }

  /** An integer of at least `least`. */
  intFrom(least: number, key: string, fallback?: number): number {
    const value = this.int(key, fallback);
    if (value < least) throw new FieldError(this.at(key), `must be at least ${least}, got ${value}`);
    return value;
  }

  boolean(key: string, fallback?: boolean): boolean {
    const value = this.#get(key, fallback);
    if (typeof value !== 'boolean')
      throw new FieldError(this.at(key), `must be true or false, got ${kindOf(value)}`);
    return value;
  }

  oneOf<const T extends string>(key: string, allowed: readonly T[], fallback?: T): T {
    const value = this.string(key, fallback);
    const found = allowed.find((item) => item === value);
    if (found === undefined) {
      throw new FieldError(
        this.at(key),
        `must be one of ${allowed.join(', ')}, got ${JSON.stringify(value)}`,
      );
    }
    return found;
  }

  strings(key: string, fallback?: readonly string[]): readonly string[] {
    if (!this.has(key) && fallback !== undefined) return fallback;
    return this.array(key).map((item, index) => {
      if (typeof item === 'string') return item;
      throw new FieldError(`${this.at(key)}[${index}]`, `must be a string, got ${kindOf(item)}`);
    });
  }

  array(key: string, fallback?: readonly unknown[]): readonly unknown[] {
    const value = this.#get(key, fallback);
    if (!Array.isArray(value)) throw new FieldError(this.at(key), `must be an array, got ${kindOf(value)}`);
    return value;
  }

  /** The objects of an array; an absent array is empty. */
  list(key: string): readonly Fields[] {
    return this.array(key, []).map((item, index) => Fields.of(item, `${this.at(key)}[${index}]`));
  }

  object(key: string): Fields {
    return Fields.of(this.raw(key), this.at(key));
  }

  optionalObject(key: string): Fields | undefined {
    return this.has(key) ? this.object(key) : undefined;
  }

  /** @throws {FieldError} for a key that nobody read: a misspelt optional field would otherwise do nothing */
  noOthers(): void {
    for (const key of Object.keys(this.value)) {
      if (!this.#seen.has(key)) throw new FieldError(this.at(key), 'is not a known field');
    }
  }

  /** The error for a field that names nothing. */
  unknown(key: string, what: string): FieldError {
    return new FieldError(this.at(key), `names no ${what}: ${JSON.stringify(this.raw(key))}`);
  }

  #get(key: string, fallback: unknown): unknown {
    const value = this.raw(key);
    if (value !== undefined) return value;
    if (fallback === undefined) throw new FieldError(this.at(key), 'is missing');
    return fallback;
  }
}

function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
