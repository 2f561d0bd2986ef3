/**
 * The last ids that were received, for duplicates across sessions, shards and callback retries. A `Set` of strings would hash each id
 * whole, which alone costs more than the rest of a dispatch; here a few characters of the id choose a chain, and only ids in the
 * same chain are compared. Ids are numbered as they come and lie in a ring; one that is as old as the ring is long has been written
 * over, so a chain ends at the first number that old and nothing is ever unlinked.
 *
 *     heads[hash & mask] -> 9041 -before-> 8530 -before-> 122, too old: end        (ring of 8192, newest 9100)
 */
export class IdWindow {
  readonly #capacity: number;
  /** Length of the ring; grows up to the capacity while it has not turned. */
  #length = 0;
  #ids: (string | undefined)[] = [];
  #kinds: string[] = [];
  #hashes = new Int32Array(0);
  /** Per place in the ring, the number of the id before it in its chain. */
  #before = new Float64Array(0);
  /** Per chain, the number of its newest id. Doubles: a busy bot counts past 2^31 within days. */
  #heads = new Float64Array(0);
  /** Number of the next id; the first is 1, so that 0 ends a chain. */
  #next = 1;
  #place = 0;
  #kind = '';

  /** @param capacity - Ids remembered; memory grows up to it as needed. */
  constructor(capacity: number) {
    this.#capacity = Math.max(1, capacity);
  }

  /** Remembers an id. @returns Its number, from 1 on; below 0 when it was there already. */
  add(kind: string, id: string): number {
    const hash = sampleHash(id);
    const found = this.#find(kind, id, hash);
    if (found !== 0) return -found;
    if (this.#place === this.#length) this.#turn();
    const place = this.#place++;
    const chain = hash & (this.#heads.length - 1);
    this.#ids[place] = id;
    // The same string for the same kind: what the ring holds lives long, and each copy would be moved by the collector.
    if (kind !== this.#kind) this.#kind = kind;
    this.#kinds[place] = this.#kind;
    this.#hashes[place] = hash;
    this.#before[place] = this.#heads[chain] ?? 0;
    this.#heads[chain] = this.#next;
    return this.#next++;
  }

  /** Forgets the id of a number, so that the same event is taken again. */
  forget(number: number): void {
    if (number >= this.#oldest) this.#ids[this.#placeOf(number)] = undefined;
  }

  get #oldest(): number {
    return Math.max(1, this.#next - this.#length);
  }

  #placeOf(number: number): number {
    const behind = this.#place - (this.#next - number);
    return behind < 0 ? behind + this.#length : behind;
  }

  /** @returns Its number, or 0. */
  #find(kind: string, id: string, hash: number): number {
    const oldest = this.#oldest;
    let number = this.#heads[hash & (this.#heads.length - 1)] ?? 0;
    while (number >= oldest) {
      const place = this.#placeOf(number);
      if (this.#hashes[place] === hash && this.#ids[place] === id && this.#kinds[place] === kind)
        return number;
      number = this.#before[place] ?? 0;
    }
    return 0;
  }

  /** The end of the ring is reached: begins at its start again, or makes it longer while it may be. */
  #turn(): void {
    if (this.#length === this.#capacity) {
      this.#place = 0;
      return;
    }
    const length = Math.min(this.#capacity, Math.max(64, this.#length * 2));
    const hashes = new Int32Array(length);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    this.#before = new Float64Array(length);
    this.#heads = new Float64Array(2 ** Math.ceil(Math.log2(length)) * 2);
    // It has not turned yet: an id's number is one more than its place.
    for (let place = 0; place < this.#length; place++) {
      const chain = (hashes[place] ?? 0) & (this.#heads.length - 1);
      this.#before[place] = this.#heads[chain] ?? 0;
      this.#heads[chain] = place + 1;
    }
    this.#length = length;
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
