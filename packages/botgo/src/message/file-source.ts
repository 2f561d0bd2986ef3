import { abortedError, BotgoError, ConfigError } from '../errs/index.js';
import { HEAD_BYTES } from './file-kind.js';

/**
 * Where a file comes from: its bytes, a `Blob`, a path (`{ path }`, or a `file:` URL), a stream of bytes, or an http(s) URL, as text or
 * `URL`. A plain string is never a path, so that what a user or a model wrote cannot make the bot send its own files.
 */
export type FileSource =
  | Uint8Array
  | Blob
  | URL
  | string
  | { readonly path: string }
  | AsyncIterable<Uint8Array>;

/** A file that can be read in pieces. */
export interface OpenFile {
  readonly size: number;
  /** The first bytes. */
  readonly head: Uint8Array;
  /** Its own name, when it has one. */
  readonly name: string | undefined;
  /** Bytes from `start` up to, not including, `end`. */
  read(start: number, end: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** How a source is opened. */
export interface OpenOptions {
  /** Bytes at most, when the first ones are known. Throws for a file that is not wanted at all. */
  readonly limit: (head: Uint8Array) => number;
  /** What to throw for a file above the limit. */
  readonly tooLarge: (maxBytes: number) => BotgoError;
  readonly signal: AbortSignal | undefined;
}

/** The http(s) address that a source is; `undefined` for all others. @throws {ConfigError} for text or a URL that is none */
export function webAddress(source: FileSource): string | undefined {
  if (typeof source !== 'string' && !(source instanceof URL)) return undefined;
  const url = typeof source === 'string' ? (URL.canParse(source) ? new URL(source) : undefined) : source;
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return String(source);
  if (source instanceof URL && source.protocol === 'file:') return undefined;
  throw new ConfigError('a file given as text must be an http or https URL; for a path write { path }');
}

/** Whether a source can be read once only. */
export function isOneShot(source: FileSource): boolean {
  return typeof source === 'object' && Symbol.asyncIterator in source;
}

/** Opens a source, with its size checked before anything but its head is read. A stream and a download are read whole, up to the limit. */
export async function openSource(source: FileSource, options: OpenOptions): Promise<OpenFile> {
  if (source instanceof Uint8Array) return openBytes(source, undefined, options);
  if (source instanceof Blob) return openBlob(source, options);
  const address = webAddress(source);
  if (address !== undefined) return download(address, options);
  if (source instanceof URL) return openPath(source, options);
  if (typeof source === 'object' && 'path' in source && typeof source.path === 'string')
    return openPath(source.path, options);
  if (typeof source === 'object' && Symbol.asyncIterator in source)
    return openBytes(await gather(source, options), undefined, options);
  throw new ConfigError('a file is bytes, a Blob, { path }, a stream of bytes or a URL');
}

function openBytes(bytes: Uint8Array, name: string | undefined, options: OpenOptions): OpenFile {
  const head = bytes.subarray(0, HEAD_BYTES);
  checkSize(bytes.byteLength, head, options);
  return {
    size: bytes.byteLength,
    head,
    name,
    read: async (start, end) => bytes.subarray(start, end),
    close: async () => {},
  };
}

async function openBlob(blob: Blob, options: OpenOptions): Promise<OpenFile> {
  const read = async (start: number, end: number) =>
    new Uint8Array(await blob.slice(start, end).arrayBuffer());
  const head = await read(0, HEAD_BYTES);
  checkSize(blob.size, head, options);
  const name = 'name' in blob && typeof blob.name === 'string' && blob.name !== '' ? blob.name : undefined;
  return { size: blob.size, head, name, read, close: async () => {} };
}

async function openPath(path: string | URL, options: OpenOptions): Promise<OpenFile> {
  // Workers that only handle callbacks have no file system.
  const [{ open }, { basename }, { fileURLToPath }] = await Promise.all([
    import('node:fs/promises'),
    import('node:path'),
    import('node:url'),
  ]);
  const text = typeof path === 'string' ? path : fileURLToPath(path);
  const handle = await open(text, 'r').catch((cause: unknown) => {
    throw new ConfigError(
      `the file ${JSON.stringify(basename(text))} cannot be opened: check path and rights`,
      {
        cause,
      },
    );
  });
  async function read(start: number, end: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(end - start);
    let length = 0;
    while (length < bytes.byteLength) {
      const { bytesRead } = await handle.read(bytes, length, bytes.byteLength - length, start + length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile()) throw new ConfigError(`${JSON.stringify(basename(text))} is no file`);
    const head = await read(0, HEAD_BYTES);
    checkSize(stats.size, head, options);
    return { size: stats.size, head, name: basename(text), read, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function download(address: string, options: OpenOptions): Promise<OpenFile> {
  const { signal } = options;
  const name = decodeURIComponentSafely(new URL(address).pathname.split('/').at(-1) ?? '');
  let answer: Response;
  try {
    answer = await fetch(address, { signal: signal ?? null });
  } catch (cause) {
    if (signal?.aborted) throw abortedError(signal, 'the download of a file');
    throw new BotgoError('BOTGO_NETWORK', 'the URL of a file could not be reached', { cause });
  }
  if (!answer.ok || !answer.body) {
    await answer.body?.cancel();
    throw new BotgoError('BOTGO_NETWORK', `the URL of a file answered with HTTP ${answer.status}`);
  }
  return openBytes(await gather(answer.body, options), name || undefined, options);
}

/** Reads a stream whole; above the limit it is given up. */
async function gather(stream: AsyncIterable<Uint8Array>, options: OpenOptions): Promise<Uint8Array> {
  const { signal, tooLarge } = options;
  const chunks: Uint8Array[] = [];
  let length = 0;
  let maxBytes: number | undefined;
  const iterator = stream[Symbol.asyncIterator]();
  let onAbort = (): void => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => signal && reject(abortedError(signal, 'reading a file'));
  });
  aborted.catch(() => {});
  signal?.addEventListener('abort', onAbort, { once: true });
  if (signal?.aborted) onAbort();
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), aborted]);
      if (next.done) break;
      if (!(next.value instanceof Uint8Array)) throw new ConfigError('a stream of a file must yield bytes');
      chunks.push(next.value);
      length += next.value.byteLength;
      if (maxBytes === undefined && length >= HEAD_BYTES) maxBytes = options.limit(Buffer.concat(chunks));
      if (maxBytes !== undefined && length > maxBytes) throw tooLarge(maxBytes);
    }
  } catch (error) {
    // A stream that does not come to an end by itself is not waited for.
    void Promise.resolve(iterator.return?.()).catch(() => {});
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
  return Buffer.concat(chunks, length);
}

function checkSize(size: number, head: Uint8Array, { limit, tooLarge }: OpenOptions): void {
  const maxBytes = limit(head);
  if (size > maxBytes) throw tooLarge(maxBytes);
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
