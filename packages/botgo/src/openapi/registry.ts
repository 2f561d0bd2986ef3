import { ConfigError, errNotFoundOpenAPI, newErr } from '../errs/index.js';
import type { TokenSource } from '../token/index.js';
import { type APIVersion, APIv1, apiVersionString } from './api-version.js';
import { createOpenAPI } from './create.js';
import type { OpenAPI } from './openapi.js';
import type { OpenAPIOptions } from './options.js';

/** Makes clients: what BotGo registers as an object with a `Setup` method. */
export type OpenAPIFactory = (options: OpenAPIOptions) => OpenAPI;

/** Implementations by version, one of them selected. */
export interface OpenAPIRegistry {
  /** Adds an implementation or replaces one: BotGo's `SetOpenAPIClient`. @throws {ConfigError} on a bad version. */
  register(version: APIVersion, factory: OpenAPIFactory): void;
  /**
   * Makes later {@link OpenAPIRegistry.create} use that version: BotGo's `SelectOpenAPIVersion`.
   * @throws {BotgoError} `BOTGO_OPENAPI_NOT_FOUND`, and the selection stays.
   */
  select(version: APIVersion): void;
  readonly selected: APIVersion;
  /** A client of the selected version. */
  create(options: OpenAPIOptions): OpenAPI;
}

/** A registry that has version 1, selected: the pure twin of the process-wide one. */
export function createOpenAPIRegistry(): OpenAPIRegistry {
  const factories = new Map<APIVersion, OpenAPIFactory>([[APIv1, createOpenAPI]]);
  let selected = APIv1;
  return {
    register(version, factory) {
      if (!Number.isInteger(version) || version < 0 || typeof factory !== 'function')
        throw new ConfigError('register needs a version (a whole number) and a function that makes clients');
      factories.set(version, factory);
    },
    select(version) {
      if (!factories.has(version))
        throw newErr(errNotFoundOpenAPI, `No OpenAPI ${apiVersionString(version)} is registered`);
      selected = version;
    },
    get selected() {
      return selected;
    },
    create(options) {
      const factory = factories.get(selected);
      if (!factory) throw newErr(errNotFoundOpenAPI);
      return factory(options);
    },
  };
}

/**
 * The two call shapes of BotGo's `NewOpenAPI` as options: `(appId, tokenSource)` since v0.1.7, `(token)` before.
 * @throws {ConfigError} when there is no token source.
 */
export function openAPIOptionsOf(
  appIdOrToken: string | number | TokenSource,
  tokenSource: TokenSource | undefined,
): Pick<OpenAPIOptions, 'appId' | 'tokenSource'> {
  if (typeof appIdOrToken === 'object' && appIdOrToken !== null) return { tokenSource: appIdOrToken };
  if (!tokenSource)
    throw new ConfigError('newOpenAPI needs a token source: newOpenAPI(appId, source) or newOpenAPI(token)');
  return { appId: String(appIdOrToken), tokenSource };
}
