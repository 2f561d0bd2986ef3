import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { Cancel, Clock } from '../clock/index.js';
import { abortedError, BadResponseError, BotgoError, ConfigError, stoppedError } from '../errs/index.js';

/** One HTTP request as it goes out. */
export interface HttpRequest {
  readonly verb: string;
  readonly origin: string;
  /** Path with query. */
  readonly path: string;
  /** Name, value, name, value, … */
  readonly headers: string[];
  readonly body: string | Uint8Array | undefined;
}

/** What came back, whatever the status. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Bounds of one exchange. */
export interface ExchangeLimits {
  readonly timeoutMs: number;
  readonly maxResponseBytes: number;
  readonly signal: AbortSignal | undefined;
  /** Asked when the request is about to be written: unless it returns `undefined` nothing is sent. */
  readonly guard: (() => unknown) | undefined;
  readonly clock: Clock;
}

/** Why there is no answer. */
export class ExchangeFailure extends Error {
  readonly failure: BotgoError;
  /** Nothing had been written to a socket, so that sending again cannot do the work twice. */
  readonly unsent: boolean;

  constructor(failure: BotgoError, unsent: boolean) {
    super(failure.message);
    this.failure = failure;
    this.unsent = unsent;
  }

  /** The network's doing: another attempt may fare better. */
  get isTransient(): boolean {
    return this.failure.code === 'BOTGO_NETWORK' || this.failure.code === 'BOTGO_TIMEOUT';
  }
}

/**
 * Sends a request and reads its answer whole. Speaks to undici's dispatcher directly: `undici.request` makes a stream for each
 * body, which costs as much again as the rest of the request (`bench -- rest`).
 * @throws {ExchangeFailure}
 */
export function exchange(
  dispatcher: Dispatcher,
  request: HttpRequest,
  limits: ExchangeLimits,
): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    new Exchange(request, limits, resolve, reject).start(dispatcher);
  });
}

/** What undici is told when it is we who end a request; nobody else sees it. */
const GIVEN_UP = 'given up';

/** A dispatch handler that gathers the answer; ends once, by an answer, an error, the time or the caller. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #request: HttpRequest;
  readonly #limits: ExchangeLimits;
  readonly #resolve: (answer: HttpAnswer) => void;
  readonly #reject: (failure: ExchangeFailure) => void;
  #cancelTimer: Cancel | undefined;
  #onAbort: (() => void) | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #ended = false;
  #status = 0;
  #headers: IncomingHttpHeaders = {};
  #first: Buffer | undefined;
  #rest: Buffer[] | undefined;
  #bytes = 0;

  constructor(
    request: HttpRequest,
    limits: ExchangeLimits,
    resolve: (answer: HttpAnswer) => void,
    reject: (failure: ExchangeFailure) => void,
  ) {
    this.#request = request;
    this.#limits = limits;
    this.#resolve = resolve;
    this.#reject = reject;
  }

  start(dispatcher: Dispatcher): void {
    const { timeoutMs, signal, clock } = this.#limits;
    if (signal) {
      if (signal.aborted) return this.#stop(abortedError(signal, this.#name()));
      this.#onAbort = () => this.#stop(abortedError(signal, this.#name()));
      signal.addEventListener('abort', this.#onAbort, { once: true });
    }
    this.#askGuard();
    if (this.#ended) return;
    this.#cancelTimer = clock.after(timeoutMs, () =>
      this.#stop(new BotgoError('BOTGO_TIMEOUT', `${this.#name()}: no answer within ${timeoutMs} ms`)),
    );
    const { verb, origin, path, headers, body } = this.#request;
    try {
      // The timer above counts the wait for a connection too, which undici's own time-outs leave out.
      dispatcher.dispatch(
        { method: verb, origin, path, headers, body: body ?? null, headersTimeout: 0, bodyTimeout: 0 },
        this,
      );
    } catch (error) {
      this.onResponseError(undefined, error);
    }
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    // It may have waited for a connection, and the process may have slept meanwhile.
    this.#askGuard();
    if (this.#ended) controller.abort(new Error(GIVEN_UP));
    else this.#controller = controller;
  }

  onResponseStart(_controller: unknown, status: number, headers: IncomingHttpHeaders): void {
    // 1xx answers come before the real one.
    this.#status = status;
    this.#headers = headers;
  }

  onResponseData(_controller: unknown, chunk: Buffer): void {
    this.#bytes += chunk.byteLength;
    if (this.#bytes > this.#limits.maxResponseBytes) {
      this.#stop(this.#tooLong());
    } else if (this.#first === undefined) this.#first = chunk;
    else if (this.#rest === undefined) this.#rest = [this.#first, chunk];
    else this.#rest.push(chunk);
  }

  onResponseEnd(): void {
    if (this.#ended) return;
    this.#end();
    const bytes = this.#rest ? Buffer.concat(this.#rest, this.#bytes) : this.#first;
    this.#resolve({
      status: this.#status,
      headers: this.#headers,
      text: bytes === undefined ? '' : bytes.toString('utf8'),
    });
  }

  onResponseError(_controller: unknown, error: unknown): void {
    if (this.#ended) return;
    this.#end();
    const failure = describe(error, this.#name(), this.#request.origin);
    this.#reject(new ExchangeFailure(failure, this.#controller === undefined));
  }

  #askGuard(): void {
    const reason = this.#ended ? undefined : this.#limits.guard?.();
    if (reason !== undefined) this.#stop(stoppedError(reason, this.#name()));
  }

  /** Ends it from our side; the socket is given up when the request was on it. */
  #stop(failure: BotgoError): void {
    if (this.#ended) return;
    this.#end();
    this.#controller?.abort(new Error(GIVEN_UP));
    this.#reject(new ExchangeFailure(failure, this.#controller === undefined));
  }

  #end(): void {
    this.#ended = true;
    this.#cancelTimer?.();
    if (this.#onAbort) this.#limits.signal?.removeEventListener('abort', this.#onAbort);
  }

  #tooLong(): BotgoError {
    const { verb, path } = this.#request;
    const limit = this.#limits.maxResponseBytes;
    const message = `${this.#name()}: HTTP ${this.#status}, the answer is longer than ${limit} bytes`;
    const status = this.#status;
    return new BadResponseError(message, { status, method: verb, path: withoutQuery(path), firstBytes: '' });
  }

  #name(): string {
    return `${this.#request.verb} ${withoutQuery(this.#request.path)}`;
  }
}

/** Queries may hold what does not belong into an error. */
export function withoutQuery(path: string): string {
  const query = path.indexOf('?');
  return query < 0 ? path : path.slice(0, query);
}

function describe(cause: unknown, name: string, origin: string): BotgoError {
  // By code, not by class: a dispatcher of the caller's own may come from another copy of undici.
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  switch (code) {
    case 'UND_ERR_INVALID_ARG':
      return new ConfigError(`${name}: the request cannot be sent: ${(cause as Error).message}`, { cause });
    case 'UND_ERR_CLOSED':
    case 'UND_ERR_DESTROYED':
      return new BotgoError('BOTGO_CLOSED', `${name}: the client was closed`, { cause });
    default: {
      const detail = code === '' ? '' : ` (${code})`;
      return new BotgoError('BOTGO_NETWORK', `${name}: no answer from ${origin}${detail}`, { cause });
    }
  }
}
