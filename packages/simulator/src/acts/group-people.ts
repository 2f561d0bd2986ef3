import type { Fields } from '../json.js';
import type { Platform } from '../platform.js';
import type { Group, JoinRequest, JoinStrategy } from '../world/model.js';
import { joinRequestWire } from '../world/payloads.js';
import type { ActResult } from './act-result.js';
import { publish } from './say.js';

export function groupFrom({ world }: Platform, input: Fields): Group {
  const group = world.groups.get(input.id('groupOpenid'));
  if (group === undefined) throw input.unknown('groupOpenid', 'group');
  return group;
}

export function secondsNow({ clock }: Platform): number {
  return Math.floor(clock.wall() / 1000);
}

/** Somebody becomes a member of a group, and its bots hear of it. */
export function admit(
  platform: Platform,
  group: Group,
  newcomer: { readonly openid: string; readonly unionOpenid: string; readonly username: string },
): { t: string; id: string } {
  const { openid } = newcomer;
  const nowMs = platform.clock.wall();
  group.members.set(openid, { ...newcomer, role: 'member', bot: false, joinedAtMs: nowMs, muteUntilMs: 0 });
  const d = {
    group_openid: group.openid,
    member_openid: openid,
    user_openid: openid,
    timestamp: secondsNow(platform),
  };
  return publish(platform, 'GROUP_MEMBER_ADD', d, [...group.bots.keys()]);
}

export function joinGroup(platform: Platform, input: Fields): ActResult {
  const group = groupFrom(platform, input);
  const openid = input.id('memberOpenid');
  const username = input.string('username', `member-${openid.slice(-4)}`);
  const unionOpenid = input.string('unionOpenid', '');
  return { events: [admit(platform, group, { openid, unionOpenid, username })] };
}

export function leaveGroup(platform: Platform, input: Fields): ActResult {
  const group = groupFrom(platform, input);
  const openid = input.id('memberOpenid');
  if (!group.members.delete(openid)) throw input.unknown('memberOpenid', 'member');
  const d = { group_openid: group.openid, member_openid: openid, timestamp: secondsNow(platform) };
  return { events: [publish(platform, 'GROUP_MEMBER_REMOVE', d, [...group.bots.keys()])] };
}

/** Somebody asks to be let in. One whom a strategy knows is in at once, and the event says by which. */
export function requestJoin(platform: Platform, input: Fields): ActResult {
  const group = groupFrom(platform, input);
  const openid = input.id('memberOpenid');
  const request: JoinRequest = {
    id: input.id('id', platform.ids.tagged('req_')),
    openid,
    unionOpenid: input.string('unionOpenid', ''),
    username: input.string('username', `member-${openid.slice(-4)}`),
    message: input.string('message', ''),
    answers: input.list('answers').map((item) => {
      return { question: item.string('question'), answer: item.string('answer') };
    }),
    invitedBy: input.string('invitedBy', ''),
    riskTips: input.string('riskTips', ''),
    atMs: platform.clock.wall(),
  };
  const strategy = strategyFor(platform, group, openid);
  const d = {
    group_openid: group.openid,
    ...joinRequestWire(request),
    ...(strategy === undefined ? {} : { auto_approved: { strategy_id: strategy.id } }),
  };
  const asked = publish(platform, 'GROUP_JOIN_REQUEST', d, [...group.bots.keys()]);
  if (strategy !== undefined) return { events: [asked, admit(platform, group, request)] };
  group.joinRequests.set(request.id, request);
  return { events: [asked] };
}

function strategyFor({ world, clock }: Platform, group: Group, openid: string): JoinStrategy | undefined {
  const all = [...group.bots.keys()].flatMap((appId) => [...world.services(appId).strategies.values()]);
  return all.find(
    (strategy) =>
      strategy.isEnabled &&
      strategy.groups.has(group.openid) &&
      strategy.users.has(openid) &&
      Date.parse(strategy.expireAt) > clock.wall(),
  );
}
