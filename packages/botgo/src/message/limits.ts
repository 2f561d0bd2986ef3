import { ConfigError } from '../errs/index.js';
import type { Scene } from './scene.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const MONTH_MS = 30 * DAY_MS;

/** How long after a message or event, and how often, it may be answered. */
export interface ReplyLimit {
  readonly windowMs: number;
  /** `Infinity`: the documents name no number. */
  readonly maxReplies: number;
}

/** So many messages in so long, counted for whom. Windows of up to a minute are waited for, longer ones are quotas. */
export interface SendLimit {
  readonly scene: Scene;
  /** `all` messages; `proactive` ones, which answer nothing; pieces of streams; uploads, and the steps of an upload in parts. */
  readonly kind: 'all' | 'proactive' | 'stream' | 'file' | 'upload-step';
  /**
   * `place`: the channel, group or user, for a DM its session. `bot`: all of that scene together. `guild-channels`: different channels of
   * one guild.
   */
  readonly per: 'place' | 'bot' | 'guild-channels';
  readonly max: number;
  readonly windowMs: number;
  readonly source: string;
}

/** The platform's limits on sending, as the sender keeps them. */
export interface SendLimits {
  readonly replies: Readonly<Record<Scene, ReplyLimit>>;
  /** Whether "is typing" takes one of a message's replies. Source: reports of users; not documented. */
  readonly typingCounts: boolean;
  /** A message older than this is not answered by a stream. Source: the platform's Node client (2026-07). */
  readonly streamWindowMs: number;
  /** Whether proactive messages may be sent at all. */
  readonly proactive: Readonly<Record<Scene, boolean>>;
  readonly limits: readonly SendLimit[];
}

/**
 * Reply windows and counts. Source: bot-docs send.md and post_messages.md (2025-04), official wiki (2026-07). Where they differ, the newer:
 * C2C 4 replies (5 before); 60 minutes for C2C, although one field's text says 5. DMs: the count is documented as without limit.
 */
const REPLIES: Readonly<Record<Scene, ReplyLimit>> = Object.freeze({
  c2c: Object.freeze({ windowMs: 60 * MINUTE_MS, maxReplies: 4 }),
  group: Object.freeze({ windowMs: 5 * MINUTE_MS, maxReplies: 5 }),
  channel: Object.freeze({ windowMs: 5 * MINUTE_MS, maxReplies: Number.POSITIVE_INFINITY }),
  dm: Object.freeze({ windowMs: 5 * MINUTE_MS, maxReplies: Number.POSITIVE_INFINITY }),
});

const DOCS = 'bot-docs 2025-04';
const WIKI = 'official wiki 2026';

function row(
  scene: Scene,
  kind: SendLimit['kind'],
  per: SendLimit['per'],
  max: number,
  windowMs: number,
  source: string,
): SendLimit {
  return Object.freeze({ scene, kind, per, max, windowMs, source });
}

/** Those of every bot. The two of a guild's channels are defaults, which its owner may change (`GET /guilds/{id}/message/setting`). */
const COMMON: readonly SendLimit[] = [
  row('channel', 'all', 'place', 5, SECOND_MS, DOCS),
  row('channel', 'proactive', 'place', 20, DAY_MS, DOCS),
  row('channel', 'proactive', 'guild-channels', 2, DAY_MS, DOCS),
  row('dm', 'proactive', 'place', 2, DAY_MS, DOCS),
  row('dm', 'proactive', 'bot', 200, DAY_MS, DOCS),
  row('c2c', 'all', 'bot', 100, SECOND_MS, WIKI),
  row('group', 'all', 'bot', 100, SECOND_MS, WIKI),
  row('c2c', 'stream', 'bot', 50, SECOND_MS, WIKI),
  row('c2c', 'file', 'bot', 50, SECOND_MS, WIKI),
  row('group', 'file', 'bot', 50, SECOND_MS, WIKI),
  row('c2c', 'upload-step', 'bot', 10, SECOND_MS, WIKI),
  row('group', 'upload-step', 'bot', 10, SECOND_MS, WIKI),
];

const STREAM_WINDOW_MS = 5 * MINUTE_MS;

const PROACTIVE_2026: readonly SendLimit[] = [
  row('c2c', 'proactive', 'place', 20, MINUTE_MS, WIKI),
  row('c2c', 'proactive', 'place', 1_000, DAY_MS, WIKI),
  row('group', 'proactive', 'place', 20, MINUTE_MS, WIKI),
  row('group', 'proactive', 'place', 1_000, DAY_MS, WIKI),
];

const UNVERIFIED: readonly SendLimit[] = [
  row('c2c', 'proactive', 'bot', 5, SECOND_MS, WIKI),
  row('c2c', 'proactive', 'bot', 30, MINUTE_MS, WIKI),
  row('group', 'proactive', 'bot', 30, MINUTE_MS, WIKI),
];

