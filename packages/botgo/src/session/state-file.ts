import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../clock/index.js';
import { BotgoError, isBotgoError } from '../errs/index.js';
import { type ClusterImage, toClusterImage } from './cluster-image.js';
import { FileLock } from './file-lock.js';

const FORMAT = 'botgo-coordinator';
const VERSION = 1;

/**
 * The file behind a memory coordinator: locked by one process, replaced as a whole (temporary file, fsync, rename), so that it is
 * the old or the new one whatever happens in between.
 */
export class StateFile {
  readonly #path: string;
  readonly #lock: FileLock;
  readonly #image: () => ClusterImage;
  #running: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;

  private constructor(path: string, lock: FileLock, image: () => ClusterImage) {
    this.#path = path;
    this.#lock = lock;
    this.#image = image;
  }

  /**
   * Locks the file and reads it.
   * @param image - Gives what a write stores.
   * @returns The file and what it held; `undefined` when there was none.
   * @throws {BotgoError} `BOTGO_STORE` when another process has it, or it is not a file of this format.
   */
  static async open(
    path: string,
    clock: Clock,
    image: () => ClusterImage,
  ): Promise<{ file: StateFile; loaded: ClusterImage | undefined }> {
    try {
      await mkdir(dirname(path), { recursive: true });
      const lock = await FileLock.acquire(`${path}.lock`, clock);
      try {
        const loaded = await load(path);
        return { file: new StateFile(path, lock, image), loaded };
      } catch (error) {
        await lock.release();
        throw error;
      }
    } catch (cause) {
      if (isBotgoError(cause)) throw cause;
      throw new BotgoError('BOTGO_STORE', `The state file ${path} cannot be opened`, { cause });
    }
  }

  /** Resolves when everything up to this call is on the disk. Calls made while a write runs share the next one. */
  save(): Promise<void> {
    this.#waiting ??= this.#running
      .catch(() => undefined)
      .then(() => {
        this.#waiting = undefined;
        this.#running = this.#write();
        return this.#running;
      });
    return this.#waiting;
  }

  async close(): Promise<void> {
    await (this.#waiting ?? this.#running).catch(() => undefined);
    await this.#lock.release();
  }

  async #write(): Promise<void> {
    try {
      if (!(await this.#lock.isHeld()))
        throw new BotgoError(
          'BOTGO_STORE',
          `The lock of ${this.#path} was taken by another process: restart this one`,
        );
      const temporary = `${this.#path}.tmp`;
      const handle = await open(temporary, 'w', 0o600);
      try {
        await handle.writeFile(JSON.stringify({ format: FORMAT, version: VERSION, ...this.#image() }));
        await handle.sync();
      } finally {
        await handle.close();
      }
      await rename(temporary, this.#path);
    } catch (cause) {
      if (isBotgoError(cause)) throw cause;
      throw new BotgoError('BOTGO_STORE', `The state file ${this.#path} cannot be written`, { cause });
    }
  }
}

async function load(path: string): Promise<ClusterImage | undefined> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  const refuse = (why: string, cause?: unknown): BotgoError =>
    new BotgoError('BOTGO_STORE', `${path} ${why} move it away to start without the sessions it may hold`, {
      cause,
    });
  let data: { format?: unknown; version?: unknown } | null;
  try {
    data = JSON.parse(text) as { format?: unknown; version?: unknown } | null;
  } catch (cause) {
    throw refuse('is damaged or not a state file of botgo:', cause);
  }
  if (data?.format !== FORMAT) throw refuse('is not a state file of botgo:');
  if (data.version !== VERSION)
    throw refuse(
      `has format version ${String(data.version)}, this release reads ${VERSION}: start the release that wrote it, or`,
    );
  try {
    return toClusterImage(data);
  } catch (cause) {
    throw refuse('is damaged:', cause);
  }
}
