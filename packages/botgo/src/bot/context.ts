import type { HandlingContext } from '../delivery/index.js';
import type { EventPayloads, KnownEventType } from '../dto/index.js';
import { abortedError, BotgoError } from '../errs/index.js';
import type { EventOf, IncomingEvent } from '../event/index.js';
import {
  messageText,
  type OutgoingFor,
  type Replier,
  type RepliesLeft,
  type ReplyOptions,
  type ReplyStreamOptions,
  replyTarget,
  type Scene,
  type SentMessage,
  type StreamedMessage,
  type TextSource,
  type TypingOptions,
} from '../message/index.js';
import { type CallBounds, type OpenAPI, type OpenedClient, withinBounds } from '../openapi/index.js';
import { isMessageEvent, type MessageEventType, type SceneOf } from './message-events.js';

/** What the contexts of one bot share. */
export interface ContextHome extends Pick<OpenedClient, 'bounded'> {
  readonly replier: Replier;
}

/** How a handler waits for what is said next. */
export interface NextMessageOptions {
  /** Whose message: that of whoever caused this event, or anybody's in the conversation. @defaultValue 'author' */
  readonly from?: 'author' | 'anyone' | undefined;
  /** @defaultValue 60000 */
  readonly timeoutMs?: number | undefined;
}

const NO_ARGS: readonly string[] = Object.freeze([]);

/** One event in a handler's hands: what came, how to answer it, and when to stop. */
export class Context<Type extends KnownEventType = KnownEventType> {
  /** The event as it came. */
  readonly event: EventOf<Type>;
  /** The command's name when {@link Bot.command} called the handler, without the slash. */
  readonly command: string | undefined;
  /** What follows the command, in words. */
  readonly args: readonly string[];
  /** Which try this is; the first is 1. Behind a broker a failed event is tried again. */
  readonly attempt: number;
  readonly #home: ContextHome;
  readonly #handling: HandlingContext;
  /** From here the platform's window for answers runs. */
  readonly #receivedAtMs: number;
  #api: OpenAPI | undefined;
  /** For what a try that is over still wants to do. */
  #afterwards: AbortSignal | undefined;

  /** @internal */
  constructor(
    home: ContextHome,
    handling: HandlingContext,
    event: EventOf<Type>,
    command?: string,
    args: readonly string[] = NO_ARGS,
  ) {
    this.#home = home;
    this.#handling = handling;
    this.#receivedAtMs = home.replier.outbox.clock.now();
    this.event = event;
    this.command = command;
    this.args = args;
    this.attempt = handling.attempt;
  }

  /** The event's content. */
  get data(): EventPayloads[Type] {
    return this.event.d as EventPayloads[Type];
  }

  /** Where an answer goes; `undefined` when the platform takes none to this event. */
  get scene(): Scene | undefined {
    return replyTarget(this.event)?.scene;
  }

  /** What a person wrote: without mentions, without space at both ends, unescaped. Empty when the event is no message. */
  get text(): string {
    return messageText(this.event);
  }

  /**
   * The bot's OpenAPI client, for as long as this handler may act: afterwards its calls reject with the reason ({@link signal}) before
   * anything is sent, and those under way are given up. What must outlive the handler uses `bot.api`.
   */
  get api(): OpenAPI {
    this.#api ??= this.#home.bounded(this.#bounds());
    return this.#api;
  }