const VERIFIED: readonly SendLimit[] = [
  row('c2c', 'proactive', 'bot', 10, SECOND_MS, WIKI),
  row('group', 'proactive', 'bot', 60, MINUTE_MS, WIKI),
];

const MONTHLY: readonly SendLimit[] = [
  row('c2c', 'proactive', 'place', 4, MONTH_MS, DOCS),
  row('group', 'proactive', 'place', 4, MONTH_MS, DOCS),
];

/** What differs from the documented limits. */
export interface SendLimitsOptions {
  /** Whether the bot's owner is verified, which allows more proactive messages. @defaultValue false */
  readonly verified?: boolean | undefined;
  /**
   * Proactive messages to users and groups: the rules of 2026, the four a month of 2025, or none: the platform has to grant them.
   * @defaultValue 'daily'
   */
  readonly proactive?: 'daily' | 'monthly' | 'off' | undefined;
  /** Other windows or counts of replies. */
  readonly replies?: Readonly<Partial<Record<Scene, Partial<ReplyLimit>>>> | undefined;
  /** @defaultValue true */
  readonly typingCounts?: boolean | undefined;
  /** @defaultValue 300,000 */
  readonly streamWindowMs?: number | undefined;
  /** Limits that replace those of the same scene, kind, `per` and window, or are added. `max: Infinity` lifts one. */
  readonly limits?: readonly Omit<SendLimit, 'source'>[] | undefined;
}

/** The documented limits, with changes. @throws {ConfigError} on a number that is not above 0. */
export function sendLimits(options: SendLimitsOptions = {}): SendLimits {
  const { verified = false, proactive = 'daily', replies = {}, typingCounts = true, limits = [] } = options;
  const rows = [
    ...COMMON,
    ...(proactive === 'daily' ? [...PROACTIVE_2026, ...(verified ? VERIFIED : UNVERIFIED)] : []),
    ...(proactive === 'monthly' ? MONTHLY : []),
  ];
  for (const limit of limits) {
    checkAboveZero('max', limit.max);
    checkAboveZero('windowMs', limit.windowMs);
    const index = rows.findIndex((other) => idOf(other) === idOf(limit));
    const own = Object.freeze({ ...limit, source: 'the bot' });
    if (index < 0) rows.push(own);
    else rows[index] = own;
  }
  const chats = proactive !== 'off';
  return Object.freeze({
    replies: Object.freeze({
      c2c: replyLimit('c2c', replies),
      group: replyLimit('group', replies),
      channel: replyLimit('channel', replies),
      dm: replyLimit('dm', replies),
    }),
    typingCounts,
    streamWindowMs: checkAboveZero('streamWindowMs', options.streamWindowMs ?? STREAM_WINDOW_MS),
    proactive: Object.freeze({ c2c: chats, group: chats, channel: true, dm: true }),
    limits: Object.freeze(rows.filter(({ max }) => max !== Number.POSITIVE_INFINITY)),
  });
}

function replyLimit(scene: Scene, changes: NonNullable<SendLimitsOptions['replies']>): ReplyLimit {
  const { windowMs, maxReplies } = REPLIES[scene];
  return Object.freeze({
    windowMs: checkAboveZero('windowMs', changes[scene]?.windowMs ?? windowMs),
    maxReplies: checkAboveZero('maxReplies', changes[scene]?.maxReplies ?? maxReplies),
  });
}

function idOf({ scene, kind, per, windowMs }: Omit<SendLimit, 'source'>): string {
  return `${scene} ${kind} ${per} ${windowMs}`;
}

function checkAboveZero(name: string, value: number): number {
  if (value > 0) return value;
  throw new ConfigError(`${name} of a limit must be above 0, got ${value}`);
}

/** Windows up to this length are waited for; a longer one is a quota, and what is above it is refused. */
export const LONGEST_PACED_WINDOW_MS = MINUTE_MS;

/** The four periods after a user's last message in which one wake-up [互动召回] each is allowed, in days. Source: official wiki 2026. */
const WAKE_UP_PERIODS: readonly (readonly [from: number, to: number])[] = [
  [0, 1],
  [1, 3],
  [3, 7],
  [7, 30],
];

/** Which wake-up period it is, from 0, and when it ends; `undefined` when the user has been silent for 30 days. */
export function wakeUpPeriod(
  lastSpokeAtMs: number,
  nowMs: number,
): { readonly index: number; readonly endsInMs: number } | undefined {
  const silentMs = Math.max(0, nowMs - lastSpokeAtMs);
  const index = WAKE_UP_PERIODS.findIndex(
    ([from, to]) => silentMs >= from * DAY_MS && silentMs < to * DAY_MS,
  );
  const period = WAKE_UP_PERIODS[index];
  return period && { index, endsInMs: period[1] * DAY_MS - silentMs };
}
