import { publish } from '../acts/say.js';
import { isObject } from '../json.js';
import { badRequest } from '../rules/refusal.js';
import type { Guild, Role } from '../world/model.js';
import { memberEventWire, roleWire } from '../world/payloads.js';
import { DEFAULT_ROLE_COLOR } from '../world/seed.js';
import { type Call, NO_CONTENT, ok, optionalText, optionalWhole, type Reply, type Route } from './call.js';
import { channelOf, guildOf, listeners, memberOf, needAdmin } from './places.js';

const BAD = 12002;
const MAX_ROLES = 30;
const BUILT_IN = new Set(['1', '2', '4', '5']);
const CHANNEL_MANAGER = '5';

export const roleRoutes: readonly Route[] = [
  { method: 'GET', path: '/guilds/:guild_id/roles', handler: listRoles },
  { method: 'POST', path: '/guilds/:guild_id/roles', handler: createRole },
  { method: 'PATCH', path: '/guilds/:guild_id/roles/:role_id', handler: changeRole },
  { method: 'DELETE', path: '/guilds/:guild_id/roles/:role_id', handler: deleteRole },
  {
    method: 'PUT',
    path: '/guilds/:guild_id/members/:user_id/roles/:role_id',
    handler: (call) => setMemberRole(call, true),
  },
  {
    method: 'DELETE',
    path: '/guilds/:guild_id/members/:user_id/roles/:role_id',
    handler: (call) => setMemberRole(call, false),
  },
];

function countOf(guild: Guild, role: Role): number {
  if (role.id === '1') return guild.members.size;
  return [...guild.members.values()].filter((member) => member.roles.includes(role.id)).length;
}

function listRoles(call: Call): Reply {
  const guild = guildOf(call);
  const roles = [...guild.roles.values()].map((role) => roleWire(role, countOf(guild, role)));
  return ok({ guild_id: guild.id, roles, role_num_limit: String(MAX_ROLES) });
}

interface RoleChange {
  readonly name: string | undefined;
  readonly color: number | undefined;
  readonly hoist: number | undefined;
}

/** Two forms are in use: flat fields, or `info` with a `filter` that says which of them count. */
function readChange(call: Call): RoleChange {
  const { filter, info } = call.body;
  const isFiltered = isObject(filter) && isObject(info);
  const source = isFiltered ? info : call.body;
  const counts = (key: string): boolean => !isFiltered || Number(filter[key] ?? 0) === 1;
  const hoist = source.hoist === true ? 1 : source.hoist === false ? 0 : source.hoist;
  const change: RoleChange = {
    name: counts('name') ? optionalText(source, 'name', BAD) : undefined,
    color: counts('color') ? optionalWhole(source.color, 'color', BAD) : undefined,
    hoist: counts('hoist') ? optionalWhole(hoist, 'hoist', BAD) : undefined,
  };
  if (change.name === undefined && change.color === undefined && change.hoist === undefined) {
    throw badRequest(BAD, 'name, color or hoist is needed');
  }
  if (change.name === '') throw badRequest(BAD, 'name must not be empty');
  if (change.color !== undefined && (change.color < 0 || change.color > 0xffffffff)) {
    throw badRequest(BAD, 'color must be a 32-bit number');
  }
  if (change.hoist !== undefined && change.hoist !== 0 && change.hoist !== 1) {
    throw badRequest(BAD, 'hoist must be 0 or 1');
  }
  return change;
}

function createRole(call: Call): Reply {
  const guild = guildOf(call);
  needAdmin(call);
  const change = readChange(call);
  if (guild.roles.size >= MAX_ROLES) throw badRequest(BAD, `a guild has at most ${MAX_ROLES} roles`);
  const role: Role = {
    id: call.platform.ids.number(),
    name: change.name ?? 'new role',
    color: change.color ?? DEFAULT_ROLE_COLOR,
    hoist: change.hoist ?? 0,
    memberLimit: 2_000,
  };
  guild.roles.set(role.id, role);
  return ok({ guild_id: guild.id, role_id: role.id, role: roleWire(role, 0) });
}

function roleOf(call: Call, guild: Guild): Role {
  const role = guild.roles.get(call.param('role_id'));
  if (role === undefined) throw badRequest(12001, 'the role does not exist');
  return role;
}

function changeRole(call: Call): Reply {
  const guild = guildOf(call);
  needAdmin(call);
  const role = roleOf(call, guild);
  const change = readChange(call);
  role.name = change.name ?? role.name;
  role.color = change.color ?? role.color;
  role.hoist = change.hoist ?? role.hoist;
  return ok({ guild_id: guild.id, role_id: role.id, role: roleWire(role, countOf(guild, role)) });
}

function deleteRole(call: Call): Reply {
  const guild = guildOf(call);
  needAdmin(call);
  const role = roleOf(call, guild);
  if (BUILT_IN.has(role.id)) throw badRequest(BAD, 'built-in roles cannot be deleted');
  guild.roles.delete(role.id);
  for (const member of guild.members.values()) member.roles = member.roles.filter((id) => id !== role.id);
  return NO_CONTENT;
}

function setMemberRole(call: Call, adds: boolean): Reply {
  const { platform, bot, body } = call;
  const guild = guildOf(call);
  needAdmin(call);
  const member = memberOf(call, guild, 10001);
  const role = roleOf(call, guild);
  if (role.id === CHANNEL_MANAGER) {
    const channelId = isObject(body.channel) ? optionalText(body.channel, 'id', BAD) : undefined;
    if (channelId === undefined) throw badRequest(BAD, 'role 5 needs channel.id');
    if (channelOf(call, channelId).guildId !== guild.id)
      throw badRequest(BAD, 'the channel is in another guild');
  }
  const had = member.roles.includes(role.id);
  if (adds && !had) member.roles.push(role.id);
  if (!adds) member.roles = member.roles.filter((id) => id !== role.id);
  if (had !== adds) {
    const d = memberEventWire(platform.world, guild, member, bot.id);
    publish(platform, 'GUILD_MEMBER_UPDATE', d, listeners(call, guild.id));
  }
  return NO_CONTENT;
}
