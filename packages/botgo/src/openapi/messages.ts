import {
  type ChannelMessageToCreate,
  type Message,
  type MessagesPager,
  mentionUser,
  messagesQueryParams,
} from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint, sendingEndpoint } from './endpoint.js';
import { messageRequest } from './message-request.js';
import { requirePager } from './pager.js';
import { isObject, readArray, readNothing, readObject, type WRONG_SHAPE } from './readers.js';
import type { Sent } from './send-outcome.js';

const MESSAGE = endpoint('GET /channels/{channel_id}/messages/{message_id}', readMessage);
const MESSAGES = endpoint('GET /channels/{channel_id}/messages', readArray<Message>);
const POST_MESSAGE = sendingEndpoint<Message>('POST /channels/{channel_id}/messages');
const PATCH_MESSAGE = sendingEndpoint<Message>('PATCH /channels/{channel_id}/messages/{message_id}');
const RETRACT_MESSAGE = endpoint('DELETE /channels/{channel_id}/messages/{message_id}', readNothing);
const POST_SETTING_GUIDE = sendingEndpoint<Message>('POST /channels/{channel_id}/settingguide');

/** Options of taking a message back. */
export interface RetractOptions extends CallOptions {
  /** Leave no grey notice behind. @defaultValue false */
  readonly hideTip?: boolean | undefined;
}

/** Messages in text channels [文字子频道]. */
export interface MessageAPI {
  /** One message. BotGo ≥ 0.1.7 asks for the list instead (D-H1). No longer in the documents. */
  message(channelId: string, messageId: string, options?: CallOptions): Promise<Message>;
  /**
   * A page of messages around, before or after one; at most 20. No longer in the documents.
   * @throws {BotgoError} `BOTGO_PAGER_MISSING` without a pager.
   */
  messages(channelId: string, pager: MessagesPager, options?: CallOptions): Promise<Message[]>;
  /**
   * Sends a message to a channel: an answer with `msg_id` or `event_id` (within 5 minutes), else a proactive one (20 a day per channel by
   * default, and none without a live gateway connection: 304018). URLs must be registered in the console (304003).
   * `file_image` is sent as `multipart/form-data`. Five messages per second and channel. Source: bot-docs.
   * @returns The message, or that an audit decides (proactive messages of public-domain bots).
   */
  postMessage(
    channelId: string,
    message: ChannelMessageToCreate,
    options?: CallOptions,
  ): Promise<Sent<Message>>;
  /**
   * Edits a message of the bot's own: only one with a keyboard, which must not become empty (50049 to 50053). Source: BotGo, error table
   * of bot-docs.
   */
  patchMessage(
    channelId: string,
    messageId: string,
    message: ChannelMessageToCreate,
    options?: CallOptions,
  ): Promise<Sent<Message>>;
  /**
   * Takes a message back. Administrators may do so with members' messages, the owner's bot with everybody's. Private-domain bots.
   * Source: bot-docs.
   */
  retractMessage(channelId: string, messageId: string, options?: RetractOptions): Promise<void>;
  /** Asks the named users for their push settings. Errors 304051, 304052. Source: BotGo. */
  postSettingGuide(
    channelId: string,
    userIds: readonly string[],
    options?: CallOptions,
  ): Promise<Sent<Message>>;
}

/** @internal */
export function messageAPI(call: Call): MessageAPI {
  return {
    message: (channelId, messageId, options) => call(MESSAGE, { ids: [channelId, messageId] }, options),
    messages: async (channelId, pager, options) =>
      call(MESSAGES, { ids: [channelId], query: messagesQueryParams(requirePager(pager)) }, options),
    postMessage: async (channelId, message, options) =>
      call(POST_MESSAGE, { ids: [channelId], ...(await messageRequest(message)) }, options),
    patchMessage: async (channelId, messageId, message, options) =>
      call(PATCH_MESSAGE, { ids: [channelId, messageId], ...(await messageRequest(message)) }, options),
    retractMessage: (channelId, messageId, options) =>
      call(RETRACT_MESSAGE, { ids: [channelId, messageId], query: retractQuery(options) }, options),
    postSettingGuide: (channelId, userIds, options) =>
      call(
        POST_SETTING_GUIDE,
        { ids: [channelId], body: { content: userIds.map(mentionUser).join('') } },
        options,
      ),
  };
}

/** `hidetip=true`, or nothing. */
export function retractQuery(options: RetractOptions | undefined): Record<string, string> {
  return options?.hideTip ? { hidetip: 'true' } : {};
}

/** The description of 2022 answers with the message, clients of the same year read `{message}`. */
function readMessage(body: unknown): Message | typeof WRONG_SHAPE {
  return readObject<Message>(isObject(body) && isObject(body.message) && !body.id ? body.message : body);
}
