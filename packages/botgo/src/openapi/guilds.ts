import {
  type Guild,
  type GuildMembersPager,
  type GuildRoleMembers,
  type GuildRoleMembersPager,
  guildMembersQueryParams,
  guildRoleMembersQueryParams,
  type Member,
  type MemberDeleteOpts,
  type UpdateGuildMute,
} from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { requirePager } from './pager.js';
import { readArray, readNothing, readObject } from './readers.js';

const GUILD = endpoint('GET /guilds/{guild_id}', readObject<Guild>);
const GUILD_MEMBERS = endpoint('GET /guilds/{guild_id}/members', readArray<Member>);
const GUILD_MEMBER = endpoint('GET /guilds/{guild_id}/members/{user_id}', readObject<Member>);
const DELETE_GUILD_MEMBER = endpoint('DELETE /guilds/{guild_id}/members/{user_id}', readNothing);
const GUILD_MUTE = endpoint('PATCH /guilds/{guild_id}/mute', readNothing);
const GUILD_ROLE_MEMBERS = endpoint(
  'GET /guilds/{guild_id}/roles/{role_id}/members',
  readObject<GuildRoleMembers>,
);

/** Guilds [频道] and their members. */
export interface GuildAPI {
  /** A guild that the bot is in. */
  guild(guildId: string, options?: CallOptions): Promise<Guild>;
  /** A member; only here are `union_openid` and `union_user_account` filled. Source: bot-docs. */
  guildMember(guildId: string, userId: string, options?: CallOptions): Promise<Member>;
  /**
   * A page of members. Pages may be shorter than `limit` (1 to 400; BotGo's comment says 1000) and may repeat members; an empty one is
   * the last. See `each.guildMembers` for all of them, each once. Private-domain bots only. Source: bot-docs.
   * @throws {BotgoError} `BOTGO_PAGER_MISSING` without a pager.
   */
  guildMembers(guildId: string, pager: GuildMembersPager, options?: CallOptions): Promise<Member[]>;
  /**
   * A page of a role's members, and where the next one starts. For roles of administrators the platform may answer with all of them.
   * Private-domain bots only. See `each.guildRoleMembers`. Source: bot-docs.
   * @throws {BotgoError} `BOTGO_PAGER_MISSING` without a pager.
   */
  guildRoleMembers(
    guildId: string,
    roleId: string,
    pager: GuildRoleMembersPager,
    options?: CallOptions,
  ): Promise<GuildRoleMembers>;
  /**
   * Removes a member. Administrators can't be removed. Of `delete_history_msg_days` only 3, 7, 15, 30 and -1 (all) delete anything.
   * Private-domain bots that may remove members. Source: bot-docs.
   */
  deleteGuildMember(
    guildId: string,
    userId: string,
    how?: MemberDeleteOpts,
    options?: CallOptions,
  ): Promise<void>;
  /**
   * Mutes everybody but administrators. Both times are texts; the absolute one wins, and `"0"` unmutes. The bot must be administrator.
   * Source: bot-docs.
   */
  guildMute(guildId: string, mute: UpdateGuildMute, options?: CallOptions): Promise<void>;
}

/** @internal */
export function guildAPI(call: Call): GuildAPI {
  return {
    guild: (guildId, options) => call(GUILD, { ids: [guildId] }, options),
    guildMember: (guildId, userId, options) => call(GUILD_MEMBER, { ids: [guildId, userId] }, options),
    guildMembers: async (guildId, pager, options) =>
      call(GUILD_MEMBERS, { ids: [guildId], query: guildMembersQueryParams(requirePager(pager)) }, options),
    guildRoleMembers: async (guildId, roleId, pager, options) =>
      call(
        GUILD_ROLE_MEMBERS,
        { ids: [guildId, roleId], query: guildRoleMembersQueryParams(requirePager(pager)) },
        options,
      ),
    deleteGuildMember: (guildId, userId, how, options) =>
      call(DELETE_GUILD_MEMBER, { ids: [guildId, userId], body: how ?? {} }, options),
    guildMute: (guildId, mute, options) => call(GUILD_MUTE, { ids: [guildId], body: mute }, options),
  };
}
