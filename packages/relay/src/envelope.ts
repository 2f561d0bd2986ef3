import { createHash } from 'node:crypto';
import { BotgoError } from 'botgo/errs';

/**
 * One event on its way through a broker: the frame as the bytes that came, and what was read off it without parsing. On the wire the
 * fields are headers (or properties) named `botgo-…` and the frame is the message's value; `docs/relay-envelope.md` describes them for
 * consumers in any language.
 */
export interface Envelope {
  readonly app: string;
  /** Event name, the frame's `t`. */
  readonly event: string;
  /** The frame's outer id; empty when it has none. */
  readonly id: string;
  /** Hash of the gateway session it came by; empty for a callback. */
  readonly session: string;
  /** The frame's `s`; 0 for a callback. */
  readonly seq: number;
  /** Fencing token under which its sender owned the shard. */
  readonly epoch: number;
  /** `shard/count`; empty for a callback. */
  readonly shard: string;
  /** Conversation: events of one key keep their order. */
  readonly key: string;
  /** Unix time in milliseconds at which the access side received it. */
  readonly receivedAtMs: number;
  readonly value: Buffer;
}

/** Headers of a message, as text. */
export type Headers = Readonly<Record<string, string | undefined>>;

/** Header names and how each field is written. */
const HEADERS = {
  app: 'botgo-app',
  event: 'botgo-event',
  id: 'botgo-id',
  session: 'botgo-session',
  seq: 'botgo-seq',
  epoch: 'botgo-epoch',
  shard: 'botgo-shard',
  key: 'botgo-key',
  receivedAtMs: 'botgo-received-at',
} as const satisfies Record<Exclude<keyof Envelope, 'value'>, string>;

/** An envelope's headers, all as text. */
export function toHeaders(envelope: Envelope): Record<string, string> {
  return {
    [HEADERS.app]: envelope.app,
    [HEADERS.event]: envelope.event,
    [HEADERS.id]: envelope.id,
    [HEADERS.session]: envelope.session,
    [HEADERS.seq]: String(envelope.seq),
    [HEADERS.epoch]: String(envelope.epoch),
    [HEADERS.shard]: envelope.shard,
    [HEADERS.key]: envelope.key,
    [HEADERS.receivedAtMs]: String(envelope.receivedAtMs),
  };
}

/** Reads headers as {@link toHeaders} writes them. @throws {BotgoError} `BOTGO_BAD_RESPONSE` when it is no envelope of ours. */
export function fromHeaders(headers: Headers, value: Buffer): Envelope {
  const text = (field: keyof typeof HEADERS): string => {
    const header = headers[HEADERS[field]];
    if (header === undefined) {
      throw new BotgoError(
        'BOTGO_BAD_RESPONSE',
        `a message without the header ${HEADERS[field]}: it was not written by a botgo relay`,
      );
    }
    return header;
  };
  const integer = (field: keyof typeof HEADERS): number => {
    const number = Number(text(field));
    if (Number.isSafeInteger(number)) return number;
    throw new BotgoError(
      'BOTGO_BAD_RESPONSE',
      `the header ${HEADERS[field]} of a message is not a whole number`,
    );
  };
  return {
    app: text('app'),
    event: text('event'),
    id: text('id'),
    session: text('session'),
    seq: integer('seq'),
    epoch: integer('epoch'),
    shard: text('shard'),
    key: text('key'),
    receivedAtMs: integer('receivedAtMs'),
    value,
  };
}

/** A session id as others may see it: it is half of what a resume needs, so it does not go into a broker. */
export function hashSession(sessionId: string): string {
  return sessionId === '' ? '' : createHash('sha256').update(sessionId).digest('hex').slice(0, 16);
}
