import { isObject } from '../json.js';
import { DAY_MS } from '../rules/quotas.js';
import { badRequest, Refusal } from '../rules/refusal.js';
import type { Guild } from '../world/model.js';
import { guildWire } from '../world/payloads.js';
import { type Call, limitOf, ok, optionalText, type Reply, type Route, templateOf } from './call.js';
import { channelOf, guildOf } from './places.js';

/** Guilds, their settings and what they grant. */
export const guildRoutes: readonly Route[] = [
  { method: 'GET', path: '/users/@me/guilds', handler: myGuilds, perSecond: 50 },
  {
    method: 'GET',
    path: '/guilds/:guild_id',
    handler: (call) => ok(guildWire(guildOf(call), call.bot.id)),
    perSecond: 50,
  },
  {
    method: 'GET',
    path: '/guilds/:guild_id/message/setting',
    handler: (call) => ok({ ...guildOf(call).messageSetting }),
  },
];

/** `before` wins over `after`: the list is turned round, then paged. */
function myGuilds(call: Call): Reply {
  const guilds = [...call.platform.world.guilds.values()].filter((guild) => guild.bots.has(call.bot.appId));
  const before = call.query('before');
  const after = call.query('after');
  const limit = limitOf(call, 100, 100);
  const ordered: Guild[] = before === undefined ? guilds : guilds.reverse();
  const anchor = before ?? after;
  const place = anchor === undefined ? -1 : ordered.findIndex((guild) => guild.id === anchor);
  const page = ordered.slice(place + 1, place + 1 + limit);
  return ok(page.map((guild) => guildWire(guild, call.bot.id)));
}

/** API permissions of a guild, over the routes that a guild can grant. */
export function apiPermissionRoutes(routes: readonly Route[]): readonly Route[] {
  const grantable = routes.filter((route) => /^\/(guilds|channels)\//.test(route.path));
  return [
    {
      method: 'GET',
      path: '/guilds/:guild_id/api_permission',
      handler: (call) => {
        const guild = guildOf(call);
        const apis = grantable.map((route) => {
          const name = `${route.method} ${templateOf(route)}`;
          return {
            path: templateOf(route),
            method: route.method,
            desc: name,
            auth_status: guild.deniedApis.has(name) ? 0 : 1,
          };
        });
        return ok({ apis });
      },
    },
    {
      method: 'POST',
      path: '/guilds/:guild_id/api_permission/demand',
      handler: (call) =>
        demand(call, new Set(grantable.map((route) => `${route.method} ${templateOf(route)}`))),
    },
  ];
}

function demand(call: Call, known: ReadonlySet<string>): Reply {
  const { platform, bot, body } = call;
  const guild = guildOf(call);
  const channelId = optionalText(body, 'channel_id', 610008);
  const identify = body.api_identify;
  const desc = optionalText(body, 'desc', 610008) ?? '';
  if (channelId === undefined || !isObject(identify)) {
    throw badRequest(610008, 'channel_id and api_identify are needed');
  }
  if (channelOf(call, channelId).guildId !== guild.id)
    throw badRequest(610008, 'the channel is in another guild');
  const name = `${String(identify.method)} ${String(identify.path)}`;
  if (!known.has(name)) throw badRequest(610009, 'there is no such API');
  if (!guild.deniedApis.has(name)) throw badRequest(610010, 'the guild granted this API already');
  const full = platform.quotas.take(
    [
      {
        key: `demand ${guild.id} ${bot.appId}`,
        max: 3,
        perMs: DAY_MS,
        refusal: () => new Refusal(400, 610013, '3 demands a day for a guild'),
      },
    ],
    platform.clock.now(),
  );
  if (full !== undefined) throw full;
  return ok({
    guild_id: guild.id,
    channel_id: channelId,
    api_identify: { path: identify.path, method: identify.method },
    title: name,
    desc,
  });
}
