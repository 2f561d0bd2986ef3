import type { GroupMemberRole } from './chat-message.js';
import type { OpenString } from './open-enum.js';
import type { Timestamp } from './timestamp.js';

/** A QQ group, `GET /v2/groups/{group_openid}/info`. */
export interface GroupInfo {
  group_openid: string;
  group_name: string;
  /** Introduction. */
  group_finger_memo: string;
  /** Class of the group, as text. */
  group_class_text: string;
  group_tags: string[];
  group_member_num: number;
}

/** Which messages of a group the bot gets. */
export const RecvMsgSetting = {
  All: 'all',
  OnlyMention: 'only_mention',
  MentionAndContext: 'mention_and_context',
} as const;

export type RecvMsgSetting = OpenString<typeof RecvMsgSetting>;

/** The bot in a group, `GET /v2/groups/{group_openid}/bot_state`. */
export interface GroupBotState {
  /** The bot's own. */
  member_openid: string;
  joined_at: Timestamp;
  allow_proactive_msg: boolean;
  recv_msg_setting: RecvMsgSetting;
  member_role: GroupMemberRole;
}

/** A member of a group. */
export interface GroupMember {
  member_openid: string;
  username: string;
  member_role: GroupMemberRole;
  bot: boolean;
  joined_at: Timestamp;
  /** The same person in other apps. */
  union_openid?: string;
}

/** Answer of `GET /v2/groups/{group_openid}/members`. */
export interface GroupMembers {
  members: GroupMember[];
  /** Empty at the end. */
  next_cursor: string;
}

/** Body of the older `POST /v2/groups/{group_openid}/members`. */
export interface GroupMembersRequest {
  /** 1 to 500. */
  limit?: number;
  /** 0 first. */
  start_index?: number;
}

/** Answer of the older `POST /v2/groups/{group_openid}/members`. */
export interface GroupMembersOld {
  members: { member_openid: string; join_timestamp: number }[];
  next_index: number;
}

/** Body of `POST /v2/groups/{group_openid}/batch_remove_members`. */
export interface GroupMembersToRemove {
  /** At most 20. */
  member_openids: string[];
  add_to_member_blacklist?: boolean;
}

/** Answer of `POST /v2/groups/{group_openid}/batch_remove_members`. */
export interface GroupMembersRemoved {
  remove_members_result: 'success' | (string & {});
  add_to_member_blacklist_fail_openids: string[];
}

/** A user on a group's blacklist. */
export interface BlacklistUser {
  union_openid?: string;
  member_openid: string;
  username: string;
  banned_at: Timestamp;
  bot: boolean;
}

/** Answer of `GET /v2/groups/{group_openid}/member_blacklist`. */
export interface GroupMemberBlacklist {
  users: BlacklistUser[];
  next_cursor: string;
}

/** Body of `POST /v2/groups/{group_openid}/member_blacklist`. */
export interface GroupMemberBlacklistUpdate {
  /** `add` works for people who are not in the group. */
  op: 'add' | 'del';
  /** At most 20. */
  member_openids: string[];
}

/** Answer of `POST /v2/groups/{group_openid}/member_blacklist`. */
export interface GroupMemberBlacklistUpdated {
  fail_openids: string[];
}

/** `d` of GROUP_MEMBER_ADD and GROUP_MEMBER_REMOVE. */
export interface GroupMemberEvent {
  group_openid: string;
  member_openid: string;
  /** Seen with GROUP_MEMBER_ADD. */
  user_openid?: string;
  /** Unix seconds. */
  timestamp: number;
}
