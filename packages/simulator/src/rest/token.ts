import type { JsonObject } from '../json.js';
import type { Platform } from '../platform.js';
import type { Reply } from './call.js';

/**
 * `POST /app/getAppAccessToken`. Failures come with HTTP 200 and a `code`, which is what botgo and other clients look
 * for; a bot that is taken offline still gets a token (it may work in the sandbox).
 */
export function tokenAnswer(platform: Platform, body: JsonObject): Reply {
  const { appId, clientSecret } = body;
  if (typeof appId !== 'string' || typeof clientSecret !== 'string') {
    return failure(100016, 'invalid appid or secret');
  }
  const bot = platform.world.bots.get(appId);
  if (bot === undefined || bot.state === 'banned') return failure(100007, 'appid invalid');
  if (bot.secret !== clientSecret) return failure(100016, 'invalid appid or secret');
  const { token, expiresInSeconds } = platform.tokens.issue(bot, platform.clock.now());
  return { status: 200, body: { access_token: token, expires_in: String(expiresInSeconds) } };
}

function failure(code: number, message: string): Reply {
  return { status: 200, body: { code, message } };
}
