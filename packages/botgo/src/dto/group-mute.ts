import type { OpenString } from './open-enum.js';
import type { Timestamp } from './timestamp.js';

/** Whether a whole group is muted. */
export const GlobalMuteMode = {
  None: 'none',
  Always: 'always',
  Schedule: 'schedule',
} as const;

export type GlobalMuteMode = OpenString<typeof GlobalMuteMode>;

/** Mute of a whole group. */
export interface GlobalMuteRule {
  mode: GlobalMuteMode;
  schedule_rules: ScheduleMuteRule[];
  recurring_rules: RecurringMuteRule[];
}

/** A mute at one time. */
export interface ScheduleMuteRule {
  task_id: string;
  start_at: Timestamp;
  end_at: Timestamp;
  enabled: boolean;
}

/** A mute that comes back every week, in Beijing time; an end before the start is of the next day. */
export interface RecurringMuteRule {
  task_id: string;
  /** 1 to 7. */
  weekdays: number[];
  /** `HH:mm`. */
  start_time: string;
  /** `HH:mm`. */
  end_time: string;
  enabled: boolean;
}

/** A muted member. */
export interface MemberMuteState {
  member_openid: string;
  username: string;
  mute_expire_at: Timestamp;
  union_openid?: string;
}

/** Answer of `GET /v2/groups/{group_openid}/restrict_chat_setting`. */
export interface GroupRestrictChatSetting {
  global_rule: GlobalMuteRule;
  members: MemberMuteState[];
}

/** A change of one member's mute; up to 30 days, ordinary members only. */
export interface SetMemberMuteState {
  op: 'add' | 'update' | 'del';
  member_openid: string;
  /** May be missing for `del`. */
  mute_expire_at?: Timestamp;
}

/** Body of `POST /v2/groups/{group_openid}/restrict_chat_setting`. */
export interface GroupMemberMute {
  /** At most 20. */
  members: SetMemberMuteState[];
}
