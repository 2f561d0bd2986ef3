import { InputType, type Message, type MessageReference, type MessageSendResult } from '../dto/index.js';
import { ConfigError, isBotgoError, type OpenAPIError, ReplyRefusedError } from '../errs/index.js';
import type { IncomingEvent } from '../event/index.js';
import {
  type CallOptions,
  isPendingAudit,
  type MediaAPI,
  type OpenAPI,
  type Sent,
} from '../openapi/index.js';
import { type Anchor, addressOf, type Place, refusal, sentAtMs } from './anchor.js';
import { encodeForChannel, encodeForChat, isGuildScene, type PassiveFields } from './encode.js';
import { EventAges } from './event-ages.js';
import { isOneShot, webAddress } from './file-source.js';
import { NOTED, NotedEvents } from './noted-events.js';
import { type Claim, isAnchorOver, Outbox, type OutboxOptions } from './outbox.js';
import type { FileMessage, ImageMessage, OutgoingMessage } from './outgoing.js';
import { PendingAudits } from './pending-audits.js';
import { replyTarget } from './scene.js';
import type { SentMessage } from './sent-message.js';
import {
  type ResolvedStreamOptions,
  resolveStreamOptions,
  type StreamedMessage,
  type StreamOptions,
  StreamWriter,
} from './stream.js';
import { TextFeed, type TextSource } from './text-feed.js';
import { type UploadedFile, Uploader, type UploaderOptions } from './uploader.js';

/** The calls that send a message. */
export type MessageSender = Pick<
  OpenAPI,
  | 'postMessage'
  | 'postDirectMessage'
  | 'postGroupMessage'
  | 'postC2CMessage'
  | 'postC2CStreamMessage'
  | 'sendInputNotify'
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

/** How a text is answered with while it grows. Quoting works where one message is sent only: a stream cannot quote. */
export interface ReplyStreamOptions extends ReplyOptions, StreamOptions {}

/** How "is typing" is shown. */
export interface TypingOptions extends CallOptions, Pick<ReplyOptions, 'receivedAtMs'> {
  /** 1 to 60; a message ends it before. @defaultValue 60 */
  readonly seconds?: number | undefined;
}

/** How a proactive message is sent. */
export interface ProactiveOptions extends CallOptions {
  /** As a wake-up [互动召回], which has a quota of its own: when the user talked to the bot last, in Unix milliseconds. C2C only. */
  readonly wakeUpSince?: number | undefined;
}

/** Answers that a message or event still takes. */
export interface RepliesLeft {
  /** `Infinity` where the platform sets no number. */
  readonly replies: number;
  readonly timeMs: number;
}

const MAX_TYPING_SECONDS = 60;
/** Numbers that are tried with {@link ReplyOptions.renumber}. */
const MAX_NUMBERS = 8;
const DUPLICATE = 40054005;

/** Options of a {@link Replier}. */
export interface ReplierOptions extends OutboxOptions {
  /** The calls that upload files: without them a message with a file is refused. `new Bot` gives its own. */
  readonly media?: MediaAPI | undefined;
  /** How files are uploaded. */
  readonly uploads?: UploaderOptions | undefined;
}

/** Answers events and sends proactive messages: the right endpoint for the scene, by the platform's windows, counts and limits. */
export class Replier {
  readonly #sender: MessageSender;
  readonly #audits: PendingAudits;
  readonly #ages = new EventAges();
  readonly #firstSeenMs = new WeakMap<IncomingEvent, number>();
  readonly #noted: NotedEvents;
  /** Where claims come from, for other kinds of messages: streams, uploads. */
  readonly outbox: Outbox;
  /** Uploads files for users and groups; `undefined` without the option `media`. */
  readonly uploader: Uploader | undefined;

