import type { OpenNumber } from './open-enum.js';
import type { RichObject } from './rich-text.js';
import type { Timestamp } from './timestamp.js';

/**
 * Where something in a forum happened and who did it. The documents' samples show these ids as numbers above 2^53 in
 * some events: read such a frame through {@link quoteForumIds}, or the ids lose digits.
 */
export interface ForumSource {
  guild_id: string;
  channel_id: string;
  author_id: string;
}

/** `d` of all OPEN_FORUM_* events: public forums tell ids only. */
export type OpenForumEvent = ForumSource;

/** Text of a thread, comment or reply: plain, the JSON of a `RichText`, or a list of objects. */
export type ForumText = string | RichObject[];

/** `d` of FORUM_THREAD_*; also the answer of reading a thread. */
export interface Thread extends ForumSource {
  thread_info: ThreadInfo;
}

/** A thread [帖子]. */
export interface ThreadInfo {
  /** `B_…`. */
  thread_id: string;
  /** Plain text from the API; JSON of a `RichText` in events. */
  title: ForumText;
  /** JSON of a `RichText`. */
  content: ForumText;
  date_time: Timestamp;
}

/** `d` of FORUM_POST_*. */
export interface Post extends ForumSource {
  post_info: PostInfo;
}

/** A comment [评论] on a thread. */
export interface PostInfo {
  thread_id: string;
  /** `c_…`. */
  post_id: string;
  content: ForumText;
  date_time: Timestamp;
}

/** `d` of FORUM_REPLY_*. */
export interface Reply extends ForumSource {
  reply_info: ReplyInfo;
}

/** A reply [回复] to a comment. */
export interface ReplyInfo {
  thread_id: string;
  post_id: string;
  /** `r_…`. */
  reply_id: string;
  content: ForumText;
  date_time: Timestamp;
}

/** What an audit was about. */
export const ForumPublishType = {
  Thread: 1,
  Post: 2,
  Reply: 3,
} as const;

export type ForumPublishType = OpenNumber<typeof ForumPublishType>;

/** `d` of FORUM_PUBLISH_AUDIT_RESULT. */
export interface ForumAuditResult extends ForumSource {
  /** BotGo only; equals the answer of `PUT …/threads`. */
  task_id?: string;
  /** Empty when it does not apply. */
  thread_id: string;
  /** Empty when it does not apply. */
  post_id: string;
  /** Empty when it does not apply. */
  reply_id: string;
  type: ForumPublishType;
  /** 0 passed, 1 failed. */
  result: number;
  err_msg: string;
  date_time?: Timestamp;
}

/** Format of a thread's content when writing it. */
export const ThreadFormat = {
  Text: 1,
  HTML: 2,
  Markdown: 3,
  /** JSON of a `RichText`. */
  JSON: 4,
} as const;

export type ThreadFormat = OpenNumber<typeof ThreadFormat>;

/** Body of `PUT /channels/{channel_id}/threads`. */
export interface ThreadToCreate {
  title: string;
  content: string;
  format: ThreadFormat;
}

/** Answer of `PUT /channels/{channel_id}/threads`; FORUM_PUBLISH_AUDIT_RESULT follows. */
export interface ThreadTask {
  task_id: string;
  /** Unix seconds as a string. */
  create_time: string;
}

/** Answer of `GET /channels/{channel_id}/threads`. */
export interface Threads {
  threads: Thread[];
  /** 1: there are no more. */
  is_finish: number;
}

/** Answer of `GET /channels/{channel_id}/threads/{thread_id}`. */
export interface ThreadDetail {
  thread: Thread;
}

/**
 * Turns the ids of {@link ForumSource} that stand as numbers in the text of a frame into strings, so that parsing
 * keeps all digits. The text of anything else stays as it is.
 */
export function quoteForumIds(json: string): string {
  // A quote inside a JSON string is escaped, so that `{"` and `,"` before these names are a key's.
  return json.replace(/([{,]\s*"(?:guild_id|channel_id|author_id)"\s*:\s*)(\d+)/g, '$1"$2"');
}
