import { ConfigError } from '../errs/index.js';
import { refusal, type WebhookAnswer, type WebhookSource } from './webhook-source.js';

/** How an HTTP handler reads requests. */
export interface WebhookHandlerOptions {
  /** The only path that is served; any path when left out. */
  readonly path?: string | undefined;
  /** Longest body that is read, in bytes. @defaultValue 1048576 */
  readonly maxBodyBytes?: number | undefined;
}

export const WEBHOOK_HANDLER_DEFAULTS = Object.freeze({ maxBodyBytes: 1_048_576 });

/** What can be said about a request before its body is read. */
export interface RequestHead {
  readonly method: string;
  /** Without query. */
  readonly path: string;
  /** Header `X-Bot-Appid`. */
  readonly appId: string | undefined;
  /** Header `Content-Length`; chunked bodies have none. */
  readonly contentLength: string | undefined;
}

/** The bots behind one address. */
export interface Receivers {
  readonly maxBodyBytes: number;
  /** The bot that a request is for, or the answer that refuses it. */
  admit(head: RequestHead): WebhookSource | WebhookAnswer;
}

/** @throws {ConfigError} without a source, with two for one app id, or with a limit that is not above 0. */
export function createReceivers(
  sources: WebhookSource | readonly WebhookSource[],
  options: WebhookHandlerOptions = {},
): Receivers {
  const list = Array.isArray(sources) ? sources : [sources];
  const byAppId = new Map<string, WebhookSource>(list.map((source) => [source.appId, source]));
  if (list.length === 0) throw new ConfigError('a webhook handler needs at least one bot');
  if (byAppId.size !== list.length) throw new ConfigError('two webhook sources have the same appId');
  const maxBodyBytes = options.maxBodyBytes ?? WEBHOOK_HANDLER_DEFAULTS.maxBodyBytes;
  if (!(maxBodyBytes > 0)) throw new ConfigError(`maxBodyBytes must be above 0, got ${maxBodyBytes}`);
  const only: WebhookSource | undefined = list.length === 1 ? list[0] : undefined;

  return {
    maxBodyBytes,
    admit({ method, path, appId, contentLength }) {
      if (options.path !== undefined && path !== options.path) return refusal(404, 'no such path');
      if (method !== 'POST') return refusal(405, 'callbacks come by POST');
      if (appId === undefined && !only) return refusal(400, 'the header X-Bot-Appid is missing');
      const source = appId === undefined ? only : byAppId.get(appId);
      if (!source) return refusal(404, 'no bot of this app id is served here');
      if (contentLength !== undefined && Number(contentLength) > maxBodyBytes) return tooLarge();
      return source;
    },
  };
}

/** The answer to a body over the limit. */
export function tooLarge(): WebhookAnswer {
  return refusal(413, 'the body is too large');
}
