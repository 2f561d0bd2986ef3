import { isObject } from './readers.js';

/**
 * The platform took the message and decides by an audit [消息审核] whether it appears (HTTP 201 or 202, codes 304023 and 304024).
 * MESSAGE_AUDIT_PASS or MESSAGE_AUDIT_REJECT with the same `audit_id` follows, and may come before this answer.
 */
export interface PendingAudit {
  readonly pending: true;
  /** Equals `audit_id` of the event that follows. */
  readonly auditId: string;
  /** The message has no id yet: MESSAGE_AUDIT_PASS brings it as `message_id`. */
  readonly id?: undefined;
  /** The platform's number for it: 304023 for a proactive message, 304024 for an answer. */
  readonly platformCode: number | undefined;
  readonly traceId: string | undefined;
}

/**
 * An answer was lost, the message was sent once more, and the platform recognised the copy by `msg_id` and `msg_seq` (40054005): the
 * first sending had worked, and its id is unknown.
 */
export interface AlreadySent {
  readonly alreadySent: true;
  readonly id?: undefined;
  readonly traceId: string | undefined;
}

/** Result of sending: the message, or why there is none although nothing went wrong. Its `id` is text when it is there. */
export type Sent<Result> = Result | PendingAudit | AlreadySent;

/** Whether a sending waits for an audit. */
export function isPendingAudit(result: unknown): result is PendingAudit {
  return isObject(result) && result.pending === true && typeof result.auditId === 'string';
}

/** Whether the message was there already, see {@link AlreadySent}. */
export function isAlreadySent(result: unknown): result is AlreadySent {
  return isObject(result) && result.alreadySent === true;
}

/** The `audit_id` in an answer of error shape; `undefined` when there is none. */
export function auditIdOf(body: unknown): string | undefined {
  if (!isObject(body)) return undefined;
  const audit = isObject(body.data) ? body.data.message_audit : undefined;
  // satori reads it next to `data` in answers to users and groups. With an `id` the message is there and nothing waits.
  const auditId = isObject(audit) ? audit.audit_id : body.id === undefined ? body.audit_id : undefined;
  return typeof auditId === 'string' && auditId !== '' ? auditId : undefined;
}
