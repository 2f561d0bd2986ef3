import { abortedError, BotgoError, ConfigError, OpenAPIError } from '../errs/index.js';
import type { AccessToken } from '../token/index.js';
import { judge, type Verdict } from './answer.js';
import { type CallBounds, type CallOptions, type CallRequest, withinBounds } from './call.js';
import type { Connections } from './dispatcher.js';
import { buildPath, type Endpoint } from './endpoint.js';
import { ExchangeFailure, type ExchangeLimits, withoutQuery } from './exchange.js';
import { HeaderSource, JSON_TYPE, mergeHeaders } from './headers.js';
import type { ResolvedOpenAPIOptions } from './options.js';
import { backoffMs, mayRepeat } from './retry.js';
import { Sender } from './sender.js';

/** The platform recognised a message that it had already: same `msg_id` and `msg_seq`. Source: official wiki. */
const DUPLICATE_MESSAGE = 40054005;

/** What clients over the same transport may have each of their own. */
export interface TransportSettings {
  readonly timeoutMs: number;
  readonly maxAttempts: number;
  /** Every call keeps to them besides its own. */
  readonly bounds?: CallBounds | undefined;
}

/** A request that has all but its credential. */
interface Outgoing {
  /** For logs and metrics: the template, so that ids do not make a metric each. */
  readonly route: string;
  readonly verb: string;
  readonly origin: string;
  readonly path: string;
  readonly body: string | Uint8Array | undefined;
  readonly contentType: string | undefined;
  readonly extraHeaders: Readonly<Record<string, string>> | undefined;
  /** Whether the credential may go to this origin. */
  readonly trusted: boolean;
}

/**
 * What the methods of a client and of its `withTimeout` siblings share: pool, credential, filters. One call is: credential, attempt,
 * verdict; again when the platform refused the credential (once), or when repeating is safe (`retry.ts`).
 */
export class Transport {
  readonly sender: Sender;
  readonly appId: string;
  /** Trace id of the answer that came last, of whichever call. */
  lastTraceId: string | undefined;

  readonly #options: ResolvedOpenAPIOptions;
  readonly #connections: Connections;
  readonly #headers: HeaderSource;
  readonly #redact: (text: string) => string;
  readonly #traceIds = new WeakMap<object, string>();
  #knownToken: AccessToken | undefined;
  #closing: Promise<void> | undefined;

  constructor(options: ResolvedOpenAPIOptions, connections: Connections) {
    const { sharedFilters, logger, secrets, clock } = options;
    this.appId = options.appId;
    this.sender = new Sender({ connections, sharedFilters, logger, secrets, clock });
    this.sender.debug = options.debug;
    this.#options = options;
    this.#connections = connections;
    this.#headers = new HeaderSource(options.appId);
    this.#redact = (text) => secrets.redactText(text);
  }

  /** Trace id of the answer that a result came with. */
  traceIdOf(result: object): string | undefined {
    return this.#traceIds.get(result);
  }

  /** Waits for what is under way; gives up the pool when it is our own. */
  close(): Promise<void> {
    this.#closing ??= this.#connections.close();
    return this.#closing;
  }

