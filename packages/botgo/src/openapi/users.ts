import {
  type Guild,
  type GuildPager,
  guildQueryParams,
  type URLLink,
  type URLLinkToCreate,
  type User,
} from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { requirePager } from './pager.js';
import { isObject, readArray, readObject, WRONG_SHAPE } from './readers.js';

const ME = endpoint('GET /users/@me', readObject<User>);
const ME_GUILDS = endpoint('GET /users/@me/guilds', readGuilds);
const GENERATE_URL_LINK = endpoint('POST /v2/generate_url_link', readLink, 'harmless');

/** A link, wherever the platform put it. */
export interface GeneratedURLLink extends URLLink {
  readonly url: string;
}

/** The bot itself. */
export interface UserAPI {
  /**
   * The bot's own user.
   * @param _params - BotGo's `ctx, nil, ""` on its first page; ignored.
   */
  me(options?: CallOptions | null, _params?: string): Promise<User>;
  /**
   * A page of the guilds that the bot is in, 100 at most. Of `before` and `after` only `before` is sent, which wins in the documents.
   * See `each.guilds` for all of them.
   * @throws {BotgoError} `BOTGO_PAGER_MISSING` without a pager.
   */
  meGuilds(pager: GuildPager, options?: CallOptions): Promise<Guild[]>;
  /**
   * A link by which users and groups add the bot. `callback_data`, at most 32 characters, comes back in FRIEND_ADD as `scene_param`.
   * Five codes have meanings of their own here. 50 a second. Source: official wiki.
   */
  generateURLLink(link: URLLinkToCreate, options?: CallOptions): Promise<GeneratedURLLink>;
}

/** @internal */
export function userAPI(call: Call): UserAPI {
  return {
    me: (options) => call(ME, {}, options),
    meGuilds: async (pager, options) =>
      call(ME_GUILDS, { query: guildQueryParams(requirePager(pager)) }, options),
    generateURLLink: (link, options) => call(GENERATE_URL_LINK, { body: link }, options),
  };
}

/** The wiki's table has `{guilds: []}`, every example an array. */
function readGuilds(body: unknown): Guild[] | typeof WRONG_SHAPE {
  return readArray<Guild>(isObject(body) ? body.guilds : body);
}

/** One version of the page answers with `data.url`, an older one with `url_link`. */
function readLink(body: unknown): GeneratedURLLink | typeof WRONG_SHAPE {
  if (!isObject(body)) return WRONG_SHAPE;
  const url = isObject(body.data) ? body.data.url : body.url_link;
  return typeof url === 'string' ? { ...body, url } : WRONG_SHAPE;
}
