import { randomUUID } from 'node:crypto';
import type { Keys } from './keys.js';
import { createdAt, get, type Kv, modifiedAt, put, range, remove, removeRange } from './kv.js';

/** JSON of one batch. */
interface Batch {
  readonly id: string;
  readonly entries: readonly string[];
}

/** Batches read at once. */
const PAGE = 64;

/** Named logs: one key per batch, named by the index of its first entry, and one for how many entries there are. */
export class LogStore {
  readonly #kv: Kv;
  readonly #keys: Keys;

  constructor(kv: Kv, keys: Keys) {
    this.#kv = kv;
    this.#keys = keys;
  }

  async append(name: string, entries: readonly string[]): Promise<void> {
    const batch: Batch = { id: randomUUID(), entries };
    const sizeKey = this.#keys.logSize(name);
    let stored = (await this.#kv.run([get(sizeKey)])).results[0]?.kvs[0];
    for (;;) {
      const size = Number(stored?.value ?? 0);
      const key = this.#keys.log(name, size);
      const result = await this.#kv.txn(
        [stored ? modifiedAt(sizeKey, stored.modRevision) : createdAt(sizeKey, 0)],
        [put(key, JSON.stringify(batch)), put(sizeKey, String(size + entries.length))],
        [get(sizeKey), get(key)],
      );
      if (!result || result.succeeded) return;
      const [sizeResult, batchResult] = result.results;
      const there = batchResult?.kvs[0];
      // The call was made twice, because its answer was lost: it is there already.
      if (there && (JSON.parse(there.value) as Batch).id === batch.id) return;
      stored = sizeResult?.kvs[0];
    }
  }

  async read(name: string, from: number, limit: number): Promise<{ entries: string[]; next: number }> {
    const entries: string[] = [];
    // The batch that holds `from` begins at it or before it.
    const before = range(this.#keys.log(name, 0), this.#keys.log(name, from), { limit: 1, descending: true });
    const after = range(this.#keys.log(name, from), this.#keys.logEnd(name), { limit: PAGE });
    const [head, page] = (await this.#kv.run([before, after])).results;
    let batches = [...(head?.kvs ?? []), ...(page?.kvs ?? [])];
    let isLast = (page?.kvs.length ?? 0) < PAGE;
    for (;;) {
      for (const { key, value } of batches) {
        const start = Number(key.slice(key.lastIndexOf('/') + 1));
        const batch = (JSON.parse(value) as Batch).entries;
        entries.push(...batch.slice(Math.max(0, from - start)));
      }
      if (isLast || entries.length >= limit) break;
      const next = range(this.#keys.log(name, from + entries.length), this.#keys.logEnd(name), {
        limit: PAGE,
      });
      batches = [...((await this.#kv.run([next])).results[0]?.kvs ?? [])];
      isLast = batches.length < PAGE;
    }
    const wanted = entries.slice(0, Math.max(0, limit));
    return { entries: wanted, next: from + wanted.length };
  }

  async delete(name: string): Promise<void> {
    const all = removeRange(this.#keys.log(name, 0), this.#keys.logEnd(name));
    await this.#kv.run([all, remove(this.#keys.logSize(name))]);
  }
}
