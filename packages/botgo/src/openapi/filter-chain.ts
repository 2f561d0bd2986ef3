import type { IncomingHttpHeaders } from 'node:http';

/** A request on its way out. Filters may change every field. */
export interface FilterRequest {
  method: string;
  /** The whole URL. */
  url: string;
  /** By lower-case name; the credential is in `authorization`: do not log it. */
  headers: Record<string, string>;
  body: string | Uint8Array | undefined;
}

/** An answer on its way in, whatever its status. */
export interface FilterResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** `X-Tps-trace-ID`. */
  readonly traceId: string | undefined;
}

/**
 * Looks at, or changes, what goes over the wire: BotGo's `openapi.HTTPFilter`. What it throws becomes the call's error. Request
 * filters are called without a response.
 */
export type HttpFilter = (
  request: FilterRequest,
  response: FilterResponse | undefined,
) => void | Promise<void>;

/**
 * Named filters in the order of their registration. BotGo's are global, can't be removed, and a name used again is ignored without a
 * word; here they belong to whoever holds the chain, and a name used again replaces its filter.
 */
export class FilterChain {
  readonly #filters = new Map<string, HttpFilter>();

  /** Adds a filter, or replaces the one of that name where it stands. @returns A function that removes it. */
  register(name: string, filter: HttpFilter): () => void {
    this.#filters.set(name, filter);
    return () => {
      if (this.#filters.get(name) === filter) this.#filters.delete(name);
    };
  }

  /** @returns Whether there was one of that name. */
  remove(name: string): boolean {
    return this.#filters.delete(name);
  }

  get names(): string[] {
    return [...this.#filters.keys()];
  }

  get isEmpty(): boolean {
    return this.#filters.size === 0;
  }

  /** Runs the filters one after another; the first that throws ends it. */
  async run(request: FilterRequest, response?: FilterResponse): Promise<void> {
    for (const filter of [...this.#filters.values()]) await filter(request, response);
  }
}

/** Filters of requests and of answers. */
export interface Filters {
  readonly request: FilterChain;
  readonly response: FilterChain;
}

/** Two empty chains. */
export function createFilters(): Filters {
  return { request: new FilterChain(), response: new FilterChain() };
}
