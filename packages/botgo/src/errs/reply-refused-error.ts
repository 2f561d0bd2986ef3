import { BotgoError, type BotgoErrorInfo } from './botgo-error.js';

/**
 * Why a message was not sent, or did not appear:
 * - `unanswerable`: the platform takes no answer to this event, or it came without an id
 * - `no-target`: the event names no place for an answer
 * - `unsupported`: the scene does not take this kind of message
 * - `empty`: there is nothing in it
 * - `no-quote`: what should be quoted cannot be
 * - `window-over`: too long after the message or event
 * - `replies-used-up`: the message or event has all the answers it allows
 * - `quota-used-up`: the proactive messages of this day, or this period, are used
 * - `proactive-not-allowed`: by the receiver's choice, or because the bot has no right to it
 * - `rate-limited`: a free place would have come later than the caller waits
 * - `audit-rejected`: the platform's audit ended with a no
 * - `file-too-large`, `file-type`: the platform takes no such file
 */
export type ReplyRefusal =
  | 'unanswerable'
  | 'no-target'
  | 'unsupported'
  | 'empty'
  | 'no-quote'
  | 'window-over'
  | 'replies-used-up'
  | 'quota-used-up'
  | 'proactive-not-allowed'
  | 'rate-limited'
  | 'audit-rejected'
  | 'file-too-large'
  | 'file-type';

/** Details of a {@link ReplyRefusedError}. */
export interface ReplyRefusedErrorInfo extends BotgoErrorInfo {
  readonly reason: ReplyRefusal;
  readonly scene?: string | undefined;
  readonly retryAfterMs?: number | undefined;
}

/** The platform would refuse this message, so it was not sent; or its audit said no. Nothing was counted. */
export class ReplyRefusedError extends BotgoError {
  override readonly name = 'ReplyRefusedError';
  readonly reason: ReplyRefusal;
  /** Where it should have gone: channel, dm, group or c2c. */
  readonly scene: string | undefined;
  /** When the same message may be sent, in milliseconds; undefined when waiting does not help, or it is not known. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, info: ReplyRefusedErrorInfo) {
    super('BOTGO_REPLY_REFUSED', message, info);
    this.reason = info.reason;
    this.scene = info.scene;
    this.retryAfterMs = info.retryAfterMs;
  }
}
