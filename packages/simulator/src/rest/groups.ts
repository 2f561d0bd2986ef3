import { admit } from '../acts/group-people.js';
import { publish } from '../acts/say.js';
import { beijingTime } from '../clock.js';
import { isObject } from '../json.js';
import { badRequest, Refusal, refused } from '../rules/refusal.js';
import type { Group, GroupMember } from '../world/model.js';
import { groupMemberWire, joinRequestWire, unionOf } from '../world/payloads.js';
import {
  type Call,
  limitOf,
  ok,
  optionalText,
  optionalWhole,
  pageOf,
  type Reply,
  type Route,
  stringList,
} from './call.js';
import { groupOf, needAbility, needAdmin } from './places.js';

const BAD = 12002;
const AT_ONCE = 20;
const MEMBERS_A_PAGE = 30;
const MAX_MUTE_MS = 30 * 86_400_000;

/** Group management [群聊管理]: for white-listed bots, most of it for administrators of the group. */
export const groupRoutes: readonly Route[] = [
  { method: 'GET', path: '/v2/groups/:group_openid/info', handler: info, perMinute: 30 },
  { method: 'GET', path: '/v2/groups/:group_openid/bot_state', handler: botState, perMinute: 30 },
  { method: 'GET', path: '/v2/groups/:group_openid/members', handler: listMembers, perMinute: 60 },
  { method: 'POST', path: '/v2/groups/:group_openid/members', handler: listMembersOld, perMinute: 60 },
  {
    method: 'GET',
    path: '/v2/groups/:group_openid/members/:member_openid',
    handler: oneMember,
    perMinute: 30,
  },
  {
    method: 'POST',
    path: '/v2/groups/:group_openid/batch_remove_members',
    handler: removeMembers,
    perMinute: 30,
  },
  { method: 'GET', path: '/v2/groups/:group_openid/member_blacklist', handler: blacklist, perMinute: 30 },
  {
    method: 'POST',
    path: '/v2/groups/:group_openid/member_blacklist',
    handler: changeBlacklist,
    perMinute: 60,
  },
  { method: 'GET', path: '/v2/groups/:group_openid/restrict_chat_setting', handler: mutes, perMinute: 30 },
  {
    method: 'POST',
    path: '/v2/groups/:group_openid/restrict_chat_setting',
    handler: setMutes,
    perMinute: 60,
  },
  { method: 'GET', path: '/v2/groups/:group_openid/join_request_list', handler: joinRequests, perMinute: 30 },
  {
    method: 'POST',
    path: '/v2/groups/:group_openid/approval_join_request/:member_openid',
    handler: decide,
    perMinute: 60,
  },
];

function managed(call: Call, asAdmin: boolean): Group {
  needAbility(call, 'group-management');
  const group = groupOf(call);
  if (asAdmin) needAdmin(call);
  return group;
}

function info(call: Call): Reply {
  const group = managed(call, false);
  return ok({
    group_openid: group.openid,
    group_name: group.name,
    group_finger_memo: group.memo,
    group_class_text: group.classText,
    group_tags: [...group.tags],
    group_member_num: group.members.size + group.bots.size,
  });
}

function botState(call: Call): Reply {
  const { bot } = call;
  const group = managed(call, false);
  const there = group.bots.get(bot.appId);
  if (there === undefined)
    throw new Refusal(400, 11293, 'the bot is not in the group', { errCode: 40011026 });
  return ok({
    member_openid: bot.openid,
    joined_at: beijingTime(there.joinedAtMs),
    allow_proactive_msg: there.allowsProactive,
    recv_msg_setting: there.receives,
    member_role: bot.isAdmin ? 'admin' : 'member',
  });
}

/** Members and bots, as one list. */
function everybody(call: Call, group: Group): GroupMember[] {
  const bots = [...group.bots].flatMap(([appId, { joinedAtMs }]): GroupMember[] => {
    const bot = call.platform.world.bots.get(appId);
    if (bot === undefined) return [];
    const role = bot.isAdmin ? 'admin' : 'member';
    const { openid, username } = bot;
    return [{ openid, unionOpenid: '', username, role, bot: true, joinedAtMs, muteUntilMs: 0 }];
  });
  return [...group.members.values(), ...bots];
}

function listMembers(call: Call): Reply {
  const group = managed(call, false);
  const { page, next } = pageOf(call, everybody(call, group), MEMBERS_A_PAGE);
  return ok({ members: page.map(groupMemberWire), next_cursor: next });
}

function listMembersOld(call: Call): Reply {
  const group = managed(call, false);
  const from = optionalWhole(call.body.start_index, 'start_index', BAD) ?? 0;
  const limit = Math.min(500, Math.max(1, optionalWhole(call.body.limit, 'limit', BAD) ?? 500));
  const all = everybody(call, group);
  const members = all.slice(from, from + limit).map((member) => ({
    member_openid: member.openid,
    join_timestamp: Math.floor(member.joinedAtMs / 1_000),
  }));
  return ok({ members, next_index: Math.min(from + limit, all.length) });
}

function oneMember(call: Call): Reply {
  const group = managed(call, false);
  const found = everybody(call, group).find((member) => member.openid === call.param('member_openid'));
  if (found === undefined) throw refused(40011028, 'the member openid is invalid', 11255);
  return ok(groupMemberWire(found));
}

function openids(call: Call, key: string): string[] {
  const list = stringList(call.body[key], key, BAD, AT_ONCE);
  if (list.length === 0) throw badRequest(BAD, `${key} is empty`);
  return list;
}

