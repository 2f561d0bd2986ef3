import type { Dispatcher } from 'undici';
import { BotgoError, OpenAPIError } from '../errs/index.js';

/** The platform's token endpoint; since 2026-08 `https://api.bot.qq.com/app/getAppAccessToken` answers too. Source: bot-docs. */
export const DEFAULT_TOKEN_URL = 'https://bots.qq.com/app/getAppAccessToken';

/** Longer answers are not read: the documented one has under 200 bytes. */
const MAX_ANSWER_BYTES = 64 * 1024;

/** One POST to the token endpoint. */
export interface TokenHttpRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** JSON with the app's secret: never log it. */
  readonly body: string;
  readonly signal: AbortSignal;
}

/** Its answer, whatever the status. */
export interface TokenHttpResponse {
  readonly status: number;
  readonly body: string;
  readonly traceId?: string | undefined;
}

/** Carries a token request: the default goes over undici, a test or an odd network brings its own. */
export type TokenRequester = (request: TokenHttpRequest) => Promise<TokenHttpResponse>;

/** @internal */
export function undiciTokenRequester(dispatcher: Dispatcher | undefined): TokenRequester {
  return async ({ url, headers, body, signal }) => {
    // Loaded with the first request: it is most of what importing this package would cost.
    const { request } = await import('undici');
    const response = await request(url, {
      method: 'POST',
      headers,
      body,
      signal,
      ...(dispatcher ? { dispatcher } : {}),
    });
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of response.body as AsyncIterable<Buffer>) {
      bytes += chunk.byteLength;
      if (bytes > MAX_ANSWER_BYTES) throw new Error(`the answer is longer than ${MAX_ANSWER_BYTES} bytes`);
      chunks.push(chunk);
    }
    const traceId = response.headers['x-tps-trace-id'];
    return {
      status: response.statusCode,
      body: Buffer.concat(chunks).toString('utf8'),
      traceId: typeof traceId === 'string' ? traceId : undefined,
    };
  };
}

/** A token as the endpoint gave it. */
export interface FetchedToken {
  readonly value: string;
  readonly lifeMs: number;
}

/** Why there is no token, and whether asking again soon can help. */
export class TokenRefusal extends Error {
  readonly failure: BotgoError;
  readonly retryable: boolean;

  constructor(failure: BotgoError, retryable: boolean) {
    super(failure.message);
    this.failure = failure;
    this.retryable = retryable;
  }
}

/** What to do about the codes of `protocol/errors.md`, "Token endpoint". */
const ADVICE: ReadonlyMap<number, string> = new Map([
  [100001, 'the endpoint is asked too often: share one token source between bots and processes'],
  [100002, 'the app id must be sent as text'],
  [100007, 'the app id is wrong, or the bot is banned or deleted'],
  [100016, 'the app id or the secret is wrong: compare both with the console'],
  [100017, 'the endpoint is asked too often: share one token source between bots and processes'],
  [10004, 'there is no bot with this app id'],
]);

/**
 * Reads the endpoint's answer: `access_token`, and `expires_in` in seconds as text or number. An error body (`code`, `message`) counts
 * whatever the HTTP status, since the platform sends it with 200 too.
 * @param redact - Takes credentials out of a text of the server's.
 * @throws {TokenRefusal}
 */
export function readTokenAnswer(
  appId: string,
  response: TokenHttpResponse,
  redact: (text: string) => string,
): FetchedToken {
  const { status, traceId } = response;
  const body = parseObject(response.body);
  if (!body) {
    throw unusable(`HTTP ${status} with something other than JSON`);
  }
  const code = readCode(body);
  if (code !== 0 || status >= 400) throw refused(appId, response, code, redact(readMessage(body)));
  const value = body.access_token;
  if (typeof value !== 'string' || !/^[\x21-\x7e]+$/.test(value)) {
    throw unusable('without a usable access_token (visible ASCII text)');
  }
  const seconds = readSeconds(body.expires_in);
  if (!(seconds >= 1)) {
    const given = JSON.stringify(body.expires_in) ?? 'missing';
    throw unusable(`with expires_in ${given}: a token must live for at least 1 second`);
  }
  return { value, lifeMs: seconds * 1_000 };

  function unusable(what: string): TokenRefusal {
    const failure = new BotgoError('BOTGO_BAD_RESPONSE', `The token endpoint answered app ${appId} ${what}`, {
      traceId,
    });
    return new TokenRefusal(
      new BotgoError('BOTGO_TOKEN', failure.message, { cause: failure, traceId }),
      true,
    );
  }
}

function refused(appId: string, response: TokenHttpResponse, code: number, text: string): TokenRefusal {
  const { status, traceId } = response;
  const answer = `HTTP ${status}, code ${code}${text === '' ? '' : ` (${text})`}`;
  const advice = ADVICE.get(code);
  const cause = new OpenAPIError(`POST /app/getAppAccessToken: ${answer}`, {
    status,
    platformCode: code === 0 ? undefined : code,
    platformMessage: text,
    method: 'POST',
    path: '/app/getAppAccessToken',
    traceId,
  });
  const message = `The platform gave app ${appId} no access token: ${answer}${advice ? `; ${advice}` : ''}`;
  // A wrong secret stays wrong, and a limit is made worse by asking again at once.
  const retryable = advice === undefined && status >= 500;
  return new TokenRefusal(new BotgoError('BOTGO_TOKEN', message, { cause, traceId }), retryable);
}

function readMessage(body: Record<string, unknown>): string {
  return typeof body.message === 'string' ? body.message.slice(0, 200) : '';
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function readCode(body: Record<string, unknown>): number {
  for (const code of [body.err_code, body.code]) {
    const number = typeof code === 'string' && code !== '' ? Number(code) : code;
    if (typeof number === 'number' && Number.isInteger(number) && number !== 0) return number;
  }
  return 0;
}

/** NaN for anything that is not a finite number of seconds. The documents say number, the examples show `"7200"`. */
function readSeconds(value: unknown): number {
  const seconds = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  return typeof seconds === 'number' && Number.isFinite(seconds) ? seconds : Number.NaN;
}
