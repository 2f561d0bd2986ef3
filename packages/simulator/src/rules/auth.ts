import type { Bot } from '../world/model.js';
import { Refusal } from './refusal.js';

interface AccessToken {
  readonly value: string;
  readonly appId: string;
  readonly expiresAtMs: number;
}

/** In its last 60 s a token is replaced on request and stays valid beside the new one. Source: openapi.md 1.2. */
export const RENEWAL_WINDOW_MS = 60_000;

/** Access tokens of all bots. Times are passed in. */
export class TokenBook {
  readonly #byValue = new Map<string, AccessToken>();
  readonly #newest = new Map<string, AccessToken>();

  /** @param draw - makes the text of a new token */
  constructor(private readonly draw: () => string) {}

  /** The bot's token: the running one while it has more than 60 s left, else a new one. */
  issue(bot: Bot, nowMs: number): { readonly token: string; readonly expiresInSeconds: number } {
    let token = this.#newest.get(bot.appId);
    // A lifetime of a minute or less lies inside the window from the start: such a token would be new on every call.
    const window = Math.min(RENEWAL_WINDOW_MS, (bot.tokenLifetimeSeconds * 1000) / 2);
    if (token === undefined || token.expiresAtMs - nowMs <= window) {
      this.#dropExpired(nowMs);
      token = {
        value: this.draw(),
        appId: bot.appId,
        expiresAtMs: nowMs + bot.tokenLifetimeSeconds * 1000,
      };
      this.#byValue.set(token.value, token);
      this.#newest.set(bot.appId, token);
    }
    return { token: token.value, expiresInSeconds: Math.floor((token.expiresAtMs - nowMs) / 1000) };
  }

  /** App id of a valid token. */
  appIdOf(value: string, nowMs: number): string | undefined {
    const token = this.#byValue.get(value);
    return token !== undefined && token.expiresAtMs > nowMs ? token.appId : undefined;
  }

  /** Makes every token of a bot invalid at once. */
  revoke(appId: string): void {
    this.#newest.delete(appId);
    for (const token of this.#byValue.values()) if (token.appId === appId) this.#byValue.delete(token.value);
  }

  #dropExpired(nowMs: number): void {
    for (const token of this.#byValue.values())
      if (token.expiresAtMs <= nowMs) this.#byValue.delete(token.value);
  }
}

/** What a credential turned out to be. */
export type Credential =
  | { readonly kind: 'ok'; readonly bot: Bot; readonly isFixed: boolean }
  | { readonly kind: 'missing' | 'malformed' | 'expired' | 'fixed-off' | 'wrong-app' | 'wrong-fixed' };

/**
 * Reads `QQBot {access_token}` or `Bot {appid}.{token}`.
 * @param allowBare - true where the access token may come without its prefix (Resume)
 */
export function readCredential(
  text: string | undefined,
  context: {
    readonly bots: ReadonlyMap<string, Bot>;
    readonly tokens: TokenBook;
    readonly nowMs: number;
    readonly allowBare?: boolean;
  },
): Credential {
  const given = text?.trim() ?? '';
  if (given === '') return { kind: 'missing' };
  const space = given.indexOf(' ');
  const scheme = space < 0 ? '' : given.slice(0, space).toLowerCase();
  const value = space < 0 ? given : given.slice(space + 1).trim();
  if (scheme === 'qqbot' || (scheme === '' && context.allowBare === true)) {
    const appId = context.tokens.appIdOf(value, context.nowMs);
    const bot = appId === undefined ? undefined : context.bots.get(appId);
    return bot === undefined ? { kind: 'expired' } : { kind: 'ok', bot, isFixed: false };
  }
  if (scheme !== 'bot') return { kind: 'malformed' };
  const dot = value.indexOf('.');
  const bot = dot < 0 ? undefined : context.bots.get(value.slice(0, dot));
  if (bot === undefined) return { kind: 'wrong-app' };
  if (!bot.acceptsFixedToken) return { kind: 'fixed-off' };
  return value.slice(dot + 1) === bot.fixedToken
    ? { kind: 'ok', bot, isFixed: true }
    : { kind: 'wrong-fixed' };
}

/** The answer to a REST call with a credential that is not valid. */
export function authRefusal(kind: Exclude<Credential['kind'], 'ok'>): Refusal {
  switch (kind) {
    case 'missing':
      return new Refusal(401, 11241, 'token missing');
    case 'malformed':
    case 'wrong-fixed':
      return new Refusal(401, 11243, 'token wrong');
    case 'expired':
      return new Refusal(401, 11244, 'token not exist or expire');
    case 'fixed-off':
      return new Refusal(401, 11245, 'the fixed token is no longer accepted, use an access token');
    case 'wrong-app':
      return new Refusal(401, 11251, 'appid wrong');
    default:
      return kind satisfies never;
  }
}
