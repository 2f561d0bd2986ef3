import type { FileUploadResult } from '../dto/index.js';
import { abortedError, ConfigError, isBotgoError, isRetryable } from '../errs/index.js';
import type { CallOptions, MediaAPI } from '../openapi/index.js';
import { type Place, refusal } from './anchor.js';
import { digestsOf } from './digests.js';
import { FileHandles } from './file-handles.js';
import { FILE_LIMITS, FILE_TYPES, type FileForm, type FileKind, formOf } from './file-kind.js';
import { type FileSource, type OpenFile, openSource, webAddress } from './file-source.js';
import type { Outbox } from './outbox.js';
import { NOT_YET, type PartsTarget, uploadInParts } from './upload-parts.js';

/** How far an upload is. */
export interface UploadProgress {
  readonly sentBytes: number;
  readonly totalBytes: number;
}

/** How a file is uploaded. */
export interface UploadOptions extends CallOptions {
  /** @defaultValue what its first bytes say: `image`, `video`, `voice`, else `file`; for a URL that the platform fetches `image` */
  readonly kind?: FileKind | undefined;
  /** Its name, which readers see with a `file`. @defaultValue its own, when it has one */
  readonly name?: string | undefined;
  /**
   * Fetches a URL here instead of having the platform do it, e.g. when the platform cannot reach it. Do not set it for URLs from users: the
   * bot would reach what only the bot can reach. @defaultValue false
   */
  readonly fetch?: boolean | undefined;
  /**
   * Sends a file that was uploaded before by its handle, while that is valid. @defaultValue true; false for a URL, behind which another
   * file may be by now
   */
  readonly reuse?: boolean | undefined;
  /** Called at the start and with each part that has arrived. What it throws ends the upload. */
  readonly onProgress?: ((progress: UploadProgress) => void) | undefined;
}

/** A file that can be sent, with `media(file.fileInfo)`. */
export interface UploadedFile {
  /** For users or for groups, not for both. */
  readonly fileInfo: string;
  readonly fileUuid: string;
  readonly kind: FileKind;
  /** When the handle ends, by the clock of the bot; `undefined` for one that lasts. */
  readonly expiresAtMs: number | undefined;
  /** Nothing was uploaded: the handle of an earlier upload was still valid. */
  readonly reused: boolean;
}

/** Settings of all uploads of a bot. */
export interface UploaderOptions {
  /** Bytes at most, by kind. @defaultValue 30, 100, 20 and 100 MiB for image, video, voice and file */
  readonly maxBytes?: Readonly<Partial<Record<FileKind, number>>> | undefined;
  /** Files of this size and above go in parts. @defaultValue 5 MiB */
  readonly partsFromBytes?: number | undefined;
  /** Parts at a time at most, where the platform allows more. @defaultValue 10 */
  readonly maxConcurrency?: number | undefined;
  /** Time for one request with a whole file or for one part, in milliseconds. @defaultValue 300,000 */
  readonly timeoutMs?: number | undefined;
}

export const UPLOADER_DEFAULTS = {
  partsFromBytes: 5 * 1024 * 1024,
  maxConcurrency: 10,
  timeoutMs: 300_000,
} as const satisfies Partial<UploaderOptions>;

/** Where files can be sent to. */
export type ChatPlace = Place & { readonly scene: 'c2c' | 'group' };

/** Tries of each request. Uploading twice does no harm. */
const MAX_TRIES = 3;
const RETRY_MS = 500;

/** Uploads files for users and groups: whole or in parts, once while their handle is valid. */
export class Uploader {
  readonly #api: MediaAPI;
  readonly #outbox: Outbox;
  readonly #handles: FileHandles;
  readonly #limits: Readonly<Record<FileKind, number>>;
  readonly #partsFromBytes: number;
  readonly #maxConcurrency: number;
  readonly #timeoutMs: number;

