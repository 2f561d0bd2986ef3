import type { Message, MessageReference, MessageSendResult } from '../dto/index.js';
import { isBotgoError, type OpenAPIError, ReplyRefusedError } from '../errs/index.js';
import type { IncomingEvent } from '../event/index.js';
import {
  type AlreadySent,
  type CallOptions,
  isPendingAudit,
  type OpenAPI,
  type Sent,
} from '../openapi/index.js';
import { type Anchor, addressOf, type Place, refusal, sentAtMs } from './anchor.js';
import { encodeForChannel, encodeForChat, isGuildScene, type PassiveFields } from './encode.js';
import { EventAges } from './event-ages.js';
import { NOTED, NotedEvents } from './noted-events.js';
import { type Claim, isAnchorOver, Outbox, type OutboxOptions } from './outbox.js';
import type { OutgoingMessage } from './outgoing.js';
import { PendingAudits, type PendingMessage } from './pending-audits.js';

/** The calls that send a message. */
export type MessageSender = Pick<
  OpenAPI,
  'postMessage' | 'postDirectMessage' | 'postGroupMessage' | 'postC2CMessage'
>;

/** What to answer when the answered message takes no more answers: another event of the same place, or nothing. */
export type ReplyFallback = 'event' | 'proactive';

/** How a message is sent. */
export interface ReplyOptions extends CallOptions {
  /** Quotes the message that is answered. @defaultValue false */
  readonly quote?: boolean | undefined;
  /** The channel for an answer to a guild event that happened in none, such as GUILD_MEMBER_ADD. */
  readonly channelId?: string | undefined;
  /**
   * What to do, in this order, when the message's window is over or its replies are used: answer the newest `event` of the same place
   * that the platform takes an answer to (a click, a new friend), or send a `proactive` message. @defaultValue none: it is refused
   */
  readonly fallback?: ReplyFallback | readonly ReplyFallback[] | undefined;
  /**
   * Sends under the next number when the platform knows this one from an earlier process (40054005 at the first try). Without it that is
   * an error, because it may be the same answer, sent before a crash. @defaultValue false
   */
  readonly renumber?: boolean | undefined;
  /** When the event came, by the replier's clock (`Clock.now()`). @defaultValue the first time that the replier sees the event */
  readonly receivedAtMs?: number | undefined;
}

/** How a proactive message is sent. */
export interface ProactiveOptions extends CallOptions {
  /** As a wake-up [互动召回], which has a quota of its own: when the user talked to the bot last, in Unix milliseconds. C2C only. */
  readonly wakeUpSince?: number | undefined;
}

/** What became of a message: the platform's answer to it, or that an audit decides, or that it was there already. */
export type SentMessage = Message | MessageSendResult | PendingMessage | AlreadySent;

/** Answers that a message or event still takes. */
export interface RepliesLeft {
  /** `Infinity` where the platform sets no number. */
  readonly replies: number;
  readonly timeMs: number;
}

/** Numbers that are tried with {@link ReplyOptions.renumber}. */
const MAX_NUMBERS = 8;
const DUPLICATE = 40054005;

/** Answers events and sends proactive messages: the right endpoint for the scene, by the platform's windows, counts and limits. */
export class Replier {
  readonly #sender: MessageSender;
  readonly #audits: PendingAudits;
  readonly #ages = new EventAges();
  readonly #firstSeenMs = new WeakMap<IncomingEvent, number>();
  readonly #noted: NotedEvents;
  /** Where claims come from, for other kinds of messages: streams, uploads. */
  readonly outbox: Outbox;

  constructor(sender: MessageSender, options: OutboxOptions = {}) {
    this.#sender = sender;
    this.outbox = new Outbox(options);
    this.#audits = new PendingAudits(this.outbox.clock);
    this.#noted = new NotedEvents(this.outbox);
  }

  /** Looks at an event that came, for audits and fallbacks. Cheap for events that say nothing about sending. */
  note(event: IncomingEvent): void {
    if (!NOTED.has(event.t)) return;
    if (event.t.startsWith('MESSAGE_AUDIT_')) this.#audits.take(event);
    else this.#noted.take(event);
  }

  /** Says that the two events that end an audit will be given to {@link note}. */
  expectAudits(): void {
    this.#audits.isFed = true;
  }

  /**
   * Answers an event.
   * @throws {ReplyRefusedError} before anything is sent, with the reason
   * @throws {BotgoError} what the OpenAPI client throws
   */
  async reply(
    event: IncomingEvent,
    message: OutgoingMessage,
    options: ReplyOptions = {},
  ): Promise<SentMessage> {
    const { quote = false, channelId, fallback, renumber = false, receivedAtMs, ...call } = options;
    const anchor = this.anchor(event, { channelId, receivedAtMs });
    const reference = quote ? { message_reference: { message_id: quoteId(event, anchor) } } : {};
    try {
      return await this.#answer(anchor, message, reference, renumber, call);
    } catch (error) {
      if (fallback === undefined || !isOver(error)) throw error;
      return await this.#fallBack([fallback].flat(), error, anchor, message, call);
    }
  }

  /**
   * Sends a message that answers nothing.
   * @throws {ReplyRefusedError} `proactive-not-allowed`, `quota-used-up` and others, before anything is sent
   */
  async send(place: Place, message: OutgoingMessage, options: ProactiveOptions = {}): Promise<SentMessage> {
    const { wakeUpSince, ...call } = options;
    const wake = wakeUpSince === undefined ? {} : { is_wakeup: true };
    // Encoded before the claim: what cannot be sent uses nothing up.
    const body = encode(place, message, wake);
    const claim = await this.outbox.claimProactive(place, wakeUpSince);
    return this.#post(claim, body, call);
  }

