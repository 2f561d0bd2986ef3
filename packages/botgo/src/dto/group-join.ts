import type { OpenString } from './open-enum.js';
import type { Timestamp } from './timestamp.js';

/** How somebody came to apply for a group. */
export const ApplySource = {
  SelfApply: 'self_apply',
  Invited: 'invited',
} as const;

export type ApplySource = OpenString<typeof ApplySource>;

/** How a group checks who applies. */
export const VerifyMethod = {
  VerifyMessage: 'verify_message',
  AdminReviewQA: 'admin_review_qa',
} as const;

export type VerifyMethod = OpenString<typeof VerifyMethod>;

/** What somebody wrote when applying. */
export interface VerifyInfo {
  method: VerifyMethod;
  verify_message?: string;
  review_qa_list?: { question: string; answer: string }[];
}

/** Somebody who wants to join a group. */
export interface JoinRequest {
  join_request_id: string;
  member_openid: string;
  username: string;
  /** A warning about this account. */
  risk_tips?: string;
  union_openid?: string;
  /** Who invited. */
  invited_by?: string;
  apply_at: Timestamp;
  apply_source: ApplySource;
  bot?: boolean;
  verify_info?: VerifyInfo;
}

/** `d` of GROUP_JOIN_REQUEST. */
export interface GroupJoinRequest extends Omit<JoinRequest, 'username'> {
  group_openid: string;
  username?: string;
  /** The strategy that approved it. */
  auto_approved?: { strategy_id: string };
}

/** Answer of `GET /v2/groups/{group_openid}/join_request_list`. */
export interface GroupJoinRequests {
  list: JoinRequest[];
  next_cursor: string;
}

/** Body of `POST /v2/groups/{group_openid}/approval_join_request/{member_openid}`. */
export interface JoinRequestApproval {
  op: 'approve' | 'decline';
  join_request_id?: string;
  /** With `decline`. */
  reject_reason?: string;
  /** With `decline`. */
  add_to_member_blacklist?: boolean;
}

/** A strategy that approves people by a list; 20 per bot. */
export interface JoinApprovalStrategy {
  /** `st_…`. */
  strategy_id: string;
  group_openids?: string[];
  group_ids?: string[];
  /** An estimate. */
  whitelist_user_count: number;
  is_enable: 'on' | 'off' | (string & {});
  expire_at: Timestamp;
  created_at: Timestamp;
  updated_at: Timestamp;
  remark?: string;
}

/** Answer of `GET /v2/groups/join_approval_strategy`, newest first. */
export interface JoinApprovalStrategies {
  strategies: JoinApprovalStrategy[];
  next_cursor: string;
}

/** Body of `POST /v2/groups/join_approval_strategy`: one of the two lists of groups, at most 100. */
export interface JoinApprovalStrategyToCreate {
  group_openids?: string[];
  group_ids?: string[];
  is_enable?: 'on' | 'off';
  /** One year by default. */
  expire_at?: Timestamp;
  /** At most 255 characters. */
  remark?: string;
}

/** Answer of `POST /v2/groups/join_approval_strategy`. */
export interface JoinApprovalStrategyCreated {
  strategy_id: string;
  is_enable: 'on' | 'off' | (string & {});
  expire_at: Timestamp;
}

/** Body of `PATCH /v2/groups/join_approval_strategy/{strategy_id}`. */
export interface JoinApprovalStrategyToUpdate {
  is_enable?: 'on' | 'off';
  expire_at?: Timestamp;
  /** The kind of ids must be that of the creation. */
  group_action?: { op: 'add' | 'del'; group_openids?: string[]; group_ids?: string[] };
  remark?: string;
}

/** Answer of `PATCH /v2/groups/join_approval_strategy/{strategy_id}`. */
export interface JoinApprovalStrategyUpdated {
  is_enable: 'on' | 'off' | (string & {});
  expire_at: Timestamp;
}

/** Body of `POST /v2/groups/join_approval_strategy/{strategy_id}/whitelist_users`. */
export interface JoinApprovalWhitelistUpdate {
  op: 'add' | 'del';
  /** QQ numbers as strings; at most 10,000 per call and 100,000 in all. */
  whitelist_users: string[];
}

/** Answer of `POST /v2/groups/join_approval_strategy/{strategy_id}/whitelist_users`. */
export interface JoinApprovalWhitelistUpdated {
  strategy_id: string;
  whitelist_user_count: number;
  updated_at: Timestamp;
}
