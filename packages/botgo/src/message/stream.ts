import { StreamInputState, type StreamMessageRequest, type StreamMessageResult } from '../dto/index.js';
import { BotgoError, ConfigError, isBotgoError, type OpenAPIError } from '../errs/index.js';
import type { AlreadySent, CallOptions, OpenAPI } from '../openapi/index.js';
import { refusal } from './anchor.js';
import type { Claim, Outbox } from './outbox.js';
import type { OutgoingMessage } from './outgoing.js';
import type { SentMessage } from './sent-message.js';
import type { TextFeed } from './text-feed.js';

/** How a streamed answer is shown. */
export interface StreamOptions {
  /** Time between two updates, in milliseconds. The platform asks for 300 at least. @defaultValue 500 */
  readonly intervalMs?: number | undefined;
  /** An update is sent again after so long without a new word, so that the platform does not end the stream. @defaultValue 15,000 */
  readonly keepAliveMs?: number | undefined;
  /** How the text is shown while it grows. @defaultValue 'markdown' */
  readonly contentType?: 'markdown' | 'text' | undefined;
  /** The message that is sent where a scene has no streaming, made of the whole text. @defaultValue the text as it is */
  readonly asMessage?: ((text: string) => OutgoingMessage) | undefined;
}

/** @internal */
export interface ResolvedStreamOptions {
  readonly intervalMs: number;
  readonly keepAliveMs: number;
  readonly contentType: 'markdown' | 'text';
  readonly asMessage: (text: string) => OutgoingMessage;
}

/** @internal */
export const STREAM_DEFAULTS = {
  intervalMs: 500,
  keepAliveMs: 15_000,
  contentType: 'markdown',
} as const satisfies Partial<StreamOptions>;

/** Least time between two updates. Source: the platform's Node client (2026-07). */
const MIN_INTERVAL_MS = 300;

/** @throws {ConfigError} on an interval under 300 ms or another bad value. */
export function resolveStreamOptions(options: StreamOptions): ResolvedStreamOptions {
  const intervalMs = options.intervalMs ?? STREAM_DEFAULTS.intervalMs;
  if (!(intervalMs >= MIN_INTERVAL_MS))
    throw new ConfigError(`intervalMs of a stream must be ${MIN_INTERVAL_MS} or more, got ${intervalMs}`);
  const keepAliveMs = options.keepAliveMs ?? STREAM_DEFAULTS.keepAliveMs;
  if (!(keepAliveMs >= intervalMs))
    throw new ConfigError(`keepAliveMs of a stream must be intervalMs or more, got ${keepAliveMs}`);
  const contentType = options.contentType ?? STREAM_DEFAULTS.contentType;
  return { intervalMs, keepAliveMs, contentType, asMessage: options.asMessage ?? ((text) => text) };
}

/** What became of a streamed answer. */
export interface StreamedMessage {
  /** The whole text that was shown. */
  readonly text: string;
  /** False where the scene has no streaming and one message was sent. */
  readonly streamed: boolean;
  /** Updates that were sent, the first and the last included. */
  readonly updates: number;
  /** The platform's last answer. */
  readonly result: SentMessage;
}

/** What a stream is sent with. */
export interface StreamCall {
  readonly sender: Pick<OpenAPI, 'postC2CStreamMessage'>;
  readonly outbox: Outbox;
  readonly claim: Claim;
  readonly options: ResolvedStreamOptions;
  readonly call: CallOptions;
}

/** Tries of an update whose answer was lost. */
const MAX_TRIES = 3;
const RETRY_MS = 300;
/** The last update of a stream that was aborted has so long. */
const CLOSE_TIMEOUT_MS = 3_000;

/**
 * Shows a text while it grows, by `/v2/users/{openid}/stream_messages`. Updates carry the whole text so far (`input_mode` `replace`), so
 * that a lost one costs nothing; `index` counts them from 0, `stream_msg_id` is the id that the first was answered with, `msg_seq` stays.
 * Whatever ends the text, the stream is closed with `input_state` 10. Source: `protocol/messages.md` 11, `protocol/openapi.md` 10.1.
 */
export class StreamWriter {
  readonly #parts: StreamCall;
  readonly #feed: TextFeed;
  #index = 0;
  #updates = 0;
  #streamId: string | undefined;
  #shown = '';
  #lastStartMs = Number.NEGATIVE_INFINITY;
  #last: StreamMessageResult | undefined;

  constructor(parts: StreamCall, feed: TextFeed) {
    this.#parts = parts;
    this.#feed = feed;
  }

  /**
   * @throws {ReplyRefusedError} `empty` when the text ended without a word; nothing was sent then
   * @throws what the source threw, after the stream was closed with what had come
   */
  async run(): Promise<StreamedMessage> {
    const feed = this.#feed;
    while (!feed.isEnded && feed.text.trim() === '') await feed.changed();
    if (feed.text.trim() === '') {
      await this.#parts.outbox.release(this.#parts.claim);
      throw feed.failure ? feed.failure.error : refusal('empty', 'the streamed answer had no text', 'c2c');
    }
    // Aborted before the first update: nothing is shown, nothing is used up.
    if (feed.failure && this.#parts.call.signal?.aborted) {
      await this.#parts.outbox.release(this.#parts.claim);
      throw feed.failure.error;
    }
    await this.#open();
    try {
      await this.#follow();
    } catch (error) {
      if (!this.#parts.call.signal?.aborted) throw error;
      while (!feed.isEnded) await feed.changed();
    }
    return this.#close();
  }

  /** The first update uses the reply up, unless it surely did not come through. */
  async #open(): Promise<void> {
    const { outbox, claim } = this.#parts;
    try {
      const answer = await this.#update(StreamInputState.Running, this.#feed.text);
      if (typeof answer.id !== 'string' || answer.id === '')
        throw new BotgoError('BOTGO_BAD_RESPONSE', 'the platform opened a stream and gave no id for it');
      this.#streamId = answer.id;
    } catch (error) {
      await outbox.settleFailure(claim, error, true);
      throw error;
    }
  }

