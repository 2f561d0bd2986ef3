import type { JsonObject } from '../json.js';
import { isObject } from '../json.js';
import type { Platform } from '../platform.js';
import { checkGuildContent, checkRobotContent } from '../rules/content.js';
import type { PassiveClaim } from '../rules/passive.js';
import type { Quota } from '../rules/quotas.js';
import { badRequest, Refusal, refused } from '../rules/refusal.js';
import {
  channelProactiveQuotas,
  dmProactiveQuotas,
  passiveRefusal,
  robotProactiveQuotas,
  sendQuotas,
  wakeUpQuota,
} from '../rules/sending.js';
import type { Bot, Message, Scene } from '../world/model.js';
import { refIndex } from '../world/payloads.js';
import { auditLater } from './audit.js';
import { type Destination, targetOf } from './destination.js';
import { addMessage } from './scenes.js';

/** What became of a send: the message, or the id of the audit that it waits for. */
export type SendResult =
  | { readonly message: Message }
  | { readonly auditId: string; readonly isReply: boolean };

const REPLIES_WITHOUT_LIMIT = Number.POSITIVE_INFINITY;
const GROUP_REPLIES = 5;

/**
 * Sends a bot's message by the rules: content, right, window, count, quota, audit; then it is in the world and in the
 * outbox. @throws {Refusal} with the platform's code; then nothing was counted
 */
export function sendMessage(
  platform: Platform,
  bot: Bot,
  to: Destination,
  body: JsonObject,
  attachments: readonly JsonObject[] = [],
): SendResult {
  const { switches, clock, quotas } = platform;
  const nowMs = clock.now();
  if (to.scene === 'channel' || to.scene === 'dm') checkGuildContent(bot, body, attachments.length > 0);
  else checkRobotContent(bot, to.scene, body);
  checkPlace(platform, bot, to);
  checkReference(to, body.message_reference);
  const media = readMedia(platform, to, body);
  const claim = claimOf(platform, bot, to, body, nowMs);
  const isReply = claim !== undefined;
  const needed: Quota[] = switches.rateLimits ? sendQuotas(bot, to.scene, targetOf(to)) : [];
  if (claim !== undefined) {
    const verdict = platform.passive.claim(claim, true);
    if (verdict !== 'ok') throw passiveRefusal(verdict, to.scene);
  } else {
    needed.push(...proactiveQuotas(platform, bot, to, body));
  }
  const full = quotas.take(needed, nowMs);
  if (full !== undefined) throw full;
  if (claim !== undefined) platform.passive.claim(claim);
  const extra = extraOf(body, [...attachments, ...media]);
  if (switches.audit === 'all' || (switches.audit === 'proactive' && !isReply)) {
    return { auditId: auditLater(platform, bot, to, () => deliver(platform, bot, to, body, extra)), isReply };
  }
  return { message: deliver(platform, bot, to, body, extra) };
}

/** Puts the message into the world, the outbox and the stream. */
function deliver(
  platform: Platform,
  bot: Bot,
  to: Destination,
  body: JsonObject,
  extra: Readonly<Record<string, unknown>>,
): Message {
  const isGuild = to.scene === 'channel' || to.scene === 'dm';
  const message = addMessage(platform, {
    scene: to.scene,
    target: targetOf(to),
    authorId: isGuild ? bot.id : bot.openid,
    appId: bot.appId,
    content: contentOf(body),
    mayMentionAll: bot.abilities.has('at-everyone'),
    extra,
  });
  recordSent(platform, message, body);
  return message;
}

/** Shows a sent message in the outbox and the stream. */
export function recordSent(platform: Platform, message: Message, body: JsonObject): void {
  const sent = platform.outbox.add({
    at: message.atMs,
    appId: message.appId,
    scene: message.scene,
    target: message.target,
    messageId: message.id,
    content: message.content,
    replyTo: text(body.msg_id) ?? text(body.event_id) ?? '',
    body: { ...body },
  });
  platform.stream.emit({ type: 'message', sent });
}

function contentOf(body: JsonObject): string {
  const { content, markdown } = body;
  if (typeof content === 'string' && content !== '') return content;
  return isObject(markdown) && typeof markdown.content === 'string' ? markdown.content : '';
}

const KEPT = [
  'ark',
  'markdown',
  'keyboard',
  'message_reference',
  'input_notify',
  'media',
  // Comes back with feedback on the message.
  'action_button',
] as const;

/** An ark in its own form: without the second wrapper of the multipart sample, and with its list of variables. */
export function arkOf(given: unknown): unknown {
  if (!isObject(given)) return given;
  return { kv: [], ...(isObject(given.ark) ? given.ark : given) };
}

function extraOf(body: JsonObject, attachments: readonly JsonObject[]): Readonly<Record<string, unknown>> {
  const extra: Record<string, unknown> = {};
  for (const key of KEPT) if (body[key] !== undefined && body[key] !== null) extra[key] = body[key];
  if (extra.ark !== undefined) extra.ark = arkOf(extra.ark);
  if (isObject(body.embed)) extra.embeds = [body.embed];
  const image = text(body.image);
  const all = image === undefined ? attachments : [{ url: image, content_type: 'image/png' }, ...attachments];
  if (all.length > 0) extra.attachments = all;
  return extra;
}

