import { type Clock, systemClock } from '../clock/index.js';
import {
  abortedError,
  BotgoError,
  isBotgoError,
  OpenAPIError,
  platformCodeAction,
  ReplyRefusedError,
} from '../errs/index.js';
import type { AlreadySent } from '../openapi/index.js';
import { type Anchor, type Place, refusal } from './anchor.js';
import { type SendLimits, sendLimits } from './limits.js';
import { type Pace, PaceBook } from './pace-book.js';
import { type Budget, type BudgetClaim, memoryReplyStore, type ReplyStore } from './reply-store.js';
import { SCENE_WORDS, type SendKind, SendRules } from './send-rules.js';

/** Options of an {@link Outbox}. */
export interface OutboxOptions {
  /** Keeps the counts of two bots apart in one store. @defaultValue '' */
  readonly appId?: string | undefined;
  /** @defaultValue the documented ones: `sendLimits()` */
  readonly limits?: SendLimits | undefined;
  /** Where replies and quotas are counted. @defaultValue this process */
  readonly store?: ReplyStore | undefined;
  /** Spaces sends by the platform's limits per second and minute. `false` for a platform without them. @defaultValue true */
  readonly pacing?: boolean | undefined;
  /** The longest a message waits for its turn, a 429 included. @defaultValue 30,000 */
  readonly maxWaitMs?: number | undefined;
  readonly clock?: Clock | undefined;
  /** 0 ≤ x < 1; for jitter. */
  readonly random?: (() => number) | undefined;
}

/** @internal */
export const OUTBOX_DEFAULTS = { maxWaitMs: 30_000, pacing: true } as const satisfies Partial<OutboxOptions>;

/** The right to send one message, taken before the request is made. */
export interface Claim {
  readonly place: Place;
  /** What it answers; `undefined` for a proactive message. */
  readonly anchor: Anchor | undefined;
  /** For `msg_seq`: 1, 2, … for the answers of an anchor. */
  readonly serial: number;
  /** @internal What was counted for it. */
  readonly keys: readonly string[];
  /** @internal */
  readonly budget: Budget | undefined;
}

/** A request that takes its turn. */
export interface Turn {
  readonly place: Place;
  readonly kind: SendKind;
  /** Its window bounds the wait. */
  readonly anchor?: Anchor | undefined;
  readonly signal: AbortSignal | undefined;
}

/** Tries of one message that the platform answers with a rate limit. */
const MAX_RATE_TRIES = 4;
const RATE_BASE_MS = 1_000;

/** "Too fast" in other words than HTTP 429: per channel, per guild, by the security check, per stream. */
const TOO_FAST = new Set([20028, 1100100, 1100308, 50002]);
/** The message or event takes no more answers. Source: `protocol/errors.md`. */
const ANCHOR_OVER = new Set([304027, 304103, 40034005, 40034026, 40034031, 40034128]);
/** Same `msg_id` and `msg_seq` again. */
const DUPLICATE = 40054005;

/**
 * What every message goes through, text, media and streams alike: a claim before the request (one count per answered message or event,
 * quotas for proactive ones), its turn by the platform's limits, and patience after a 429.
 */
export class Outbox {
  readonly rules: SendRules;
  readonly clock: Clock;
  readonly #prefix: string;
  readonly #store: ReplyStore;
  readonly #book: PaceBook | undefined;
  readonly #maxWaitMs: number;
  readonly #random: () => number;

  constructor(options: OutboxOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.rules = new SendRules(options.limits ?? sendLimits());
    this.#prefix = options.appId ? `${options.appId} ` : '';
    this.#store = options.store ?? memoryReplyStore({ clock: this.clock });
    this.#book = (options.pacing ?? OUTBOX_DEFAULTS.pacing) ? new PaceBook() : undefined;
    this.#maxWaitMs = options.maxWaitMs ?? OUTBOX_DEFAULTS.maxWaitMs;
    this.#random = options.random ?? Math.random;
  }

  /**
   * Takes one answer to a message or event.
   * @param counts - `false` takes a number (`msg_seq`) only. @defaultValue true
   * @throws {ReplyRefusedError} `window-over`, `replies-used-up`
   */
  async claimReply(anchor: Anchor, counts = true): Promise<Claim> {
    const budget = this.#own(this.rules.replyBudget(anchor, this.clock.now()));
    const claimed = await this.#store.claim([counts ? budget : { ...budget, max: Number.POSITIVE_INFINITY }]);
    if (claimed.granted && !counts) await this.#store.release(claimed.keys);
    if (claimed.granted) {
      const keys = counts ? claimed.keys : [];
      return { place: anchor.place, anchor, budget, serial: claimed.serial, keys };
    }
    const { scene } = anchor.place;
    const what = anchor.msgId === undefined ? 'event' : 'message';
    throw refusal(
      'replies-used-up',
      `the ${budget.max} answers that the platform takes to one ${what} in a ${SCENE_WORDS[scene]} are used`,
      scene,
    );
  }

