import type { Clock } from '../clock/index.js';
import type { FileUploadResult } from '../dto/index.js';

/** What a file can be sent by. */
export interface FileHandle {
  readonly fileInfo: string;
  readonly fileUuid: string;
  /** `undefined`: it lasts. */
  readonly expiresAtMs: number | undefined;
}

/** Handles kept at most. */
const CAPACITY = 1_000;
/** A handle this close to its end is not used any more: the message has a way to go. */
const MARGIN_MS = 60_000;

/** Handles of files that were uploaded, while they are valid. */
export class FileHandles {
  readonly #clock: Clock;
  readonly #byKey = new Map<string, FileHandle>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  find(key: string): FileHandle | undefined {
    const handle = this.#byKey.get(key);
    if (!handle) return undefined;
    this.#byKey.delete(key);
    const { expiresAtMs } = handle;
    if (expiresAtMs !== undefined && expiresAtMs - MARGIN_MS <= this.#clock.now()) return undefined;
    // The one used last is dropped last.
    this.#byKey.set(key, handle);
    return handle;
  }

  keep(key: string, { file_info: fileInfo, file_uuid: fileUuid, ttl }: FileUploadResult): FileHandle {
    // 0 is "long term"; an answer without a number says nothing, and its handle serves this once.
    const isKnown = typeof ttl === 'number' && ttl >= 0;
    const expiresAtMs = ttl === 0 ? undefined : this.#clock.now() + (isKnown ? ttl * 1_000 : 0);
    const handle = { fileInfo, fileUuid, expiresAtMs };
    this.#byKey.set(key, handle);
    if (this.#byKey.size > CAPACITY) {
      const [oldest] = this.#byKey.keys();
      if (oldest !== undefined) this.#byKey.delete(oldest);
    }
    return handle;
  }

  forget(fileInfo: string): void {
    for (const [key, handle] of this.#byKey) if (handle.fileInfo === fileInfo) this.#byKey.delete(key);
  }
}