  async call<Result>(
    settings: TransportSettings,
    endpoint: Endpoint<Result>,
    request: CallRequest,
    given: CallOptions | null | undefined,
  ): Promise<Result> {
    const options = settings.bounds ? withinBounds(settings.bounds, given) : given;
    const outgoing = this.#outgoing(endpoint, request, options);
    if (this.#closing)
      throw new BotgoError('BOTGO_CLOSED', `${endpoint.verb} ${outgoing.route}: the client is closed`);
    const signal = options?.signal;
    const maxAttempts = options?.maxAttempts ?? settings.maxAttempts;
    const limits: ExchangeLimits = {
      timeoutMs: options?.timeoutMs ?? request.timeoutMs ?? settings.timeoutMs,
      maxResponseBytes: this.#options.maxResponseBytes,
      signal,
      guard: options?.guard,
      clock: this.#options.clock,
    };

    let token = outgoing.trusted ? await this.#token(signal) : undefined;
    let refreshed = false;
    let mayHaveWorked = false;
    let attempt = 1;
    for (;;) {
      const verdict = await this.#attempt(endpoint, outgoing, token, limits, attempt);
      if (verdict.kind === 'result') return this.#remember(verdict.result, verdict.traceId);
      const { error, failure } = verdict;
      if (failure.action === 'AUTH' && token && !refreshed) {
        refreshed = true;
        this.#options.tokenSource.invalidate(token);
        const renewed = await this.#token(signal);
        if (renewed.value !== token.value) {
          token = renewed;
          continue;
        }
      }
      const { traceId } = error;
      if (mayHaveWorked && endpoint.outcome && isDuplicate(error))
        return this.#remember(endpoint.outcome({ alreadySent: true, traceId }), traceId);
      this.lastTraceId = traceId ?? this.lastTraceId;
      if (!mayRepeat(failure, request.repeat ?? endpoint.repeat, attempt, maxAttempts)) throw error;
      mayHaveWorked ||= !failure.unsent;
      await this.#pause(outgoing, attempt, error, signal);
      attempt++;
    }
  }

  async #attempt<Result>(
    endpoint: Endpoint<Result>,
    outgoing: Outgoing,
    token: AccessToken | undefined,
    limits: ExchangeLimits,
    attempt: number,
  ): Promise<Verdict<Result>> {
    const { verb, origin, path, body, contentType, extraHeaders } = outgoing;
    const common = this.#headers.headers(token, contentType);
    const headers = extraHeaders ? mergeHeaders(common, extraHeaders) : common;
    try {
      const info = { route: outgoing.route, attempt };
      const answer = await this.sender.send({ verb, origin, path, headers, body }, limits, info);
      return judge(endpoint, answer, { verb, path: withoutQuery(path), redact: this.#redact });
    } catch (error) {
      if (!(error instanceof ExchangeFailure)) throw error;
      const action = error.isTransient ? 'RETRY' : 'PARAM';
      return { kind: 'error', error: error.failure, failure: { action, unsent: error.unsent } };
    }
  }

  async #token(signal: AbortSignal | undefined): Promise<AccessToken> {
    const token = await this.#options.tokenSource.token(signal && { signal });
    if (token !== this.#knownToken) {
      this.#options.secrets.add(token.value);
      this.#knownToken = token;
    }
    return token;
  }

  async #pause(
    { verb, route }: Outgoing,
    attempt: number,
    error: BotgoError,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const { clock, random, logger } = this.#options;
    logger.debug('openapi request repeated', { method: verb, path: route, attempt, error });
    try {
      await clock.sleep(backoffMs(attempt, random()), signal);
    } catch (reason) {
      throw signal?.aborted ? abortedError(signal, `${verb} ${route}`) : reason;
    }
  }

  #remember<Result>(result: Result, traceId: string | undefined): Result {
    if (traceId !== undefined) {
      this.lastTraceId = traceId;
      if (typeof result === 'object' && result !== null) this.#traceIds.set(result, traceId);
    }
    return result;
  }

  #outgoing(
    endpoint: Endpoint<unknown>,
    request: CallRequest,
    options: CallOptions | null | undefined,
  ): Outgoing {
    const { baseUrl, trustedOrigins } = this.#options;
    const target = options?.url ?? request.url;
    const other = target === undefined ? undefined : parseTarget(target);
    const origin = other?.origin ?? baseUrl.origin;
    const { bytes, body } = request;
    return {
      route: request.path === undefined ? endpoint.template : withoutQuery(request.path),
      verb: endpoint.verb,
      origin,
      path:
        other?.path ??
        baseUrl.prefix + (request.path ?? buildPath(endpoint, request.ids ?? [], request.query)),
      body: bytes ? bytes.content : body === undefined ? undefined : JSON.stringify(body),
      contentType: bytes ? bytes.contentType : body === undefined ? undefined : JSON_TYPE,
      extraHeaders:
        request.headers || options?.headers ? { ...request.headers, ...options?.headers } : undefined,
      trusted: !endpoint.foreign && trustedOrigins.has(origin),
    };
  }
}

function isDuplicate(error: BotgoError): boolean {
  return error instanceof OpenAPIError && error.platformCode === DUPLICATE_MESSAGE;
}

function parseTarget(text: string): { origin: string; path: string } {
  if (!URL.canParse(text) || !/^https?:$/.test(new URL(text).protocol))
    throw new ConfigError(`url must be an http or https URL, got ${JSON.stringify(text)}`);
  const url = new URL(text);
  return { origin: url.origin, path: url.pathname + url.search };
}
