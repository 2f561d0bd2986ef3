import { inspect } from 'node:util';

/** The scheme word of the `Authorization` header: `QQBot` today, `Bot` the retired fixed token, `Bearer` a user's token. */
export type TokenType = 'QQBot' | 'Bot' | 'Bearer';

/**
 * A credential that can be sent. Printing, logging or serialising one shows its type and end, never its value.
 */
export class AccessToken {
  readonly type: TokenType;
  /** Unix time in milliseconds at which the platform stops accepting it; `Infinity` for a fixed token. */
  readonly expiresAtMs: number;
  readonly #value: string;

  constructor(type: TokenType, value: string, expiresAtMs = Number.POSITIVE_INFINITY) {
    this.type = type;
    this.expiresAtMs = expiresAtMs;
    this.#value = value;
  }

  /** The bare token, without the scheme word: `appid.token` for the fixed kind. Do not log it. */
  get value(): string {
    return this.#value;
  }

  /** The `Authorization` header, and the `token` of Identify and Resume: `QQBot {access_token}`. Do not log it. */
  get authorization(): string {
    return `${this.type} ${this.#value}`;
  }

  toJSON(): object {
    return { type: this.type, expiresAtMs: this.expiresAtMs, value: '[redacted]' };
  }

  toString(): string {
    return `${this.type} [redacted]`;
  }

  [inspect.custom](): string {
    return `AccessToken(${this.type} [redacted])`;
  }
}

/** How a token is asked for. */
export interface TokenRequest {
  /** Aborts the caller's wait, not a fetch that others wait for too. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Where a bot's credential comes from. BotGo ≥ 0.1.7 calls it `oauth2.TokenSource`; the fixed token of 0.1.6 is one too. Implement it
 * to keep tokens in a store of your own or to share one between processes.
 */
export interface TokenSource {
  /** The bot's app id, as a string: it is larger than a safe number for some bots. */
  readonly appId: string;
  /** A token that is valid now; fetches one when there is none. @throws {BotgoError} `BOTGO_TOKEN` when none can be had. */
  token(request?: TokenRequest): Promise<AccessToken>;
  /** Says that the platform refused `token` (11244, close 4004): the next call fetches, unless it was replaced already. */
  invalidate(token: AccessToken): void;
}
