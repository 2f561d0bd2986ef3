import { BotgoError, ConfigError } from '../errs/index.js';
import { loadTokenFile } from './config-file.js';
import { appIdText, checkSecret } from './credentials.js';
import { AccessToken, type TokenRequest, type TokenSource, type TokenType } from './token-source.js';

/** The retired scheme of a bot's fixed token, BotGo v0.1.6's only one. */
export const TypeBot = 'Bot' satisfies TokenType;
/** A user's token; BotGo v0.1.6's name for it. */
export const TypeNormal = 'Bearer' satisfies TokenType;
/** A user's token; BotGo's later name for it. */
export const TypeBearer = 'Bearer' satisfies TokenType;
/** The scheme of the access token that the app secret buys. */
export const TypeQQBot = 'QQBot' satisfies TokenType;

/**
 * A credential that never changes, BotGo v0.1.6's `token.Token`. The platform has retired the bot kind (it answers 11245): use
 * `newQQBotTokenSource` where you can.
 */
export class Token implements TokenSource {
  readonly type: TokenType;
  #appId: string;
  #held: AccessToken | undefined;

  /** @throws {ConfigError} on an unusable app id or token. Without both, {@link Token.loadFromConfig} must come first. */
  constructor(type: TokenType, appId?: string | number, token?: string) {
    this.type = type;
    this.#appId = '';
    if (appId !== undefined || token !== undefined) this.#fill(appId, token);
  }

  get appId(): string {
    return this.#appId;
  }

  /** Rejects with `BOTGO_TOKEN` while the token is empty. */
  async token(_request?: TokenRequest): Promise<AccessToken> {
    if (this.#held) return this.#held;
    throw new BotgoError(
      'BOTGO_TOKEN',
      'The token is empty: call loadFromConfig first, or use botToken(appId, token)',
    );
  }

  /** Does nothing: there is no other token to fetch. */
  invalidate(_token: AccessToken): void {}

  /**
   * What goes after the scheme word: `appid.token` for a bot, the bare token for a user. Empty before a token is there. Do not log it.
   */
  getString(): string {
    return this.#held?.value ?? '';
  }

  /**
   * Fills in app id and token from a YAML file with the keys `appid` and `token`.
   * @throws {ConfigError} when the file cannot be read, or a key is missing (BotGo takes a missing key for an empty token).
   */
  async loadFromConfig(file: string): Promise<this> {
    const { appId, token } = await loadTokenFile(file);
    this.#fill(appId, token);
    return this;
  }

  #fill(appId: string | number | undefined, token: string | undefined): void {
    if (appId === undefined) throw new ConfigError('appId is missing');
    const id = appIdText(appId);
    const text = checkSecret('token', token);
    this.#appId = id;
    this.#held = new AccessToken(this.type, this.type === TypeBot ? `${id}.${text}` : text);
  }
}

/** An empty token of a type, to be filled by {@link Token.loadFromConfig}. */
export function newToken(type: TokenType): Token {
  return new Token(type);
}

/** A bot's fixed token, sent as `Bot {appId}.{token}`. @throws {ConfigError} on an unusable app id or token. */
export function botToken(appId: string | number, token: string): Token {
  return new Token(TypeBot, appId, token);
}

/** A user's token, sent as `Bearer {token}`. @throws {ConfigError} on an unusable app id or token. */
export function userToken(appId: string | number, token: string): Token {
  return new Token(TypeNormal, appId, token);
}

/** A bot's fixed token from a YAML file with the keys `appid` and `token`. @throws {ConfigError} as {@link Token.loadFromConfig}. */
export function loadTokenFromConfig(file: string): Promise<Token> {
  return newToken(TypeBot).loadFromConfig(file);
}
