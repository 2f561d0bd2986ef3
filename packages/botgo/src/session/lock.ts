import type { Cancel, Clock } from '../clock/index.js';
import { BotgoError, ConfigError, isBotgoError } from '../errs/index.js';
import type { Logger } from '../log/index.js';

/** What a store does for a {@link Lock}. Rejections are `BOTGO_STORE`. */
export interface LockBackend {
  /**
   * Takes the lock for `expireMs` when nobody has it. @returns A fencing token larger than every earlier one of this lock, and what tells
   * this hold from any other; `undefined` when another has the lock.
   */
  acquire(expireMs: number): Promise<{ readonly token: number; readonly hold: string } | undefined>;
  /** Extends a hold to `expireMs` from now. @returns `false` when the lock is not held by it any more. */
  renew(hold: string, expireMs: number): Promise<boolean>;
  /** Gives a hold up. @returns `false` when the lock was not held by it any more. */
  release(hold: string): Promise<boolean>;
}

/** How a {@link Lock} is made. */
export interface LockParts {
  readonly name: string;
  readonly backend: LockBackend;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called once for each hold that is lost, with the reason. The hold's {@link Lock.signal} is aborted before. */
  readonly onLost?: ((reason: BotgoError) => void) | undefined;
}

/** The lock is another's: BotGo's `ErrorNotOk`. Its code is `BOTGO_STORE`. */
export class LockTakenError extends BotgoError {
  override readonly name = 'LockTakenError';
  constructor(lockName: string) {
    super('BOTGO_STORE', `Lock ${lockName} is held by another: try again later`);
  }
}

/** What one successful {@link Lock.lock} gave. */
interface Hold {
  readonly token: number;
  /** The store's word for it. */
  readonly id: string;
  readonly controller: AbortController;
  /** Ends of the hold as far as we know, on both clocks: counted from when the last renewal that succeeded was sent. */
  endsMs: number;
  endsWallMs: number;
  cancelEnd: Cancel | undefined;
  cancelRenew: Cancel | undefined;
}

const RENEWALS_PER_EXPIRY = 3;

/**
 * A lock in a store, as BotGo's `sessions/remote/lock`, with what that lacks: a fencing token, a loss that the holder is told, expiry
 * times of any length, and a renewal that can be stopped at any time. Made by `newLock` of `@botgo/redis` and `@botgo/etcd`.
 */
export class Lock implements AsyncDisposable {
  readonly name: string;
  readonly #parts: LockParts;
  #hold: Hold | undefined;
  #signal: AbortSignal = AbortSignal.abort(new BotgoError('BOTGO_LEASE_LOST', 'The lock was not taken yet'));

  constructor(parts: LockParts) {
    this.name = parts.name;
    this.#parts = parts;
  }

  /** Fencing token of the hold: larger than every earlier one of this lock. `undefined` when it is not held. */
  get token(): number | undefined {
    return this.isHeld ? this.#hold?.token : undefined;
  }

  /** Whether it is held, as far as this process can know: a process that slept through the expiry sees `false` at once. */
  get isHeld(): boolean {
    const hold = this.#hold;
    if (!hold) return false;
    const { clock } = this.#parts;
    if (clock.now() < hold.endsMs && clock.wallNow() < hold.endsWallMs) return true;
    this.#lose(hold, `Lock ${this.name} was not renewed in time`);
    return false;
  }

  /** Aborted, with the reason, when the last hold ends: it was lost or released. Give it to what works under the lock. */
  get signal(): AbortSignal {
    return this.#signal;
  }

