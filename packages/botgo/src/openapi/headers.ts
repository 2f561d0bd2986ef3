import type { AccessToken } from '../token/index.js';
import { sdkVersion } from '../version.js';

/** Headers as undici takes them fastest: name, value, name, value, … */
export type FlatHeaders = string[];

/** Builds the headers of requests; made once for each token, not for each request. */
export class HeaderSource {
  readonly #base: readonly string[];
  #token: AccessToken | undefined;
  #plain: FlatHeaders = [];
  #json: FlatHeaders = [];

  constructor(appId: string) {
    const userAgent = `${sdkVersion()} (Node/${process.versions.node})`;
    this.#base = ['user-agent', userAgent, 'accept', 'application/json', 'x-union-appid', appId];
  }

  /**
   * @param token - Whose credential goes along; `undefined` for a host that must not see one.
   * @param contentType - Of the body; `undefined` when there is none.
   */
  headers(token: AccessToken | undefined, contentType: string | undefined): FlatHeaders {
    if (token === undefined) {
      const anonymous = this.#base.slice(0, 4);
      return contentType === undefined ? anonymous : [...anonymous, 'content-type', contentType];
    }
    if (token !== this.#token) {
      this.#plain = [...this.#base, 'authorization', token.authorization];
      this.#json = [...this.#plain, 'content-type', JSON_TYPE];
      this.#token = token;
    }
    if (contentType === undefined) return this.#plain;
    return contentType === JSON_TYPE ? this.#json : [...this.#plain, 'content-type', contentType];
  }
}

/** Content type of every body that is not a file. */
export const JSON_TYPE = 'application/json';

/** `headers` with `extra` in their place or behind them. */
export function mergeHeaders(headers: FlatHeaders, extra: Readonly<Record<string, string>>): FlatHeaders {
  return flattenHeaders({ ...toHeaderRecord(headers), ...lowerCaseNames(extra) });
}

/** By lower-case name. */
export function toHeaderRecord(headers: FlatHeaders): Record<string, string> {
  const record: Record<string, string> = {};
  for (let index = 0; index + 1 < headers.length; index += 2)
    record[headers[index] ?? ''] = headers[index + 1] ?? '';
  return record;
}

/** The way back. */
export function flattenHeaders(record: Readonly<Record<string, string>>): FlatHeaders {
  return Object.entries(record).flat();
}

function lowerCaseNames(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name.toLowerCase(), value]));
}