  /**
   * Takes one proactive message.
   * @param lastSpokeAtMs - For a wake-up message: when the user talked to the bot last, in Unix milliseconds.
   * @throws {ReplyRefusedError} `proactive-not-allowed`, `quota-used-up`
   */
  async claimProactive(place: Place, lastSpokeAtMs?: number): Promise<Claim> {
    const budgets = (
      lastSpokeAtMs === undefined
        ? this.rules.proactiveBudgets(place)
        : [this.rules.wakeUpBudget(place, lastSpokeAtMs, this.clock.wallNow())]
    ).map((budget) => this.#own(budget));
    const claimed: BudgetClaim =
      budgets.length === 0 ? { granted: true, serial: 0, keys: [] } : await this.#store.claim(budgets);
    if (claimed.granted)
      return { place, anchor: undefined, budget: undefined, serial: claimed.serial, keys: claimed.keys };
    throw refusal(
      'quota-used-up',
      `the ${budgets[claimed.full]?.max ?? 0} proactive messages allowed to this ${SCENE_WORDS[place.scene]} for now are used`,
      place.scene,
      claimed.freeInMs,
    );
  }

  /** Answers that an anchor still takes, and for how long. */
  async left(anchor: Anchor): Promise<{ readonly replies: number; readonly timeMs: number }> {
    const timeMs = this.rules.timeLeftMs(anchor, this.clock.now());
    if (timeMs <= 0) return { replies: 0, timeMs: 0 };
    const { key, max } = this.#own(this.rules.replyBudget(anchor, this.clock.now()));
    const { used, closed } = await this.#store.read(key);
    return { replies: closed ? 0 : Math.max(0, max - used), timeMs };
  }

  /**
   * Makes a claim's request when its turn has come, see {@link paced}. A request that surely did nothing gives its claim back.
   * @throws {ReplyRefusedError} `rate-limited`; `window-over` when the turn would come too late
   */
  async post<Result>(
    claim: Claim,
    request: () => Promise<Result>,
    signal: AbortSignal | undefined,
  ): Promise<Result | AlreadySent> {
    let isAsked = false;
    try {
      const turn = { place: claim.place, anchor: claim.anchor, signal } as const;
      return await this.paced({ ...turn, kind: claim.anchor ? 'all' : 'proactive' }, () => {
        isAsked = true;
        return request();
      });
    } catch (error) {
      // A store that fails now keeps one use too many; what the caller has to hear is why the message failed.
      await this.settleFailure(claim, error, isAsked).catch(() => {});
      throw error;
    }
  }

  /**
   * Makes a request when the platform's limits have a place for it; again, unchanged, after a 429.
   * @throws {ReplyRefusedError} `rate-limited` when the turn would come after `maxWaitMs`
   */
  async paced<Result>(turn: Turn, request: () => Promise<Result>): Promise<Result | AlreadySent> {
    const { place, kind, signal } = turn;
    const paces = this.#book ? this.#pacesOf(place, kind) : [];
    const deadlineMs = this.clock.now() + this.#maxWaitMs;
    if (this.#store.pace && paces.length > 0) await this.#takeSharedTurn(turn, paces, deadlineMs);
    else for (const pace of paces) await this.#takeTurn(turn, pace, deadlineMs);
    for (let attempt = 1; ; attempt++) {
      if (signal?.aborted) throw abortedError(signal, 'a message that waited for its turn');
      try {
        return await request();
      } catch (error) {
        // An earlier try had come through after all.
        if (attempt > 1 && isOpenAPIError(error) && error.platformCode === DUPLICATE)
          return { alreadySent: true, traceId: error.traceId };
        if (attempt >= MAX_RATE_TRIES || !isTooFast(error)) throw error;
        // No header says how long. The first pause is half a second at least.
        const waitMs = RATE_BASE_MS * 2 ** (attempt - 1) * (0.5 + this.#random());
        const nowMs = this.clock.now();
        if (nowMs + waitMs > deadlineMs) throw error;
        const keys = paces.map(({ key }) => key);
        if (this.#store.hold && keys.length > 0) await this.#store.hold(keys, waitMs);
        else for (const key of keys) this.#book?.hold(key, nowMs + waitMs, nowMs);
        await this.#wait(turn, waitMs);
      }
    }
  }

  /** What a failed request means for its claim. @param isAsked - Whether the request was made at all. */
  async settleFailure(claim: Claim, error: unknown, isAsked: boolean): Promise<void> {
    if (claim.budget && isAnchorOver(error)) await this.#store.exhaust(claim.budget);
    else if (!isAsked || isSurelyUnsent(error)) await this.release(claim);
  }

  /** Gives a claim back: its message was surely not sent. */
  async release(claim: Claim): Promise<void> {
    if (claim.keys.length > 0) await this.#store.release(claim.keys);
  }

  /** Whether processes of the bot can leave word for each other. */
  get hasNotes(): boolean {
    return this.#store.remember !== undefined && this.#store.recall !== undefined;
  }

  /** Leaves a text for the bot's other processes. */
  async leaveNote(key: string, text: string, keepMs: number): Promise<void> {
    await this.#store.remember?.(this.#prefix + key, text, keepMs);
  }

  /** What a process of the bot has left. */
  async readNote(key: string): Promise<string | undefined> {
    return this.#store.recall?.(this.#prefix + key);
  }

  async #takeTurn(turn: Turn, pace: Pace, deadlineMs: number): Promise<void> {
    const nowMs = this.clock.now();
    const delayMs = this.#book?.delayMs(pace, nowMs) ?? 0;
    if (nowMs + delayMs > deadlineMs) throw tooLate(turn, delayMs);
    this.#book?.take(pace, nowMs);
    if (delayMs > 0) await this.#wait(turn, delayMs);
  }

  async #takeSharedTurn(turn: Turn, paces: readonly Pace[], deadlineMs: number): Promise<void> {
    const taken = await this.#store.pace?.(paces, Math.max(0, deadlineMs - this.clock.now()));
    if (!taken) return;
    if (!taken.granted) throw tooLate(turn, taken.delayMs);
    if (taken.delayMs > 0) await this.#wait(turn, taken.delayMs);
  }

  #pacesOf(place: Place, kind: SendKind): readonly Pace[] {
    const paces = this.rules.paces(place, kind);
    if (this.#prefix === '') return paces;
    return paces.map((pace) => ({ ...pace, key: this.#prefix + pace.key }));
  }

  async #wait({ anchor, place, signal }: Turn, waitMs: number): Promise<void> {
    if (anchor && this.rules.timeLeftMs(anchor, this.clock.now()) <= waitMs)
      throw refusal(
        'window-over',
        'the window for an answer ends before the message may be sent',
        place.scene,
      );
    try {
      await this.clock.sleep(waitMs, signal);
    } catch (reason) {
      throw signal?.aborted ? abortedError(signal, 'a message that waited for its turn') : reason;
    }
  }

  #own(budget: Budget): Budget {
    if (this.#prefix === '') return budget;
    const { key, onlyFirstOf } = budget;
    return {
      ...budget,
      key: this.#prefix + key,
      onlyFirstOf: onlyFirstOf === undefined ? undefined : this.#prefix + onlyFirstOf,
    };
  }
}

function tooLate({ place: { scene } }: Turn, delayMs: number): ReplyRefusedError {
  const wait = `may go in ${Math.ceil(delayMs)} ms, later than maxWaitMs`;
  return refusal('rate-limited', `the next message to this ${SCENE_WORDS[scene]} ${wait}`, scene, delayMs);
}

/** Whether the platform said that the answered message or event takes no more answers. */
export function isAnchorOver(error: unknown): boolean {
  return isOpenAPIError(error) && error.platformCode !== undefined && ANCHOR_OVER.has(error.platformCode);
}

function isOpenAPIError(error: unknown): error is OpenAPIError {
  return error instanceof OpenAPIError || (isBotgoError(error, 'BOTGO_OPENAPI') && 'platformCode' in error);
}

function isTooFast(error: unknown): boolean {
  if (!isOpenAPIError(error)) return false;
  return error.status === 429 || (error.platformCode !== undefined && TOO_FAST.has(error.platformCode));
}

/** Whether nothing can have been sent: refused before the request, or by an answer that leaves no doubt. */
function isSurelyUnsent(error: unknown): boolean {
  if (error instanceof ReplyRefusedError) return true;
  if (isOpenAPIError(error)) {
    const action = platformCodeAction(error.platformCode, error.status, error.path);
    return action !== 'RETRY' && action !== 'RETRY1' && action !== 'STATE' && action !== 'PENDING';
  }
  return error instanceof BotgoError && error.code === 'BOTGO_CONFIG';
}
