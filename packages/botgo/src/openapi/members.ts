import type { MemberAddRoleBody, UpdateGuildMute, UpdateGuildMuteResponse } from '../dto/index.js';
import { ConfigError } from '../errs/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { readNothing, readObject } from './readers.js';

const ADD_ROLE = endpoint('PUT /guilds/{guild_id}/members/{user_id}/roles/{role_id}', readNothing);
const DELETE_ROLE = endpoint('DELETE /guilds/{guild_id}/members/{user_id}/roles/{role_id}', readNothing);
const MEMBER_MUTE = endpoint('PATCH /guilds/{guild_id}/members/{user_id}/mute', readNothing);
const MULTI_MEMBER_MUTE = endpoint('PATCH /guilds/{guild_id}/mute', readObject<UpdateGuildMuteResponse>);

/** Roles and mutes [禁言] of members. The bot must be administrator. Mind BotGo's order of arguments: the role before the user. */
export interface MemberAPI {
  /** Gives a member a role. Role 5 (channel manager) needs `body.channel.id`. Source: bot-docs. */
  memberAddRole(
    guildId: string,
    roleId: string,
    userId: string,
    body?: MemberAddRoleBody | null,
    options?: CallOptions,
  ): Promise<void>;
  /** Takes a role from a member. Role 5 (channel manager) needs `body.channel.id`. Source: bot-docs. */
  memberDeleteRole(
    guildId: string,
    roleId: string,
    userId: string,
    body?: MemberAddRoleBody | null,
    options?: CallOptions,
  ): Promise<void>;
  /** Mutes one member. Both times are texts; the absolute one wins, and `"0"` unmutes. Source: bot-docs. */
  memberMute(guildId: string, userId: string, mute: UpdateGuildMute, options?: CallOptions): Promise<void>;
  /**
   * Mutes several members. @returns For whom it worked. Source: bot-docs.
   * @throws {ConfigError} without `user_ids`: the platform would mute the whole guild.
   */
  multiMemberMute(
    guildId: string,
    mute: UpdateGuildMute & Required<Pick<UpdateGuildMute, 'user_ids'>>,
    options?: CallOptions,
  ): Promise<UpdateGuildMuteResponse>;
}

/** @internal */
export function memberAPI(call: Call): MemberAPI {
  return {
    memberAddRole: (guildId, roleId, userId, body, options) =>
      call(ADD_ROLE, { ids: [guildId, userId, roleId], body: body ?? {} }, options),
    memberDeleteRole: (guildId, roleId, userId, body, options) =>
      call(DELETE_ROLE, { ids: [guildId, userId, roleId], body: body ?? {} }, options),
    memberMute: (guildId, userId, mute, options) =>
      call(MEMBER_MUTE, { ids: [guildId, userId], body: mute }, options),
    multiMemberMute: async (guildId, mute, options) => {
      if (!Array.isArray(mute.user_ids) || mute.user_ids.length === 0)
        throw new ConfigError('multiMemberMute: user_ids is empty; guildMute is for the whole guild');
      return call(MULTI_MEMBER_MUTE, { ids: [guildId], body: mute }, options);
    },
  };
}
