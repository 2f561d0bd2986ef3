import { generateSignature } from '../../src/webhook/index.js';

/** Headers of a callback as the platform sends it. */
export function callbackHeaders(
  bot: { appId: string; secret: string },
  body: string | Uint8Array,
  timestamp = '1725442341',
): Record<string, string> {
  return {
    'User-Agent': 'QQBot-Callback',
    'Content-Type': 'application/json',
    'X-Bot-Appid': bot.appId,
    'X-Signature-Ed25519': generateSignature(bot.secret, timestamp, body),
    'X-Signature-Timestamp': timestamp,
  };
}

/** A dispatch of a C2C message. */
export function dispatchBody(id = 'm1', content = 'hello'): string {
  return JSON.stringify({
    op: 0,
    s: 1,
    t: 'C2C_MESSAGE_CREATE',
    id: `C2C_MESSAGE_CREATE:${id}`,
    d: { id, content, author: { user_openid: 'u1' } },
  });
}
