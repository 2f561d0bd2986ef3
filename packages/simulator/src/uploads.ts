import { createHash } from 'node:crypto';
import type { Ids } from './ids.js';

/** A file that arrives in parts. */
export interface Upload {
  readonly id: string;
  readonly appId: string;
  readonly scene: 'c2c' | 'group';
  readonly fileType: number;
  readonly name: string;
  readonly size: number;
  readonly md5: string;
  readonly sha1: string;
  readonly blockSize: number;
  readonly parts: { bytes: Uint8Array | undefined; isFinished: boolean }[];
}

export const BLOCK_BYTES = 5 * 1024 * 1024;

/** Chunked uploads that are under way. */
export class Uploads {
  readonly #byId = new Map<string, Upload>();

  constructor(private readonly ids: Ids) {}

  prepare(file: Omit<Upload, 'id' | 'parts' | 'blockSize'>): Upload {
    const count = Math.max(1, Math.ceil(file.size / BLOCK_BYTES));
    const parts = Array.from({ length: count }, () => ({ bytes: undefined, isFinished: false }));
    const upload: Upload = { ...file, id: this.ids.tagged('up_'), blockSize: BLOCK_BYTES, parts };
    this.#byId.set(upload.id, upload);
    return upload;
  }

  find(id: string): Upload | undefined {
    return this.#byId.get(id);
  }

  /** Bytes of part `index` (from 0) as the file's size demands. */
  partSize(upload: Upload, index: number): number {
    return Math.min(upload.blockSize, upload.size - index * upload.blockSize);
  }

  /** The whole file when every part is there and the digests fit; then the upload is over. */
  complete(upload: Upload): Uint8Array | 'unfinished' | 'digest' {
    const bytes = upload.parts.map((part) => (part.isFinished ? part.bytes : undefined));
    if (bytes.some((part) => part === undefined)) return 'unfinished';
    const whole = Buffer.concat(bytes.map((part) => part ?? new Uint8Array()));
    if (digest('md5', whole) !== upload.md5.toLowerCase()) return 'digest';
    if (digest('sha1', whole) !== upload.sha1.toLowerCase()) return 'digest';
    this.#byId.delete(upload.id);
    return whole;
  }
}

export function digest(algorithm: 'md5' | 'sha1', bytes: Uint8Array): string {
  return createHash(algorithm).update(bytes).digest('hex');
}
