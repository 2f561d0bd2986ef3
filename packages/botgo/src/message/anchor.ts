import { timestampTime } from '../dto/index.js';
import { type ReplyRefusal, ReplyRefusedError } from '../errs/index.js';
import type { IncomingEvent } from '../event/index.js';
import { replyTarget, type Scene } from './scene.js';

/** Where a message goes. */
export interface Place {
  readonly scene: Scene;
  /** Channel id; the DM session's `guild_id`; `group_openid`; the user's openid. */
  readonly id: string;
  /** Of a channel: its guild, whose quota of channels for proactive messages it counts against. */
  readonly guildId?: string | undefined;
}

/** What a message answers: one message, or one event by its outer id. All answers to it share one count. */
export interface Anchor {
  readonly place: Place;
  readonly msgId?: string | undefined;
  readonly eventId?: string | undefined;
  /** When its window began, by the sender's monotonic clock. */
  readonly startedMs: number;
}

/** Name of an anchor's count. */
export function anchorKey({ msgId, eventId }: Pick<Anchor, 'msgId' | 'eventId'>): string {
  return msgId === undefined ? `reply event ${eventId}` : `reply message ${msgId}`;
}

/** Name of a place in counts. */
export function placeKey({ scene, id }: Place): string {
  return `${scene} ${id}`;
}

/**
 * What an event's answer answers, and where it goes.
 * @param channelId - For a guild event that happened in no channel.
 * @throws {ReplyRefusedError} `unanswerable` or `no-target`
 */
export function addressOf(event: IncomingEvent, channelId: string | undefined): Omit<Anchor, 'startedMs'> {
  const target = replyTarget(event);
  if (!target)
    throw refusal(
      'unanswerable',
      `the platform takes no answer to ${event.t}; send a message of its own instead`,
    );
  const { scene, messageId: msgId, eventId } = target;
  if (msgId === undefined && eventId === undefined)
    throw refusal('unanswerable', `this ${event.t} came without an id, so it cannot be answered`, scene);
  const id = scene === 'channel' ? (channelId ?? target.id) : target.id;
  if (id === undefined)
    throw refusal(
      'no-target',
      `${event.t} names no place for an answer; where it is a guild's, give the option channelId`,
      scene,
    );
  const place = { scene, id, guildId: scene === 'channel' ? guildOf(event) : undefined };
  return msgId === undefined ? { place, eventId } : { place, msgId };
}

/** When an event was sent by the platform's clock, in Unix milliseconds; `undefined` where it does not say. */
export function sentAtMs({ d }: IncomingEvent): number | undefined {
  if (typeof d !== 'object' || d === null || !('timestamp' in d)) return undefined;
  const { timestamp } = d;
  if (typeof timestamp === 'string') return timestampTime(timestamp)?.getTime();
  // Events of friends and groups have Unix seconds.
  return typeof timestamp === 'number' && Number.isFinite(timestamp) ? timestamp * 1_000 : undefined;
}

/** @internal */
export function refusal(
  reason: ReplyRefusal,
  message: string,
  scene?: Scene,
  retryAfterMs?: number,
): ReplyRefusedError {
  return new ReplyRefusedError(message, { reason, scene, retryAfterMs });
}

function guildOf({ d }: IncomingEvent): string | undefined {
  const guildId = (d as { readonly guild_id?: unknown }).guild_id;
  return typeof guildId === 'string' ? guildId : undefined;
}