  /** Updates until the source has ended. */
  async #follow(): Promise<void> {
    const { outbox, options, call } = this.#parts;
    const feed = this.#feed;
    while (!feed.isEnded) {
      await this.#waitForMore(this.#lastStartMs + options.intervalMs, () => feed.isEnded);
      const isNew = (): boolean => feed.isEnded || feed.text !== this.#shown;
      if (!isNew()) await this.#waitForMore(this.#lastStartMs + options.keepAliveMs, isNew);
      if (feed.isEnded || call.signal?.aborted) return;
      try {
        await this.#update(StreamInputState.Running, feed.text);
      } catch (error) {
        // The next update carries this one's text too.
        if (!isTransient(error)) throw error;
        this.#lastStartMs = outbox.clock.now();
      }
    }
  }

  /** Closes the stream; also one that was aborted, unless another process has taken over: nothing may be sent any more then. */
  async #close(): Promise<StreamedMessage> {
    const { outbox, call } = this.#parts;
    const { failure } = this.#feed;
    const isLost = call.guard?.() !== undefined || isBotgoError(call.signal?.reason, 'BOTGO_LEASE_LOST');
    if (failure && isLost) throw failure.error;
    const text = this.#feed.text;
    const pauseMs = this.#lastStartMs + MIN_INTERVAL_MS - outbox.clock.now();
    if (pauseMs > 0) await outbox.clock.sleep(pauseMs);
    if (!failure) {
      const result = await this.#update(StreamInputState.End, text);
      return { text, streamed: true, updates: this.#updates, result };
    }
    // What the caller has to hear is why its text broke off, whether or not the end could be shown.
    await this.#update(StreamInputState.End, text, true).catch(() => undefined);
    throw failure.error;
  }

  /** Sends one update; again, unchanged, when its answer was lost. */
  async #update(
    state: StreamMessageRequest['input_state'],
    text: string,
    isAborted = false,
  ): Promise<StreamMessageResult> {
    const { sender, outbox, claim, options, call } = this.#parts;
    const { anchor, place, serial } = claim;
    const slice: StreamMessageRequest = {
      input_mode: 'replace',
      input_state: state,
      content_type: options.contentType,
      content_raw: text,
      index: this.#index++,
      msg_seq: serial,
    };
    if (anchor?.msgId !== undefined) slice.msg_id = anchor.msgId;
    else if (anchor?.eventId !== undefined) slice.event_id = anchor.eventId;
    if (this.#streamId !== undefined) slice.stream_msg_id = this.#streamId;
    const own = isAborted ? { ...call, signal: undefined, timeoutMs: CLOSE_TIMEOUT_MS } : call;
    // Only the first and the last one are worth the wait; what lies between is overtaken by the next.
    const tries = this.#streamId === undefined || state === StreamInputState.End ? MAX_TRIES : 1;
    for (let attempt = 1; ; attempt++) {
      this.#lastStartMs = outbox.clock.now();
      try {
        const turn = { place, kind: 'stream', signal: own.signal } as const;
        const answer = await outbox.paced(turn, () => sender.postC2CStreamMessage(place.id, slice, own));
        this.#updates++;
        this.#shown = text;
        const result = opened(answer);
        this.#last = result;
        return result;
      } catch (error) {
        // An earlier try had ended the stream after all.
        if (attempt > 1 && this.#last && isEnded(error)) return this.#last;
        if (attempt >= tries || !isTransient(error)) throw error;
        await outbox.clock.sleep(RETRY_MS * 2 ** (attempt - 1), own.signal);
      }
    }
  }

  async #waitForMore(untilMs: number, isEnough: () => boolean): Promise<void> {
    const { clock } = this.#parts.outbox;
    const timer = new AbortController();
    const over = clock.sleep(Math.max(0, untilMs - clock.now()), timer.signal).then(
      () => true,
      () => true,
    );
    try {
      while (!isEnough()) if ((await Promise.race([over, this.#feed.changed()])) === true) return;
    } finally {
      timer.abort();
    }
  }
}

function opened(answer: StreamMessageResult | AlreadySent): StreamMessageResult {
  if (!('alreadySent' in answer)) return answer;
  throw new BotgoError(
    'BOTGO_BAD_RESPONSE',
    'the stream was opened by an update whose answer was lost, so it has no id to go on with; send the text as a message',
  );
}

function codeOf(error: unknown): number | undefined {
  return isBotgoError(error, 'BOTGO_OPENAPI') ? (error as OpenAPIError).platformCode : undefined;
}

function isEnded(error: unknown): boolean {
  return codeOf(error) === 40034018;
}

function isTransient(error: unknown): boolean {
  if (isBotgoError(error, 'BOTGO_NETWORK') || isBotgoError(error, 'BOTGO_TIMEOUT')) return true;
  if (!isBotgoError(error, 'BOTGO_OPENAPI')) return false;
  const { status, platformCode } = error as OpenAPIError;
  return status >= 500 || status === 429 || platformCode === 50001 || platformCode === 50002;
}