  constructor(sender: MessageSender, options: ReplierOptions = {}) {
    this.#sender = sender;
    this.outbox = new Outbox(options);
    this.#audits = new PendingAudits(this.outbox);
    this.#noted = new NotedEvents(this.outbox);
    this.uploader = options.media && new Uploader(options.media, this.outbox, options.uploads);
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
    // An upload for an answer that is refused would be for nothing.
    if (hasFile(message) && fallback === undefined) await this.#checkRoom(anchor);
    return this.#withFile(anchor.place, message, call, async (ready) => {
      try {
        return await this.#answer(anchor, ready, reference, renumber, call);
      } catch (error) {
        if (fallback === undefined || !isOver(error)) throw error;
        return await this.#fallBack([fallback].flat(), error, anchor, ready, call);
      }
    });
  }

  /**
   * Answers an event with a text that grows: what a language model writes. In C2C the reader sees it grow; in other scenes, and for
   * messages that are too old for a stream (5 minutes), the whole text is sent as one message when it is there. Either way it is one
   * reply, which is claimed before the source is asked for anything. The stream is closed whatever happens: when the source throws, with
   * what it gave before, and this rejects with its error; when `signal` aborts likewise.
   * @throws {ReplyRefusedError} before the source is read, with the reason; `empty` when the source ends without a word
   */
  async replyStream(
    event: IncomingEvent,
    source: TextSource,
    options: ReplyStreamOptions = {},
  ): Promise<StreamedMessage> {
    const { intervalMs, keepAliveMs, contentType, asMessage, ...answer } = options;
    const how = resolveStreamOptions({ intervalMs, keepAliveMs, contentType, asMessage });
    const { quote: _quote, renumber: _renumber, channelId, fallback, receivedAtMs, ...call } = answer;
    const anchor = this.anchor(event, { channelId, receivedAtMs });
    const claim = await this.#claimStream(anchor, fallback !== undefined);
    const stop = new AbortController();
    const signal = call.signal ? AbortSignal.any([call.signal, stop.signal]) : stop.signal;
    const feed = new TextFeed(source, signal);
    void feed.run();
    try {
      if (!claim) return await this.#replyWhole(event, feed, answer, how);
      const { outbox } = this;
      return await new StreamWriter({ sender: this.#sender, outbox, claim, options: how, call }, feed).run();
    } catch (error) {
      // The platform knew better than our count that nothing can be answered any more.
      if (!claim || fallback === undefined || !isAnchorOver(error)) throw error;
      return await this.#replyWhole(event, feed, answer, how);
    } finally {
      stop.abort();
    }
  }

  /**
   * Shows "is typing" to a user until a message comes, for up to 60 seconds. The platform counts it as one of a message's replies, as
   * far as is known, so it is left out where it would take the last one.
   * @returns Whether it was shown: false in groups, channels and DMs, which have no such notice, and for want of a reply to spare.
   */
  async typing(event: IncomingEvent, options: TypingOptions = {}): Promise<boolean> {
    const { seconds = MAX_TYPING_SECONDS, receivedAtMs, ...call } = options;
    if (!(Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_TYPING_SECONDS))
      throw new ConfigError(`seconds of a typing notice must be a whole number from 1 to 60, got ${seconds}`);
    if (replyTarget(event)?.scene !== 'c2c') return false;
    const anchor = this.anchor(event, { receivedAtMs });
    const { typingCounts } = this.outbox.rules.limits;
    const { replies } = await this.outbox.left(anchor);
    if (replies < (typingCounts ? 2 : 1)) return false;
    const claim = await this.outbox.claimReply(anchor, typingCounts);
    const notify = { input_type: InputType.Typing, input_second: seconds };
    const request = () => this.#sender.sendInputNotify(anchor.place.id, notify, passiveOf(claim), call);
    await this.outbox.post(claim, request, call.signal);
    return true;
  }

  /**
   * Sends a message that answers nothing.
   * @throws {ReplyRefusedError} `proactive-not-allowed`, `quota-used-up` and others, before anything is sent
   */
  async send(place: Place, message: OutgoingMessage, options: ProactiveOptions = {}): Promise<SentMessage> {
    const { wakeUpSince, ...call } = options;
    const wake = wakeUpSince === undefined ? {} : { is_wakeup: true };
    // What is not allowed at all is refused before a file is uploaded for it.
    if (wakeUpSince === undefined) this.outbox.rules.proactiveBudgets(place);
    return this.#withFile(place, message, call, async (ready) => {
      // Encoded before the claim: what cannot be sent uses nothing up.
      const body = encode(place, ready, wake);
      const claim = await this.outbox.claimProactive(place, wakeUpSince);
      return this.#post(claim, body, call);
    });
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

  /** @throws {ReplyRefusedError} when the event takes no more answers */
  async #checkRoom(anchor: Anchor): Promise<void> {
    const { replies } = await this.outbox.left(anchor);
    if (replies === 0) await this.outbox.release(await this.outbox.claimReply(anchor));
  }

  /** Sends a message when its file is where the scene wants it; once more with a new upload when the platform has forgotten the old. */
  async #withFile(
    place: Place,
    message: OutgoingMessage,
    call: CallOptions,
    send: (ready: OutgoingMessage) => Promise<SentMessage>,
  ): Promise<SentMessage> {
    const { uploader } = this;
    if (!uploader || !hasFile(message)) return send(message);
    const options = { ...call, ...message.upload, signal: call.signal, guard: call.guard };
    const { content } = message;
    if (isGuildScene(place.scene)) {
      if (message.kind === 'file' || isInMessage(message.image, message.upload?.fetch)) return send(message);
      return send({ kind: 'image', image: await uploader.read(message.image, options), content });
    }
    const [source, kind] =
      message.kind === 'image' ? [message.image, 'image' as const] : [message.source, message.as];
    const upload = (reuse: boolean | undefined): Promise<UploadedFile> =>
      uploader.upload(place, source, { ...options, kind, ...(reuse !== undefined && { reuse }) });
    // A stream could not be read again for a new upload.
    const first = await upload(isOneShot(source) ? false : undefined);
    try {
      return await send({ kind: 'media', fileInfo: first.fileInfo, content });
    } catch (error) {
      if (!first.reused || !isHandleOver(error)) throw error;
    }
    uploader.forget(first.fileInfo);
    const { fileInfo } = await upload(false);
    return send({ kind: 'media', fileInfo, content });
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

  /** A claim for a stream; `undefined` where the answer has to be one message. @throws {ReplyRefusedError} when it can be neither */
  async #claimStream(anchor: Anchor, mayFallBack: boolean): Promise<Claim | undefined> {
    try {
      const claim = await this.outbox.claimReply(anchor);
      if (this.outbox.rules.canStream(anchor, this.outbox.clock.now())) return claim;
      // The message is claimed when it is sent; this was to know before the source costs something.
      await this.outbox.release(claim);
    } catch (error) {
      if (!mayFallBack || !isOver(error)) throw error;
    }
    return undefined;
  }

  async #replyWhole(
    event: IncomingEvent,
    feed: TextFeed,
    options: ReplyOptions,
    { asMessage }: ResolvedStreamOptions,
  ): Promise<StreamedMessage> {
    while (!feed.isEnded) await feed.changed();
    if (feed.failure) throw feed.failure.error;
    const { text } = feed;
    if (text.trim() === '') throw refusal('empty', 'the streamed answer had no text');
    const result = await this.reply(event, asMessage(text), options);
    return { text, streamed: false, updates: 0, result };
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

/** A message whose file has to be somewhere before it can be sent. */
function hasFile(message: OutgoingMessage): message is ImageMessage | FileMessage {
  return typeof message === 'object' && (message.kind === 'image' || message.kind === 'file');
}

/** Whether a picture for a channel goes into its message as it is. */
function isInMessage(source: ImageMessage['image'], isFetched = false): boolean {
  if (source instanceof Uint8Array || source instanceof Blob) return true;
  return !isFetched && webAddress(source) !== undefined;
}

/** "file_info is invalid or has expired". */
const HANDLE_OVER = 304080;

function isHandleOver(error: unknown): boolean {
  return isBotgoError(error, 'BOTGO_OPENAPI') && (error as OpenAPIError).platformCode === HANDLE_OVER;
}

function isDuplicate(error: unknown): boolean {
  return isBotgoError(error, 'BOTGO_OPENAPI') && (error as OpenAPIError).platformCode === DUPLICATE;
}
