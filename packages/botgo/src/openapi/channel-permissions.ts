import {
  type ChannelPermissions,
  type ChannelRolesPermissions,
  parsePermissions,
  type UpdateChannelPermissions,
} from '../dto/index.js';
import { ConfigError } from '../errs/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { readNothing, readObject } from './readers.js';

const OF_MEMBER = endpoint(
  'GET /channels/{channel_id}/members/{user_id}/permissions',
  readObject<ChannelPermissions>,
);
const PUT_OF_MEMBER = endpoint('PUT /channels/{channel_id}/members/{user_id}/permissions', readNothing);
const OF_ROLE = endpoint(
  'GET /channels/{channel_id}/roles/{role_id}/permissions',
  readObject<ChannelRolesPermissions>,
);
const PUT_OF_ROLE = endpoint('PUT /channels/{channel_id}/roles/{role_id}/permissions', readNothing);

/** What members and roles may do in a channel [子频道权限]. The bot must manage the channel. */
export interface ChannelPermissionsAPI {
  /** A member's own permissions; those of the member's roles come on top. */
  channelPermissions(channelId: string, userId: string, options?: CallOptions): Promise<ChannelPermissions>;
  /**
   * Gives and takes permissions: decimal bit masks as text. A bit in both is taken; the "manage" bit can't be changed. Source: bot-docs.
   * @throws {ConfigError} when a mask is not an unsigned 64-bit decimal number.
   */
  putChannelPermissions(
    channelId: string,
    userId: string,
    change: UpdateChannelPermissions,
    options?: CallOptions,
  ): Promise<void>;
  /** A role's permissions. */
  channelRolesPermissions(
    channelId: string,
    roleId: string,
    options?: CallOptions,
  ): Promise<ChannelRolesPermissions>;
  /** As {@link ChannelPermissionsAPI.putChannelPermissions}, for a role. */
  putChannelRolesPermissions(
    channelId: string,
    roleId: string,
    change: UpdateChannelPermissions,
    options?: CallOptions,
  ): Promise<void>;
}

/** @internal */
export function channelPermissionsAPI(call: Call): ChannelPermissionsAPI {
  return {
    channelPermissions: (channelId, userId, options) =>
      call(OF_MEMBER, { ids: [channelId, userId] }, options),
    putChannelPermissions: async (channelId, userId, change, options) =>
      call(PUT_OF_MEMBER, { ids: [channelId, userId], body: checkMasks(change) }, options),
    channelRolesPermissions: (channelId, roleId, options) =>
      call(OF_ROLE, { ids: [channelId, roleId] }, options),
    putChannelRolesPermissions: async (channelId, roleId, change, options) =>
      call(PUT_OF_ROLE, { ids: [channelId, roleId], body: checkMasks(change) }, options),
  };
}

function checkMasks(change: UpdateChannelPermissions): UpdateChannelPermissions {
  for (const name of ['add', 'remove'] as const) {
    const mask = change[name];
    if (mask !== undefined && (typeof mask !== 'string' || parsePermissions(mask) === undefined))
      throw new ConfigError(
        `${name} must be an unsigned 64-bit number as decimal text, got ${JSON.stringify(mask)}`,
      );
  }
  return change;
}
