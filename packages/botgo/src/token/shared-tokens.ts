import type { Clock } from '../clock/index.js';
import type { Logger } from '../log/index.js';
import type { SharedToken, TokenSeal, TokenStore } from './token-store.js';

/** How long one process may keep the others waiting for what it fetches. */
const LOCK_MS = 15_000;
const POLL_MS = 250;

/** What {@link SharedTokens} works with. */
export interface SharedTokensParts {
  readonly appId: string;
  readonly store: TokenStore;
  readonly seal: TokenSeal;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Shares one bot's token through a {@link TokenStore}; every failure of the store is logged and passed by. */
export class SharedTokens {
  readonly #parts: SharedTokensParts;
  readonly #key: string;

  constructor(parts: SharedTokensParts) {
    this.#parts = parts;
    this.#key = `botgo:token:${parts.appId}`;
  }

  /** What another process fetched, if it is young enough and not `refused`; else what `fetch` gets, written for the others. */
  async obtain(refused: string | undefined, fetch: () => Promise<SharedToken>): Promise<SharedToken> {
    const { clock, random } = this.#parts;
    const deadlineMs = clock.now() + LOCK_MS;
    let release: (() => Promise<void>) | undefined;
    for (;;) {
      const stored = await this.#read(refused);
      if (stored) return stored;
      const lock = await this.#lock();
      if (lock !== 'busy') {
        release = lock;
        break;
      }
      if (clock.now() >= deadlineMs) break;
      await clock.sleep(POLL_MS * (0.5 + random()));
    }
    try {
      const fetched = await fetch();
      await this.#write(fetched);
      return fetched;
    } finally {
      await release?.().catch((error: unknown) => this.#failed('unlock', error));
    }
  }

  async #read(refused: string | undefined): Promise<SharedToken | undefined> {
    try {
      const text = await this.#parts.store.read(this.#key);
      const token = text === undefined ? undefined : this.#parts.seal.open(text);
      return token && token.value !== refused && this.#parts.clock.wallNow() < token.refreshAtMs
        ? token
        : undefined;
    } catch (error) {
      this.#failed('read', error);
      return undefined;
    }
  }

  async #write(token: SharedToken): Promise<void> {
    try {
      const ttlMs = Math.max(1, token.expiresAtMs - this.#parts.clock.wallNow());
      await this.#parts.store.write(this.#key, this.#parts.seal.seal(token), ttlMs);
    } catch (error) {
      this.#failed('write', error);
    }
  }

  async #lock(): Promise<(() => Promise<void>) | 'busy' | undefined> {
    if (!this.#parts.store.lock) return undefined;
    try {
      return (await this.#parts.store.lock(`${this.#key}:lock`, LOCK_MS)) ?? 'busy';
    } catch (error) {
      this.#failed('lock', error);
      return undefined;
    }
  }

  #failed(operation: string, error: unknown): void {
    this.#parts.logger.warn('token store failed', { appId: this.#parts.appId, operation, error });
  }
}
