import { FileType } from '../dto/index.js';

/** Kind of a file, as the platform tells them apart. */
export type FileKind = 'image' | 'video' | 'voice' | 'file';

/** The platform's number of each kind. */
export const FILE_TYPES: Readonly<Record<FileKind, FileType>> = Object.freeze({
  image: FileType.Image,
  video: FileType.Video,
  voice: FileType.Voice,
  file: FileType.File,
});

const MIB = 1024 * 1024;

/** Bytes of a file at most, by kind. Source: the platform's Node client (2026-07); the wiki's own limit is 200 MB for each. */
export const FILE_LIMITS: Readonly<Record<FileKind, number>> = Object.freeze({
  image: 30 * MIB,
  video: 100 * MIB,
  voice: 20 * MIB,
  file: 100 * MIB,
});

/** What a file's first bytes say. */
export interface FileForm {
  readonly kind: FileKind;
  readonly extension: string;
}

/** As many bytes tell every form apart. */
export const HEAD_BYTES = 32;

/** First bytes, where they begin, and what they mean. Formats that the platform documents for a kind; anything else is a file. */
const FORMS: readonly (readonly [at: number, bytes: string, kind: FileKind, extension: string])[] = [
  [0, '\x89PNG\r\n\x1a\n', 'image', 'png'],
  [0, '\xff\xd8\xff', 'image', 'jpg'],
  [0, 'GIF8', 'image', 'gif'],
  [0, 'BM', 'image', 'bmp'],
  [8, 'WEBP', 'image', 'webp'],
  [0, '#!SILK', 'voice', 'silk'],
  // WeChat's form of silk has a byte in front.
  [0, '\x02#!SILK', 'voice', 'silk'],
  [8, 'WAVE', 'voice', 'wav'],
  [0, 'OggS', 'voice', 'ogg'],
  [0, 'ID3', 'voice', 'mp3'],
  [0, '\xff\xfb', 'voice', 'mp3'],
  [4, 'ftypM4A', 'file', 'm4a'],
  [4, 'ftypheic', 'file', 'heic'],
  [4, 'ftypavif', 'file', 'avif'],
  [4, 'ftyp', 'video', 'mp4'],
];

/** The form of a file by its first {@link HEAD_BYTES} bytes; its name and what a server says of it do not count. */
export function formOf(head: Uint8Array): FileForm {
  const text = Buffer.from(head.subarray(0, HEAD_BYTES)).toString('latin1');
  for (const [at, bytes, kind, extension] of FORMS) {
    if (!text.startsWith(bytes, at)) continue;
    // WEBP and WAVE are both RIFF; the word alone at that place may be anything.
    if (at === 8 && !text.startsWith('RIFF')) continue;
    return { kind, extension };
  }
  return { kind: 'file', extension: 'bin' };
}