  /** @throws {ConfigError} on a number that is not above 0 */
  constructor(api: MediaAPI, outbox: Outbox, options: UploaderOptions = {}) {
    this.#api = api;
    this.#outbox = outbox;
    this.#handles = new FileHandles(outbox.clock);
    this.#limits = {
      image: aboveZero('maxBytes.image', options.maxBytes?.image ?? FILE_LIMITS.image),
      video: aboveZero('maxBytes.video', options.maxBytes?.video ?? FILE_LIMITS.video),
      voice: aboveZero('maxBytes.voice', options.maxBytes?.voice ?? FILE_LIMITS.voice),
      file: aboveZero('maxBytes.file', options.maxBytes?.file ?? FILE_LIMITS.file),
    };
    this.#partsFromBytes = aboveZero(
      'partsFromBytes',
      options.partsFromBytes ?? UPLOADER_DEFAULTS.partsFromBytes,
    );
    this.#maxConcurrency = aboveZero(
      'maxConcurrency',
      options.maxConcurrency ?? UPLOADER_DEFAULTS.maxConcurrency,
    );
    this.#timeoutMs = aboveZero('timeoutMs', options.timeoutMs ?? UPLOADER_DEFAULTS.timeoutMs);
  }

  /**
   * Uploads a file for messages to a user or a group, or gives the handle of an earlier upload of the same bytes.
   * @throws {ReplyRefusedError} before the first byte is sent: `file-too-large`, `file-type`, `empty`, `unsupported`
   * @throws {BotgoError} what the OpenAPI client throws; `BOTGO_CONFIG` for a source that is none
   */
  async upload(place: Place, source: FileSource, options: UploadOptions = {}): Promise<UploadedFile> {
    const to = chatPlace(place);
    const { signal } = options;
    if (signal?.aborted) throw abortedError(signal, 'the upload of a file');
    try {
      const address = options.fetch ? undefined : webAddress(source);
      if (address !== undefined) return await this.#fetchedByPlatform(to, address, options);
      const file = await this.#open(source, options);
      try {
        return await this.#send(to, file, options);
      } finally {
        await file.close();
      }
    } catch (error) {
      throw signal?.aborted && !isBotgoError(error) ? abortedError(signal, 'the upload of a file') : error;
    }
  }

  /** Bytes of a picture for a channel or a DM, where it travels inside its message. */
  async read(source: FileSource, options: UploadOptions = {}): Promise<Uint8Array> {
    const file = await this.#open(source, { ...options, kind: 'image' });
    try {
      return await file.read(0, file.size);
    } finally {
      await file.close();
    }
  }

  /** Forgets a handle which the platform no longer takes. */
  forget(fileInfo: string): void {
    this.#handles.forget(fileInfo);
  }

  #open(source: FileSource, { kind, signal }: UploadOptions): Promise<OpenFile> {
    return openSource(source, {
      signal,
      limit: (head) => this.#limits[wantedKind(formOf(head), kind)],
      tooLarge: (maxBytes) =>
        refusal('file-too-large', `the platform takes at most ${maxBytes} bytes of such a file`),
    });
  }

  async #fetchedByPlatform(
    to: ChatPlace,
    url: string,
    { kind = 'image', name, reuse = false, fetch: _fetch, onProgress, ...call }: UploadOptions,
  ): Promise<UploadedFile> {
    const key = `${to.scene} ${kind} ${name ?? ''} ${url}`;
    const known = reuse ? this.#handles.find(key) : undefined;
    if (known) return { ...known, kind, reused: true };
    onProgress?.({ sentBytes: 0, totalBytes: 0 });
    const result = await this.#postFile(
      to,
      { file_type: FILE_TYPES[kind], url, srv_send_msg: false, ...(name && { file_name: name }) },
      call,
    );
    return { ...this.#handles.keep(key, result), kind, reused: false };
  }

  async #send(to: ChatPlace, file: OpenFile, options: UploadOptions): Promise<UploadedFile> {
    const { kind: wanted, name: given, reuse = true, fetch: _fetch, onProgress, ...call } = options;
    if (file.size === 0) throw refusal('empty', 'the file has no bytes', to.scene);
    const form = formOf(file.head);
    const kind = wantedKind(form, wanted);
    const name = given ?? file.name ?? `${kind}.${form.extension}`;
    const digests = await digestsOf(file, call.signal);
    const key = `${to.scene} ${kind} ${kind === 'file' ? name : ''} ${digests.sha1} ${file.size}`;
    const known = reuse ? this.#handles.find(key) : undefined;
    if (known) return { ...known, kind, reused: true };
    const progress = (sentBytes: number) => onProgress?.({ sentBytes, totalBytes: file.size });
    progress(0);
    const result =
      file.size < this.#partsFromBytes
        ? await this.#sendWhole(to, file, { kind, name }, call)
        : await uploadInParts(file, this.#partsTarget(to, call), {
            fileType: FILE_TYPES[kind],
            name,
            digests,
            maxConcurrency: this.#maxConcurrency,
            clock: this.#outbox.clock,
            signal: call.signal,
            onProgress: progress,
          });
    progress(file.size);
    return { ...this.#handles.keep(key, result), kind, reused: false };
  }

  async #sendWhole(
    to: ChatPlace,
    file: OpenFile,
    { kind, name }: { readonly kind: FileKind; readonly name: string },
    call: CallOptions,
  ): Promise<FileUploadResult> {
    const bytes = await file.read(0, file.size);
    return this.#postFile(
      to,
      {
        file_type: FILE_TYPES[kind],
        file_data: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64'),
        srv_send_msg: false,
        file_name: name,
      },
      call,
    );
  }

  #postFile(to: ChatPlace, body: Parameters<MediaAPI['postC2CFile']>[1], call: CallOptions) {
    const api = this.#api;
    const own = { ...call, timeoutMs: call.timeoutMs ?? this.#timeoutMs };
    return this.#request(to, 'file', call.signal, () =>
      to.scene === 'c2c' ? api.postC2CFile(to.id, body, own) : api.postGroupFile(to.id, body, own),
    );
  }

  /** The four steps of an upload in parts, for users or for groups. */
  #partsTarget(to: ChatPlace, call: CallOptions): PartsTarget {
    const api = this.#api;
    const isC2C = to.scene === 'c2c';
    const own = { ...call, timeoutMs: call.timeoutMs ?? this.#timeoutMs };
    return {
      prepare: (request) =>
        this.#request(to, 'upload-step', call.signal, () =>
          isC2C ? api.prepareC2CUpload(to.id, request, call) : api.prepareGroupUpload(to.id, request, call),
        ),
      put: (url, bytes, signal) =>
        this.#retry(signal, () =>
          api.putUploadPart(url, bytes, { timeoutMs: own.timeoutMs, guard: own.guard, signal }),
        ),
      finish: (part, signal) =>
        this.#request(to, 'finish', signal, () =>
          isC2C
            ? api.finishC2CUploadPart(to.id, part, { ...call, signal })
            : api.finishGroupUploadPart(to.id, part, { ...call, signal }),
        ),
      complete: (uploadId, file) =>
        this.#request(to, 'file', call.signal, () =>
          isC2C
            ? api.completeC2CUpload(to.id, uploadId, file, own)
            : api.completeGroupUpload(to.id, uploadId, file, own),
        ),
    };
  }

  #request<Result>(
    place: ChatPlace,
    step: 'file' | 'upload-step' | 'finish',
    signal: AbortSignal | undefined,
    request: () => Promise<Result>,
  ): Promise<Result> {
    const kind = step === 'finish' ? 'upload-step' : step;
    return this.#retry(
      signal,
      // What is no message is never "sent already".
      () => this.#outbox.paced({ place, kind, signal }, request) as Promise<Result>,
      // "Not yet" of a part has a rhythm of its own.
      step === 'finish' ? NOT_YET : undefined,
    );
  }

  async #retry<Result>(
    signal: AbortSignal | undefined,
    request: () => Promise<Result>,
    finalCode?: number,
  ): Promise<Result> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await request();
      } catch (error) {
        if (attempt >= MAX_TRIES || signal?.aborted || !isWorthATry(error, finalCode)) throw error;
        await this.#outbox.clock.sleep(RETRY_MS * 2 ** (attempt - 1), signal);
      }
    }
  }
}

