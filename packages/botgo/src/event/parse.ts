import { OpCode, quoteForumIds } from '../dto/index.js';
import { BotgoError } from '../errs/index.js';
import type { IncomingEvent } from './event-source.js';
import type { HandlerTable } from './handler-table.js';

/** A payload as it came: its bytes, its text, or the parsed object. */
export type RawPayload = string | Uint8Array | object;

/**
 * BotGo's `ParseAndHandle`: parses a payload and gives an event to its handler. Other opcodes and events without a handler do nothing.
 * @returns What the handler returned.
 * @throws {BotgoError} `BOTGO_PROTOCOL` when it is no payload.
 */
export function parseAndHandle(payload: RawPayload, handlers: HandlerTable): unknown {
  const event = toIncomingEvent(parsePayload(payload));
  return event === undefined ? undefined : handlers.handle(event);
}

/**
 * BotGo's `ParseData`: the content of a payload, its member `d`. The type is the caller's claim; nothing is checked.
 * @throws {BotgoError} `BOTGO_PROTOCOL` when it is no payload.
 */
export function parseData<Data = unknown>(payload: RawPayload): Data {
  return parsePayload(payload).d as Data;
}

/**
 * A parsed payload as an event; `undefined` when its opcode is another than 0.
 * @throws {BotgoError} `BOTGO_PROTOCOL` when an event has no name.
 */
export function toIncomingEvent(payload: Readonly<Record<string, unknown>>): IncomingEvent | undefined {
  if (payload.op !== OpCode.dispatch) return undefined;
  const { t, id, s, d } = payload;
  if (typeof t !== 'string' || t === '')
    throw new BotgoError('BOTGO_PROTOCOL', 'a payload with op 0 has no event name t');
  return {
    t,
    id: typeof id === 'string' && id !== '' ? id : undefined,
    s: typeof s === 'number' ? s : undefined,
    d,
  };
}

/**
 * The JSON object of a payload.
 * @throws {BotgoError} `BOTGO_PROTOCOL` when it is not JSON, or not an object.
 */
export function parsePayload(payload: RawPayload): Record<string, unknown> {
  const parsed = typeof payload === 'string' || payload instanceof Uint8Array ? parseJson(payload) : payload;
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new BotgoError('BOTGO_PROTOCOL', 'a payload must be a JSON object');
  return parsed as Record<string, unknown>;
}

function parseJson(payload: string | Uint8Array): unknown {
  const text =
    typeof payload === 'string'
      ? payload
      : Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength).toString('utf8');
  try {
    // Forum events carry ids as numbers too large for a double.
    return JSON.parse(text.includes('FORUM_') ? quoteForumIds(text) : text);
  } catch (error) {
    // The parser's message quotes the input, which may hold what users wrote.
    throw new BotgoError('BOTGO_PROTOCOL', 'a payload is not JSON', { cause: withoutInput(error) });
  }
}

function withoutInput(error: unknown): Error {
  return new Error(error instanceof Error ? error.name : 'parse error');
}
