import { setReaction } from '../acts/effects.js';
import { badRequest } from '../rules/refusal.js';
import { anyUserWire } from '../world/payloads.js';
import { type Call, limitOf, NO_CONTENT, ok, type Reply, type Route } from './call.js';
import { channelOf, messageOf } from './places.js';

const PATH = '/channels/:channel_id/messages/:message_id/reactions/:type/:id';
const MAX_KINDS = 20;

export const reactionRoutes: readonly Route[] = [
  { method: 'PUT', path: PATH, handler: (call) => react(call, true) },
  { method: 'DELETE', path: PATH, handler: (call) => react(call, false) },
  { method: 'GET', path: PATH, handler: users },
];

function emojiOf(call: Call): { type: number; id: string } {
  const type = Number(call.param('type'));
  const id = call.param('id');
  if (type !== 1 && type !== 2) throw badRequest(620001, 'the emoji type must be 1 or 2');
  if (type === 1 && !/^\d+$/.test(id)) throw badRequest(620001, 'a system emoji is a number');
  return { type, id };
}

function react(call: Call, adds: boolean): Reply {
  const { platform, bot } = call;
  const channel = channelOf(call);
  const message = messageOf(call, channel, 620001);
  const emoji = emojiOf(call);
  const key = `${emoji.type}:${emoji.id}`;
  if (adds && !message.reactions.has(key) && message.reactions.size >= MAX_KINDS) {
    throw badRequest(620002, `a message has at most ${MAX_KINDS} kinds of reactions`);
  }
  const event = setReaction(platform, channel, message, { userId: bot.id, emoji, adds });
  if (event === undefined) throw adds ? badRequest(620003, 'already set') : badRequest(620004, 'was not set');
  return NO_CONTENT;
}

/** The limit counts on the first page only; the cookie carries it on. */
function users(call: Call): Reply {
  const channel = channelOf(call);
  const message = messageOf(call, channel, 620001);
  const { type, id } = emojiOf(call);
  const all = [...(message.reactions.get(`${type}:${id}`) ?? [])];
  const [from = 0, limit = 20] = readCookie(call.query('cookie')) ?? [0, limitOf(call, 20, 50)];
  const page = all.slice(from, from + limit);
  const isEnd = from + limit >= all.length;
  return ok({
    users: page.map((userId) => {
      const user = anyUserWire(call.platform.world, userId);
      return { id: user.id, username: user.username, avatar: user.avatar };
    }),
    cookie: isEnd ? '' : Buffer.from(`${from + limit},${limit}`).toString('base64url'),
    is_end: isEnd,
  });
}

function readCookie(cookie: string | undefined): number[] | undefined {
  if (cookie === undefined || cookie === '') return undefined;
  const parts = Buffer.from(cookie, 'base64url').toString().split(',').map(Number);
  if (parts.length !== 2 || parts.some((part) => !Number.isSafeInteger(part) || part < 0)) {
    throw badRequest(620001, 'the cookie is wrong');
  }
  return parts;
}
