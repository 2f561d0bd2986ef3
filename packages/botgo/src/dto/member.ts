import type { OpenNumber } from './open-enum.js';
import type { Timestamp } from './timestamp.js';
import type { User } from './user.js';

/** A member of a guild. In messages only part of it is filled. */
export interface Member {
  /** Filled by member endpoints and member events only. */
  user?: User;
  /** Nick in the guild; may be empty. */
  nick?: string;
  /** Role ids; missing in lists of a role's members. */
  roles?: string[];
  joined_at: Timestamp;
  deaf?: boolean;
  mute?: boolean;
  pending?: boolean;
}

/** `d` of GUILD_MEMBER_ADD, _UPDATE and _REMOVE. */
export interface WSGuildMemberData extends Member {
  guild_id: string;
  user: User;
  /** Who did it. */
  op_user_id: string;
}

/** A member of a voice channel. */
export interface VoiceChannelMember {
  user: User;
  nick?: string;
  joined_at: Timestamp;
  mute?: boolean;
}

/** How many days of a removed member's messages to delete; other numbers delete nothing. */
export const DeleteHistoryMsgDay = {
  NoDelete: 0,
  DeleteThreeDays: 3,
  DeleteSevenDays: 7,
  DeleteFifteenDays: 15,
  DeleteThirtyDays: 30,
  DeleteAll: -1,
} as const;

export type DeleteHistoryMsgDay = OpenNumber<typeof DeleteHistoryMsgDay>;

/** Body of `DELETE /guilds/{guild_id}/members/{user_id}`. */
export interface MemberDeleteOpts {
  /** Also blacklist the user. */
  add_blacklist?: boolean;
  delete_history_msg_days?: DeleteHistoryMsgDay;
}

/** Answer of `GET /guilds/{guild_id}/roles/{role_id}/members`. */
export interface GuildRoleMembers {
  data: Member[];
  /** `start_index` of the next page. */
  next: string;
}

/** Body of adding a role to a member and of taking it away. */
export interface MemberAddRoleBody {
  /** Needed for role 5 (channel manager). */
  channel?: { id: string };
}
