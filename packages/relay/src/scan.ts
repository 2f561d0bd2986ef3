import { conversationKey } from 'botgo/delivery';
import type { FrameIdentity } from './frame-identity.js';
import { identifyUsual, memberName } from './usual-frame.js';

const NEAR = 48;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/**
 * Where the conversation of an event stands in its content, for the events that come in masses. Everything else is parsed: it is rare.
 * Source: the platform's event pages.
 */
function keyPath(type: string): KeyPath | undefined {
  switch (type) {
    case 'AT_MESSAGE_CREATE':
    case 'MESSAGE_CREATE':
    case 'DIRECT_MESSAGE_CREATE':
    case 'MESSAGE_REACTION_ADD':
    case 'MESSAGE_REACTION_REMOVE':
      return CHANNEL;
    case 'GROUP_AT_MESSAGE_CREATE':
    case 'GROUP_MESSAGE_CREATE':
      return GROUP;
    case 'C2C_MESSAGE_CREATE':
      return C2C;
    default:
      return undefined;
  }
}

interface KeyPath {
  readonly names: readonly string[];
  /** The names as they stand in a frame without white space. */
  readonly written: readonly Buffer[];
}

const pathOf = (...names: string[]): KeyPath => ({ names, written: names.map(memberName) });
const CHANNEL = pathOf('channel_id');
const GROUP = pathOf('group_openid');
const C2C = pathOf('author', 'user_openid');

/**
 * Reads the outer id and the conversation off a frame, parsing no more than it must: only keys at their own depth count, so that
 * neither text that looks like JSON, nor nested objects with the same keys, nor another key order fool it. On any doubt (an escape in
 * what is read, a value that is no string, a frame that ends early, a key that is missing) the frame is parsed whole.
 *
 * @param nameEnd - See `Lane.receiveFrame` of `botgo/event`; 0 where it is not known.
 */
export function identifyFrame(frame: Buffer, type: string, nameEnd = 0): FrameIdentity {
  const path = keyPath(type);
  if (path === undefined) return parse(frame, type);
  return (
    (nameEnd > 0 ? identifyUsual(frame, nameEnd, path.written) : undefined) ??
    scan(frame, path.names) ??
    parse(frame, type)
  );
}

function parse(frame: Buffer, type: string): FrameIdentity {
  const { id, d } = JSON.parse(frame.toString()) as { id?: unknown; d?: unknown };
  const key = type === 'INTERACTION_CREATE' ? interactionKey(d) : conversationKey({ t: type, d });
  return { id: typeof id === 'string' ? id : '', key };
}

/** An interaction may wait for nobody: its own id is its conversation. */
function interactionKey(d: unknown): string {
  const id = typeof d === 'object' && d !== null ? (d as { id?: unknown }).id : undefined;
  return typeof id === 'string' ? id : '';
}

/** A cursor over the members of JSON objects in a buffer. Keys are compared where they lie: a string for each would cost more than the scan. */
class Members {
  readonly bytes: Buffer;
  at: number;
  #keyFrom = 0;
  #keyTo = 0;

  constructor(bytes: Buffer, at: number) {
    this.bytes = bytes;
    this.at = at;
  }

  /** Enters the object at the cursor. */
  enter(): boolean {
    this.at = skipSpace(this.bytes, this.at);
    if (this.bytes[this.at] !== OPEN_BRACE) return false;
    this.at = skipSpace(this.bytes, this.at + 1);
    return true;
  }

  /** Moves to the next member, the cursor at its value; `false` at the end of the object or on doubt. */
  next(): boolean {
    const { bytes } = this;
    if (bytes[this.at] === COMMA) this.at = skipSpace(bytes, this.at + 1);
    if (bytes[this.at] !== QUOTE) return false;
    this.#keyFrom = this.at + 1;
    this.#keyTo = plainStringEnd(bytes, this.at);
    if (this.#keyTo === -1) return false;
    const colon = skipSpace(bytes, this.#keyTo + 1);
    if (bytes[colon] !== COLON) return false;
    this.at = skipSpace(bytes, colon + 1);
    return true;
  }

  /** Whether the member's key is `name`, which is plain ASCII. */
  is(name: string): boolean {
    if (this.#keyTo - this.#keyFrom !== name.length) return false;
    for (let at = 0; at < name.length; at++)
      if (this.bytes[this.#keyFrom + at] !== name.charCodeAt(at)) return false;
    return true;
  }

  /** The string at the cursor, which moves behind it; `undefined` when it is no plain string. */
  string(): string | undefined {
    if (this.bytes[this.at] !== QUOTE) return undefined;
    const end = plainStringEnd(this.bytes, this.at);
    if (end === -1) return undefined;
    const text = this.bytes.toString('latin1', this.at + 1, end);
    this.at = skipSpace(this.bytes, end + 1);
    return text;
  }

  skip(): boolean {
    const end = valueEnd(this.bytes, this.at);
    if (end === -1) return false;
    this.at = skipSpace(this.bytes, end);
    return true;
  }
}

function scan(frame: Buffer, path: readonly string[]): FrameIdentity | undefined {
  const members = new Members(frame, 0);
  if (!members.enter()) return undefined;
  let id: string | undefined;
  let key: string | undefined;
  while (members.next()) {
    if (members.is('id')) id = members.string();
    else if (members.is('d') && key === undefined) {
      const content = members.at;
      key = find(new Members(frame, content), path, 0);
      if (key === undefined) return undefined;
      // The id usually stands before the content; the rest need not be looked at then.
      if (id !== undefined) return { id, key };
      if (!members.skip()) return undefined;
      continue;
    } else if (!members.skip()) return undefined;
    if (id !== undefined && key !== undefined) return { id, key };
  }
  return undefined;
}

function find(members: Members, path: readonly string[], depth: number): string | undefined {
  if (!members.enter()) return undefined;
  const name = path[depth] ?? '';
  while (members.next()) {
    if (members.is(name))
      return depth === path.length - 1 ? members.string() : find(members, path, depth + 1);
    if (!members.skip()) return undefined;
  }
  return undefined;
}

function skipSpace(bytes: Buffer, from: number): number {
  let at = from;
  for (
    let byte = bytes[at];
    byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
    byte = bytes[at]
  )
    at++;
  return at;
}

/** The closing quote of a string of plain ASCII without escapes; -1 otherwise. */
function plainStringEnd(bytes: Buffer, from: number): number {
  for (let at = from + 1; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH || byte > 0x7e || byte < 0x20) return -1;
  }
  return -1;
}

function stringEnd(bytes: Buffer, from: number): number {
  // Short strings are the rule, and a call into native code costs as much as some dozens of bytes.
  const near = Math.min(bytes.length, from + NEAR);
  for (let at = from + 1; at < near; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) break;
  }
  let end = bytes.indexOf(QUOTE, from + 1);
  while (end !== -1) {
    let slashes = 0;
    while (bytes[end - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end;
    end = bytes.indexOf(QUOTE, end + 1);
  }
  return -1;
}

/** The index after the value at `from`; -1 when it does not end. */
function valueEnd(bytes: Buffer, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) {
    const end = stringEnd(bytes, from);
    return end === -1 ? -1 : end + 1;
  }
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = stringEnd(bytes, at);
      if (at === -1) return -1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (depth === 0) return at;
      if (--depth === 0) return at + 1;
    } else if (byte === COMMA && depth === 0) return at;
  }
  return -1;
}
