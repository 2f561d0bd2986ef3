import type { WorldEvent } from '../gateway/event.js';
import { isObject } from '../json.js';
import type { Scene } from '../world/model.js';

/** How long after a message or event it may be answered, ms. Source: messages.md 4. */
export const PASSIVE_WINDOW_MS: Readonly<Record<Scene, number>> = {
  channel: 300_000,
  dm: 300_000,
  group: 300_000,
  c2c: 3_600_000,
};

/** Events whose outer id may be sent as `event_id`, by scene. Source: events.md 3. */
const ANSWERABLE: Readonly<Record<Scene, ReadonlySet<string>>> = {
  c2c: new Set(['INTERACTION_CREATE', 'C2C_MSG_RECEIVE', 'FRIEND_ADD']),
  group: new Set(['INTERACTION_CREATE', 'GROUP_ADD_ROBOT', 'GROUP_MSG_RECEIVE', 'GROUP_MEMBER_ADD']),
  channel: guildEvents(),
  dm: guildEvents(),
};

function guildEvents(): ReadonlySet<string> {
  const reactions = ['MESSAGE_REACTION_ADD', 'MESSAGE_REACTION_REMOVE', 'INTERACTION_CREATE'];
  const members = ['GUILD_MEMBER_ADD', 'GUILD_MEMBER_UPDATE', 'GUILD_MEMBER_REMOVE'];
  const threads = ['FORUM_THREAD_CREATE', 'FORUM_THREAD_UPDATE', 'FORUM_THREAD_DELETE'];
  const answers = ['FORUM_POST_CREATE', 'FORUM_POST_DELETE', 'FORUM_REPLY_CREATE', 'FORUM_REPLY_DELETE'];
  return new Set([...reactions, ...members, ...threads, ...answers]);
}

const ANY_ANSWERABLE = new Set(Object.values(ANSWERABLE).flatMap((events) => [...events]));

interface Anchor {
  /** Event type; '' for a message. */
  readonly t: string;
  readonly scene: Scene | undefined;
  /** What may be answered there: channel, DM guild, group or user; '' = anywhere (an event without a place). */
  readonly target: string;
  readonly atMs: number;
  /** App ids of the bots that it mentions. */
  readonly mentions: readonly string[];
  /** Answers so far, by app id; made with the first one, because most events never get any. */
  answers: Map<string, { count: number; readonly seqs: Set<number> }> | undefined;
}

/** A reply that is about to be sent. */
export interface PassiveClaim {
  readonly appId: string;
  readonly scene: Scene;
  readonly target: string;
  readonly msgId: string | undefined;
  readonly eventId: string | undefined;
  /** undefined where the scene has no `msg_seq`. */
  readonly msgSeq: number | undefined;
  /** Replies that one message allows. */
  readonly maxReplies: number;
  /** True: only messages that mention the bot can be answered (public domain). */
  readonly needsMention: boolean;
  readonly nowMs: number;
}

export type PassiveVerdict =
  | 'ok'
  | 'unknown-message'
  | 'unknown-event'
  | 'message-expired'
  | 'event-expired'
  | 'event-not-answerable'
  | 'not-mentioned'
  | 'duplicate'
  | 'used-up';

const MAX_ANCHORS = 50_000;

/** What can still be answered, how often it was, and with which `msg_seq`. Times are passed in. */
export class PassiveBook {
  /** Two generations: dropping a whole map costs less than deleting its entries one by one. */
  #young = new Map<string, Anchor>();
  #old = new Map<string, Anchor>();

  noteMessage(
    id: string,
    message: { scene: Scene; target: string; mentions: readonly string[] },
    nowMs: number,
  ): void {
    this.#note(id, {
      t: '',
      atMs: nowMs,
      answers: undefined,
      scene: message.scene,
      target: message.target,
      mentions: message.mentions,
    });
  }

  noteEvent(id: string, event: WorldEvent, nowMs: number): void {
    if (!ANY_ANSWERABLE.has(event.t)) return;
    const place = placeOf(event.d);
    this.#note(id, {
      t: event.t,
      atMs: nowMs,
      mentions: [],
      answers: undefined,
      ...place,
    });
  }

  /** Checks a reply and, unless `dryRun`, counts it. A refused one costs nothing. */
  claim(claim: PassiveClaim, dryRun = false): PassiveVerdict {
    const isMessage = claim.msgId !== undefined;
    const id = claim.msgId ?? claim.eventId ?? '';
    const anchor = this.#young.get(id) ?? this.#old.get(id);
    const fits =
      anchor !== undefined &&
      isMessage === (anchor.t === '') &&
      (anchor.scene ?? claim.scene) === claim.scene &&
      (anchor.target === '' || anchor.target === claim.target);
    if (!fits) return isMessage ? 'unknown-message' : 'unknown-event';
    if (!isMessage && !ANSWERABLE[claim.scene].has(anchor.t)) return 'event-not-answerable';
    if (claim.nowMs - anchor.atMs > PASSIVE_WINDOW_MS[claim.scene]) {
      return isMessage ? 'message-expired' : 'event-expired';
    }
    if (isMessage && claim.needsMention && !anchor.mentions.includes(claim.appId)) return 'not-mentioned';
    const answers = anchor.answers?.get(claim.appId) ?? { count: 0, seqs: new Set() };
    if (claim.msgSeq !== undefined && answers.seqs.has(claim.msgSeq)) return 'duplicate';
    if (answers.count >= claim.maxReplies) return 'used-up';
    if (dryRun) return 'ok';
    if (claim.msgSeq !== undefined) answers.seqs.add(claim.msgSeq);
    answers.count++;
    anchor.answers ??= new Map();
    anchor.answers.set(claim.appId, answers);
    return 'ok';
  }

  #note(id: string, anchor: Anchor): void {
    this.#young.set(id, anchor);
    if (this.#young.size < MAX_ANCHORS) return;
    this.#old = this.#young;
    this.#young = new Map();
  }
}

function placeOf(d: unknown): { scene: Scene | undefined; target: string } {
  if (!isObject(d)) return { scene: undefined, target: '' };
  const at = (key: string): string => (typeof d[key] === 'string' ? d[key] : '');
  if (at('group_openid') !== '') return { scene: 'group', target: at('group_openid') };
  if (at('user_openid') !== '') return { scene: 'c2c', target: at('user_openid') };
  if (at('openid') !== '') return { scene: 'c2c', target: at('openid') };
  // An event of a guild may be answered in any of its channels; which one is the bot's choice.
  return { scene: undefined, target: '' };
}
