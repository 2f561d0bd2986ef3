import type { IncomingHttpHeaders } from 'node:http';
import type {
  FileUploadResult,
  RichMediaMessage,
  UploadPartFinish,
  UploadPrepareRequest,
  UploadPrepareResult,
} from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint, foreignEndpoint } from './endpoint.js';
import { isObject, readNothing, readObject, WRONG_SHAPE } from './readers.js';

/** @internal */
export const POST_C2C_FILE = endpoint('POST /v2/users/{openid}/files', readObject<FileUploadResult>);
/** @internal */
export const POST_GROUP_FILE = endpoint('POST /v2/groups/{group_openid}/files', readObject<FileUploadResult>);
const PREPARE_C2C = endpoint('POST /v2/users/{openid}/upload_prepare', readPrepared);
const PREPARE_GROUP = endpoint('POST /v2/groups/{group_openid}/upload_prepare', readPrepared);
// A part that is finished already stays so: the same call again changes nothing.
const FINISH_C2C = endpoint('POST /v2/users/{openid}/upload_part_finish', readNothing, 'harmless');
const FINISH_GROUP = endpoint('POST /v2/groups/{group_openid}/upload_part_finish', readNothing, 'harmless');
const PUT_PART = foreignEndpoint('PUT', readETag);

/** Storing a part may take as long as its upload. Source: node-2026. */
const PART_TIMEOUT_MS = 300_000;

/** Finishing a chunked upload: by its id alone, or with the kind of file as the wiki has it. */
export type UploadCompletion = Pick<RichMediaMessage, 'file_type' | 'file_name' | 'srv_send_msg'>;

/**
 * Files for users and groups [富媒体]. What was uploaded for users can't be sent to groups and the other way round; a `file_info` may
 * be sent to many receivers of its kind until its `ttl` ends. Kinds, formats and sizes: `FileType`. Source: bot-docs, official wiki.
 */
export interface MediaAPI {
  /**
   * Has the platform fetch a file for users from `url`. `srv_send_msg: true` sends it at once, which counts as a proactive message.
   * 50 a second. Source: bot-docs.
   */
  postC2CFile(openid: string, file: RichMediaMessage, options?: CallOptions): Promise<FileUploadResult>;
  /** As {@link MediaAPI.postC2CFile}, for groups. */
  postGroupFile(
    groupOpenid: string,
    file: RichMediaMessage,
    options?: CallOptions,
  ): Promise<FileUploadResult>;
  /**
   * Begins a chunked upload. `md5_10m` is of the first 10,002,432 bytes. 40093002: the day's quota is used up. 10 a second.
   * @returns Where to put each part; concurrency and retry times always in `upload_config`, whichever place the platform chose.
   * Source: official wiki, node-2026.
   */
  prepareC2CUpload(
    openid: string,
    file: UploadPrepareRequest,
    options?: CallOptions,
  ): Promise<UploadPrepareResult>;
  /** As {@link MediaAPI.prepareC2CUpload}, for groups. */
  prepareGroupUpload(
    groupOpenid: string,
    file: UploadPrepareRequest,
    options?: CallOptions,
  ): Promise<UploadPrepareResult>;
  /**
   * Puts one part where {@link MediaAPI.prepareC2CUpload} said. Goes to an object store, without the bot's credential.
   * @param presignedUrl - The part's `presigned_url`: it is a credential of its own, do not log it.
   * @returns The store's `ETag`. Time-out 300 s unless `options` says otherwise.
   */
  putUploadPart(
    presignedUrl: string,
    bytes: Uint8Array,
    options?: CallOptions,
  ): Promise<{ etag: string | undefined }>;
  /**
   * Says that a part is there. 40093001: not yet; again every `retry_delay` seconds until `retry_timeout`. 10 a second.
   * @param part - `part_index` is the part's `index` as it came: sources disagree on whether it starts at 0 or 1.
   */
  finishC2CUploadPart(openid: string, part: UploadPartFinish, options?: CallOptions): Promise<void>;
  /** As {@link MediaAPI.finishC2CUploadPart}, for groups. */
  finishGroupUploadPart(groupOpenid: string, part: UploadPartFinish, options?: CallOptions): Promise<void>;
  /** Ends a chunked upload. Source: nonebot, node-2026 (the id alone), official wiki (with the kind of file). */
  completeC2CUpload(
    openid: string,
    uploadId: string,
    file?: UploadCompletion,
    options?: CallOptions,
  ): Promise<FileUploadResult>;
  /** As {@link MediaAPI.completeC2CUpload}, for groups. */
  completeGroupUpload(
    groupOpenid: string,
    uploadId: string,
    file?: UploadCompletion,
    options?: CallOptions,
  ): Promise<FileUploadResult>;
}

/** @internal */
export function mediaAPI(call: Call): MediaAPI {
  return {
    postC2CFile: (openid, file, options) => call(POST_C2C_FILE, { ids: [openid], body: file }, options),
    postGroupFile: (groupOpenid, file, options) =>
      call(POST_GROUP_FILE, { ids: [groupOpenid], body: file }, options),
    prepareC2CUpload: (openid, file, options) =>
      call(PREPARE_C2C, { ids: [openid], body: withTexts(file, 'file_size') }, options),
    prepareGroupUpload: (groupOpenid, file, options) =>
      call(PREPARE_GROUP, { ids: [groupOpenid], body: withTexts(file, 'file_size') }, options),
    putUploadPart: (presignedUrl, bytes, options) =>
      call(PUT_PART, { url: presignedUrl, bytes: { content: bytes }, timeoutMs: PART_TIMEOUT_MS }, options),
    finishC2CUploadPart: (openid, part, options) =>
      call(FINISH_C2C, { ids: [openid], body: withTexts(part, 'block_size') }, options),
    finishGroupUploadPart: (groupOpenid, part, options) =>
      call(FINISH_GROUP, { ids: [groupOpenid], body: withTexts(part, 'block_size') }, options),
    completeC2CUpload: (openid, uploadId, file, options) =>
      call(POST_C2C_FILE, { ids: [openid], body: { ...file, upload_id: uploadId } }, options),
    completeGroupUpload: (groupOpenid, uploadId, file, options) =>
      call(POST_GROUP_FILE, { ids: [groupOpenid], body: { ...file, upload_id: uploadId } }, options),
  };
}

/** The wiki's type of sizes is text, clients send numbers, and the platform takes both. */
function withTexts<Body extends object>(body: Body, name: keyof Body & string): Body {
  const value = body[name];
  return typeof value === 'number' ? { ...body, [name]: String(value) } : body;
}

/** Some sources have `concurrency` and the retry times beside `upload_config` instead of in it. */
function readPrepared(body: unknown): UploadPrepareResult | typeof WRONG_SHAPE {
  if (!isObject(body) || !Array.isArray(body.parts)) return WRONG_SHAPE;
  const config: Record<string, unknown> = isObject(body.upload_config) ? { ...body.upload_config } : {};
  for (const name of ['concurrency', 'retry_timeout', 'retry_delay'])
    if (config[name] === undefined && body[name] !== undefined) config[name] = body[name];
  return readObject<UploadPrepareResult>({ ...body, upload_config: config });
}

function readETag(_body: unknown, headers: IncomingHttpHeaders): { etag: string | undefined } {
  return { etag: headers.etag };
}
