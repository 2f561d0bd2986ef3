export { loadCredentialsFromConfig } from './config-file.js';
export type { QQBotCredentials } from './credentials.js';
export {
  botToken,
  loadTokenFromConfig,
  newToken,
  Token,
  TypeBearer,
  TypeBot,
  TypeNormal,
  TypeQQBot,
  userToken,
} from './fixed-token.js';
export { newQQBotTokenSource, type QQBotTokenSourceOptions } from './qqbot-token-source.js';
export { type RefreshOptions, startRefreshAccessToken } from './refresh.js';
export {
  DEFAULT_TOKEN_URL,
  type TokenHttpRequest,
  type TokenHttpResponse,
  type TokenRequester,
} from './token-endpoint.js';
export { AccessToken, type TokenRequest, type TokenSource, type TokenType } from './token-source.js';
export type { TokenStore } from './token-store.js';
