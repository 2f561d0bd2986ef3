import { type BotgoError, type BotgoErrorCode, findBotgoError } from './botgo-error.js';
import type { OpenAPIError } from './openapi-error.js';
import { platformCodeAction } from './platform-codes.js';
import type { PlatformAction } from './platform-codes-table.js';

/** Errors after which the same call, or the same bot, cannot succeed before somebody has changed something. */
const FATAL: ReadonlySet<BotgoErrorCode> = new Set([
  'BOTGO_CONFIG',
  'BOTGO_URL_INVALID',
  'BOTGO_OPENAPI_NOT_FOUND',
  'BOTGO_CANNOT_IDENTIFY',
  'BOTGO_GATEWAY_FATAL',
  'BOTGO_CLUSTER_MISMATCH',
]);

/** Errors that may be gone at the next try. */
const RETRYABLE: ReadonlySet<BotgoErrorCode> = new Set([
  'BOTGO_NEED_RECONNECT',
  'BOTGO_INVALID_SESSION',
  'BOTGO_CANNOT_RESUME',
  'BOTGO_NETWORK',
  'BOTGO_TIMEOUT',
  'BOTGO_BAD_RESPONSE',
  'BOTGO_STORE',
  'BOTGO_BROKER',
]);

/**
 * Whether trying again is pointless until the configuration, the credentials or the bot's standing with the platform have changed.
 * Looks through `cause`; an error that is not the SDK's is not fatal.
 */
export function isFatal(error: unknown): boolean {
  const found = findBotgoError(error);
  if (!found) return false;
  return actionOf(found) === 'CRED' || FATAL.has(found.code);
}

/**
 * Whether the same call may succeed when it is made again after a pause. A message may have been sent although its call failed:
 * repeat a send only with the same `msg_id` and `msg_seq`, by which the platform drops the double.
 */
export function isRetryable(error: unknown): boolean {
  const found = findBotgoError(error);
  if (!found) return false;
  const action = actionOf(found);
  if (action === undefined) return RETRYABLE.has(found.code);
  return (
    action === 'RETRY' || action === 'RETRY1' || action === 'AUTH' || action === 'CONN' || action === 'LIMIT'
  );
}

/** The platform's own verdict, where it gave one. */
function actionOf(error: BotgoError): PlatformAction | undefined {
  if (error.code !== 'BOTGO_OPENAPI') return undefined;
  const { platformCode, status, path } = error as OpenAPIError;
  return platformCodeAction(platformCode, status, path);
}
