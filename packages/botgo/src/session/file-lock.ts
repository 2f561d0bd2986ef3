import { randomUUID } from 'node:crypto';
import { link, readFile, rename, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import type { Cancel, Clock } from '../clock/index.js';
import { BotgoError } from '../errs/index.js';

/** How often the holder touches its lock, and how old the touch of another machine's holder must be to count as dead. */
const TOUCH_MS = 2_000;
const DEAD_AFTER_MS = 15_000;

interface LockText {
  readonly id: string;
  readonly pid: number;
  readonly host: string;
  /** Start of the process where the system tells it, so that a process number used again is not taken for the holder. */
  readonly birth: string | undefined;
}

/**
 * A lock on a file by another file beside it. A dead holder on this machine is noticed at once by its process number and start;
 * one on another machine (a shared volume) by a lock that nobody touches.
 */
export class FileLock {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #id = randomUUID();
  #cancelTouch: Cancel | undefined;

  private constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
  }

  /** @throws {BotgoError} `BOTGO_STORE` when a living process holds it. */
  static async acquire(path: string, clock: Clock): Promise<FileLock> {
    const lock = new FileLock(path, clock);
    await lock.#take();
    lock.#touchLater();
    return lock;
  }

  /** Whether it still is ours: a process that was suspended may have been taken for dead. */
  async isHeld(): Promise<boolean> {
    return (await readLock(this.#path))?.id === this.#id;
  }

  async release(): Promise<void> {
    this.#cancelTouch?.();
    if (await this.isHeld()) await unlink(this.#path).catch(ignoreMissing);
  }

  async #take(): Promise<void> {
    const own: LockText = {
      id: this.#id,
      pid: process.pid,
      host: hostname(),
      birth: await birthOf(process.pid),
    };
    const ownPath = `${this.#path}.${this.#id}`;
    await writeFile(ownPath, JSON.stringify(own), { mode: 0o600 });
    try {
      // Two tries: the second after a dead holder's lock was put out of the way.
      for (const isLast of [false, true]) {
        try {
          await link(ownPath, this.#path);
          return;
        } catch (error) {
          if (!isCode(error, 'EEXIST')) throw error;
        }
        const holder = await readLock(this.#path);
        if (isLast || (holder && (await this.#isAlive(holder)))) throw inUseError(this.#path, holder);
        await this.#putAway(holder?.id);
      }
    } finally {
      await unlink(ownPath).catch(ignoreMissing);
    }
  }

  /** Moves a dead lock away, unless another process was quicker and the lock is already a new one. */
  async #putAway(deadId: string | undefined): Promise<void> {
    const grave = `${this.#path}.${this.#id}.dead`;
    try {
      await rename(this.#path, grave);
    } catch (error) {
      return ignoreMissing(error);
    }
    if ((await readLock(grave))?.id !== deadId) await link(grave, this.#path).catch(() => undefined);
    await unlink(grave).catch(ignoreMissing);
  }

  async #isAlive(holder: LockText): Promise<boolean> {
    if (holder.host !== hostname()) {
      const { mtimeMs } = await stat(this.#path);
      return this.#clock.wallNow() - mtimeMs < DEAD_AFTER_MS;
    }
    return isRunning(holder.pid) && (await birthOf(holder.pid)) === holder.birth;
  }

  #touchLater(): void {
    this.#cancelTouch = this.#clock.after(TOUCH_MS, () => {
      const seconds = this.#clock.wallNow() / 1000;
      // A lock that is gone is noticed by isHeld(), before the next write.
      utimes(this.#path, seconds, seconds).catch(() => undefined);
      this.#touchLater();
    });
  }
}

function inUseError(path: string, holder: LockText | undefined): BotgoError {
  const by = holder ? `process ${holder.pid} on ${holder.host}` : 'another process';
  return new BotgoError(
    'BOTGO_STORE',
    `${path} is held by ${by}: two processes cannot share a file, use Redis or etcd for that (or delete the lock if that process is gone)`,
  );
}

async function readLock(path: string): Promise<LockText | undefined> {
  try {
    const text = JSON.parse(await readFile(path, 'utf8')) as Partial<LockText> | null;
    if (typeof text?.id !== 'string' || typeof text.pid !== 'number' || typeof text.host !== 'string')
      return undefined;
    return { id: text.id, pid: text.pid, host: text.host, birth: text.birth };
  } catch {
    // Missing or unreadable: the caller treats it as nobody's.
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return isCode(error, 'EPERM');
  }
}

/** Boot and start time of a process, from Linux's /proc; `undefined` elsewhere, where the process number alone has to do. */
async function birthOf(pid: number): Promise<string | undefined> {
  try {
    const [boot, line] = await Promise.all([
      readFile('/proc/sys/kernel/random/boot_id', 'utf8'),
      readFile(`/proc/${pid}/stat`, 'utf8'),
    ]);
    // Field 22; counted behind the command's closing bracket, because the command may hold spaces.
    const started = line
      .slice(line.lastIndexOf(')') + 2)
      .split(' ')
      .at(19);
    return `${boot.trim()}/${started}`;
  } catch {
    return undefined;
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function ignoreMissing(error: unknown): void {
  if (!isCode(error, 'ENOENT')) throw error;
}
