import { type Anchor, anchorKey, type Place, placeKey, refusal } from './anchor.js';
import { LONGEST_PACED_WINDOW_MS, type SendLimit, type SendLimits, wakeUpPeriod } from './limits.js';
import type { Pace } from './pace-book.js';
import type { Budget } from './reply-store.js';
import type { Scene } from './scene.js';

/** A count lives a little longer than its window, so that a late answer finds no fresh one. */
const COUNT_GRACE_MS = 60_000;

/** What kind of request takes its turn. */
export type SendKind = SendLimit['kind'];

/** Of the limits that hold in a scene. */
interface SceneLimits {
  readonly paces: Readonly<Record<SendKind, readonly SendLimit[]>>;
  readonly quotas: readonly SendLimit[];
}

/** The limits as questions: what does this message count against, and may it be sent at all. Pure. */
export class SendRules {
  readonly limits: SendLimits;
  readonly #scenes: Readonly<Record<Scene, SceneLimits>>;

  constructor(limits: SendLimits) {
    this.limits = limits;
    this.#scenes = {
      channel: ofScene('channel', limits),
      dm: ofScene('dm', limits),
      group: ofScene('group', limits),
      c2c: ofScene('c2c', limits),
    };
  }

  /** Milliseconds left to answer; 0 or less when the window is over. */
  timeLeftMs(anchor: Anchor, nowMs: number): number {
    return anchor.startedMs + this.limits.replies[anchor.place.scene].windowMs - nowMs;
  }

  /** Whether the answer may still be a stream. */
  canStream(anchor: Anchor, nowMs: number): boolean {
    return anchor.place.scene === 'c2c' && nowMs - anchor.startedMs < this.limits.streamWindowMs;
  }

  /** What an answer counts against. @throws {ReplyRefusedError} `window-over` */
  replyBudget(anchor: Anchor, nowMs: number): Budget {
    const { scene } = anchor.place;
    const leftMs = this.timeLeftMs(anchor, nowMs);
    const { maxReplies, windowMs } = this.limits.replies[scene];
    if (leftMs <= 0)
      throw refusal(
        'window-over',
        `the platform takes answers in a ${SCENE_WORDS[scene]} for ${windowMs / 60_000} minutes, and they are over`,
        scene,
      );
    return { key: anchorKey(anchor), max: maxReplies, windowMs: leftMs + COUNT_GRACE_MS };
  }

  /** What a proactive message counts against. @throws {ReplyRefusedError} `proactive-not-allowed` */
  proactiveBudgets(place: Place): Budget[] {
    const { scene } = place;
    if (!this.limits.proactive[scene])
      throw refusal(
        'proactive-not-allowed',
        `proactive messages to a ${SCENE_WORDS[scene]} are switched off`,
        scene,
      );
    const budgets: Budget[] = [];
    for (const limit of this.#scenes[scene].quotas) {
      const key = limitKey(limit, place);
      if (key === undefined) continue;
      const { max, windowMs } = limit;
      if (limit.per === 'guild-channels') {
        const usedHere = `used ${placeKey(place)}`;
        budgets.push({ key, max, windowMs, onlyFirstOf: usedHere });
        budgets.push({ key: usedHere, max: Number.POSITIVE_INFINITY, windowMs });
      } else budgets.push({ key, max, windowMs });
    }
    return budgets;
  }

  /** What a wake-up message counts against. @throws {ReplyRefusedError} `unsupported`, or `proactive-not-allowed` after 30 days */
  wakeUpBudget(place: Place, lastSpokeAtMs: number, wallMs: number): Budget {
    const { scene } = place;
    if (scene !== 'c2c') throw refusal('unsupported', 'wake-up messages go to users only', scene);
    const period = wakeUpPeriod(lastSpokeAtMs, wallMs);
    if (period === undefined)
      throw refusal('proactive-not-allowed', 'the user has not talked to the bot for 30 days', scene);
    const key = `wake-up ${place.id} ${lastSpokeAtMs} ${period.index}`;
    return { key, max: 1, windowMs: period.endsInMs + COUNT_GRACE_MS };
  }

  /** What has to be waited for: the platform's limits per second and minute. */
  paces(place: Place, kind: SendKind): Pace[] {
    const result: Pace[] = [];
    for (const limit of this.#scenes[place.scene].paces[kind]) {
      const key = limitKey(limit, place);
      if (key !== undefined) result.push({ key, max: limit.max, windowMs: limit.windowMs });
    }
    return result;
  }
}

/** The scenes in words, for errors. */
export const SCENE_WORDS: Readonly<Record<Scene, string>> = Object.freeze({
  channel: 'channel',
  dm: 'direct message of a guild',
  group: 'group',
  c2c: 'chat with a user',
});

function ofScene(scene: Scene, { limits }: SendLimits): SceneLimits {
  const here = limits.filter((limit) => limit.scene === scene);
  const isPaced = ({ windowMs }: SendLimit): boolean => windowMs <= LONGEST_PACED_WINDOW_MS;
  const paced = (...kinds: SendKind[]): SendLimit[] =>
    here.filter((limit) => isPaced(limit) && kinds.includes(limit.kind));
  return {
    paces: {
      all: paced('all'),
      proactive: paced('all', 'proactive'),
      stream: paced('stream'),
      file: paced('file'),
      'upload-step': paced('upload-step'),
    },
    quotas: here.filter((limit) => limit.kind === 'proactive' && !isPaced(limit)),
  };
}

/** `undefined` where the limit cannot be counted: a channel whose guild is not known. */
function limitKey({ scene, kind, per, windowMs }: SendLimit, place: Place): string | undefined {
  switch (per) {
    case 'place':
      return `${kind} ${placeKey(place)} ${windowMs}`;
    case 'bot':
      return `${kind} ${scene} ${windowMs}`;
    case 'guild-channels':
      return place.guildId === undefined ? undefined : `${kind} channels of ${place.guildId} ${windowMs}`;
    default:
      return per satisfies never;
  }
}