function checkPlace(platform: Platform, bot: Bot, to: Destination): void {
  const { switches, gateway } = platform;
  switch (to.scene) {
    case 'channel':
      if (to.channel.type !== 0) throw badRequest(10003, 'messages go to text channels only');
      if (switches.needsConnection && !gateway.hasConnection(bot.appId)) {
        throw badRequest(304018, 'the bot is not connected to the gateway');
      }
      return;
    case 'dm':
      if (to.dm.appId !== bot.appId) throw badRequest(304034, 'the bot is not in this DM');
      return;
    case 'group': {
      const member = to.group.members.get(bot.openid);
      if (member !== undefined && member.muteUntilMs > platform.clock.wall()) {
        throw refused(40054002, 'the bot is muted in the group');
      }
      return;
    }
    case 'c2c':
      if (bot.state === 'offline') throw refused(40054016, 'the bot was taken offline');
      return;
    default:
      to satisfies never;
  }
}

/** A quoted message must be there, unless the bot does not mind. v2 knows it by its index, or by its id. */
function checkReference(to: Destination, reference: unknown): void {
  if (!isObject(reference) || reference.ignore_get_message_error === true) return;
  const id = reference.message_id;
  if (
    messagesOf(to).some((message) => !message.retracted && (message.id === id || refIndex(message.id) === id))
  )
    return;
  if (to.scene === 'channel' || to.scene === 'dm')
    throw badRequest(50039, 'the quoted message does not exist');
  throw refused(40034024, 'the quoted message does not exist');
}

function messagesOf(to: Destination): readonly Message[] {
  switch (to.scene) {
    case 'channel':
      return to.channel.messages;
    case 'dm':
      return to.dm.messages;
    case 'group':
      return to.group.messages;
    case 'c2c':
      return to.friend.messages;
    default:
      return to satisfies never;
  }
}

/** The attachment behind `media.file_info`. */
function readMedia(platform: Platform, to: Destination, body: JsonObject): readonly JsonObject[] {
  const { media } = body;
  if ((to.scene !== 'c2c' && to.scene !== 'group') || !isObject(media) || (body.msg_type ?? 0) !== 7)
    return [];
  const found = platform.media.find(String(media.file_info), to.scene, platform.clock.now());
  if (found === undefined) throw badRequest(304080, 'file_info is invalid or has expired');
  return [platform.media.attachment(found)];
}

function claimOf(
  { switches }: Platform,
  bot: Bot,
  to: Destination,
  body: JsonObject,
  nowMs: number,
): PassiveClaim | undefined {
  const msgId = text(body.msg_id);
  const eventId = text(body.event_id);
  const isRobot = to.scene === 'c2c' || to.scene === 'group';
  if (body.is_wakeup === true) {
    if (msgId !== undefined || eventId !== undefined) {
      throw refused(40034123, 'is_wakeup excludes msg_id and event_id');
    }
    return undefined;
  }
  if (msgId === undefined && eventId === undefined) return undefined;
  const seq = body.msg_seq ?? 1;
  if (isRobot && (typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 0)) {
    throw refused(304061, 'msg_seq must be a whole number');
  }
  return {
    appId: bot.appId,
    scene: to.scene,
    target: targetOf(to),
    msgId,
    eventId: msgId === undefined ? eventId : undefined,
    msgSeq: isRobot ? Number(seq) : undefined,
    maxReplies: repliesAllowed(to.scene, switches.c2cReplies),
    needsMention: to.scene === 'channel' && !bot.isPrivate,
    nowMs,
  };
}

function repliesAllowed(scene: Scene, c2cReplies: number): number {
  if (scene === 'c2c') return c2cReplies;
  return scene === 'group' ? GROUP_REPLIES : REPLIES_WITHOUT_LIMIT;
}

function proactiveQuotas(platform: Platform, bot: Bot, to: Destination, body: JsonObject): Quota[] {
  const { switches, clock, quotas } = platform;
  switch (to.scene) {
    case 'channel': {
      const setting = platform.messageSettingOf(to.channel.guildId);
      if (setting.disable_push_msg) throw badRequest(304048, 'the guild allows no proactive messages');
      if (setting.channel_ids.length > 0 && !setting.channel_ids.includes(to.channel.id)) {
        throw badRequest(304046, 'the channel allows no proactive messages');
      }
      if (!switches.rateLimits) return [];
      const first = quotas.used(`proactive channel ${to.channel.id} ${bot.appId}`, clock.now()) === 0;
      const limits = {
        perChannel: setting.channel_push_max_num,
        channels: Math.max(2, setting.channel_ids.length),
      };
      return channelProactiveQuotas(bot, to.channel, first, limits);
    }
    case 'dm':
      return switches.rateLimits ? dmProactiveQuotas(bot, to.dm) : [];
    case 'group':
    case 'c2c': {
      if (to.scene === 'c2c' && body.is_wakeup === true) return [wakeUpQuota(bot, to.friend, clock.wall())];
      const receiver = to.scene === 'c2c' ? to.friend : to.group.bots.get(bot.appId);
      if (receiver === undefined)
        throw new Refusal(400, 11293, 'the bot is not in the group', { errCode: 40034101 });
      const needed = robotProactiveQuotas(bot, to.scene, targetOf(to), switches.proactive, receiver);
      return switches.rateLimits || switches.proactive === 'monthly4' ? needed : [];
    }
    default:
      return to satisfies never;
  }
}

/** What the v2 endpoints answer. */
export function robotAnswer(message: Message, timestamp: string): Record<string, unknown> {
  return { id: message.id, timestamp, ext_info: { ref_idx: refIndex(message.id) } };
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
