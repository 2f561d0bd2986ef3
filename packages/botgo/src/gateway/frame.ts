/** What a gateway frame says about itself before its content is parsed. */
export interface FrameHead {
  readonly op: number;
  /** `undefined` when the frame has none. */
  readonly s: number | undefined;
  readonly t: string | undefined;
  /** Where the closing quote of `t` stands, when nothing but `op` and `s` is before it; `undefined` otherwise. */
  readonly nameEnd?: number | undefined;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** The name of an earlier event, as a text and as its bytes. */
export interface NameHint {
  readonly text: string;
  readonly bytes: Buffer;
}

/**
 * Reads `op`, `s` and `t` off a frame's top level without parsing the rest; stops as soon as it has them. Nested objects with the
 * same keys, any key order, white space and escapes inside the content do not fool it.
 *
 * @param hint - Most events are named as the one before: its text is given back for the same name, which costs less than a new string.
 * @returns `undefined` on any doubt (not an object, an escape in a key or in `t`, a `t` that is no text, a number that is not a plain non-negative integer, a
 * frame that ends early): parse the whole frame then.
 */
export function scanFrame(bytes: Buffer, hint?: NameHint): FrameHead | undefined {
  return (hint && usualHead(bytes, hint)) ?? scanHead(bytes, hint);
}

const USUAL_START = Buffer.from('{"op":0,"s":');
const USUAL_MIDDLE = Buffer.from(',"t":"');

/** The head of a frame that is written as the platform writes events and has the hinted name: most are, and this is a third of a scan. */
function usualHead(bytes: Buffer, hint: NameHint): FrameHead | undefined {
  const digits = USUAL_START.length;
  if (!isAt(bytes, 0, USUAL_START)) return undefined;
  let s = 0;
  let at = digits;
  for (let byte = bytes[at]; byte !== undefined && byte >= 0x30 && byte <= 0x39; byte = bytes[++at])
    s = s * 10 + byte - 0x30;
  if (at === digits || at - digits > 15 || !isAt(bytes, at, USUAL_MIDDLE)) return undefined;
  const start = at + USUAL_MIDDLE.length;
  const end = start + hint.bytes.length;
  if (bytes[end] !== QUOTE || !isAt(bytes, start, hint.bytes)) return undefined;
  return { op: 0, s, t: hint.text, nameEnd: end };
}

function isAt(bytes: Buffer, start: number, expected: Buffer): boolean {
  for (let at = 0; at < expected.length; at++) if (bytes[start + at] !== expected[at]) return false;
  return true;
}

function scanHead(bytes: Buffer, hint: NameHint | undefined): FrameHead | undefined {
  let op = -1;
  let s: number | undefined;
  let t: string | undefined;
  let nameEnd: number | undefined;
  let hasOthers = false;
  let at = skipSpace(bytes, 0);
  if (bytes[at] !== OPEN_BRACE) return undefined;
  at = skipSpace(bytes, at + 1);
  if (bytes[at] === CLOSE_BRACE) return undefined;
  for (;;) {
    if (bytes[at] !== QUOTE) return undefined;
    const keyStart = at + 1;
    const keyEnd = endOfPlainText(bytes, keyStart);
    if (keyEnd === -1) return undefined;
    at = skipSpace(bytes, keyEnd + 1);
    if (bytes[at] !== COLON) return undefined;
    at = skipSpace(bytes, at + 1);
    const length = keyEnd - keyStart;
    const first = bytes[keyStart];
    if (length === 2 && first === 0x6f && bytes[keyStart + 1] === 0x70) {
      const end = endOfInteger(bytes, at);
      if (end === -1) return undefined;
      op = integer(bytes, at, end);
      at = end;
    } else if (length === 1 && first === 0x73) {
      const end = endOfInteger(bytes, at);
      if (end === -1) return undefined;
      s = integer(bytes, at, end);
      at = end;
    } else if (length === 1 && first === 0x74) {
      if (bytes[at] !== QUOTE) return undefined;
      const end = endOfPlainText(bytes, at + 1);
      if (end === -1) return undefined;
      t = isHinted(bytes, at + 1, end, hint) ? hint.text : bytes.toString('latin1', at + 1, end);
      if (op === 0 && s !== undefined && !hasOthers) nameEnd = end;
      at = end + 1;
    } else {
      hasOthers = true;
      at = skipValue(bytes, at);
      if (at === -1) return undefined;
    }
    if (op === 0 && s !== undefined && t !== undefined) return { op, s, t, nameEnd };
    at = skipSpace(bytes, at);
    if (bytes[at] === CLOSE_BRACE) return op === -1 ? undefined : { op, s, t };
    if (bytes[at] !== COMMA) return undefined;
    at = skipSpace(bytes, at + 1);
  }
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

/**
 * The closing quote; -1 when there is none, or an escape or a byte beyond ASCII before it: such a key or name is not one of ours in its
 * plain form. A loop, because these texts are shorter than a call into native code costs.
 */
function endOfPlainText(bytes: Buffer, start: number): number {
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (byte === QUOTE) return at;
    if (byte === BACKSLASH || byte > 0x7e) return -1;
  }
  return -1;
}

function isHinted(bytes: Buffer, start: number, end: number, hint: NameHint | undefined): hint is NameHint {
  return hint !== undefined && end - start === hint.bytes.length && isAt(bytes, start, hint.bytes);
}

function endOfInteger(bytes: Buffer, start: number): number {
  let at = start;
  for (let byte = bytes[at]; byte !== undefined && byte >= 0x30 && byte <= 0x39; byte = bytes[at]) at++;
  const next = bytes[at];
  const isWhole =
    at > start &&
    at - start <= 15 &&
    (next === COMMA || next === CLOSE_BRACE || next === 0x20 || next === 0x0a);
  return isWhole ? at : -1;
}

function integer(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = value * 10 + ((bytes[at] ?? 0) - 0x30);
  return value;
}

/** @returns The index after the value, or -1 when it does not end. */
function skipValue(bytes: Buffer, from: number): number {
  const first = bytes[from];
  if (first === QUOTE) return skipString(bytes, from);
  if (first !== OPEN_BRACE && first !== OPEN_BRACKET) {
    let at = from;
    for (let byte = bytes[at]; byte !== COMMA && byte !== CLOSE_BRACE; byte = bytes[at])
      if (++at >= bytes.length) return -1;
    return at;
  }
  let depth = 0;
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) {
      at = skipString(bytes, at) - 1;
      if (at < 0) return -1;
    } else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at + 1;
  }
  return -1;
}

function skipString(bytes: Buffer, from: number): number {
  let end = bytes.indexOf(QUOTE, from + 1);
  while (end !== -1) {
    let slashes = 0;
    while (bytes[end - 1 - slashes] === BACKSLASH) slashes++;
    if (slashes % 2 === 0) return end + 1;
    end = bytes.indexOf(QUOTE, end + 1);
  }
  return -1;
}