  /** Aborted when the result no longer counts: the handler timed out, the process lost the shard, or the bot stops. */
  get signal(): AbortSignal {
    const { attempt, signal } = this.#handling;
    if (attempt === this.attempt) return signal;
    // The handling's signal is the next try's by now; what this one left running must not do the same work beside it.
    this.#afterwards ??= AbortSignal.abort(
      new BotgoError(
        'BOTGO_CLOSED',
        `try ${this.attempt} of this ${this.event.t} is over: it is handled again`,
      ),
    );
    return this.#afterwards;
  }

  /**
   * Answers the event: endpoint, `msg_id` or `event_id`, and `msg_seq` follow from it. A string is text.
   * @throws {ReplyRefusedError} `BOTGO_REPLY_REFUSED`, before anything is sent, for what the platform would refuse, with the reason
   * @throws {BotgoError} `BOTGO_LEASE_LOST` when this process no longer owns the shard; what the OpenAPI client throws
   */
  async reply(message: OutgoingFor<SceneOf<Type>>, options: ReplyOptions = {}): Promise<SentMessage> {
    return this.#home.replier.reply(this.event, message, this.#bound(options));
  }

  /**
   * Answers the event with a text that grows, such as a language model's: an async iterable of its pieces. In C2C the reader sees it grow
   * (an update each half second); in other scenes it is sent as one message when it is complete. It is one reply either way.
   *
   *     await ctx.replyStream(model.chat(ctx.text)); // async function* chat() { yield 'Hel'; yield 'lo'; }
   *
   * @throws {ReplyRefusedError} before the source is read, for what the platform would refuse; `empty` when no text came
   * @throws what the source threw: what had come until then is shown, and the stream is closed
   */
  async replyStream(source: TextSource, options: ReplyStreamOptions = {}): Promise<StreamedMessage> {
    return this.#home.replier.replyStream(this.event, source, this.#bound(options));
  }

  /**
   * Shows "is typing" to a user, for up to 60 seconds or until a message comes. It may count as a reply, so it is left out when only one
   * is left. @returns Whether it was shown: false outside C2C, where the platform has no such notice.
   */
  async typing(options: TypingOptions = {}): Promise<boolean> {
    return this.#home.replier.typing(this.event, this.#bound(options));
  }

  /** How many answers the event still takes, and for how long. @throws {ReplyRefusedError} when the platform takes none to it */
  async left(): Promise<RepliesLeft> {
    return this.#home.replier.left(this.event, { receivedAtMs: this.#receivedAtMs });
  }

  /** Options with this event's own time and signal. @throws {BotgoError} when the signal has aborted */
  #bound<Options extends TypingOptions>(options: Options): Options {
    const own = this.signal;
    if (own.aborted) throw abortedError(own, `the reply to ${this.event.t}`);
    const receivedAtMs = options.receivedAtMs ?? this.#receivedAtMs;
    return { ...options, ...withinBounds(this.#bounds(), options), receivedAtMs };
  }

  #bounds(): CallBounds {
    const readSignal = (): AbortSignal => this.signal;
    return {
      get signal() {
        return readSignal();
      },
      guard: () => this.#handling.lost(),
    };
  }

  /**
   * Waits for the next message of this conversation. It comes ahead of the queue and to nobody else, and while this handler waits the
   * conversation goes on.
   * @throws {BotgoError} `BOTGO_TIMEOUT` when none came in time; `BOTGO_CONFIG` when the event has no author to wait for.
   */
  async next(options: NextMessageOptions = {}): Promise<Context<MessageEventType>> {
    const { from = 'author', timeoutMs } = options;
    const author = from === 'author' ? authorOf(this.event) : undefined;
    if (from === 'author' && author === undefined)
      throw new BotgoError('BOTGO_CONFIG', `${this.event.t} has no author: wait with { from: 'anyone' }`);
    const event = await this.#handling.next({
      accept: (candidate) =>
        isMessageEvent(candidate.t) && (author === undefined || authorOf(candidate) === author),
      timeoutMs,
    });
    return new Context(this.#home, this.#handling, event as EventOf<MessageEventType>);
  }
}

/** Parts of an event's content that name who caused it. */
interface Authored {
  readonly author?: { readonly id?: string; readonly user_openid?: string; readonly member_openid?: string };
  readonly user?: { readonly id?: string };
  readonly user_id?: string;
  readonly openid?: string;
  readonly user_openid?: string;
  readonly member_openid?: string;
  readonly op_member_openid?: string;
  readonly group_member_openid?: string;
}

function authorOf({ d }: IncomingEvent): string | undefined {
  if (typeof d !== 'object' || d === null) return undefined;
  const data: Authored = d;
  return (
    data.author?.member_openid ??
    data.author?.user_openid ??
    data.author?.id ??
    data.group_member_openid ??
    data.member_openid ??
    data.op_member_openid ??
    data.user_openid ??
    data.openid ??
    data.user?.id ??
    data.user_id
  );
}