  /**
   * Takes the lock for `expireMs`. @returns The fencing token.
   * @throws {LockTakenError} when another has it, this object's earlier hold included.
   */
  async lock(expireMs: number): Promise<number> {
    const expiry = wholeMs(expireMs);
    const sent = this.#now();
    const given = await this.#parts.backend.acquire(expiry);
    if (!given) throw new LockTakenError(this.name);
    if (this.#hold) this.#lose(this.#hold, `Lock ${this.name} ran out and was taken again`);
    const controller = new AbortController();
    const hold: Hold = {
      token: given.token,
      id: given.hold,
      controller,
      endsMs: sent.ms + expiry,
      endsWallMs: sent.wallMs + expiry,
      cancelEnd: undefined,
      cancelRenew: undefined,
    };
    this.#hold = hold;
    this.#signal = controller.signal;
    this.#armEnd(hold);
    return hold.token;
  }

  /**
   * Renews in the background, three times per `expireMs`, until {@link stopRenew}, {@link release} or the loss of the lock. A store
   * that cannot be reached is asked again until the hold is over. Called again, it goes on with the new time.
   */
  startRenew(expireMs: number): void {
    const expiry = wholeMs(expireMs);
    const hold = this.#hold;
    if (!hold) throw new ConfigError(`Lock ${this.name} is not held: call lock() before startRenew()`);
    hold.cancelRenew?.();
    const renewLater = (): void => {
      const cancel = this.#parts.clock.after(expiry / RENEWALS_PER_EXPIRY, () => {
        this.#renew(hold, expiry)
          .catch((error: unknown) => {
            if (!isBotgoError(error, 'BOTGO_LEASE_LOST'))
              this.#parts.logger.warn('lock could not be renewed', { lock: this.name, error });
          })
          .finally(() => {
            // Not after a stop, a release, or another start.
            if (hold.cancelRenew === cancel && this.#hold === hold) renewLater();
          });
      });
      hold.cancelRenew = cancel;
    };
    renewLater();
  }

  /** Ends the renewal; the lock is kept until it runs out. Never waits, and may be called at any time. */
  stopRenew(): void {
    const hold = this.#hold;
    hold?.cancelRenew?.();
    if (hold) hold.cancelRenew = undefined;
  }

  /** Extends the hold to `expireMs` from now. @throws {BotgoError} `BOTGO_LEASE_LOST` when it is not ours any more. */
  async renew(expireMs: number): Promise<void> {
    const expiry = wholeMs(expireMs);
    if (!this.isHeld || !this.#hold)
      throw new BotgoError('BOTGO_LEASE_LOST', `Lock ${this.name} is not held`);
    await this.#renew(this.#hold, expiry);
  }

  /** Gives the lock up. @returns Whether it still was ours. */
  async release(): Promise<boolean> {
    const hold = this.#hold;
    if (!hold) return false;
    this.#end(hold, new BotgoError('BOTGO_CLOSED', `Lock ${this.name} was released`));
    return await this.#parts.backend.release(hold.id);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  async #renew(hold: Hold, expiry: number): Promise<void> {
    const sent = this.#now();
    const isOurs = await this.#parts.backend.renew(hold.id, expiry);
    if (this.#hold !== hold) return;
    if (!isOurs) throw this.#lose(hold, `Lock ${this.name} is held by another, or was deleted`);
    hold.endsMs = sent.ms + expiry;
    hold.endsWallMs = sent.wallMs + expiry;
    this.#armEnd(hold);
  }

  #armEnd(hold: Hold): void {
    hold.cancelEnd?.();
    const { clock } = this.#parts;
    hold.cancelEnd = clock.after(hold.endsMs - clock.now(), () => {
      if (this.#hold === hold) this.#lose(hold, `Lock ${this.name} was not renewed in time`);
    });
  }

  #lose(hold: Hold, why: string): BotgoError {
    const reason = new BotgoError('BOTGO_LEASE_LOST', `${why}: stop what you do under it`);
    this.#end(hold, reason);
    this.#parts.onLost?.(reason);
    return reason;
  }

  #end(hold: Hold, reason: BotgoError): void {
    if (this.#hold === hold) this.#hold = undefined;
    hold.cancelEnd?.();
    hold.cancelRenew?.();
    hold.cancelRenew = undefined;
    hold.controller.abort(reason);
  }

  #now(): { ms: number; wallMs: number } {
    return { ms: this.#parts.clock.now(), wallMs: this.#parts.clock.wallNow() };
  }
}

/** Stores count whole milliseconds; a fraction is rounded up. @throws {ConfigError} */
function wholeMs(expireMs: number): number {
  if (!(expireMs > 0 && Number.isFinite(expireMs)))
    throw new ConfigError(`expireMs must be greater than 0, got ${expireMs}`);
  return Math.ceil(expireMs);
}
