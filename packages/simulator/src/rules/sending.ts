import type { Bot, Channel, DirectMessage, Friend, GroupBot, Scene } from '../world/model.js';
import type { PassiveVerdict } from './passive.js';
import { DAY_MS, MINUTE_MS, MONTH_MS, type Quota, SECOND_MS } from './quotas.js';
import { badRequest, Refusal, refused } from './refusal.js';
import type { Switches } from './switches.js';

/** What a reply that cannot be sent is refused with. Codes: errors.md; which of two fits, where both do: FIDELITY.md. */
export function passiveRefusal(verdict: Exclude<PassiveVerdict, 'ok'>, scene: Scene): Refusal {
  const isGuild = scene === 'channel' || scene === 'dm';
  switch (verdict) {
    case 'unknown-message':
      return isGuild ? badRequest(304026, 'msg_id is wrong') : refused(40034024, 'msg_id is invalid');
    case 'message-expired':
      return isGuild
        ? badRequest(304027, 'msg_id is too old')
        : refused(40034005, 'msg_id is too old', 304027);
    case 'unknown-event':
      return isGuild ? badRequest(304026, 'event_id is wrong') : refused(40034025, 'event_id is invalid');
    case 'event-expired':
      return isGuild
        ? badRequest(304027, 'event_id is too old')
        : refused(40034026, 'event_id is too old', 304027);
    case 'event-not-answerable':
      return isGuild
        ? badRequest(304026, 'this event allows no answer')
        : refused(40034027, 'this event allows no answer');
    case 'not-mentioned':
      return badRequest(304028, 'the message does not mention the bot');
    case 'duplicate':
      return refused(40054005, 'the message was sent already: same msg_id and msg_seq');
    case 'used-up':
      return refused(40034128, 'all replies to this message are used', 22009);
    default:
      return verdict satisfies never;
  }
}

const limited = (code: number, message: string) => () => new Refusal(429, code, message);
const quotaUsed = (code: number, message: string) => () => badRequest(code, message);

/** Limits of every send, passive or proactive. */
export function sendQuotas(bot: Bot, scene: Scene, target: string): Quota[] {
  if (scene === 'channel') {
    const key = `send channel ${target} ${bot.appId}`;
    return [{ key, max: 5, perMs: SECOND_MS, refusal: limited(20028, 'more than 5 messages a second') }];
  }
  if (scene === 'dm') return [];
  const key = `send ${scene} ${bot.appId}`;
  return [{ key, max: 100, perMs: SECOND_MS, refusal: limited(22009, 'more than 100 messages a second') }];
}

/** Limits of a proactive message in a channel: 20 a day there, in at most 2 channels of its guild. */
export function channelProactiveQuotas(
  bot: Bot,
  channel: Channel,
  isFirstToday: boolean,
  limits: { readonly perChannel: number; readonly channels: number },
): Quota[] {
  const quotas: Quota[] = [
    {
      key: `proactive channel ${channel.id} ${bot.appId}`,
      max: limits.perChannel,
      perMs: DAY_MS,
      refusal: quotaUsed(304045, 'the proactive messages of this channel are used for today'),
    },
  ];
  if (isFirstToday) {
    quotas.push({
      key: `proactive channels of ${channel.guildId} ${bot.appId}`,
      max: limits.channels,
      perMs: DAY_MS,
      refusal: quotaUsed(304047, 'the channels for proactive messages are used for today'),
    });
  }
  return quotas;
}

/** Limits of a proactive DM: 2 a day for a user, 200 a day for the bot. */
export function dmProactiveQuotas(bot: Bot, dm: DirectMessage): Quota[] {
  return [
    {
      key: `proactive dm ${dm.userId} ${bot.appId}`,
      max: 2,
      perMs: DAY_MS,
      refusal: quotaUsed(304049, 'the proactive messages for this user are used for today'),
    },
    {
      key: `proactive dms of ${bot.appId}`,
      max: 200,
      perMs: DAY_MS,
      refusal: quotaUsed(304050, 'the proactive messages of the bot are used for today'),
    },
  ];
}

/** Whether a proactive C2C or group message is allowed at all, and what it counts against. */
export function robotProactiveQuotas(
  bot: Bot,
  scene: 'c2c' | 'group',
  target: string,
  policy: Switches['proactive'],
  receiver: Friend | GroupBot,
): Quota[] {
  if (policy === 'off' || !bot.abilities.has('proactive')) {
    throw refused(40034105, 'proactive messages are not permitted');
  }
  if (!receiver.allowsProactive) {
    throw scene === 'c2c'
      ? refused(40054013, 'the user refuses proactive messages')
      : refused(40034105, 'the group refuses proactive messages');
  }
  const refusal = () => refused(40034100, 'the limit of proactive messages is reached', 22009);
  const quota = (key: string, max: number, perMs: number): Quota => ({ key, max, perMs, refusal });
  const place = `proactive ${scene} ${target} ${bot.appId}`;
  if (policy === 'monthly4') return [quota(`${place} month`, 4, MONTH_MS)];
  const receiving = [quota(`${place} minute`, 20, MINUTE_MS), quota(`${place} day`, 1_000, DAY_MS)];
  const sender = `proactive ${scene} of ${bot.appId}`;
  if (scene === 'group')
    return [quota(`${sender} minute`, bot.isVerified ? 60 : 30, MINUTE_MS), ...receiving];
  const perSecond = quota(`${sender} second`, bot.isVerified ? 10 : 5, SECOND_MS);
  return bot.isVerified
    ? [perSecond, ...receiving]
    : [perSecond, quota(`${sender} minute`, 30, MINUTE_MS), ...receiving];
}

/** The four periods after a user's last message in which one wake-up message each is allowed, in days. */
const WAKE_UP_PERIODS: readonly (readonly [fromDay: number, toDay: number])[] = [
  [0, 1],
  [1, 3],
  [3, 7],
  [7, 30],
];

/** Limit of a wake-up message [互动召回]. Source: openapi.md 1.6. */
export function wakeUpQuota(bot: Bot, friend: Friend, wallMs: number): Quota {
  const days = (wallMs - friend.lastSpokeAtMs) / DAY_MS;
  const period = WAKE_UP_PERIODS.findIndex(([from, to]) => days >= from && days < to);
  if (friend.lastSpokeAtMs === 0 || period < 0) {
    throw refused(40034123, 'no wake-up: the user has not talked to the bot for 30 days');
  }
  return {
    key: `wake-up ${friend.openid} ${bot.appId} ${friend.lastSpokeAtMs} ${period}`,
    max: 1,
    perMs: MONTH_MS,
    refusal: () => refused(40034122, 'the wake-up of this period is used'),
  };
}
