import {
  type CursorPager,
  cursorQueryParams,
  type GroupBotState,
  type GroupInfo,
  type GroupMember,
  type GroupMemberBlacklist,
  type GroupMemberBlacklistUpdate,
  type GroupMemberBlacklistUpdated,
  type GroupMembers,
  type GroupMembersOld,
  type GroupMembersRemoved,
  type GroupMembersRequest,
  type GroupMembersToRemove,
  type GroupRestrictChatSetting,
  type SetMemberMuteState,
} from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { readNothing, readObject } from './readers.js';

const GROUP = '/v2/groups/{group_openid}';
const INFO = endpoint(`GET ${GROUP}/info`, readObject<GroupInfo>);
const BOT_STATE = endpoint(`GET ${GROUP}/bot_state`, readObject<GroupBotState>);
const MEMBERS = endpoint(`GET ${GROUP}/members`, readObject<GroupMembers>);
const POST_MEMBERS = endpoint(`POST ${GROUP}/members`, readObject<GroupMembersOld>, 'harmless');
const MEMBER = endpoint(`GET ${GROUP}/members/{member_openid}`, readObject<GroupMember>);
const REMOVE_MEMBERS = endpoint(`POST ${GROUP}/batch_remove_members`, readObject<GroupMembersRemoved>);
const BLACKLIST = endpoint(`GET ${GROUP}/member_blacklist`, readObject<GroupMemberBlacklist>);
const UPDATE_BLACKLIST = endpoint(`POST ${GROUP}/member_blacklist`, readObject<GroupMemberBlacklistUpdated>);
const CHAT_SETTING = endpoint(`GET ${GROUP}/restrict_chat_setting`, readObject<GroupRestrictChatSetting>);
const SET_MUTE = endpoint(`POST ${GROUP}/restrict_chat_setting`, readNothing);

/**
 * Groups [群聊管理], since 2026. Most need an app on the platform's list (else 11253 or 40012010), some a bot that is administrator of the
 * group. Limits are calls a minute. Source of all: official wiki.
 */
export interface GroupAPI {
  /** Name, class and size of a group. Listed apps; 30 a minute. */
  groupInfo(groupOpenid: string, options?: CallOptions): Promise<GroupInfo>;
  /** The bot's own place in a group; 11293 with 40011026 when it is not in it. Listed apps; 30 a minute. */
  groupBotState(groupOpenid: string, options?: CallOptions): Promise<GroupBotState>;
  /** A page of at most 30 members; an empty `next_cursor` ends them. See `each.groupMembers`. Listed apps; 60 a minute. */
  groupMembers(groupOpenid: string, pager?: CursorPager, options?: CallOptions): Promise<GroupMembers>;
  /** The older way to list members, hidden in the documents and kept by nonebot. `limit` is 1 to 500. */
  postGroupMembers(
    groupOpenid: string,
    page?: GroupMembersRequest,
    options?: CallOptions,
  ): Promise<GroupMembersOld>;
  /** One member. Listed apps; 30 a minute. */
  groupMember(groupOpenid: string, memberOpenid: string, options?: CallOptions): Promise<GroupMember>;
  /** Removes at most 20 members, if asked for good. Listed apps, administrator; 30 a minute. */
  batchRemoveGroupMembers(
    groupOpenid: string,
    removal: GroupMembersToRemove,
    options?: CallOptions,
  ): Promise<GroupMembersRemoved>;
  /** A page of the blacklist, 20 by default and 100 at most. See `each.groupMemberBlacklist`. Listed apps; 30 a minute. */
  groupMemberBlacklist(
    groupOpenid: string,
    pager?: CursorPager,
    options?: CallOptions,
  ): Promise<GroupMemberBlacklist>;
  /** Adds or takes away at most 20; `add` is for people who are not in the group. Listed apps; 60 a minute. */
  updateGroupMemberBlacklist(
    groupOpenid: string,
    change: GroupMemberBlacklistUpdate,
    options?: CallOptions,
  ): Promise<GroupMemberBlacklistUpdated>;
  /** Who and what is muted. Administrator; 30 a minute. */
  groupRestrictChatSetting(groupOpenid: string, options?: CallOptions): Promise<GroupRestrictChatSetting>;
  /** Mutes or unmutes at most 20 ordinary members, for 30 days at most. Administrator; 60 a minute. */
  setGroupMemberMute(
    groupOpenid: string,
    members: readonly SetMemberMuteState[],
    options?: CallOptions,
  ): Promise<void>;
}

/** @internal */
export function groupAPI(call: Call): GroupAPI {
  return {
    groupInfo: (groupOpenid, options) => call(INFO, { ids: [groupOpenid] }, options),
    groupBotState: (groupOpenid, options) => call(BOT_STATE, { ids: [groupOpenid] }, options),
    groupMembers: (groupOpenid, pager, options) =>
      call(MEMBERS, { ids: [groupOpenid], query: cursorQueryParams(pager ?? {}) }, options),
    postGroupMembers: (groupOpenid, page, options) =>
      call(POST_MEMBERS, { ids: [groupOpenid], body: page ?? {} }, options),
    groupMember: (groupOpenid, memberOpenid, options) =>
      call(MEMBER, { ids: [groupOpenid, memberOpenid] }, options),
    batchRemoveGroupMembers: (groupOpenid, removal, options) =>
      call(REMOVE_MEMBERS, { ids: [groupOpenid], body: removal }, options),
    groupMemberBlacklist: (groupOpenid, pager, options) =>
      call(BLACKLIST, { ids: [groupOpenid], query: cursorQueryParams(pager ?? {}) }, options),
    updateGroupMemberBlacklist: (groupOpenid, change, options) =>
      call(UPDATE_BLACKLIST, { ids: [groupOpenid], body: change }, options),
    groupRestrictChatSetting: (groupOpenid, options) => call(CHAT_SETTING, { ids: [groupOpenid] }, options),
    setGroupMemberMute: (groupOpenid, members, options) =>
      call(SET_MUTE, { ids: [groupOpenid], body: { members } }, options),
  };
}
