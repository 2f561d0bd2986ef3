import type { OpenString } from './open-enum.js';

/** Page of `GET /guilds/{guild_id}/members`. */
export interface GuildMembersPager {
  /** User id of the last member of the page before; `0` or missing for the first. */
  after?: string;
  /** 1 to 400. @defaultValue 1 by the platform */
  limit?: number;
}

/** Page of `GET /guilds/{guild_id}/roles/{role_id}/members`. */
export interface GuildRoleMembersPager {
  /** `next` of the page before; `0` or missing for the first. */
  start_index?: string;
  /** 1 to 400. @defaultValue 1 by the platform */
  limit?: number;
}

/** Page of `GET /users/@me/guilds`: set `before` or `after`. */
export interface GuildPager {
  before?: string;
  after?: string;
  /** At most 100. @defaultValue 100 by the platform */
  limit?: number;
}

/** On which side of a message the page is. */
export const MessagePagerType = {
  Around: 'around',
  Before: 'before',
  After: 'after',
} as const;

export type MessagePagerType = OpenString<typeof MessagePagerType>;

/** Page of `GET /channels/{channel_id}/messages`. */
export interface MessagesPager {
  type?: MessagePagerType;
  /** The message that `type` is about. */
  id?: string;
  /** At most 20. */
  limit?: number;
}

/** Page of asking who reacted. */
export interface MessageReactionPager {
  /** `cookie` of the page before. */
  cookie?: string;
  /** At most 50; used on the first page only. @defaultValue 20 by the platform */
  limit?: number;
}

/** Page of the endpoints of 2026. */
export interface CursorPager {
  /** `next_cursor` of the page before. */
  cursor?: string;
  limit?: number;
}

/** Any of the pagers of BotGo. */
export type Pager =
  | GuildMembersPager
  | GuildRoleMembersPager
  | GuildPager
  | MessagesPager
  | MessageReactionPager;

/** What a pager adds to the query of a request. */
export type QueryParams = Record<string, string>;

/** @returns The set parts of a {@link GuildMembersPager}. */
export function guildMembersQueryParams(pager: GuildMembersPager): QueryParams {
  return queryParams({ after: pager.after, limit: pager.limit });
}

/** @returns The set parts of a {@link GuildRoleMembersPager}. */
export function guildRoleMembersQueryParams(pager: GuildRoleMembersPager): QueryParams {
  return queryParams({ start_index: pager.start_index, limit: pager.limit });
}

/** @returns The set parts of a {@link GuildPager}; of `before` and `after` only `before`, which wins in the documents. */
export function guildQueryParams(pager: GuildPager): QueryParams {
  const { before, after, limit } = pager;
  return queryParams(before === undefined || before === '' ? { after, limit } : { before, limit });
}

/** @returns The set parts of a {@link MessagesPager}. */
export function messagesQueryParams(pager: MessagesPager): QueryParams {
  const { type, id, limit } = pager;
  return queryParams(type === undefined ? { limit } : { [type]: id, limit });
}

/** @returns The set parts of a {@link MessageReactionPager}. */
export function messageReactionQueryParams(pager: MessageReactionPager): QueryParams {
  return queryParams({ cookie: pager.cookie, limit: pager.limit });
}

/** @returns The set parts of a {@link CursorPager}. */
export function cursorQueryParams(pager: CursorPager): QueryParams {
  return queryParams({ cursor: pager.cursor, limit: pager.limit });
}

function queryParams(parts: Readonly<Record<string, string | number | undefined>>): QueryParams {
  const params: QueryParams = {};
  for (const [name, value] of Object.entries(parts))
    if (value !== undefined && value !== '') params[name] = String(value);
  return params;
}
