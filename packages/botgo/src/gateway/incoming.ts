import { quoteForumIds } from '../dto/index.js';
import type { IncomingEvent } from '../event/index.js';
import type { IncomingPayload } from './protocol-types.js';

/**
 * A frame's payload, decoded. `undefined` when it is not JSON, or no object with a numeric `op`.
 * @param type - Its event name, where that is known.
 */
export function decodePayload(
  data: Buffer,
  type = '',
): (IncomingPayload & { readonly s?: unknown }) | undefined {
  let value: unknown;
  try {
    const text = data.toString();
    // Forum events may carry ids as numbers that a double cannot hold.
    value = JSON.parse(type.includes('FORUM_') ? quoteForumIds(text) : text);
  } catch {
    return undefined;
  }
  return isPayload(value) ? value : undefined;
}

/** Whether a payload has a name, as an event must. */
export function isEvent(payload: IncomingPayload): payload is IncomingPayload & IncomingEvent {
  return typeof payload.t === 'string';
}

/** Names of events about the connection itself, which the machine has to see. */
export function isNotice(t: unknown): boolean {
  return t === 'READY' || t === 'RESUMED';
}

/** `s` as a mark of its session; `undefined` for what cannot be one, since taking it would hide every later event. */
export function markOf(s: unknown): number | undefined {
  return typeof s === 'number' && Number.isSafeInteger(s) && s >= 0 ? s : undefined;
}

function isPayload(value: unknown): value is IncomingPayload {
  return typeof value === 'object' && value !== null && typeof (value as { op?: unknown }).op === 'number';
}
