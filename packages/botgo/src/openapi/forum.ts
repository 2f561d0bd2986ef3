import type { Thread, Threads, ThreadTask, ThreadToCreate } from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { isObject, readNothing, readObject, type WRONG_SHAPE } from './readers.js';

const THREADS = endpoint('GET /channels/{channel_id}/threads', readObject<Threads>);
const THREAD = endpoint('GET /channels/{channel_id}/threads/{thread_id}', readThread);
// Each call publishes a thread, though it is a PUT.
const PUT_THREAD = endpoint('PUT /channels/{channel_id}/threads', readObject<ThreadTask>, 'unsafe');
const DELETE_THREAD = endpoint('DELETE /channels/{channel_id}/threads/{thread_id}', readNothing);

/** Threads [帖子] of a forum channel. Private-domain bots only. Errors 503001 to 503020. */
export interface ForumAPI {
  /** The threads of a forum, and whether these are all (`is_finish`). Source: bot-docs. */
  threads(channelId: string, options?: CallOptions): Promise<Threads>;
  /** One thread. `thread_info.content` is the JSON of a `RichText`. Source: bot-docs. */
  thread(channelId: string, threadId: string, options?: CallOptions): Promise<Thread>;
  /** Publishes a thread; whether it appears is told by FORUM_PUBLISH_AUDIT_RESULT. Source: bot-docs. */
  putThread(channelId: string, thread: ThreadToCreate, options?: CallOptions): Promise<ThreadTask>;
  deleteThread(channelId: string, threadId: string, options?: CallOptions): Promise<void>;
}

/** @internal */
export function forumAPI(call: Call): ForumAPI {
  return {
    threads: (channelId, options) => call(THREADS, { ids: [channelId] }, options),
    thread: (channelId, threadId, options) => call(THREAD, { ids: [channelId, threadId] }, options),
    putThread: (channelId, thread, options) => call(PUT_THREAD, { ids: [channelId], body: thread }, options),
    deleteThread: (channelId, threadId, options) =>
      call(DELETE_THREAD, { ids: [channelId, threadId] }, options),
  };
}

/** The example wraps the thread; the table has it bare. */
function readThread(body: unknown): Thread | typeof WRONG_SHAPE {
  return readObject<Thread>(isObject(body) && isObject(body.thread) ? body.thread : body);
}
