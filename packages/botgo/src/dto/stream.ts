import type { MessageSendResult } from './message.js';
import type { OpenNumber } from './open-enum.js';

/** `stream.state` of a message sent in slices. */
export const StreamState = {
  Unknown: 0,
  TextRunning: 1,
  /** Reserved by the platform. */
  TextReservedEnd: 6,
  TextAborted: 9,
  TextEnd: 10,
  GuideRunning: 11,
  /** Reserved by the platform. */
  GuideReservedEnd: 16,
  GuideAborted: 19,
  GuideEnd: 20,
} as const;

export type StreamState = OpenNumber<typeof StreamState>;

/** The older form of streaming: a field of a C2C message. Each slice is an increment and ends with a line break. */
export interface Stream {
  state: StreamState;
  /** Id that slice 1 returned; not on slice 1. */
  id?: string;
  /** From 0. */
  index: number;
  /** Write anew, before the end only, with `index` from 0. */
  reset?: boolean;
}

/** `input_state` of {@link StreamMessageRequest}. */
export const StreamInputState = {
  Running: 1,
  End: 10,
} as const;

export type StreamInputState = OpenNumber<typeof StreamInputState>;

/** Body of `POST /v2/users/{openid}/stream_messages`, C2C only. */
export interface StreamMessageRequest {
  /** `replace`: `content_raw` is the whole text so far and starts with what was shown. @defaultValue 'append' */
  input_mode?: 'append' | 'replace' | (string & {});
  input_state: StreamInputState;
  /** From 0, one more per slice. */
  index: number;
  content_type: 'text' | 'markdown' | (string & {});
  content_raw: string;
  /** From slice 2 on: the `id` that slice 1 returned. */
  stream_msg_id?: string;
  /** The message that is answered. */
  msg_id?: string;
  /** The event that is answered: the outer id of its payload. */
  event_id?: string;
  /** The same in all slices of a stream. */
  msg_seq?: number;
  /** Skips the check of the answer's window. */
  is_wakeup?: boolean;
}

/** Answer of a slice; `id` is the stream's id. */
export interface StreamMessageResult extends MessageSendResult {
  /** Characters left. */
  remain_msg_len?: number;
}

/** What the bot seems to do in {@link InputNotify}. 3 to 5 are in a hidden part of the documents. */
export const InputType = {
  Typing: 1,
  Cancel: 2,
  Speaking: 3,
  Generating: 4,
  Imagining: 5,
} as const;

export type InputType = OpenNumber<typeof InputType>;

/** "The other side is typing", C2C only; a new message ends it. */
export interface InputNotify {
  input_type: InputType;
  /** 1 to 60. */
  input_second?: number;
}
