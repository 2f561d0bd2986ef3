import { openDm } from '../acts/scenes.js';
import { badRequest } from '../rules/refusal.js';
import { botUserWire, dmWire } from '../world/payloads.js';
import { type Call, ok, optionalText, type Reply, type Route } from './call.js';
import { guildOf } from './places.js';

export const userRoutes: readonly Route[] = [
  { method: 'GET', path: '/users/@me', handler: (call) => ok(me(call)), perSecond: 50 },
  { method: 'POST', path: '/users/@me/dms', handler: createDm, perSecond: 50 },
  { method: 'POST', path: '/v2/generate_url_link', handler: shareLink, perSecond: 50 },
];

function me({ bot, origin }: Call): Record<string, unknown> {
  return {
    ...botUserWire(bot),
    union_openid: '',
    union_user_account: '',
    share_url: `${origin}/share/${bot.appId}`,
    welcome_msg: '',
  };
}

function createDm(call: Call): Reply {
  const recipient = optionalText(call.body, 'recipient_id', 12002);
  const source = optionalText(call.body, 'source_guild_id', 12002);
  if (recipient === undefined || source === undefined) {
    throw badRequest(12002, 'recipient_id and source_guild_id are needed');
  }
  const guild = guildOf(call, source);
  if (guild.messageSetting.disable_create_dm) throw badRequest(304031, 'the guild has closed DMs');
  if (!guild.members.has(recipient)) throw badRequest(304033, 'the user is not a member of the source guild');
  return ok(dmWire(openDm(call.platform, call.bot.appId, recipient, guild.id)));
}

/** Two versions of the page name two answers; both are given. */
function shareLink(call: Call): Reply {
  const data = optionalText(call.body, 'callback_data', 10001) ?? '';
  if (data.length > 32) throw badRequest(10001, 'callback_data has at most 32 characters');
  const url = `${call.origin}/share/${call.bot.appId}?callback_data=${encodeURIComponent(data)}`;
  return ok({ data: { url }, url_link: url });
}
