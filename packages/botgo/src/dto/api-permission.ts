import type { OpenNumber } from './open-enum.js';

/** Whether a guild granted an API. */
export const APIAuthStatus = {
  NotGranted: 0,
  Granted: 1,
} as const;

export type APIAuthStatus = OpenNumber<typeof APIAuthStatus>;

/** An API and whether the guild granted it. */
export interface APIPermission {
  /** E.g. `/guilds/{guild_id}/members/{user_id}`. */
  path: string;
  /** E.g. `GET`. */
  method: string;
  /** Name of the API. */
  desc?: string;
  auth_status: APIAuthStatus;
}

/** Answer of `GET /guilds/{guild_id}/api_permission`. */
export interface APIPermissions {
  apis: APIPermission[];
}

/** Names one API. */
export interface APIPermissionDemandIdentify {
  path: string;
  method: string;
}

/** Answer of asking a guild for an API: the link that was posted. */
export interface APIPermissionDemand {
  guild_id: string;
  channel_id: string;
  api_identify: APIPermissionDemandIdentify;
  /** Text about the permission. */
  title: string;
  /** Text about what it is for. */
  desc: string;
}

/** Body of `POST /guilds/{guild_id}/api_permission/demand`. */
export interface APIPermissionDemandToCreate {
  /** Where the link is posted. */
  channel_id: string;
  api_identify: APIPermissionDemandIdentify;
  /** What it is for. */
  desc: string;
}
