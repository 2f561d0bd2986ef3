import {
  type C2CMessageToCreate,
  type FileUploadResult,
  type GroupMessageToCreate,
  type InputNotify,
  type MessageSendResult,
  MessageType,
  type RichMediaMessage,
  SendType,
  type StreamMessageRequest,
  type StreamMessageResult,
  sendType,
} from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint, sendingEndpoint } from './endpoint.js';
import { POST_C2C_FILE, POST_GROUP_FILE } from './media.js';
import { repeatOfMessage } from './message-request.js';
import { readNothing, readObject } from './readers.js';
import type { Sent } from './send-outcome.js';

const POST_C2C_MESSAGE = sendingEndpoint<MessageSendResult>('POST /v2/users/{openid}/messages');
const POST_GROUP_MESSAGE = sendingEndpoint<MessageSendResult>('POST /v2/groups/{group_openid}/messages');
const RETRACT_C2C = endpoint('DELETE /v2/users/{openid}/messages/{message_id}', readNothing);
const RETRACT_GROUP = endpoint('DELETE /v2/groups/{group_openid}/messages/{message_id}', readNothing);
const POST_STREAM = endpoint('POST /v2/users/{openid}/stream_messages', readObject<StreamMessageResult>);

/** What a message or a notice answers. */
export type Answering = Pick<C2CMessageToCreate, 'msg_id' | 'event_id' | 'msg_seq'>;

/** Messages to users [单聊] and groups [群聊]. */
export interface ChatAPI {
  /**
   * Sends a message to a user: an answer with `msg_id` or `event_id` (4 per message, within 60 minutes), else a proactive one. The same
   * `msg_id` and `msg_seq` again is refused (40054005), so that an answer with both is sent once more when its result is lost. A keyboard
   * shows under markdown only. A body with `file_type` is an upload, as in BotGo. 100 a second. Source: bot-docs, official wiki.
   */
  postC2CMessage(
    openid: string,
    message: C2CMessageToCreate,
    options?: CallOptions,
  ): Promise<Sent<MessageSendResult>>;
  postC2CMessage(openid: string, file: RichMediaMessage, options?: CallOptions): Promise<FileUploadResult>;
  /**
   * Sends a message to a group: an answer with `msg_id` or `event_id` (5 per message, within 5 minutes), else a proactive one. No
   * streaming and no typing notice. The rest is as with {@link ChatAPI.postC2CMessage}. Source: bot-docs, official wiki.
   */
  postGroupMessage(
    groupOpenid: string,
    message: GroupMessageToCreate,
    options?: CallOptions,
  ): Promise<Sent<MessageSendResult>>;
  postGroupMessage(
    groupOpenid: string,
    file: RichMediaMessage,
    options?: CallOptions,
  ): Promise<FileUploadResult>;
  /** Takes back a message of the bot's own, within 2 minutes (306011, 40064004). 10 a second. Source: bot-docs. */
  retractC2CMessage(openid: string, messageId: string, options?: CallOptions): Promise<void>;
  /**
   * Takes back a message of the bot's own within 2 minutes; a bot that is administrator of the group also those of ordinary members.
   * Errors 40061001, 40062003, 40064004, 50065001. 10 a second. Source: bot-docs, official wiki.
   */
  retractGroupMessage(groupOpenid: string, messageId: string, options?: CallOptions): Promise<void>;
  /**
   * Shows "is typing" for 1 to 60 seconds, until a message comes. It counts as one of the answers to a message. C2C only.
   * Source: BotGo, official wiki.
   */
  sendInputNotify(
    openid: string,
    notify: InputNotify,
    answering?: Answering,
    options?: CallOptions,
  ): Promise<Sent<MessageSendResult>>;
  /**
   * Sends one slice of a message that grows. `index` counts slices from 0, `stream_msg_id` is the `id` that the first one returned,
   * `msg_seq` stays the same. At least 300 ms between slices; 50 a second. C2C only. Source: official wiki.
   */
  postC2CStreamMessage(
    openid: string,
    slice: StreamMessageRequest,
    options?: CallOptions,
  ): Promise<StreamMessageResult>;
}

/** @internal */
export function chatAPI(call: Call): ChatAPI {
  function sendC2C(openid: string, message: C2CMessageToCreate, options: CallOptions | undefined) {
    return call(
      POST_C2C_MESSAGE,
      { ids: [openid], body: message, repeat: repeatOfMessage(message) },
      options,
    );
  }

  function postC2CMessage(
    openid: string,
    message: C2CMessageToCreate,
    options?: CallOptions,
  ): Promise<Sent<MessageSendResult>>;
  function postC2CMessage(
    openid: string,
    file: RichMediaMessage,
    options?: CallOptions,
  ): Promise<FileUploadResult>;
  function postC2CMessage(
    openid: string,
    body: C2CMessageToCreate | RichMediaMessage,
    options?: CallOptions,
  ) {
    if (isMessage(body)) return sendC2C(openid, body, options);
    return call(POST_C2C_FILE, { ids: [openid], body }, options);
  }

  function postGroupMessage(
    groupOpenid: string,
    message: GroupMessageToCreate,
    options?: CallOptions,
  ): Promise<Sent<MessageSendResult>>;
  function postGroupMessage(
    groupOpenid: string,
    file: RichMediaMessage,
    options?: CallOptions,
  ): Promise<FileUploadResult>;
  function postGroupMessage(
    groupOpenid: string,
    body: GroupMessageToCreate | RichMediaMessage,
    options?: CallOptions,
  ) {
    const ids = [groupOpenid];
    if (isMessage(body))
      return call(POST_GROUP_MESSAGE, { ids, body, repeat: repeatOfMessage(body) }, options);
    return call(POST_GROUP_FILE, { ids, body }, options);
  }

  return {
    postC2CMessage,
    postGroupMessage,
    retractC2CMessage: (openid, messageId, options) =>
      call(RETRACT_C2C, { ids: [openid, messageId] }, options),
    retractGroupMessage: (groupOpenid, messageId, options) =>
      call(RETRACT_GROUP, { ids: [groupOpenid, messageId] }, options),
    sendInputNotify: (openid, notify, answering, options) =>
      sendC2C(openid, { ...answering, msg_type: MessageType.InputNotify, input_notify: notify }, options),
    postC2CStreamMessage: (openid, slice, options) =>
      call(POST_STREAM, { ids: [openid], body: slice }, options),
  };
}

function isMessage<Message extends GroupMessageToCreate>(body: Message | RichMediaMessage): body is Message {
  return sendType(body) === SendType.Text;
}
