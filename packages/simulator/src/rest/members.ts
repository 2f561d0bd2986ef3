import { publish } from '../acts/say.js';
import { badRequest, Refusal } from '../rules/refusal.js';
import type { Guild, Member } from '../world/model.js';
import { listedMemberWire, memberEventWire, memberWire } from '../world/payloads.js';
import {
  type Call,
  limitOf,
  NO_CONTENT,
  ok,
  optionalText,
  type Reply,
  type Route,
  stringList,
} from './call.js';
import { guildOf, listeners, memberOf, needAdmin, needPrivate } from './places.js';

export const memberRoutes: readonly Route[] = [
  { method: 'GET', path: '/guilds/:guild_id/members', handler: listMembers },
  { method: 'GET', path: '/guilds/:guild_id/roles/:role_id/members', handler: listRoleMembers },
  { method: 'GET', path: '/guilds/:guild_id/members/:user_id', handler: oneMember },
  { method: 'DELETE', path: '/guilds/:guild_id/members/:user_id', handler: removeMember },
  { method: 'PATCH', path: '/guilds/:guild_id/mute', handler: mute },
  { method: 'PATCH', path: '/guilds/:guild_id/members/:user_id/mute', handler: muteMember },
];

const MAX_PAGE = 400;
const HISTORY_DAYS = new Set([-1, 3, 7, 15, 30]);

function listMembers(call: Call): Reply {
  const guild = guildOf(call);
  needPrivate(call);
  const members = [...guild.members.values()];
  const after = call.query('after') ?? '0';
  const place = after === '0' || after === '' ? -1 : members.findIndex((member) => member.userId === after);
  if (after !== '0' && after !== '' && place < 0) return ok([]);
  const page = members.slice(place + 1, place + 1 + limitOf(call, 1, MAX_PAGE));
  const { world, clock } = call.platform;
  return ok(page.map((member) => listedMemberWire(world, member, clock.wall())));
}

function listRoleMembers(call: Call): Reply {
  const guild = guildOf(call);
  needPrivate(call);
  const role = call.param('role_id');
  if (!guild.roles.has(role)) throw badRequest(12001, 'the role does not exist');
  const members = [...guild.members.values()].filter((member) => role === '1' || member.roles.includes(role));
  const from = Math.max(0, Number(call.query('start_index') ?? '0') || 0);
  const limit = limitOf(call, 1, MAX_PAGE);
  const page = members.slice(from, from + limit);
  // Roles are missing in this list.
  const data = page.map((member) => ({ ...memberWire(call.platform.world, member), roles: undefined }));
  return ok({ data, next: String(Math.min(from + limit, members.length)) });
}

function oneMember(call: Call): Reply {
  const guild = guildOf(call);
  const member = call.param('user_id') === call.bot.id ? asMember(call, guild) : memberOf(call, guild, 10001);
  const wire = memberWire(call.platform.world, member);
  const user = { ...(wire.user as object), union_openid: '', union_user_account: '' };
  return ok({ ...wire, user });
}

function asMember({ bot }: Call, guild: Guild): Member {
  const roles = bot.isAdmin ? ['1', '2'] : ['1'];
  return { userId: bot.id, nick: bot.username, roles, joinedAtMs: guild.joinedAtMs, muteUntilMs: 0 };
}

function isManager(guild: Guild, member: Member): boolean {
  return member.userId === guild.ownerId || member.roles.includes('2') || member.roles.includes('4');
}

function removeMember(call: Call): Reply {
  const { platform, bot, body } = call;
  const guild = guildOf(call);
  needPrivate(call);
  needAdmin(call);
  const member = memberOf(call, guild, 10001);
  if (isManager(guild, member)) throw new Refusal(403, 11282, 'administrators cannot be removed');
  guild.members.delete(member.userId);
  if (body.add_blacklist === true) guild.blacklist.add(member.userId);
  const days = Number(body.delete_history_msg_days ?? 0);
  if (HISTORY_DAYS.has(days)) {
    const oldestMs = days < 0 ? 0 : platform.clock.wall() - days * 86_400_000;
    for (const channel of platform.world.channelsOf(guild)) {
      for (const message of channel.messages) {
        if (message.authorId === member.userId && message.atMs >= oldestMs) message.retracted = true;
      }
    }
  }
  const d = memberEventWire(platform.world, guild, member, bot.id);
  publish(platform, 'GUILD_MEMBER_REMOVE', d, listeners(call, guild.id));
  return NO_CONTENT;
}

/** Until when the body wants somebody muted, Unix ms; 0 unmutes. The absolute end wins. */
function muteEnd(call: Call): number {
  const end = optionalText(call.body, 'mute_end_timestamp', 502005);
  const seconds = optionalText(call.body, 'mute_seconds', 502005);
  const given = end !== undefined && end !== '' ? end : seconds;
  if (given === undefined || given === '')
    throw badRequest(502005, 'mute_end_timestamp or mute_seconds is needed');
  if (!/^\d{1,12}$/.test(given)) throw badRequest(502006, 'the time must be a number as a string');
  if (Number(given) === 0) return 0;
  const nowMs = call.platform.clock.wall();
  if (given !== end) return nowMs + Number(given) * 1_000;
  if (Number(given) * 1_000 < nowMs) throw badRequest(502005, 'the end lies in the past');
  return Number(given) * 1_000;
}

function mute(call: Call): Reply {
  const guild = guildOf(call);
  needAdmin(call);
  const users = call.body.user_ids;
  const untilMs = muteEnd(call);
  if (users === undefined) {
    guild.muteUntilMs = untilMs;
    return NO_CONTENT;
  }
  const asked = stringList(users, 'user_ids', 502003);
  if (asked.length === 0) throw badRequest(502004, 'user_ids is empty');
  const done = asked.filter((id) => {
    const member = guild.members.get(id);
    if (member === undefined || isManager(guild, member)) return false;
    member.muteUntilMs = untilMs;
    return true;
  });
  return ok({ user_ids: done });
}

function muteMember(call: Call): Reply {
  const guild = guildOf(call);
  needAdmin(call);
  const member = memberOf(call, guild, 502003);
  if (isManager(guild, member)) throw new Refusal(403, 11282, 'administrators cannot be muted');
  member.muteUntilMs = muteEnd(call);
  return NO_CONTENT;
}
