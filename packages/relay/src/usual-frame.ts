import type { FrameIdentity } from './frame-identity.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

const ID = Buffer.from('","id":"');
const CONTENT = Buffer.from('","d":');

/** Bytes from id to conversation up to which both are decoded at once: a call into native code costs more than copying these. */
const MAX_SPAN = 256;

/** Bytes of a text that are looked at one by one; the end of a longer one is searched for in native code, which costs as much to call. */
const NEAR = 48;

/** A member's name as it stands in a frame. */
export function memberName(name: string): Buffer {
  return Buffer.from(`"${name}":`);
}

/**
 * The identity of a frame that goes on as the platform writes events: `…"t":"…","id":"…","d":{…` without white space. Takes half the
 * time of a scan that is ready for anything: what stands in its usual place is compared, and nothing that is passed over is looked at.
 *
 * Positions are indices into the frame. 0 stands for "not found" and for a doubt, such as an escape in a name.
 * @param nameEnd - Where the closing quote of the frame's `t` stands; nothing but `op` and `s` is before it.
 * @param path - The names that lead to the conversation, from the content on, as {@link memberName} makes them.
 * @returns `undefined` when the frame is written in another way.
 */
export function identifyUsual(
  frame: Buffer,
  nameEnd: number,
  path: readonly Buffer[],
): FrameIdentity | undefined {
  if (!isAt(frame, nameEnd, ID)) return undefined;
  const id = nameEnd + ID.length;
  const idEnd = plainEnd(frame, id);
  if (idEnd === 0 || !isAt(frame, idEnd, CONTENT)) return undefined;
  let value = idEnd + CONTENT.length;
  for (const name of path) {
    value = memberNamed(frame, value, name);
    if (value === 0) return undefined;
  }
  const key = value + 1;
  const keyEnd = frame[value] === QUOTE ? plainEnd(frame, key) : 0;
  if (keyEnd === 0) return undefined;
  if (keyEnd - id > MAX_SPAN)
    return { id: frame.toString('latin1', id, idEnd), key: frame.toString('latin1', key, keyEnd) };
  const span = frame.toString('latin1', id, keyEnd);
  return { id: span.slice(0, idEnd - id), key: span.slice(key - id) };
}

/** The value of that name in the object at `from`. */
function memberNamed(frame: Buffer, from: number, name: Buffer): number {
  if (frame[from] !== OPEN_BRACE) return 0;
  let member = from + 1;
  while (!isAt(frame, member, name)) {
    const value = valueAfterName(frame, member);
    const end = value === 0 ? 0 : valueEnd(frame, value);
    if (end === 0 || frame[end] !== COMMA) return 0;
    member = end + 1;
  }
  return member + name.length;
}

function isAt(frame: Buffer, at: number, bytes: Buffer): boolean {
  for (let index = 0; index < bytes.length; index++) if (frame[at + index] !== bytes[index]) return false;
  return true;
}

/** The value of the member at `from`, whose name is not read; one with an escape could be any. */
function valueAfterName(frame: Buffer, from: number): number {
  if (frame[from] !== QUOTE) return 0;
  let at = from + 1;
  for (let byte = frame[at]; byte !== QUOTE; byte = frame[++at])
    if (byte === undefined || byte === BACKSLASH) return 0;
  return frame[at + 1] === COLON ? at + 2 : 0;
}

/** The index after the value at `from`. */
function valueEnd(frame: Buffer, from: number): number {
  const first = frame[from];
  if (first === QUOTE) {
    const end = textEnd(frame, from);
    return end === 0 ? 0 : end + 1;
  }
  const isNested = first === OPEN_BRACE || first === OPEN_BRACKET;
  let depth = 0;
  for (let at = from; at < frame.length; at++) {
    const byte = frame[at];
    if (byte === QUOTE) {
      at = textEnd(frame, at);
      if (at === 0) return 0;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (!isNested) return at;
      if (--depth === 0) return at + 1;
    } else if (byte === COMMA && !isNested) return at;
  }
  return 0;
}

/** The closing quote of the text whose opening one is at `quote`. */
function textEnd(frame: Buffer, quote: number): number {
  const near = Math.min(frame.length, quote + NEAR);
  let at = quote + 1;
  for (; at < near; at++) {
    const byte = frame[at];
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH) at++;
  }
  const end = frame.indexOf(QUOTE, at);
  // Behind a backslash it may or may not end the text; that would have to be counted.
  return end === -1 || frame[end - 1] === BACKSLASH ? 0 : end;
}

/** The closing quote of a text that begins at `from` and has nothing but ASCII without escapes and control characters. */
function plainEnd(frame: Buffer, from: number): number {
  let bits = 0;
  let at = from;
  for (let byte = frame[at]; byte !== QUOTE; byte = frame[++at]) {
    if (byte === undefined || byte === BACKSLASH) return 0;
    // The upper bits are set below a space, and the eighth above ASCII.
    bits |= byte | (byte - 0x20);
  }
  return (bits & ~0x7f) === 0 ? at : 0;
}
