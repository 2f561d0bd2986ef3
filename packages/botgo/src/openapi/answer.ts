import {
  BadResponseError,
  type BotgoError,
  OpenAPIError,
  platformCode,
  platformCodeAction,
} from '../errs/index.js';
import type { Endpoint } from './endpoint.js';
import type { HttpAnswer } from './exchange.js';
import { isObject, WRONG_SHAPE } from './readers.js';
import type { Failure } from './retry.js';
import { auditIdOf, type PendingAudit } from './send-outcome.js';

/** BotGo's name of the trace id's header. */
export const TraceIDKey = 'X-Tps-trace-ID';

const TRACE_HEADER = TraceIDKey.toLowerCase();
const FIRST_BYTES = 200;

/** BotGo's `openapi.IsSuccessStatus`: 200 and 204. 201 and 202 mean that an audit decides. */
export function isSuccessStatus(status: number): boolean {
  return status === 200 || status === 204;
}

/** The trace id of an answer: its header, else `trace_id` of its body. */
export function readTraceId(answer: HttpAnswer, body: unknown): string | undefined {
  const header = answer.headers[TRACE_HEADER];
  if (typeof header === 'string' && header !== '') return header;
  return isObject(body) && typeof body.trace_id === 'string' ? body.trace_id : undefined;
}

/** What the error messages of one call need. */
export interface AnswerContext {
  readonly verb: string;
  /** Path without host and query. */
  readonly path: string;
  readonly redact: (text: string) => string;
}

/** An answer, understood. */
export type Verdict<Result> =
  | { readonly kind: 'result'; readonly result: Result; readonly traceId: string | undefined }
  | { readonly kind: 'error'; readonly error: BotgoError; readonly failure: Failure };

/**
 * Decides what an answer means: a result; a message that waits for its audit; or an error, also when the status is 200 and the body
 * has a `code` or `err_code` other than 0. Pure.
 */
export function judge<Result>(
  endpoint: Endpoint<Result>,
  answer: HttpAnswer,
  context: AnswerContext,
): Verdict<Result> {
  const { status, text } = answer;
  if (endpoint.foreign && status >= 200 && status < 300) {
    const result = endpoint.read(undefined, answer.headers);
    if (result !== WRONG_SHAPE) return { kind: 'result', result, traceId: readTraceId(answer, undefined) };
  }
  const body = parseBody(text);
  const traceId = readTraceId(answer, body);
  const code = codeOf(body);
  if (status >= 200 && status < 300) {
    const auditId = endpoint.outcome ? auditIdOf(body) : undefined;
    if (endpoint.outcome && auditId !== undefined) {
      const audit: PendingAudit = { pending: true, auditId, platformCode: code, traceId };
      return { kind: 'result', result: endpoint.outcome(audit), traceId };
    }
    if (isSuccessStatus(status) && code === undefined) {
      const result = body === NOT_JSON ? WRONG_SHAPE : endpoint.read(body, answer.headers);
      if (result !== WRONG_SHAPE) return { kind: 'result', result, traceId };
      return { kind: 'error', error: badResponse(answer, context, traceId), failure: HOPELESS };
    }
  }
  const action = platformCodeAction(code, status, context.path);
  const error = platformError(answer, body, code, context, traceId);
  return { kind: 'error', error, failure: { action, unsent: false } };
}

/** What the platform's table of codes leaves open. Source: issues of satori and koishi. */
const ADVICE: ReadonlyMap<number, string> = new Map([
  [11245, 'the fixed `Bot` token is retired: use newQQBotTokenSource({ appId, secret })'],
]);

/** The same request would meet the same answer. */
const HOPELESS: Failure = Object.freeze({ action: 'PARAM', unsent: false });
const NOT_JSON = Symbol('not JSON');

function parseBody(text: string): unknown {
  if (text === '') return undefined;
  try {
    return JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text);
  } catch {
    return NOT_JSON;
  }
}

/** `err_code`, else `code`, when it says that something failed. Source: bot-docs, BotGo; `protocol/errors.md` 1.1. */
function codeOf(body: unknown): number | undefined {
  if (!isObject(body)) return undefined;
  return errorNumber(body.err_code) ?? errorNumber(body.code);
}

function errorNumber(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isInteger(value) && value !== 0 ? value : undefined;
}

function badResponse(
  answer: HttpAnswer,
  context: AnswerContext,
  traceId: string | undefined,
): BadResponseError {
  const { verb, path } = context;
  const firstBytes = context.redact(answer.text.slice(0, 4 * FIRST_BYTES)).slice(0, FIRST_BYTES);
  const shown = firstBytes === '' ? 'no body' : JSON.stringify(firstBytes);
  const message = `${verb} ${path}: HTTP ${answer.status} with an answer that is not of the documented form: ${shown}`;
  return new BadResponseError(message, {
    status: answer.status,
    method: verb,
    path,
    firstBytes,
    traceId,
  });
}

function platformError(
  answer: HttpAnswer,
  body: unknown,
  code: number | undefined,
  context: AnswerContext,
  traceId: string | undefined,
): OpenAPIError {
  const { verb, path, redact } = context;
  const fields = isObject(body) ? body : undefined;
  const said = typeof fields?.message === 'string' ? fields.message : isObject(body) ? '' : answer.text;
  const platformMessage = redact(said.slice(0, 4 * FIRST_BYTES)).slice(0, FIRST_BYTES);
  const legacyCode = errorNumber(fields?.code);
  const known = code === undefined ? undefined : platformCode(code, path);
  let message = `${verb} ${path}: HTTP ${answer.status}`;
  if (code !== undefined) message += `, code ${code}`;
  if (known) message += ` (${known.meaning})`;
  if (platformMessage !== '') message += `: ${platformMessage}`;
  const advice = code === undefined ? undefined : ADVICE.get(code);
  if (advice) message += `; ${advice}`;
  return new OpenAPIError(message, {
    status: answer.status,
    platformCode: code,
    legacyCode: legacyCode === code ? undefined : legacyCode,
    platformMessage: platformMessage === '' ? undefined : platformMessage,
    method: verb,
    path,
    data: fields?.data,
    traceId,
  });
}