function tellLeft(call: Call, group: Group, openid: string): void {
  const { platform } = call;
  const timestamp = Math.floor(platform.clock.wall() / 1_000);
  const d = { group_openid: group.openid, member_openid: openid, timestamp };
  publish(platform, 'GROUP_MEMBER_REMOVE', d, [...group.bots.keys()]);
}

function removeMembers(call: Call): Reply {
  const group = managed(call, true);
  const asked = openids(call, 'member_openids');
  const notBlacklisted: string[] = [];
  for (const openid of asked) {
    if (group.members.get(openid)?.role !== 'member') {
      notBlacklisted.push(openid);
      continue;
    }
    group.members.delete(openid);
    if (call.body.add_to_member_blacklist === true) group.blacklist.set(openid, call.platform.clock.wall());
    tellLeft(call, group, openid);
  }
  return ok({ remove_members_result: 'success', add_to_member_blacklist_fail_openids: notBlacklisted });
}

function nameOf(call: Call, openid: string): string {
  return call.platform.world.userByOpenid(openid)?.username ?? `member-${openid.slice(-4)}`;
}

function blacklist(call: Call): Reply {
  const group = managed(call, false);
  const { page, next } = pageOf(call, [...group.blacklist], limitOf(call, 20, 100));
  const users = page.map(([openid, atMs]) => ({
    union_openid: '',
    member_openid: openid,
    username: nameOf(call, openid),
    banned_at: beijingTime(atMs),
    bot: false,
  }));
  return ok({ users, next_cursor: next });
}

function changeBlacklist(call: Call): Reply {
  const group = managed(call, true);
  const op = optionalText(call.body, 'op', BAD);
  if (op !== 'add' && op !== 'del') throw badRequest(BAD, 'op must be add or del');
  const failed = openids(call, 'member_openids').filter((openid) => {
    if (op === 'del') return !group.blacklist.delete(openid);
    if (group.members.has(openid)) return true;
    group.blacklist.set(openid, call.platform.clock.wall());
    return false;
  });
  return ok({ fail_openids: failed });
}

function mutes(call: Call): Reply {
  const group = managed(call, true);
  const nowMs = call.platform.clock.wall();
  const members = [...group.members.values()]
    .filter((member) => member.muteUntilMs > nowMs)
    .map((member) => ({
      member_openid: member.openid,
      username: member.username,
      mute_expire_at: beijingTime(member.muteUntilMs),
      ...unionOf(member),
    }));
  return ok({ global_rule: { mode: 'none', schedule_rules: [], recurring_rules: [] }, members });
}

function setMutes(call: Call): Reply {
  const group = managed(call, true);
  const list = call.body.members;
  if (!Array.isArray(list) || list.length === 0 || list.length > AT_ONCE) {
    throw badRequest(BAD, `members must be a list of 1 to ${AT_ONCE}`);
  }
  const nowMs = call.platform.clock.wall();
  const changes = (list as readonly unknown[]).map((item) => {
    if (!isObject(item)) throw badRequest(BAD, 'a member must be an object');
    const member = group.members.get(String(item.member_openid));
    if (member === undefined) throw refused(40011028, 'the member openid is invalid', 11255);
    if (member.role !== 'member') throw new Refusal(403, 11282, 'only ordinary members can be muted');
    return { member, untilMs: muteEnd(item.op, item.mute_expire_at, nowMs) };
  });
  for (const { member, untilMs } of changes) member.muteUntilMs = untilMs;
  return ok({});
}

function muteEnd(op: unknown, expireAt: unknown, nowMs: number): number {
  if (op === 'del') return 0;
  if (op !== 'add' && op !== 'update') throw badRequest(BAD, 'op must be add, update or del');
  const untilMs = typeof expireAt === 'string' ? Date.parse(expireAt) : Number.NaN;
  if (!(untilMs > nowMs) || untilMs > nowMs + MAX_MUTE_MS) {
    throw badRequest(BAD, 'mute_expire_at must lie within the next 30 days');
  }
  return untilMs;
}

function joinRequests(call: Call): Reply {
  const group = managed(call, true);
  const { page, next } = pageOf(call, [...group.joinRequests.values()], limitOf(call, 20, 50));
  return ok({ list: page.map(joinRequestWire), next_cursor: next });
}

function decide(call: Call): Reply {
  const { platform, body } = call;
  const group = managed(call, true);
  const op = optionalText(body, 'op', BAD);
  if (op !== 'approve' && op !== 'decline') throw badRequest(BAD, 'op must be approve or decline');
  const onlyDecline = body.reject_reason !== undefined || body.add_to_member_blacklist !== undefined;
  if (op === 'approve' && onlyDecline) {
    throw badRequest(BAD, 'reject_reason and add_to_member_blacklist belong to decline');
  }
  const wanted = optionalText(body, 'join_request_id', BAD);
  const openid = call.param('member_openid');
  const request = [...group.joinRequests.values()].find(
    (item) => item.openid === openid && (wanted ?? item.id) === item.id,
  );
  if (request === undefined) throw badRequest(BAD, 'there is no such request');
  group.joinRequests.delete(request.id);
  if (op === 'decline') {
    if (body.add_to_member_blacklist === true) group.blacklist.set(openid, platform.clock.wall());
    return ok({});
  }
  admit(platform, group, request);
  return ok({});
}
