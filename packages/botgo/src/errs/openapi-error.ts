import { BotgoError, type BotgoErrorInfo } from './botgo-error.js';

/** Details of an {@link OpenAPIError}. */
export interface OpenAPIErrorInfo extends BotgoErrorInfo {
  readonly status: number;
  readonly platformCode?: number | undefined;
  readonly legacyCode?: number | undefined;
  readonly platformMessage?: string | undefined;
  readonly method: string;
  readonly path: string;
  readonly data?: unknown;
}

/** The OpenAPI answered with an error: an HTTP status, or a non-zero `code`/`err_code` in the body, also of a 200. */
export class OpenAPIError extends BotgoError {
  override readonly name = 'OpenAPIError';
  /** HTTP status. */
  readonly status: number;
  /** `err_code` of the body, else its `code`, e.g. 11244 (token expired); undefined when there was none. */
  declare readonly platformCode: number | undefined;
  /** The body's `code` where it differs from `err_code`: the old number of the same error. */
  declare readonly legacyCode: number | undefined;
  /** The body's `message`. May change at any time: never decide by it. */
  declare readonly platformMessage: string | undefined;
  /** Method and path of the request, without host and query. */
  readonly method: string;
  readonly path: string;
  /** The body's `data`. */
  declare readonly data: unknown;

  constructor(message: string, info: OpenAPIErrorInfo) {
    super('BOTGO_OPENAPI', message, info);
    this.status = info.status;
    if (info.platformCode !== undefined) this.platformCode = info.platformCode;
    if (info.legacyCode !== undefined) this.legacyCode = info.legacyCode;
    if (info.platformMessage !== undefined) this.platformMessage = info.platformMessage;
    this.method = info.method;
    this.path = info.path;
    if (info.data !== undefined) this.data = info.data;
  }
}
