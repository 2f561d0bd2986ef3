/** Id of a role. */
export type RoleID = string;

/** Ids of the roles that every guild has. */
export const DefaultRoleID = {
  Everyone: '1',
  Administrator: '2',
  Owner: '4',
  ChannelManager: '5',
} as const;

/** The colour BotGo gives to a role without one: ARGB 0xFF00D7B1. */
export const defaultColor = 0xff00d7b1;

/** A role of a guild [身份组]. */
export interface Role {
  id: RoleID;
  name: string;
  /** ARGB as an unsigned 32-bit number. */
  color: number;
  /** Shown separately: 0 no, 1 yes. */
  hoist: number;
  /** Members in the role; read only. */
  number: number;
  /** Limit of members; read only. */
  member_limit: number;
}

/** Answer of `GET /guilds/{guild_id}/roles`. */
export interface GuildRoles {
  guild_id: string;
  roles: Role[];
  /** Limit of roles, a decimal number as a string. */
  role_num_limit: string;
}

/** The documents' body of creating or changing a role; at least one field. */
export interface UpdateRoleInfo {
  name?: string;
  /** ARGB as an unsigned 32-bit number. */
  color?: number;
  /** Shown separately: 0 no, 1 yes. */
  hoist?: number;
}

/** Which fields of {@link UpdateRole} change: 1 yes, 0 no. */
export interface UpdateRoleFilter {
  name: number;
  color: number;
  hoist: number;
}

/** BotGo's body of creating or changing a role. */
export interface UpdateRole {
  guild_id: string;
  filter: UpdateRoleFilter;
  info: UpdateRoleInfo;
}

/** Answer of creating or changing a role. */
export interface UpdateResult {
  role_id: RoleID;
  /** Not documented for creation. */
  guild_id?: string;
  role: Role;
}

/** Splits a role's colour into its parts, each 0 to 255. */
export function colorParts(color: number): { alpha: number; red: number; green: number; blue: number } {
  return { alpha: color >>> 24, red: (color >>> 16) & 0xff, green: (color >>> 8) & 0xff, blue: color & 0xff };
}

/** An opaque role colour from its parts, each 0 to 255. */
export function rgbColor(red: number, green: number, blue: number): number {
  return ((0xff << 24) | ((red & 0xff) << 16) | ((green & 0xff) << 8) | (blue & 0xff)) >>> 0;
}
