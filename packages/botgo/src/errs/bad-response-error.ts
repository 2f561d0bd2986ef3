import { BotgoError, type BotgoErrorInfo } from './botgo-error.js';

/** Details of a {@link BadResponseError}. */
export interface BadResponseErrorInfo extends BotgoErrorInfo {
  readonly status: number;
  readonly method: string;
  readonly path: string;
  readonly firstBytes: string;
}

/** The OpenAPI said "success" and sent a body that is not JSON, not of the documented shape, or too large. */
export class BadResponseError extends BotgoError {
  override readonly name = 'BadResponseError';
  /** HTTP status. */
  readonly status: number;
  /** Method and path of the request, without host and query. */
  readonly method: string;
  readonly path: string;
  /** How the body began, without credentials. */
  readonly firstBytes: string;

  constructor(message: string, info: BadResponseErrorInfo) {
    super('BOTGO_BAD_RESPONSE', message, info);
    this.status = info.status;
    this.method = info.method;
    this.path = info.path;
    this.firstBytes = info.firstBytes;
  }
}
