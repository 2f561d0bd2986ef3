import type { GuildRoles, UpdateResult, UpdateRole, UpdateRoleInfo } from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { readNothing, readObject } from './readers.js';

const ROLES = endpoint('GET /guilds/{guild_id}/roles', readObject<GuildRoles>);
const POST_ROLE = endpoint('POST /guilds/{guild_id}/roles', readObject<UpdateResult>);
const PATCH_ROLE = endpoint('PATCH /guilds/{guild_id}/roles/{role_id}', readObject<UpdateResult>);
const DELETE_ROLE = endpoint('DELETE /guilds/{guild_id}/roles/{role_id}', readNothing);

/** Roles [身份组] of a guild. All but reading needs a bot that is administrator. */
export interface RoleAPI {
  roles(guildId: string, options?: CallOptions): Promise<GuildRoles>;
  /** Makes a role out of the fields given, at least one; `color` is ARGB, and 0 is sent as 0. Source: bot-docs. */
  postRole(guildId: string, role: UpdateRoleInfo, options?: CallOptions): Promise<UpdateResult>;
  /**
   * Changes the fields given and no others. BotGo always claims to change all three, so that renaming a role resets its colour, and
   * writes the default colour into the caller's object (D-A5). Source: bot-docs, BotGo.
   */
  patchRole(
    guildId: string,
    roleId: string,
    role: UpdateRoleInfo,
    options?: CallOptions,
  ): Promise<UpdateResult>;
  deleteRole(guildId: string, roleId: string, options?: CallOptions): Promise<void>;
}

/** @internal */
export function roleAPI(call: Call): RoleAPI {
  return {
    roles: (guildId, options) => call(ROLES, { ids: [guildId] }, options),
    postRole: (guildId, role, options) =>
      call(POST_ROLE, { ids: [guildId], body: roleBody(guildId, role) }, options),
    patchRole: (guildId, roleId, role, options) =>
      call(PATCH_ROLE, { ids: [guildId, roleId], body: roleBody(guildId, role) }, options),
    deleteRole: (guildId, roleId, options) => call(DELETE_ROLE, { ids: [guildId, roleId] }, options),
  };
}

/** BotGo's form; the documents' flat one is said to work too. The filter names what changes. */
function roleBody(guildId: string, { name, color, hoist }: UpdateRoleInfo): UpdateRole {
  const has = (value: unknown) => (value === undefined ? 0 : 1);
  return {
    guild_id: guildId,
    filter: { name: has(name), color: has(color), hoist: has(hoist) },
    info: {
      ...(name === undefined ? {} : { name }),
      ...(color === undefined ? {} : { color }),
      ...(hoist === undefined ? {} : { hoist }),
    },
  };
}
