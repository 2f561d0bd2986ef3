import { OpCode, type WHValidationReq, type WHValidationRsp } from '../dto/index.js';
import { BotgoError, isBotgoError } from '../errs/index.js';
import { type IncomingEvent, parsePayload, toIncomingEvent } from '../event/index.js';
import { generateSignature, type SignatureKey, type SignedRequest, verifySignature } from './signature.js';

/** What a callback turned out to be: an event, something that is answered at once, or nothing to be trusted. */
export type Callback =
  | { readonly kind: 'event'; readonly event: IncomingEvent }
  | { readonly kind: 'answer'; readonly op: number; readonly body: string }
  | { readonly kind: 'refusal'; readonly status: 400 | 401; readonly reason: string };

/** How old a callback may be. */
export interface CallbackAge {
  /** Unix time in milliseconds. */
  readonly nowMs: number;
  /** A timestamp further from now than this, in either direction, is refused. */
  readonly maxAgeMs: number;
}

/** Letters and digits only: what is signed can then never be the body of another request (which starts with a brace). */
const PLAIN_TOKEN = /^[0-9A-Za-z]{1,256}$/;
const UNIX_SECONDS = /^[0-9]{1,20}$/;

/**
 * Reads a callback: checks its signature first, whatever its opcode, then its form. Op 13 is answered like op 1 only after that check;
 * two public webhook servers sign what anybody sends them and so give away signatures for forged events.
 */
export function readCallback(key: SignatureKey, request: SignedRequest, age?: CallbackAge): Callback {
  if (!verifySignature(key, request)) return refuse(401, 'the signature is missing or wrong');
  // The signature holds, so the timestamp is one to twenty digits.
  const sentMs = Number(request.timestamp) * 1_000;
  if (age && Math.abs(age.nowMs - sentMs) > age.maxAgeMs)
    return refuse(401, 'the timestamp is too far from now');
  try {
    const payload = parsePayload(request.body);
    const event = toIncomingEvent(payload);
    return event ? { kind: 'event', event } : answerTo(payload, key);
  } catch (error) {
    if (isBotgoError(error)) return refuse(400, error.message);
    throw error;
  }
}

function answerTo(payload: Record<string, unknown>, key: SignatureKey): Callback {
  switch (payload.op) {
    case OpCode.heartbeat:
      if (typeof payload.d !== 'number') return refuse(400, 'a heartbeat carries a number');
      return { kind: 'answer', op: OpCode.heartbeat, body: genHeartbeatAck(payload.d) };
    case OpCode.httpCallbackValidation:
      return { kind: 'answer', op: OpCode.httpCallbackValidation, body: genValidationAck(payload.d, key) };
    default:
      if (typeof payload.op !== 'number') return refuse(400, 'the payload has no op');
      // Signed by the platform and of a later date than this code: as BotGo does, received and not understood.
      return { kind: 'answer', op: payload.op, body: '' };
  }
}

function refuse(status: 400 | 401, reason: string): Callback {
  return { kind: 'refusal', status, reason };
}

/** The body that answers a heartbeat. BotGo's `webhook.GenHeartbeatACK`. */
export function genHeartbeatAck(seq: number): string {
  return JSON.stringify({ op: OpCode.heartbeatAck, d: seq });
}

/**
 * The body that answers an event: handled, or (`false`) not, so that the platform delivers it again. BotGo's
 * `webhook.GenDispatchACK`.
 */
export function genDispatchAck(ok: boolean): string {
  return ok ? DISPATCH_OK : DISPATCH_FAILED;
}

const DISPATCH_OK = JSON.stringify({ op: OpCode.httpCallbackAck, d: 0 });
const DISPATCH_FAILED = JSON.stringify({ op: OpCode.httpCallbackAck, d: 1 });

/**
 * The body that answers op 13: proof that the bot holds the secret. Call it for a verified request only. BotGo's
 * `webhook.GenValidationACK`.
 * @param data - `d` of the request.
 * @throws {BotgoError} `BOTGO_SIGNATURE` for anything but a token of letters and digits with a numeric time: signing more would
 * let the sender choose what this bot's key signs.
 */
export function genValidationAck(data: unknown, key: string | SignatureKey): string {
  const { plain_token, event_ts } = (
    typeof data === 'object' && data !== null ? data : {}
  ) as Partial<WHValidationReq>;
  // One client types the time as a number.
  const time = typeof event_ts === 'number' ? String(event_ts) : event_ts;
  if (
    typeof plain_token !== 'string' ||
    typeof time !== 'string' ||
    !PLAIN_TOKEN.test(plain_token) ||
    !UNIX_SECONDS.test(time)
  )
    throw new BotgoError(
      'BOTGO_SIGNATURE',
      'an address validation must carry a plain token of letters and digits and a numeric time; nothing was signed',
    );
  const answer: WHValidationRsp = { plain_token, signature: generateSignature(key, time, plain_token) };
  return JSON.stringify(answer);
}
