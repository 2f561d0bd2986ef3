import { requireName, type StateWrite, toJson } from 'botgo/session';
import type { Keys } from './keys.js';
import { type Op, put, TXN_CHUNK } from './kv.js';

/** A state to be stored, as JSON; without one, what the store has stays. */
export interface EncodedWrite {
  readonly name: string;
  readonly token: number;
  readonly json: string | undefined;
}

/** @throws {ConfigError} when it cannot be JSON, or has no name. */
export function encodeWrite({ name, token, state }: StateWrite): EncodedWrite {
  return { name: requireName('name of a resource', name), token, json: toJson(`state of ${name}`, state) };
}

export function stateOps(keys: Keys, { name, json }: EncodedWrite): Op[] {
  return json === undefined ? [] : [put(keys.state(name), json)];
}

/** As many as one transaction takes. */
export function chunked<Item>(items: readonly Item[]): Item[][] {
  const chunks: Item[][] = [];
  for (let start = 0; start < items.length; start += TXN_CHUNK)
    chunks.push(items.slice(start, start + TXN_CHUNK));
  return chunks;
}
