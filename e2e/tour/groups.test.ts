import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BOT_OPENID,
  GROUP,
  GROUP_MEMBER,
  GROUP_OWNER,
  openTour,
  refusal,
  TIMESTAMP,
  type Tour,
} from './tour.js';

let tour: Tour;
beforeEach(async () => {
  tour = await openTour();
});
afterEach(() => tour[Symbol.asyncDispose]());

describe('a group', () => {
  it('is read with its members and the bot in it', async () => {
    expect(await tour.api.groupInfo(GROUP)).toEqual({
      group_openid: GROUP,
      group_name: 'Tea round',
      group_finger_memo: '',
      group_class_text: '',
      group_tags: [],
      group_member_num: 3,
    });
    expect(await tour.api.groupBotState(GROUP)).toEqual({
      member_openid: BOT_OPENID,
      joined_at: expect.stringMatching(TIMESTAMP),
      allow_proactive_msg: true,
      recv_msg_setting: 'only_mention',
      member_role: 'admin',
    });
    const { members, next_cursor } = await tour.api.groupMembers(GROUP);
    expect(next_cursor).toBe('');
    expect(members.map(({ member_openid }) => member_openid)).toEqual([
      GROUP_OWNER,
      GROUP_MEMBER,
      BOT_OPENID,
    ]);
    expect(await tour.api.groupMember(GROUP, GROUP_OWNER)).toEqual(members[0]);
    expect(await tour.api.postGroupMembers(GROUP, { limit: 1, start_index: 1 })).toEqual({
      members: [{ member_openid: GROUP_MEMBER, join_timestamp: Math.floor(tour.clock.wall() / 1_000) }],
      next_index: 2,
    });
    for (let n = 0; n < 40; n++)
      tour.control.act({ act: 'join-group', groupOpenid: GROUP, memberOpenid: `M${n}` });
    const openids: string[] = [];
    for await (const member of tour.api.each.groupMembers(GROUP)) openids.push(member.member_openid);
    expect(openids).toHaveLength(43);
  });

  it('loses members, and keeps some out', async () => {
    const removal = { member_openids: [GROUP_MEMBER, GROUP_OWNER], add_to_member_blacklist: true };
    expect(await tour.api.batchRemoveGroupMembers(GROUP, removal)).toEqual({
      remove_members_result: 'success',
      add_to_member_blacklist_fail_openids: [GROUP_OWNER],
    });
    expect(await tour.next('GROUP_MEMBER_REMOVE')).toMatchObject({ member_openid: GROUP_MEMBER });
    const add = { op: 'add' as const, member_openids: [GROUP_OWNER, 'STRANGER'] };
    expect(await tour.api.updateGroupMemberBlacklist(GROUP, add)).toEqual({ fail_openids: [GROUP_OWNER] });
    const { users } = await tour.api.groupMemberBlacklist(GROUP, { limit: 1 });
    expect(users).toEqual([
      {
        union_openid: '',
        member_openid: GROUP_MEMBER,
        username: expect.any(String),
        banned_at: expect.stringMatching(TIMESTAMP),
        bot: false,
      },
    ]);
    const listed: string[] = [];
    for await (const user of tour.api.each.groupMemberBlacklist(GROUP, { limit: 1 }))
      listed.push(user.member_openid);
    expect(listed).toEqual([GROUP_MEMBER, 'STRANGER']);
    await tour.api.updateGroupMemberBlacklist(GROUP, { op: 'del', member_openids: ['STRANGER'] });
    expect((await tour.api.groupMemberBlacklist(GROUP)).users).toHaveLength(1);
  });

  it('mutes its members', async () => {
    const mute_expire_at = new Date(tour.clock.wall() + 60_000).toISOString();
    await tour.api.setGroupMemberMute(GROUP, [{ op: 'add', member_openid: GROUP_MEMBER, mute_expire_at }]);
    const speak = () => tour.control.say({ scene: 'group', target: GROUP, from: GROUP_MEMBER, content: 'x' });
    expect(speak).toThrow('is muted');
    const setting = await tour.api.groupRestrictChatSetting(GROUP);
    expect(setting.global_rule.mode).toBe('none');
    expect(setting.members).toMatchObject([
      { member_openid: GROUP_MEMBER, mute_expire_at: expect.stringMatching(TIMESTAMP) },
    ]);
    expect(Date.parse(setting.members[0]?.mute_expire_at ?? '')).toBe(Date.parse(mute_expire_at));
    await tour.api.setGroupMemberMute(GROUP, [{ op: 'del', member_openid: GROUP_MEMBER }]);
    speak();
  });

  it('lets people in, or does not', async () => {
    const ask = (memberOpenid: string) =>
      tour.control.act({ act: 'request-join', groupOpenid: GROUP, memberOpenid });
    for (const openid of ['ONE', 'TWO', 'THREE']) ask(openid);
    const { list, next_cursor } = await tour.api.groupJoinRequests(GROUP, { limit: 2 });
    expect(list.map(({ member_openid }) => member_openid)).toEqual(['ONE', 'TWO']);
    expect(next_cursor).not.toBe('');
    const waiting: string[] = [];
    for await (const request of tour.api.each.groupJoinRequests(GROUP, { limit: 2 }))
      waiting.push(request.member_openid);
    expect(waiting).toEqual(['ONE', 'TWO', 'THREE']);
    const join_request_id = list[0]?.join_request_id ?? '';
    await tour.api.approveGroupJoinRequest(GROUP, 'ONE', { op: 'approve', join_request_id });
    expect(await tour.next('GROUP_MEMBER_ADD')).toMatchObject({ member_openid: 'ONE' });
    expect(await tour.api.groupMember(GROUP, 'ONE')).toMatchObject({ member_role: 'member' });
    const decline = { op: 'decline', reject_reason: 'full', add_to_member_blacklist: true } as const;
    await tour.api.approveGroupJoinRequest(GROUP, 'TWO', decline);
    expect(await refusal(tour.api.groupMember(GROUP, 'TWO'))).toBe(40011028);
    expect((await tour.api.groupMemberBlacklist(GROUP)).users.map((user) => user.member_openid)).toEqual([
      'TWO',
    ]);
  });

  it('lets people in by a strategy', async () => {
    const made = await tour.api.createJoinApprovalStrategy({
      group_openids: [GROUP],
      is_enable: 'on',
      remark: 'friends',
      expire_at: '2026-12-31T00:00:00+08:00',
    });
    expect(made).toMatchObject({ strategy_id: expect.stringMatching(/^st_/), is_enable: 'on' });
    tour.control.act({ act: 'request-join', groupOpenid: GROUP, memberOpenid: 'FRIEND' });
    const { strategy_id } = made;
    const users = { op: 'add' as const, whitelist_users: ['FRIEND'] };
    expect(await tour.api.updateJoinApprovalWhitelist(strategy_id, users)).toEqual({
      strategy_id,
      whitelist_user_count: 1,
      updated_at: expect.stringMatching(TIMESTAMP),
    });
    await tour.api.executeJoinApprovalStrategy(strategy_id);
    tour.clock.advance(600_000);
    expect(await tour.next('GROUP_MEMBER_ADD')).toMatchObject({ member_openid: 'FRIEND' });
    const { strategies } = await tour.api.joinApprovalStrategies({ limit: 1 });
    expect(strategies).toMatchObject([
      { strategy_id, group_openids: [GROUP], whitelist_user_count: 1, is_enable: 'on', remark: 'friends' },
    ]);
    const group_action = { op: 'del' as const, group_openids: [GROUP] };
    expect(
      await tour.api.updateJoinApprovalStrategy(strategy_id, { is_enable: 'off', group_action }),
    ).toMatchObject({ is_enable: 'off' });
    await tour.api.createJoinApprovalStrategy({ group_ids: ['123456'] });
    const states: string[] = [];
    for await (const strategy of tour.api.each.joinApprovalStrategies({ limit: 1 }))
      states.push(strategy.is_enable);
    expect(states).toEqual(['on', 'off']);
    await tour.api.deleteJoinApprovalStrategy(strategy_id);
    expect((await tour.api.joinApprovalStrategies()).strategies).toMatchObject([{ group_ids: ['123456'] }]);
  });
});
