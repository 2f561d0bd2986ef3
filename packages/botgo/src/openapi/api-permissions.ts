import type { APIPermissionDemand, APIPermissionDemandToCreate, APIPermissions } from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { readObject, type WRONG_SHAPE } from './readers.js';

const GET = endpoint('GET /guilds/{guild_id}/api_permission', readPermissions);
const DEMAND = endpoint('POST /guilds/{guild_id}/api_permission/demand', readObject<APIPermissionDemand>);

/** Which APIs a guild lets the bot use [接口权限]: others answer 11264 or 11253. */
export interface APIPermissionsAPI {
  getAPIPermissions(guildId: string, options?: CallOptions): Promise<APIPermissions>;
  /**
   * Posts a link into a channel by which an administrator grants an API. 3 a day per guild (610013); 610010: granted already.
   * Source: bot-docs.
   */
  requireAPIPermissions(
    guildId: string,
    demand: APIPermissionDemandToCreate,
    options?: CallOptions,
  ): Promise<APIPermissionDemand>;
}

/** @internal */
export function apiPermissionsAPI(call: Call): APIPermissionsAPI {
  return {
    getAPIPermissions: (guildId, options) => call(GET, { ids: [guildId] }, options),
    requireAPIPermissions: (guildId, demand, options) =>
      call(DEMAND, { ids: [guildId], body: demand }, options),
  };
}

/** The description of 2022 answers with a bare array. */
function readPermissions(body: unknown): APIPermissions | typeof WRONG_SHAPE {
  return Array.isArray(body) ? { apis: body } : readObject<APIPermissions>(body);
}
