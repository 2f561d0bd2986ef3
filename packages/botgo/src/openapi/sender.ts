import type { Clock } from '../clock/index.js';
import { ConfigError } from '../errs/index.js';
import { diagnosticsChannel, type Logger, type Secrets } from '../log/index.js';
import { readTraceId } from './answer.js';
import type { Connections } from './dispatcher.js';
import { type ExchangeLimits, exchange, type HttpAnswer, type HttpRequest } from './exchange.js';
import { createFilters, type FilterRequest, type Filters } from './filter-chain.js';
import { flattenHeaders, toHeaderRecord } from './headers.js';

const REQUESTS = diagnosticsChannel('botgo:openapi:request');

/** What a {@link Sender} works with. */
export interface SenderParts {
  readonly connections: Connections;
  readonly sharedFilters: Filters | undefined;
  readonly logger: Logger;
  readonly secrets: Secrets;
  readonly clock: Clock;
}

/** For metrics. */
export interface AttemptInfo {
  /** The route's template: paths with ids would make a metric of each. */
  readonly route: string;
  readonly attempt: number;
}

/** Carries one attempt over the wire, past filters, debug dump and metrics; without those it adds nothing to an exchange. */
export class Sender {
  readonly filters: Filters = createFilters();
  /** Log every request and answer. */
  debug = false;
  readonly #parts: SenderParts;
  readonly #allFilters: readonly Filters[];

  constructor(parts: SenderParts) {
    this.#parts = parts;
    this.#allFilters = parts.sharedFilters ? [parts.sharedFilters, this.filters] : [this.filters];
  }

  /** @throws {ExchangeFailure} and what filters throw */
  send(request: HttpRequest, limits: ExchangeLimits, info: AttemptInfo): Promise<HttpAnswer> {
    if (!REQUESTS.hasSubscribers) return this.#passFilters(request, limits);
    return this.#measured(request, limits, info);
  }

  async #measured(request: HttpRequest, limits: ExchangeLimits, info: AttemptInfo): Promise<HttpAnswer> {
    const startedMs = this.#parts.clock.now();
    let answer: HttpAnswer | undefined;
    try {
      answer = await this.#passFilters(request, limits);
      return answer;
    } finally {
      REQUESTS.publish({
        method: request.verb,
        path: info.route,
        status: answer?.status ?? 0,
        durationMs: this.#parts.clock.now() - startedMs,
        attempt: info.attempt,
        traceId: answer && readTraceId(answer, undefined),
      });
    }
  }

  #passFilters(request: HttpRequest, limits: ExchangeLimits): Promise<HttpAnswer> {
    const filtered = this.#allFilters.some(
      (filters) => !filters.request.isEmpty || !filters.response.isEmpty,
    );
    return filtered ? this.#filtered(request, limits) : this.#exchange(request, limits);
  }

  async #filtered(request: HttpRequest, limits: ExchangeLimits): Promise<HttpAnswer> {
    const seen: FilterRequest = {
      method: request.verb,
      url: request.origin + request.path,
      headers: toHeaderRecord(request.headers),
      body: request.body,
    };
    for (const filters of this.#allFilters) await filters.request.run(seen);
    if (!URL.canParse(seen.url))
      throw new ConfigError(`A request filter set a URL that is none: ${JSON.stringify(seen.url)}`);
    const url = new URL(seen.url);
    const answer = await this.#exchange(
      {
        verb: seen.method,
        origin: url.origin,
        path: url.pathname + url.search,
        headers: flattenHeaders(seen.headers),
        body: seen.body,
      },
      limits,
    );
    const { status, headers, text } = answer;
    const response = { status, headers, body: text, traceId: readTraceId(answer, undefined) };
    for (const filters of this.#allFilters) await filters.response.run(seen, response);
    return answer;
  }

  #exchange(request: HttpRequest, limits: ExchangeLimits): Promise<HttpAnswer> {
    return this.debug ? this.#dumped(request, limits) : this.#overTheWire(request, limits);
  }

  #overTheWire(request: HttpRequest, limits: ExchangeLimits): Promise<HttpAnswer> {
    const { dispatcher } = this.#parts.connections;
    if (dispatcher instanceof Promise) return dispatcher.then((made) => exchange(made, request, limits));
    return exchange(dispatcher, request, limits);
  }

  async #dumped(request: HttpRequest, limits: ExchangeLimits): Promise<HttpAnswer> {
    const { logger, secrets, clock } = this.#parts;
    const { verb, origin, path } = request;
    const headers = { ...toHeaderRecord(request.headers), authorization: '[redacted]' };
    const body = typeof request.body === 'string' ? secrets.redactText(request.body) : request.body;
    const startedMs = clock.now();
    logger.info('openapi request', {
      method: verb,
      url: secrets.redactText(origin + path),
      headers,
      body: typeof body === 'object' ? `[${body.byteLength} bytes]` : body,
    });
    try {
      const answer = await this.#overTheWire(request, limits);
      logger.info('openapi answer', {
        status: answer.status,
        durationMs: Math.round(clock.now() - startedMs),
        traceId: readTraceId(answer, undefined),
        body: secrets.redactText(answer.text),
      });
      return answer;
    } catch (error) {
      logger.info('openapi failure', { durationMs: Math.round(clock.now() - startedMs), error });
      throw error;
    }
  }
}
