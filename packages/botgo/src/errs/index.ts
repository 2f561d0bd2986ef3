export { abortedError, stoppedError } from './aborted.js';
export { BadResponseError, type BadResponseErrorInfo } from './bad-response-error.js';
export {
  BOTGO_ERROR_CODES,
  BotgoError,
  type BotgoErrorCode,
  type BotgoErrorInfo,
  ConfigError,
  findBotgoError,
  isBotgoError,
} from './botgo-error.js';
export {
  type ErrKind,
  ErrorCodes,
  errInvalidSession,
  errNeedReConnect,
  errNotFoundOpenAPI,
  errPagerIsNil,
  errSessionLimit,
  errURLInvalid,
  isErr,
  newErr,
  toBotgoError,
} from './botgo-errs.js';
export { isFatal, isRetryable } from './classify.js';
export { GatewayError, type GatewayErrorInfo } from './gateway-error.js';
export { OpenAPIError, type OpenAPIErrorInfo } from './openapi-error.js';
export {
  apiCodeTokenExpireOrNotExist,
  httpStatusAction,
  type PlatformCodeRange,
  platformCode,
  platformCodeAction,
  platformCodeRanges,
  platformCodes,
  platformCodeTopic,
} from './platform-codes.js';
export {
  type PlatformAction,
  type PlatformCode,
  type PlatformCodeElsewhere,
  type PlatformCodeGroup,
  platformCodeGroups,
} from './platform-codes-table.js';
export { type ReplyRefusal, ReplyRefusedError, type ReplyRefusedErrorInfo } from './reply-refused-error.js';
