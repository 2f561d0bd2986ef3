import { BotgoError } from '../errs/index.js';
import type { AccessToken, TokenSource } from '../token/index.js';

/** A token with less than this left is asked for again with the next heartbeat, so that its source fetches ahead. */
const TOKEN_AHEAD_MS = 60_000;

/** The token that a connection introduced itself with. */
export class HeldToken {
  readonly #source: TokenSource;
  readonly #signal: AbortSignal;
  #token: AccessToken | undefined;

  constructor(source: TokenSource, signal: AbortSignal) {
    this.#source = source;
    this.#signal = signal;
  }

  /** What Identify and Resume carry. */
  get authorization(): string {
    if (!this.#token) throw new BotgoError('BOTGO_TOKEN', 'no token was fetched yet');
    return this.#token.authorization;
  }

  /** @throws {BotgoError} `BOTGO_TOKEN` when none can be had. */
  async fetch(): Promise<void> {
    this.#token = await this.#source.token({ signal: this.#signal });
  }

  /** The gateway refused it. */
  refuse(): void {
    if (this.#token) this.#source.invalidate(this.#token);
  }

  /** Lets the source fetch the next one before this one ends; a failure shows at the next connect, which retries. */
  warm(wallNowMs: number): void {
    if (!this.#token || this.#token.expiresAtMs - wallNowMs >= TOKEN_AHEAD_MS) return;
    this.#source.token({ signal: this.#signal }).catch(() => {});
  }
}
