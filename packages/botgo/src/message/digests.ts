import { createHash } from 'node:crypto';
import type { OpenFile } from './file-source.js';

/** What the platform asks for before an upload in parts, in hexadecimal. */
export interface Digests {
  readonly md5: string;
  readonly sha1: string;
  readonly md5Head: string;
}

/** Length of what `md5_10m` is made of. Source: official wiki 2026. */
const HEAD_DIGEST_BYTES = 10_002_432;
const READ_BYTES = 1024 * 1024;

export async function digestsOf(file: OpenFile, signal: AbortSignal | undefined): Promise<Digests> {
  const md5 = createHash('md5');
  const sha1 = createHash('sha1');
  const md5Head = createHash('md5');
  for (let start = 0; start < file.size; start += READ_BYTES) {
    signal?.throwIfAborted();
    const bytes = await file.read(start, Math.min(start + READ_BYTES, file.size));
    md5.update(bytes);
    sha1.update(bytes);
    if (start < HEAD_DIGEST_BYTES) md5Head.update(bytes.subarray(0, HEAD_DIGEST_BYTES - start));
  }
  return { md5: md5.digest('hex'), sha1: sha1.digest('hex'), md5Head: md5Head.digest('hex') };
}
