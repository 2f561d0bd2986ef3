import { OpCode } from '../dto/index.js';
import type { Heart, Output } from './protocol-types.js';

/** The documents' sample; stands in when Hello has no usable interval. */
const DEFAULT_INTERVAL_MS = 45_000;

/** An interval below this is a mistake, and following it a flood. */
const MIN_INTERVAL_MS = 10;

/** A look that comes this much too late was held up here: what the socket has to say is not read yet. */
const LATE_MS = 500;

/** Heartbeats from Hello on; the first is drawn from one interval, so that a fleet that connects together does not beat together. */
export function startHeart(interval: unknown, nowMs: number, random: number): Heart {
  const isUsable = typeof interval === 'number' && Number.isFinite(interval) && interval >= MIN_INTERVAL_MS;
  const intervalMs = isUsable ? interval : DEFAULT_INTERVAL_MS;
  return {
    intervalMs,
    nextBeatMs: nowMs + intervalMs * random,
    sentMs: undefined,
    unheardMs: undefined,
    missed: 0,
  };
}

/** What a look at the heartbeats found. */
export interface Pulse {
  readonly heart: Heart;
  readonly outputs: readonly Output[];
  readonly isDead: boolean;
}

/** Limits of {@link beat}. */
export interface PulseLimits {
  readonly ackTimeoutMs: number | undefined;
  readonly maxMissedAcks: number;
  /** A socket we do not read cannot be heard: it does not count as dead. */
  readonly isPaused: boolean;
}

/**
 * Sends the heartbeat that is due and judges the socket: dead when a heartbeat was sent and no frame of any kind came for
 * `ackTimeoutMs`, or when `maxMissedAcks` ACKs in a row are missing although other frames come. A slow link is not a dead one: any
 * frame counts as a sign of life.
 */
export function beat(
  heart: Heart,
  nowMs: number,
  lastFrameMs: number,
  storedSeq: number | null,
  limits: PulseLimits,
): Pulse {
  const ackTimeoutMs = limits.ackTimeoutMs ?? heart.intervalMs;
  let next = heart;
  if (heart.unheardMs !== undefined && !limits.isPaused) {
    const lateMs = nowMs - heart.unheardMs - ackTimeoutMs;
    if (lastFrameMs > heart.unheardMs) next = { ...heart, unheardMs: undefined };
    else if (lateMs >= LATE_MS) next = { ...heart, unheardMs: nowMs - ackTimeoutMs + LATE_MS };
    else if (lateMs >= 0) return { heart, outputs: [], isDead: true };
  }
  if (nowMs < next.nextBeatMs) return { heart: next, outputs: [], isDead: false };
  const missed = next.sentMs === undefined || limits.isPaused ? 0 : next.missed + 1;
  if (missed >= limits.maxMissedAcks) return { heart: next, outputs: [], isDead: true };
  next = {
    ...next,
    // A late timer must not send a burst: the next beat counts from now.
    nextBeatMs: nowMs + next.intervalMs,
    sentMs: nowMs,
    unheardMs: next.unheardMs ?? nowMs,
    missed,
  };
  return { heart: next, outputs: [{ type: 'send', payload: heartbeat(storedSeq) }], isDead: false };
}

/** When the heartbeats want to be looked at again. */
export function heartDeadlineMs(heart: Heart, ackTimeoutMs: number | undefined, isPaused: boolean): number {
  if (heart.unheardMs === undefined || isPaused) return heart.nextBeatMs;
  return Math.min(heart.nextBeatMs, heart.unheardMs + (ackTimeoutMs ?? heart.intervalMs));
}

/** An ACK came, or nothing could be heard: the socket is judged from the next heartbeat on. */
export function acknowledge(heart: Heart): Heart {
  return { ...heart, sentMs: undefined, unheardMs: undefined, missed: 0 };
}

/** Op 1. `d` is the last sequence number that is settled and stored, `null` when there is none. */
export function heartbeat(storedSeq: number | null): { op: number; d: number | null } {
  return { op: OpCode.heartbeat, d: storedSeq };
}
