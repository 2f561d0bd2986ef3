import type { HTTPIdentity, HTTPReady, HTTPSession } from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { readArray, readNothing, readObject } from './readers.js';

const CREATE = endpoint('POST /gateway/webhook/sessions', readObject<HTTPReady>);
const CHECK = endpoint('PATCH /gateway/webhook/sessions', readArray<HTTPSession>, 'harmless');
const LIST = endpoint('GET /gateway/webhook/sessions', readArray<HTTPSession>);
const REMOVE = endpoint('DELETE /gateway/webhook/sessions/{session_id}', readNothing);

/**
 * Sessions of HTTP callbacks, as they once were. Source: BotGo.
 * @deprecated Callbacks need no session any more: set their URL in the console.
 */
export interface WebhookAPI {
  createSession(identity: HTTPIdentity, options?: CallOptions): Promise<HTTPReady>;
  /** Has the platform look which sessions still answer. */
  checkSessions(options?: CallOptions): Promise<HTTPSession[]>;
  sessionList(options?: CallOptions): Promise<HTTPSession[]>;
  removeSession(sessionId: string, options?: CallOptions): Promise<void>;
}

/** @internal */
export function webhookAPI(call: Call): WebhookAPI {
  return {
    createSession: (identity, options) => call(CREATE, { body: identity }, options),
    checkSessions: (options) => call(CHECK, { query: { action: 'check' } }, options),
    sessionList: (options) => call(LIST, {}, options),
    removeSession: (sessionId, options) => call(REMOVE, { ids: [sessionId] }, options),
  };
}
