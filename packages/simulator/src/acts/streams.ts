import { isObject, type JsonObject } from '../json.js';
import type { Platform } from '../platform.js';
import { badRequest, refused } from '../rules/refusal.js';
import { passiveRefusal } from '../rules/sending.js';
import type { Bot, Friend, Message } from '../world/model.js';
import type { OpenStream } from '../world/open-stream.js';
import { addMessage } from './scenes.js';
import { recordSent } from './send.js';

const MAX_TEXT = 10_000;
/** A stream without a slice for so long has ended. The platform's time is not published. */
const SLICE_TIMEOUT_MS = 60_000;

/**
 * One slice of `/stream_messages`. The first opens the stream and counts as one reply; `stream_msg_id` of the others is the
 * id that the first was answered with. Codes: errors.md; which bound gives which code: FIDELITY.md.
 */
export function pushSlice(
  platform: Platform,
  bot: Bot,
  friend: Friend,
  body: JsonObject,
): { message: Message; remaining: number } {
  const {
    input_state: state,
    content_type: contentType,
    content_raw: raw,
    index,
    stream_msg_id: streamId,
  } = body;
  if (state !== 1 && state !== 10) throw badRequest(40034106, 'input_state must be 1 or 10');
  if (contentType !== 'text' && contentType !== 'markdown')
    throw badRequest(22006, 'content_type must be text or markdown');
  if (typeof raw !== 'string') throw badRequest(22006, 'content_raw must be a string');
  const mode = body.input_mode ?? 'append';
  if (mode !== 'append' && mode !== 'replace')
    throw badRequest(22006, 'input_mode must be append or replace');
  if (typeof index !== 'number' || !Number.isSafeInteger(index) || index < 0) {
    throw badRequest(22006, 'index must be a number from 0');
  }
  const isFirst = typeof streamId !== 'string' || streamId === '';
  const stream = isFirst
    ? open(platform, bot, friend, { body, contentType, mode })
    : find(platform, bot, streamId);
  if (contentType !== stream.contentType)
    throw refused(40034016, 'the content type of a stream cannot change');
  if (index < stream.nextIndex) throw badRequest(22006, `index must be at least ${stream.nextIndex}`);
  const shown = stream.message.content;
  if (stream.mode === 'replace' && !raw.startsWith(shown))
    throw badRequest(40007, 'what was shown may not change');
  const text = stream.mode === 'replace' ? raw : shown + raw;
  if (text.length > MAX_TEXT) throw refused(40054014, 'the stream is too long');
  stream.message.content = text;
  stream.nextIndex = index + 1;
  stream.lastMs = platform.clock.now();
  if (state === 10) {
    stream.state = 'ended';
    recordSent(platform, stream.message, { ...body, content_raw: text });
  }
  return { message: stream.message, remaining: MAX_TEXT - text.length };
}

/** States of the older form: text goes on or ends, guide goes on or ends. */
const OLD_STATES = new Set([1, 10, 11, 20]);

/**
 * A slice of the older form, `stream` on `/v2/users/{openid}/messages`: markdown in increments, linked by `stream.id`.
 * Returns the message that it continues, or undefined for a first slice, which is sent like any message.
 */
export function continueStream(platform: Platform, bot: Bot, body: JsonObject): Message | undefined {
  const { stream: given, markdown } = body;
  if (!isObject(given) || !OLD_STATES.has(Number(given.state)))
    throw refused(40034106, 'stream.state is not known');
  const content = isObject(markdown) ? markdown.content : undefined;
  if (typeof content !== 'string') throw badRequest(22006, 'a stream carries markdown.content');
  const isEnd = given.state === 10 || given.state === 20;
  if (!isEnd && !content.endsWith('\n')) throw refused(40034017, 'a slice must end with a line break');
  if (typeof given.id !== 'string' || given.id === '') return undefined;
  if ((body.msg_type ?? 0) !== 2) throw refused(40034016, 'msg_type of a stream cannot change');
  const stream = find(platform, bot, given.id);
  const text = (given.reset === true ? '' : stream.message.content) + content;
  if (text.length > MAX_TEXT) throw refused(40054014, 'the stream is too long');
  stream.message.content = text;
  stream.lastMs = platform.clock.now();
  if (isEnd) {
    stream.state = 'ended';
    recordSent(platform, stream.message, { ...body, markdown: { content: text } });
  }
  return stream.message;
}

/** Notes that a message which was just sent is the first slice of the older form. */
export function beginStream(platform: Platform, bot: Bot, message: Message): void {
  supersede(platform, bot, message.target);
  platform.streams.set(message.id, {
    message,
    appId: bot.appId,
    contentType: 'markdown',
    mode: 'append',
    nextIndex: 1,
    lastMs: platform.clock.now(),
    state: 'open',
  });
}

/** A newer stream to the same user ends the older one. */
function supersede(platform: Platform, bot: Bot, openid: string): void {
  for (const stream of platform.streams.values()) {
    const isSame = stream.appId === bot.appId && stream.message.target === openid;
    if (isSame && stream.state === 'open') stream.state = 'superseded';
  }
}

function find(platform: Platform, bot: Bot, id: string): OpenStream {
  const stream = platform.streams.get(id);
  if (stream === undefined || stream.appId !== bot.appId) throw refused(40034024, 'stream_msg_id is wrong');
  if (stream.state === 'ended') throw refused(40034018, 'the stream has ended');
  if (stream.state === 'superseded') throw refused(40034022, 'a newer stream was opened');
  if (platform.clock.now() - stream.lastMs > SLICE_TIMEOUT_MS)
    throw refused(40034020, 'the stream has timed out');
  return stream;
}

function open(
  platform: Platform,
  bot: Bot,
  friend: Friend,
  slice: { body: JsonObject; contentType: unknown; mode: 'append' | 'replace' },
): OpenStream {
  const { clock } = platform;
  const { body } = slice;
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== '' ? value : undefined;
  const msgId = text(body.msg_id);
  const eventId = msgId === undefined ? text(body.event_id) : undefined;
  if (msgId === undefined && eventId === undefined) {
    if (body.is_wakeup !== true)
      throw refused(40034105, 'a stream answers a message: msg_id or event_id is needed');
  } else {
    const verdict = platform.passive.claim({
      appId: bot.appId,
      scene: 'c2c',
      target: friend.openid,
      msgId,
      eventId,
      msgSeq: typeof body.msg_seq === 'number' ? body.msg_seq : 1,
      maxReplies: platform.switches.c2cReplies,
      needsMention: false,
      nowMs: clock.now(),
    });
    if (verdict !== 'ok') throw passiveRefusal(verdict, 'c2c');
  }
  supersede(platform, bot, friend.openid);
  const message = addMessage(platform, {
    scene: 'c2c',
    target: friend.openid,
    authorId: bot.openid,
    appId: bot.appId,
    content: '',
  });
  const opened: OpenStream = {
    message,
    appId: bot.appId,
    contentType: slice.contentType,
    mode: slice.mode,
    nextIndex: 0,
    lastMs: clock.now(),
    state: 'open',
  };
  platform.streams.set(message.id, opened);
  return opened;
}
