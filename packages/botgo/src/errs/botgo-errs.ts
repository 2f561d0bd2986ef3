import { BotgoError, type BotgoErrorCode, type BotgoErrorInfo, findBotgoError } from './botgo-error.js';

/**
 * One of BotGo's error values, as a description: make an error of it with {@link newErr}, recognise one with {@link isErr}.
 * A shared `Error` object would carry the stack of the module's import, not of the failure.
 */
export interface ErrKind {
  readonly code: BotgoErrorCode;
  /** BotGo's number. Two pairs share 9006 in BotGo; here they differ, with BotGo's own constants (its defect D-L13). */
  readonly botgoCode: number;
  readonly text: string;
}

/** Numbers of BotGo's `errs` package; never on the wire. Source: BotGo `errs/err.go`. */
export const ErrorCodes = Object.freeze({
  CodeNeedReConnect: 9000,
  CodeInvalidSession: 9001,
  CodeURLInvalid: 9002,
  CodeNotFoundOpenAPI: 9003,
  CodeSessionLimit: 9004,
  CodeConnCloseCantResume: 9005,
  CodeConnCloseCantIdentify: 9006,
  CodePagerIsNil: 9007,
  CodeUnknown: 9999,
});

function kind(code: BotgoErrorCode, botgoCode: number, text: string): ErrKind {
  return Object.freeze({ code, botgoCode, text });
}

/** The gateway asked for a new connection (op 7): the session stays and is resumed. */
export const errNeedReConnect = kind('BOTGO_NEED_RECONNECT', ErrorCodes.CodeNeedReConnect, 'need reconnect');
/** The gateway refused the session (op 9): a new one is identified. */
export const errInvalidSession = kind(
  'BOTGO_INVALID_SESSION',
  ErrorCodes.CodeInvalidSession,
  'invalid session',
);
/** The gateway URL is empty or no WebSocket URL. */
export const errURLInvalid = kind('BOTGO_URL_INVALID', ErrorCodes.CodeURLInvalid, 'ws ap url is invalid');
/** No OpenAPI implementation of that version is registered. */
export const errNotFoundOpenAPI = kind(
  'BOTGO_OPENAPI_NOT_FOUND',
  ErrorCodes.CodeNotFoundOpenAPI,
  'not found openapi version',
);
/** More shards than the platform lets start now. */
export const errSessionLimit = kind('BOTGO_SESSION_LIMIT', ErrorCodes.CodeSessionLimit, 'session num limit');
/** A call that reads pages was made without a pager. */
export const errPagerIsNil = kind('BOTGO_PAGER_MISSING', ErrorCodes.CodePagerIsNil, 'pager is nil');

/** BotGo's `errs.New` for one of its values: an error of that kind with a message of its own. */
export function newErr(of: ErrKind, message: string = of.text, info: BotgoErrorInfo = {}): BotgoError {
  return new BotgoError(of.code, message, { ...info, botgoCode: of.botgoCode });
}

/** Whether `error`, or an error it was caused by, is of that kind. */
export function isErr(error: unknown, of: ErrKind): boolean {
  return findBotgoError(error)?.code === of.code;
}

/**
 * BotGo's `errs.Error`: any thrown value as a {@link BotgoError}. Follows `cause`, so a wrapped error keeps its code (BotGo loses
 * it, defect D-L12); anything else, `undefined` included, becomes `BOTGO_UNKNOWN` (9999).
 */
export function toBotgoError(error: unknown): BotgoError {
  const found = findBotgoError(error);
  if (found) return found;
  const message = error instanceof Error ? error.message : String(error);
  return new BotgoError('BOTGO_UNKNOWN', message, { cause: error, botgoCode: ErrorCodes.CodeUnknown });
}
