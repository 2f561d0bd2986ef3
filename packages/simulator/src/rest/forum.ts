import { addThread, FORUM, richText, tellThread, threadWire } from '../acts/forum.js';
import { publish } from '../acts/say.js';
import { beijingTime } from '../clock.js';
import type { Ids } from '../ids.js';
import { isObject, type JsonObject } from '../json.js';
import { badRequest } from '../rules/refusal.js';
import type { Channel, Thread } from '../world/model.js';
import { type Call, NO_CONTENT, ok, optionalText, optionalWhole, type Reply, type Route } from './call.js';
import { channelOf, listeners, needPrivate } from './places.js';

export const forumRoutes: readonly Route[] = [
  { method: 'GET', path: '/channels/:channel_id/threads', handler: list },
  { method: 'GET', path: '/channels/:channel_id/threads/:thread_id', handler: one },
  { method: 'PUT', path: '/channels/:channel_id/threads', handler: create },
  { method: 'DELETE', path: '/channels/:channel_id/threads/:thread_id', handler: remove },
];

const MAX_TITLE = 100;
const MAX_CONTENT = 10_000;
const JSON_FORMAT = 4;

function forumOf(call: Call): Channel {
  const channel = channelOf(call);
  needPrivate(call);
  if (channel.type !== FORUM) throw badRequest(503003, 'the channel is no forum');
  return channel;
}

function threadOf(call: Call, channel: Channel): Thread {
  const thread = channel.threads.get(call.param('thread_id'));
  if (thread === undefined) throw badRequest(503012, 'the thread does not exist or was deleted');
  return thread;
}

function list(call: Call): Reply {
  const channel = forumOf(call);
  const threads = [...channel.threads.values()].map((thread) => threadWire(channel, thread));
  return ok({ threads, is_finish: 1 });
}

function one(call: Call): Reply {
  const channel = forumOf(call);
  return ok({ thread: threadWire(channel, threadOf(call, channel)) });
}

/** Posting is asynchronous: the audit's result follows as an event, and with it the thread. */
function create(call: Call): Reply {
  const { platform, bot, body } = call;
  const channel = forumOf(call);
  const title = optionalText(body, 'title', 503005) ?? '';
  const content = optionalText(body, 'content', 503006) ?? '';
  const format = optionalWhole(body.format, 'format', 503015) ?? 1;
  if (title === '') throw badRequest(503005, 'the title is empty');
  if (content === '') throw badRequest(503006, 'the content is empty');
  if (title.length > MAX_TITLE) throw badRequest(503020, 'the title is too long');
  if (content.length > MAX_CONTENT) throw badRequest(503017, 'too many characters');
  if (format < 1 || format > JSON_FORMAT) throw badRequest(503015, 'format must be 1 to 4');
  const rich = format === JSON_FORMAT ? storedRichText(content, platform.ids) : richText(content);
  const taskId = platform.ids.tagged('task_');
  const createdAtMs = platform.clock.wall();
  platform.clock.after(platform.switches.auditMs, () => {
    const passes = platform.switches.auditResult === 'pass';
    const thread = passes
      ? addThread(platform, channel, { authorId: bot.id, title, content: rich })
      : undefined;
    const d = {
      task_id: taskId,
      guild_id: channel.guildId,
      channel_id: channel.id,
      author_id: bot.id,
      thread_id: thread?.id ?? '',
      post_id: '',
      reply_id: '',
      type: 1,
      result: passes ? 0 : 1,
      err_msg: passes ? '' : 'rejected',
      date_time: beijingTime(platform.clock.wall()),
    };
    publish(platform, 'FORUM_PUBLISH_AUDIT_RESULT', d, [bot.appId]);
    if (thread !== undefined) tellThread(platform, channel, 'THREAD_CREATE', thread);
  });
  return ok({ task_id: taskId, create_time: String(Math.floor(createdAtMs / 1_000)) });
}

/** Rich text as the bot gave it, with what the platform adds for pictures and films that it copied. */
function storedRichText(content: string, ids: Ids): string {
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    throw badRequest(503014, 'the JSON content cannot be parsed');
  }
  if (!isObject(parsed) || !Array.isArray(parsed.paragraphs))
    throw badRequest(503015, 'the content has no paragraphs');
  const paragraphs = (parsed.paragraphs as readonly unknown[]).map((paragraph) => {
    if (!isObject(paragraph) || !Array.isArray(paragraph.elems)) return paragraph;
    const elems = (paragraph.elems as readonly unknown[]).map((elem) => storedElem(elem, ids));
    return { ...paragraph, elems };
  });
  return JSON.stringify({ ...parsed, paragraphs });
}

function storedElem(elem: unknown, ids: Ids): unknown {
  if (!isObject(elem)) return elem;
  const { image, video } = elem;
  if (isObject(image) && typeof image.third_url === 'string')
    return { ...elem, image: { ...image, plat_image: storedImage(image.third_url, ids) } };
  if (!isObject(video) || typeof video.third_url !== 'string') return elem;
  const plat_video = {
    url: video.third_url,
    width: 0,
    height: 0,
    video_id: ids.tagged('video_'),
    duration: 0,
    cover: storedImage('', ids),
  };
  return { ...elem, video: { ...video, plat_video } };
}

/** Files by URL are never fetched, so their size is unknown. */
function storedImage(url: string, ids: Ids): JsonObject {
  return { url, width: 0, height: 0, image_id: ids.tagged('image_') };
}

function remove(call: Call): Reply {
  const channel = forumOf(call);
  const thread = threadOf(call, channel);
  channel.threads.delete(thread.id);
  if (listeners(call, channel.guildId).length > 0)
    tellThread(call.platform, channel, 'THREAD_DELETE', thread);
  return NO_CONTENT;
}