  /** Answers that the event still takes, and for how long. @throws {ReplyRefusedError} when it takes none at all */
  async left(
    event: IncomingEvent,
    options: Pick<ReplyOptions, 'channelId' | 'receivedAtMs'> = {},
  ): Promise<RepliesLeft> {
    return this.outbox.left(this.anchor(event, options));
  }

  /** What an answer to this event answers. @throws {ReplyRefusedError} `unanswerable`, `no-target` */
  anchor(event: IncomingEvent, options: Pick<ReplyOptions, 'channelId' | 'receivedAtMs'> = {}): Anchor {
    const address = addressOf(event, options.channelId);
    const { clock } = this.outbox;
    const nowMs = clock.now();
    const receivedMs = options.receivedAtMs ?? this.#firstSeen(event, nowMs);
    const sentMs = sentAtMs(event);
    const ageMs = sentMs === undefined ? 0 : this.#ages.ageMs(sentMs, clock.wallNow() - (nowMs - receivedMs));
    return { ...address, startedMs: receivedMs - ageMs };
  }

  async #answer(
    anchor: Anchor,
    message: OutgoingMessage,
    fields: PassiveFields,
    renumber: boolean,
    call: CallOptions,
  ): Promise<SentMessage> {
    const body = encode(anchor.place, message, fields);
    for (let number = 1; ; number++) {
      const claim = await this.outbox.claimReply(anchor);
      try {
        Object.assign(body.message, passiveOf(claim));
        return await this.#post(claim, body, call);
      } catch (error) {
        if (!renumber || number >= MAX_NUMBERS || !isDuplicate(error)) throw error;
      }
    }
  }

  async #fallBack(
    ways: readonly ReplyFallback[],
    first: unknown,
    anchor: Anchor,
    message: OutgoingMessage,
    call: CallOptions,
  ): Promise<SentMessage> {
    let error = first;
    for (const way of ways) {
      try {
        if (way === 'proactive') return await this.send(anchor.place, message, call);
        const other = this.#noted.newest(anchor);
        if (other) return await this.#answer(other, message, {}, false, call);
      } catch (next) {
        if (!isOver(next)) throw next;
        error = next;
      }
    }
    throw error;
  }

  async #post(claim: Claim, body: Body, call: CallOptions): Promise<SentMessage> {
    const request = () => this.#request(claim.place, body, call);
    const result = await this.outbox.post(claim, request, call.signal);
    return isPendingAudit(result) ? this.#audits.follow(result) : result;
  }

  #request(place: Place, body: Body, call: CallOptions): Promise<Sent<Message | MessageSendResult>> {
    switch (body.scene) {
      case 'channel':
        return this.#sender.postMessage(place.id, body.message, call);
      case 'dm':
        return this.#sender.postDirectMessage(place.id, body.message, call);
      case 'group':
        return this.#sender.postGroupMessage(place.id, body.message, call);
      case 'c2c':
        return this.#sender.postC2CMessage(place.id, body.message, call);
      default:
        return body satisfies never;
    }
  }

  #firstSeen(event: IncomingEvent, nowMs: number): number {
    const seenMs = this.#firstSeenMs.get(event);
    if (seenMs === undefined) this.#firstSeenMs.set(event, nowMs);
    return seenMs ?? nowMs;
  }
}

type Body =
  | { readonly scene: 'channel' | 'dm'; readonly message: ReturnType<typeof encodeForChannel> }
  | { readonly scene: 'group' | 'c2c'; readonly message: ReturnType<typeof encodeForChat> };

function encode({ scene }: Place, message: OutgoingMessage, fields: PassiveFields): Body {
  if (isGuildScene(scene)) return { scene, message: encodeForChannel(message, fields) };
  return { scene, message: encodeForChat(message, fields) };
}

/** Channels and DMs have no `msg_seq`. @internal */
export function passiveOf({ anchor, place, serial }: Claim): PassiveFields {
  if (!anchor) return {};
  const fields: PassiveFields =
    anchor.msgId === undefined ? { event_id: anchor.eventId ?? '' } : { msg_id: anchor.msgId };
  return isGuildScene(place.scene) ? fields : { ...fields, msg_seq: serial };
}

/** Channels quote by message id, groups and users by the index that came with the message. */
function quoteId(event: IncomingEvent, { msgId, place }: Anchor): MessageReference['message_id'] {
  if (msgId === undefined)
    throw refusal('no-quote', `${event.t} is no message that could be quoted`, place.scene);
  if (isGuildScene(place.scene)) return msgId;
  const { msg_idx, message_scene } = event.d as { msg_idx?: string; message_scene?: { ext?: string[] } };
  const index =
    msg_idx ?? message_scene?.ext?.find((item) => item.startsWith('msg_idx='))?.slice('msg_idx='.length);
  if (!index)
    throw refusal(
      'no-quote',
      'this message came without an index (msg_idx), so it cannot be quoted',
      place.scene,
    );
  return index;
}

/** Whether the answered message or event takes no more answers, so that another way may be tried. */
function isOver(error: unknown): boolean {
  if (error instanceof ReplyRefusedError)
    return error.reason === 'window-over' || error.reason === 'replies-used-up';
  return isAnchorOver(error);
}

function isDuplicate(error: unknown): boolean {
  return isBotgoError(error, 'BOTGO_OPENAPI') && (error as OpenAPIError).platformCode === DUPLICATE;
}
