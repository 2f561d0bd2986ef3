import { badRequest } from '../rules/refusal.js';
import { type Call, ok, optionalText, optionalWhole, type Reply, type Route } from './call.js';

const BAD = 12002;
const PATH = '/gateway/webhook/sessions';

/** The old HTTP sessions: kept for clients of their time, without effect on deliveries. Source: openapi.md 23. */
export const httpSessionRoutes: readonly Route[] = [
  { method: 'POST', path: PATH, handler: create },
  { method: 'PATCH', path: PATH, handler: check },
  { method: 'GET', path: PATH, handler: (call) => ok(listed(call)) },
  { method: 'DELETE', path: `${PATH}/:session_id`, handler: remove },
];

function create(call: Call): Reply {
  const { platform, bot, body } = call;
  const callbackUrl = optionalText(body, 'callback_url', BAD) ?? '';
  const intents = optionalWhole(body.intents, 'intents', BAD) ?? 0;
  const [shard = 0, count = 1] = Array.isArray(body.shards)
    ? (body.shards as readonly unknown[]).map(Number)
    : [];
  if (callbackUrl === '') throw badRequest(BAD, 'callback_url is needed');
  if (!Number.isSafeInteger(shard) || !Number.isSafeInteger(count))
    throw badRequest(BAD, 'shards must be two numbers');
  const session = { id: platform.ids.uuid(), callbackUrl, intents, shards: [shard, count] as const };
  platform.world.services(bot.appId).httpSessions.set(session.id, session);
  return ok({
    version: 1,
    session_id: session.id,
    bot: { id: bot.id, username: bot.username },
    shard: [shard, count],
  });
}

function check(call: Call): Reply {
  if (call.query('action') !== 'check') throw badRequest(BAD, 'action must be check');
  return ok(listed(call));
}

function listed({ platform, bot }: Call): Record<string, unknown>[] {
  return [...platform.world.services(bot.appId).httpSessions.values()].map((session) => ({
    app_id: Number(bot.appId),
    session_id: session.id,
    callback_url: session.callbackUrl,
    env: 'prod',
    intents: session.intents,
    last_heartbeat_time: '',
    state: 'ACTIVE',
    shards: session.shards,
  }));
}

function remove({ platform, bot, param }: Call): Reply {
  if (!platform.world.services(bot.appId).httpSessions.delete(param('session_id'))) {
    throw badRequest(BAD, 'the session does not exist');
  }
  return { status: 200 };
}
