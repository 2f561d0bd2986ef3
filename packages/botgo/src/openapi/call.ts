import type { QueryParams } from '../dto/index.js';
import type { Endpoint, Repeat } from './endpoint.js';

/** Options of every method, always its last argument. */
export interface CallOptions {
  /** Ends the call with `BOTGO_ABORTED`, or with the signal's reason when that is an error of the SDK. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Asked when a request is about to be written, at each attempt: unless it returns `undefined` the call ends with what it returned, and
   * nothing is sent. For processes that may have lost the right to act while they waited or slept: a signal tells them too late.
   */
  readonly guard?: (() => unknown) | undefined;
  /** Time for one attempt, in milliseconds. @defaultValue the client's */
  readonly timeoutMs?: number | undefined;
  /** Attempts in all where repeating is safe. @defaultValue the client's */
  readonly maxAttempts?: number | undefined;
  /** Sent with this call; a header of the SDK's is replaced. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Goes there instead of to the method's own URL, as BotGo's `options.WithURL`. */
  readonly url?: string | undefined;
}

/** Bounds of all calls of a client; looked up at each call. */
export interface CallBounds {
  readonly signal: AbortSignal;
  readonly guard: () => unknown;
}

/** Options of a call that has to keep to the bounds of its client too. */
export function withinBounds(
  { signal, guard }: CallBounds,
  options: CallOptions | null | undefined,
): CallOptions {
  if (!options) return { signal, guard };
  const { signal: ownSignal, guard: ownGuard } = options;
  return {
    ...options,
    signal: ownSignal ? AbortSignal.any([signal, ownSignal]) : signal,
    guard: ownGuard ? () => guard() ?? ownGuard() : guard,
  };
}

/** What a call sends. */
export interface CallRequest {
  /** Values of the path's ids, in order. */
  readonly ids?: readonly string[];
  readonly query?: QueryParams;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** Sent as it is, with its own content type. */
  readonly bytes?: { readonly contentType?: string; readonly content: Uint8Array };
  /** A path with its query, instead of the endpoint's. */
  readonly path?: string;
  /** A whole URL instead of the endpoint's path. */
  readonly url?: string;
  /** Where the client's time-out is too short. */
  readonly timeoutMs?: number;
  /** Where this request differs from its endpoint. */
  readonly repeat?: Repeat;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Makes a call; the methods of every resource group are written over it. */
export type Call = <Result>(
  endpoint: Endpoint<Result>,
  request: CallRequest,
  options?: CallOptions | null,
) => Promise<Result>;
