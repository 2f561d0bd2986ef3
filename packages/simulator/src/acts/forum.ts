import { beijingTime } from '../clock.js';
import type { Fields } from '../json.js';
import type { Platform } from '../platform.js';
import type { Channel, Post, Thread } from '../world/model.js';
import type { ActResult } from './act-result.js';
import { publish } from './say.js';

export const FORUM = 10007;

/** Plain text as the JSON text of a RichText, one paragraph a line. Source: objects.md 3. */
export function richText(text: string): string {
  const paragraphs = text.split('\n').map((line) => ({
    elems: line === '' ? [] : [{ type: 1, text: { text: line } }],
    props: { alignment: 0 },
  }));
  return JSON.stringify({ paragraphs });
}

/** Event data of a thread. In events the title is RichText as well; over the API it is plain. */
export function threadWire(channel: Channel, thread: Thread, title = thread.title): Record<string, unknown> {
  return {
    guild_id: channel.guildId,
    channel_id: channel.id,
    author_id: thread.authorId,
    thread_info: {
      thread_id: thread.id,
      title,
      content: thread.content,
      date_time: beijingTime(thread.atMs),
    },
  };
}

type ForumEvent =
  | 'THREAD_CREATE'
  | 'THREAD_UPDATE'
  | 'THREAD_DELETE'
  | 'POST_CREATE'
  | 'POST_DELETE'
  | 'REPLY_CREATE'
  | 'REPLY_DELETE';

/** The private event with its content, and the public one that only says where. */
export function tellForum(
  platform: Platform,
  channel: Channel,
  name: ForumEvent,
  d: Record<string, unknown>,
): { t: string; id: string }[] {
  const bots = [...(platform.world.guilds.get(channel.guildId)?.bots ?? [])];
  const place = { guild_id: d.guild_id, channel_id: d.channel_id, author_id: d.author_id };
  return [publish(platform, `FORUM_${name}`, d, bots), publish(platform, `OPEN_FORUM_${name}`, place, bots)];
}

export function addThread(
  platform: Platform,
  channel: Channel,
  parts: { authorId: string; title: string; content: string },
): Thread {
  const thread: Thread = {
    id: platform.ids.tagged('B_'),
    authorId: parts.authorId,
    title: parts.title,
    content: parts.content,
    atMs: platform.clock.wall(),
    posts: new Map(),
  };
  channel.threads.set(thread.id, thread);
  return thread;
}

function channelFrom({ world }: Platform, input: Fields): Channel {
  const channel = world.channels.get(input.id('channelId'));
  if (channel?.type !== FORUM) throw input.unknown('channelId', 'forum channel');
  return channel;
}

function threadFrom(channel: Channel, input: Fields): Thread {
  const thread = channel.threads.get(input.id('threadId'));
  if (thread === undefined) throw input.unknown('threadId', 'thread');
  return thread;
}

function postFrom(thread: Thread, input: Fields): Post {
  const post = thread.posts.get(input.id('postId'));
  if (post === undefined) throw input.unknown('postId', 'comment');
  return post;
}

/** A user writes, changes or deletes a thread. */
export function threadAct(
  platform: Platform,
  input: Fields,
  what: 'create' | 'update' | 'delete',
): ActResult {
  const channel = channelFrom(platform, input);
  if (what === 'create') {
    const thread = addThread(platform, channel, {
      authorId: input.id('from'),
      title: input.string('title'),
      content: richText(input.string('content')),
    });
    return { events: tellThread(platform, channel, 'THREAD_CREATE', thread), id: thread.id };
  }
  const thread = threadFrom(channel, input);
  if (what === 'delete') {
    channel.threads.delete(thread.id);
    return { events: tellThread(platform, channel, 'THREAD_DELETE', thread), id: thread.id };
  }
  thread.title = input.string('title', thread.title);
  thread.content = input.has('content') ? richText(input.string('content')) : thread.content;
  return { events: tellThread(platform, channel, 'THREAD_UPDATE', thread), id: thread.id };
}

export function tellThread(
  platform: Platform,
  channel: Channel,
  name: 'THREAD_CREATE' | 'THREAD_UPDATE' | 'THREAD_DELETE',
  thread: Thread,
): { t: string; id: string }[] {
  return tellForum(platform, channel, name, threadWire(channel, thread, richText(thread.title)));
}

/** A user comments on a thread, or deletes the comment. */
export function postAct(platform: Platform, input: Fields, creates: boolean): ActResult {
  const channel = channelFrom(platform, input);
  const thread = threadFrom(channel, input);
  const post: Post = creates
    ? {
        id: platform.ids.tagged('c_'),
        authorId: input.id('from'),
        content: richText(input.string('content')),
        atMs: platform.clock.wall(),
        replies: new Map(),
      }
    : postFrom(thread, input);
  if (creates) thread.posts.set(post.id, post);
  else thread.posts.delete(post.id);
  const d = {
    guild_id: channel.guildId,
    channel_id: channel.id,
    author_id: post.authorId,
    post_info: {
      thread_id: thread.id,
      post_id: post.id,
      content: post.content,
      date_time: beijingTime(post.atMs),
    },
  };
  return { events: tellForum(platform, channel, creates ? 'POST_CREATE' : 'POST_DELETE', d), id: post.id };
}

/** A user answers a comment, or deletes the answer. */
export function replyAct(platform: Platform, input: Fields, creates: boolean): ActResult {
  const channel = channelFrom(platform, input);
  const thread = threadFrom(channel, input);
  const post = postFrom(thread, input);
  const reply = creates
    ? {
        id: platform.ids.tagged('r_'),
        authorId: input.id('from'),
        content: richText(input.string('content')),
        atMs: platform.clock.wall(),
      }
    : post.replies.get(input.id('replyId'));
  if (reply === undefined) throw input.unknown('replyId', 'reply');
  if (creates) post.replies.set(reply.id, reply);
  else post.replies.delete(reply.id);
  const d = {
    guild_id: channel.guildId,
    channel_id: channel.id,
    author_id: reply.authorId,
    reply_info: {
      thread_id: thread.id,
      post_id: post.id,
      reply_id: reply.id,
      content: reply.content,
      date_time: beijingTime(reply.atMs),
    },
  };
  return { events: tellForum(platform, channel, creates ? 'REPLY_CREATE' : 'REPLY_DELETE', d), id: reply.id };
}
