import { BotgoError } from 'botgo/errs';
import type { BrokerMessage } from '../message.js';

export interface StreamEntry {
  readonly id: string;
  /** `undefined`: the entry was deleted. */
  readonly message: BrokerMessage | undefined;
}

/** A name that stood at some place of an entry, as bytes and as text. */
interface KnownName {
  readonly bytes: Buffer;
  readonly text: string;
}

/** Names remembered: more fields than this come from another program. */
const KNOWN = 32;

/**
 * Reads what a partition answers. Its entries have the same fields at the same places, so that a name is made into text once: that, and
 * not the values, is most of what reading an entry would cost.
 */
export class EntryReader {
  readonly #known: KnownName[] = [];

  /**
   * What a read of one stream answers: nil, or `[[key, [[id, [field, value, …] | nil], …]]]`. A client may give the outer list, which is a
   * map in RESP3, as a `Map`, an object or a flat list.
   */
  readEntries(reply: unknown): StreamEntry[] {
    if (reply === null || reply === undefined) return [];
    let entries: unknown;
    if (reply instanceof Map) [entries] = reply.values();
    else if (Array.isArray(reply)) {
      const [first, second] = list(reply);
      entries = Array.isArray(first) ? list(first)[1] : second;
    } else [entries] = Object.values(reply);
    return list(entries).map((entry) => {
      const [id, fields] = list(entry);
      return { id: String(id), message: fields === null ? undefined : this.readMessage(list(fields)) };
    });
  }

  /** Field, value, field, value … as the client gives them. */
  readMessage(fields: readonly unknown[]): BrokerMessage {
    const headers: Record<string, string> = {};
    let value: Buffer | undefined;
    for (let at = 0; at + 1 < fields.length; at += 2) {
      const name = this.#nameAt(at >> 1, fields[at]);
      const field = fields[at + 1];
      if (name === 'value' && Buffer.isBuffer(field)) value = field;
      else headers[name] = String(field);
    }
    return { headers, value: value ?? Buffer.alloc(0) };
  }

  #nameAt(place: number, field: unknown): string {
    if (!Buffer.isBuffer(field)) return String(field);
    const known = this.#known[place];
    if (known?.bytes.equals(field)) return known.text;
    const text = field.toString();
    // A copy: the bytes are a part of all that was read with them.
    if (place < KNOWN) this.#known[place] = { bytes: Buffer.from(field), text };
    return text;
  }
}

export function list(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new BotgoError('BOTGO_BROKER', 'Redis answered a read with something that is no list of entries');
}
