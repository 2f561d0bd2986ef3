import type { OpenNumber } from './open-enum.js';

/** Kind of an uploaded file. */
export const FileType = {
  /** png, jpg. */
  Image: 1,
  /** mp4. */
  Video: 2,
  /** silk. */
  Voice: 3,
  /** Anything; closed until 2025. */
  File: 4,
} as const;

export type FileType = OpenNumber<typeof FileType>;

/** `media` of a message with `msg_type` 7. */
export interface MediaInfo {
  /** Opaque, from an upload for the same kind of receiver. BotGo types it as bytes: base64 on the wire. */
  file_info: string;
}

/** Body of an upload, `POST /v2/users/{openid}/files` or `/v2/groups/{group_openid}/files`. */
export interface RichMediaMessage {
  /** Not needed with an `upload_id` alone. */
  file_type?: FileType;
  /** The platform fetches it from there. */
  url?: string;
  /** Base64 of the file; works, but is not documented. */
  file_data?: string;
  /** True: send at once, as a proactive message. */
  srv_send_msg?: boolean;
  file_name?: string;
  /** Finishes a chunked upload. */
  upload_id?: string;
  /** An old field. */
  event_id?: string;
  /** An old field. */
  content?: string;
  /** An old field. */
  msg_seq?: number;
}

/** Answer of an upload. */
export interface FileUploadResult {
  file_uuid: string;
  /** Goes into {@link MediaInfo}. */
  file_info: string;
  /** Seconds, 0 for long term. */
  ttl: number;
  /** Message id, when it was sent at once. */
  id?: string;
  /** Download URL; chunked uploads of types 1 to 3 only. */
  raw_url?: string;
}

/** Length of the part of a file that `md5_10m` is made of, in bytes; the whole file when it is smaller. */
export const md5PrefixBytes = 10_002_432;

/** Body of `POST …/upload_prepare`. */
export interface UploadPrepareRequest {
  file_type: FileType;
  file_name: string;
  /** Bytes, as a string; the platform accepts a number too. */
  file_size: string | number;
  /** Hex, of the whole file. */
  md5: string;
  /** Hex, of the whole file. */
  sha1: string;
  /** Hex, of the first {@link md5PrefixBytes} bytes. */
  md5_10m: string;
}

/** A part of a chunked upload. Its place is its place in the list: `index` starts at 0 or at 1. */
export interface UploadPart {
  /** To be sent back unchanged. */
  index: number;
  /** Takes the bytes by PUT, without the bot's authorization. */
  presigned_url: string;
  /** Bytes of this part. */
  block_size?: string | number;
}

/** How to upload parts. */
export interface UploadConfig {
  /** Parts at a time. @defaultValue 1 */
  concurrency?: number;
  /** Seconds. @defaultValue 300 */
  retry_timeout?: number;
  /** Seconds. @defaultValue 1 */
  retry_delay?: number;
}

/** Answer of `POST …/upload_prepare`. */
export interface UploadPrepareResult {
  upload_id: string;
  /** Bytes per part. */
  block_size: string | number;
  parts: UploadPart[];
  upload_config?: UploadConfig;
  /** Some sources read it here and not in `upload_config`. */
  concurrency?: number;
  /** Some sources read it here and not in `upload_config`; seconds. */
  retry_timeout?: number;
}

/** Body of `POST …/upload_part_finish`. */
export interface UploadPartFinish {
  upload_id: string;
  /** The part's `index`. */
  part_index: number;
  /** Bytes of this part. */
  block_size: string | number;
  /** Hex, of this part. */
  md5: string;
}
