import { ConfigError } from '../errs/index.js';

/** What the console shows for a bot, and what BotGo calls `token.QQBotCredentials`. */
export interface QQBotCredentials {
  /**
   * The app id. A number is accepted and sent as text, as the platform wants it (it answers a number with 100002); ids above
   * 2^53 − 1 must be given as text.
   */
  readonly appId: string | number;
  /** The app secret, `clientSecret` on the wire. Do not log it. */
  readonly secret: string;
}

/** Visible ASCII: it travels in headers and URLs. */
const VISIBLE_ASCII = /^[\x21-\x7e]+$/;

/** An app id as text. @throws {ConfigError} when it is empty, not a whole number, too large for one, or not visible ASCII. */
export function appIdText(appId: string | number): string {
  if (typeof appId === 'number') {
    if (!Number.isSafeInteger(appId) || appId <= 0)
      throw new ConfigError(`appId ${appId} is not a whole number that JavaScript can hold: give it as text`);
    return String(appId);
  }
  if (appId === '' || appId === undefined || appId === null)
    throw new ConfigError('appId is missing: give the number that the console shows (q.qq.com)');
  if (typeof appId !== 'string' || !VISIBLE_ASCII.test(appId))
    throw new ConfigError(
      'appId must be text of visible ASCII characters (the console shows it as a number)',
    );
  return appId;
}

/** Checks an app secret or a fixed token. @throws {ConfigError} without the value in it. */
export function checkSecret(name: 'secret' | 'token', value: unknown): string {
  if (typeof value !== 'string' || value === '')
    throw new ConfigError(`${name} is missing: it must be non-empty text`);
  if (!VISIBLE_ASCII.test(value))
    throw new ConfigError(`${name} contains white space or characters that are not ASCII: copy it again`);
  return value;
}