/** @throws {ReplyRefusedError} `file-type` when the bytes are of another kind than the one asked for */
function wantedKind(form: FileForm, wanted: FileKind | undefined): FileKind {
  if (wanted === undefined || wanted === form.kind) return form.kind;
  // Anything may be sent as a file.
  if (wanted === 'file') return 'file';
  throw refusal(
    'file-type',
    `the file was to be sent as ${wanted}, but by its first bytes it is ${form.kind === 'file' ? 'none' : `of the kind ${form.kind}`}; convert it, or send it as a file`,
  );
}

function chatPlace(place: Place): ChatPlace {
  const { scene } = place;
  if (scene === 'c2c' || scene === 'group') return { ...place, scene };
  throw refusal(
    'unsupported',
    'files are uploaded for users and groups; channels and DMs take pictures inside the message: image(…)',
    scene,
  );
}

/** The uploads of a day are used up: nothing helps but the next day, or smaller files. */
const DAY_USED = 40093002;

function isWorthATry(error: unknown, finalCode: number | undefined): boolean {
  const { platformCode } = error as { readonly platformCode?: unknown };
  if (platformCode === DAY_USED || (finalCode !== undefined && platformCode === finalCode)) return false;
  return isRetryable(error);
}

function aboveZero(name: string, value: number): number {
  if (value > 0) return value;
  throw new ConfigError(`${name} must be above 0, got ${value}`);
}
