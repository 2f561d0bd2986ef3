import type { FrameIdentity } from './scan.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

const START = Buffer.from('{"op":0,"s":');
const NAME = Buffer.from(',"t":"');
const ID = Buffer.from('","id":"');
const CONTENT = Buffer.from('","d":');

/** Bytes from id to conversation up to which both are decoded at once: a call into native code costs more than copying these. */
const MAX_SPAN = 256;

/**
 * The identity of a frame that is written as the platform writes events: `{"op":0,"s":…,"t":"…","id":"…","d":{…` without white space.
 * Takes half the time of a scan that is ready for anything: what stands in its usual place is compared, the ends of texts are searched
 * for in native code, and nothing that is passed over is looked at.
 *
 * Positions are indices into the frame. 0 stands for "not found" and for a doubt, such as a quote behind a backslash: whether it ends
 * its text would have to be counted.
 * @returns `undefined` when the frame is written in another way.
 */
export function identifyUsual(
  frame: Buffer,
  type: string,
  path: readonly string[],
): FrameIdentity | undefined {
  const id = usualId(frame, type);
  if (id === 0) return undefined;
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

/** Where the id begins. */
function usualId(frame: Buffer, type: string): number {
  if (!isAt(frame, 0, START)) return 0;
  let at = START.length;
  for (let byte = frame[at]; byte !== undefined && byte >= 0x30 && byte <= 0x39; byte = frame[at]) at++;
  if (!isAt(frame, at, NAME)) return 0;
  at += NAME.length;
  if (!isText(frame, at, type) || !isAt(frame, at + type.length, ID)) return 0;
  return at + type.length + ID.length;
}

/** The value of that name in the object at `from`. */
function memberNamed(frame: Buffer, from: number, name: string): number {
  if (frame[from] !== OPEN_BRACE) return 0;
  for (let quote = from + 1; ; ) {
    if (frame[quote] !== QUOTE) return 0;
    const end = plainEnd(frame, quote + 1);
    if (end === 0 || frame[end + 1] !== COLON) return 0;
    const value = end + 2;
    if (end - quote - 1 === name.length && isText(frame, quote + 1, name)) return value;
    const next = valueEnd(frame, value);
    if (next === 0 || frame[next] !== COMMA) return 0;
    quote = next + 1;
  }
}

function isAt(frame: Buffer, at: number, bytes: Buffer): boolean {
  for (let index = 0; index < bytes.length; index++) if (frame[at + index] !== bytes[index]) return false;
  return true;
}

/** Whether `text`, which is ASCII, stands at `at`. */
function isText(frame: Buffer, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index++)
    if (frame[at + index] !== text.charCodeAt(index)) return false;
  return true;
}

/** The closing quote of the text whose opening one is at `quote`. */
function textEnd(frame: Buffer, quote: number): number {
  if (frame[quote] !== QUOTE) return 0;
  const end = frame.indexOf(QUOTE, quote + 1);
  return end === -1 || frame[end - 1] === BACKSLASH ? 0 : end;
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
