import { createHash } from 'node:crypto';
import type { Clock } from '../clock/index.js';
import type {
  FileType,
  FileUploadResult,
  UploadPart,
  UploadPartFinish,
  UploadPrepareRequest,
  UploadPrepareResult,
} from '../dto/index.js';
import { BotgoError, isBotgoError, type OpenAPIError } from '../errs/index.js';
import type { UploadCompletion } from '../openapi/index.js';
import type { Digests } from './digests.js';
import type { OpenFile } from './file-source.js';

/** The steps of an upload in parts, each of which repeats itself where that may help. */
export interface PartsTarget {
  prepare(request: UploadPrepareRequest): Promise<UploadPrepareResult>;
  put(url: string, bytes: Uint8Array, signal: AbortSignal): Promise<unknown>;
  finish(part: UploadPartFinish, signal: AbortSignal): Promise<void>;
  complete(uploadId: string, file: UploadCompletion): Promise<FileUploadResult>;
}

/** What is uploaded, and how. */
export interface PartsUpload {
  readonly fileType: FileType;
  readonly name: string;
  readonly digests: Digests;
  readonly maxConcurrency: number;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
  readonly onProgress: (sentBytes: number) => void;
}

/** The part is not there yet for the platform, which asks for another try. */
export const NOT_YET = 40093001;
/** Where the platform says nothing else. Source: official wiki 2026. */
const DEFAULT_RETRY_SECONDS = 300;
/** Source: node-2026. */
const MAX_RETRY_SECONDS = 600;
const DEFAULT_DELAY_SECONDS = 1;

/**
 * Uploads a file in parts: prepare, put and finish each part, several at a time as far as the platform allows it, complete. The first
 * part that fails ends the others. Source: `protocol/messages.md` 10.
 */
export async function uploadInParts(
  file: OpenFile,
  target: PartsTarget,
  upload: PartsUpload,
): Promise<FileUploadResult> {
  const { digests, name, fileType, signal } = upload;
  const prepared = await target.prepare({
    file_type: fileType,
    file_name: name,
    file_size: file.size,
    md5: digests.md5,
    sha1: digests.sha1,
    md5_10m: digests.md5Head,
  });
  const { upload_id: uploadId, parts } = prepared;
  const blockSize = Number(prepared.block_size);
  if (!(blockSize > 0) || parts.length !== Math.ceil(file.size / blockSize))
    throw new BotgoError(
      'BOTGO_BAD_RESPONSE',
      `the platform gave ${parts.length} parts of ${prepared.block_size} bytes for a file of ${file.size}`,
    );
  const stop = new AbortController();
  const bound = signal ? AbortSignal.any([signal, stop.signal]) : stop.signal;
  let sentBytes = 0;
  let next = 0;
  const work = async (): Promise<void> => {
    for (let place = next++; place < parts.length; place = next++) {
      const part = parts[place];
      if (!part) return;
      // By its place in the list: sources disagree on whether `index` starts at 0 or 1.
      const start = place * blockSize;
      const bytes = await file.read(start, Math.min(start + blockSize, file.size));
      await sendPart(part, bytes, uploadId, target, { ...upload, signal: bound }, prepared);
      sentBytes += bytes.byteLength;
      upload.onProgress(sentBytes);
    }
  };
  const allowed = prepared.upload_config?.concurrency ?? 1;
  const workers = Math.max(1, Math.min(allowed, upload.maxConcurrency, parts.length));
  const running = Array.from({ length: workers }, async () => {
    try {
      await work();
    } catch (error) {
      stop.abort(error);
      throw error;
    }
  });
  const ends = await Promise.allSettled(running);
  // The first failure ended the others; theirs are only its echo.
  if (stop.signal.aborted) throw signal?.aborted ? firstReason(ends) : stop.signal.reason;
  return target.complete(uploadId, { file_type: fileType, file_name: name, srv_send_msg: false });
}

async function sendPart(
  part: UploadPart,
  bytes: Uint8Array,
  uploadId: string,
  target: PartsTarget,
  { clock, signal }: PartsUpload & { readonly signal: AbortSignal },
  { upload_config: config }: UploadPrepareResult,
): Promise<void> {
  await target.put(part.presigned_url, bytes, signal);
  const timeoutSeconds = Math.min(config?.retry_timeout ?? DEFAULT_RETRY_SECONDS, MAX_RETRY_SECONDS);
  const delayMs = (config?.retry_delay ?? DEFAULT_DELAY_SECONDS) * 1_000;
  const untilMs = clock.now() + timeoutSeconds * 1_000;
  const finish: UploadPartFinish = {
    upload_id: uploadId,
    part_index: part.index,
    block_size: bytes.byteLength,
    md5: createHash('md5').update(bytes).digest('hex'),
  };
  for (;;) {
    try {
      return await target.finish(finish, signal);
    } catch (error) {
      const isNotYet =
        isBotgoError(error, 'BOTGO_OPENAPI') && (error as OpenAPIError).platformCode === NOT_YET;
      if (!isNotYet || signal.aborted || clock.now() + delayMs > untilMs) throw error;
      await clock.sleep(delayMs, signal);
    }
  }
}

function firstReason(ends: readonly PromiseSettledResult<void>[]): unknown {
  for (const end of ends) if (end.status === 'rejected') return end.reason;
  return undefined;
}
