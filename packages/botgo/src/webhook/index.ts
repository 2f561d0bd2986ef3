export {
  type Callback,
  type CallbackAge,
  genDispatchAck,
  genHeartbeatAck,
  genValidationAck,
  readCallback,
} from './callback.js';
export { fetchHandler } from './fetch-handler.js';
export { nodeHandler } from './node-handler.js';
export { WEBHOOK_HANDLER_DEFAULTS, type WebhookHandlerOptions } from './receivers.js';
export {
  generateSignature,
  headerBotAppId,
  headerSig,
  headerTimestamp,
  type SignatureKey,
  type SignedRequest,
  signatureKey,
  verifySignature,
} from './signature.js';
export { type SearchConfig, type SearchOptions, simulateSearch } from './simulate-search.js';
export {
  WEBHOOK_DEFAULTS,
  type WebhookAnswer,
  type WebhookOptions,
  WebhookSource,
} from './webhook-source.js';
