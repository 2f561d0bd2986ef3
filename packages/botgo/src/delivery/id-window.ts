/**
 * The last ids that were received, for duplicates across sessions, shards and callback retries. A `Set` of strings would hash each id
 * whole, which alone costs more than the rest of a dispatch; here a few characters of the id choose a chain, and only ids in the
 * same chain are compared. The window is a ring: the oldest id leaves when a new one needs its place.
 *
 *     heads[hash & mask] ──> slot ──next──> slot ──next──> -1        (newest first)
 */
export class IdWindow {
  readonly #capacity: number;
  #ids: (string | undefined)[] = [];
  #kinds: string[] = [];
  #hashes = new Int32Array(0);
  #next = new Int32Array(0);
  #heads = new Int32Array(0);
  #cursor = 0;
  #kind = '';

  /** @param capacity - Ids remembered; memory grows up to it as needed. */
  constructor(capacity: number) {
    this.#capacity = Math.max(1, capacity);
  }

  /** Remembers an id. @returns Whether it was there already. */
  add(kind: string, id: string): boolean {
    const hash = sampleHash(id);
    if (this.#find(kind, id, hash) !== -1) return true;
    if (this.#cursor === this.#ids.length && this.#ids.length < this.#capacity) this.#grow();
    if (this.#cursor === this.#ids.length) this.#cursor = 0;
    const slot = this.#cursor++;
    if (this.#ids[slot] !== undefined) this.#unlink(slot);
    this.#ids[slot] = id;
    // The same string for the same kind: what the ring holds lives long, and each copy would be moved by the collector.
    if (kind !== this.#kind) this.#kind = kind;
    this.#kinds[slot] = this.#kind;
    this.#hashes[slot] = hash;
    this.#link(slot);
    return false;
  }

  /** Forgets an id, so that the same event is taken again. */
  forget(kind: string, id: string): void {
    const slot = this.#find(kind, id, sampleHash(id));
    if (slot === -1) return;
    this.#unlink(slot);
    this.#ids[slot] = undefined;
  }

  #find(kind: string, id: string, hash: number): number {
    if (this.#heads.length === 0) return -1;
    let slot = this.#heads[hash & (this.#heads.length - 1)] ?? -1;
    while (slot !== -1) {
      if (this.#hashes[slot] === hash && this.#ids[slot] === id && this.#kinds[slot] === kind) return slot;
      slot = this.#next[slot] ?? -1;
    }
    return -1;
  }

  #link(slot: number): void {
    const chain = (this.#hashes[slot] ?? 0) & (this.#heads.length - 1);
    this.#next[slot] = this.#heads[chain] ?? -1;
    this.#heads[chain] = slot;
  }

  #unlink(slot: number): void {
    const chain = (this.#hashes[slot] ?? 0) & (this.#heads.length - 1);
    let before = -1;
    let at = this.#heads[chain] ?? -1;
    while (at !== slot && at !== -1) {
      before = at;
      at = this.#next[at] ?? -1;
    }
    if (at === -1) return;
    const after = this.#next[slot] ?? -1;
    if (before === -1) this.#heads[chain] = after;
    else this.#next[before] = after;
  }

  #grow(): void {
    const length = this.#ids.length;
    const grown = Math.min(this.#capacity, Math.max(64, length * 2));
    this.#ids.length = grown;
    const hashes = new Int32Array(grown);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    this.#next = new Int32Array(grown);
    this.#heads = new Int32Array(2 ** Math.ceil(Math.log2(grown)) * 2).fill(-1);
    for (let slot = 0; slot < length; slot++) if (this.#ids[slot] !== undefined) this.#link(slot);
  }
}

/**
 * Mixes the length, two characters at the front and the last twelve. The platform's ids differ at their ends (a counter or a random
 * tail); a poor spread costs comparisons, never a wrong answer.
 */
function sampleHash(id: string): number {
  const length = id.length;
  let hash = length * 31 + id.charCodeAt(0);
  for (let at = Math.max(0, length - 12); at < length; at++)
    hash = (Math.imul(hash, 31) + id.charCodeAt(at)) | 0;
  return hash ^ (hash >>> 15);
}
