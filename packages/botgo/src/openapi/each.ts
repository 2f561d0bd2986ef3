import type {
  BlacklistUser,
  Emoji,
  GroupMember,
  Guild,
  JoinApprovalStrategy,
  JoinRequest,
  Member,
  PanelRecord,
  PanelScope,
  Thread,
  User,
} from '../dto/index.js';
import type { CallOptions } from './call.js';
import type { ForumAPI } from './forum.js';
import type { GroupJoinAPI } from './group-joins.js';
import type { GroupAPI } from './groups.js';
import type { GuildAPI } from './guilds.js';
import type { PanelAPI } from './panels.js';
import type { MessageReactionAPI } from './reactions.js';
import type { UserAPI } from './users.js';

/** Options of reading all pages. */
export interface EachOptions extends CallOptions {
  /** Items a page. @defaultValue the most that the platform gives */
  readonly limit?: number | undefined;
}

/**
 * Everything of a kind, page by page as the loop asks for it: `for await (const member of api.each.guildMembers(guildId))`. Each item
 * comes once though pages may repeat it, and a platform that does not advance ends the loop instead of turning it for ever. An error
 * ends the loop; what came before it came.
 */
export interface Each {
  /** The guilds that the bot is in. */
  guilds(options?: EachOptions): AsyncIterable<Guild>;
  /** The members of a guild. Private-domain bots only. */
  guildMembers(guildId: string, options?: EachOptions): AsyncIterable<Member>;
  /** The members of a role. Private-domain bots only. */
  guildRoleMembers(guildId: string, roleId: string, options?: EachOptions): AsyncIterable<Member>;
  /** Who reacted to a message with an emoji. */
  reactionUsers(
    channelId: string,
    messageId: string,
    emoji: Emoji,
    options?: EachOptions,
  ): AsyncIterable<User>;
  /** The threads of a forum channel; the platform documents no way to a second page. Private-domain bots only. */
  threads(channelId: string, options?: CallOptions): AsyncIterable<Thread>;
  /** The members of a group. */
  groupMembers(groupOpenid: string, options?: CallOptions): AsyncIterable<GroupMember>;
  /** The blacklist of a group. */
  groupMemberBlacklist(groupOpenid: string, options?: EachOptions): AsyncIterable<BlacklistUser>;
  /** Who asks to join a group. */
  groupJoinRequests(groupOpenid: string, options?: EachOptions): AsyncIterable<JoinRequest>;
  /** The bot's strategies of letting people join. */
  joinApprovalStrategies(options?: EachOptions): AsyncIterable<JoinApprovalStrategy>;
  /** The panels of a scope. */
  panels(scope: PanelScope, options?: EachOptions): AsyncIterable<PanelRecord>;
}

/** What the pages are read with. */
export type PagedAPI = UserAPI &
  GuildAPI &
  MessageReactionAPI &
  ForumAPI &
  GroupAPI &
  GroupJoinAPI &
  PanelAPI;

/** A page, and where the next one begins: `undefined` after the last. */
interface Page<Item> {
  readonly items: readonly Item[] | undefined;
  readonly next: string | undefined;
}

/** @internal */
export function each(api: PagedAPI): Each {
  return {
    guilds: (options) =>
      pages(
        async (after) => {
          const items = await api.meGuilds(
            { ...(after && { after }), limit: options?.limit ?? 100 },
            options,
          );
          return { items, next: items.at(-1)?.id };
        },
        (guild) => guild.id,
      ),
    guildMembers: (guildId, options) =>
      pages(
        async (after = '0') => {
          const items = await api.guildMembers(guildId, { after, limit: options?.limit ?? 400 }, options);
          return { items, next: items.at(-1)?.user?.id };
        },
        (member) => member.user?.id,
      ),
    guildRoleMembers: (guildId, roleId, options) =>
      pages(
        async (start_index = '0') => {
          const pager = { start_index, limit: options?.limit ?? 400 };
          const { data, next } = await api.guildRoleMembers(guildId, roleId, pager, options);
          return { items: data, next: next === '0' ? undefined : next };
        },
        (member) => member.user?.id,
      ),
    reactionUsers: (channelId, messageId, emoji, options) =>
      pages(
        async (cookie) => {
          const pager = { ...(cookie && { cookie }), limit: options?.limit ?? 50 };
          const page = await api.getMessageReactionUsers(channelId, messageId, emoji, pager, options);
          return { items: page.users, next: page.is_end ? undefined : page.cookie };
        },
        (user) => user.id,
      ),
    threads: (channelId, options) =>
      pages(
        async () => ({ items: (await api.threads(channelId, options)).threads, next: undefined }),
        (thread) => thread.thread_info?.thread_id,
      ),
    groupMembers: (groupOpenid, options) =>
      pages(
        async (cursor) => {
          const page = await api.groupMembers(groupOpenid, { ...(cursor && { cursor }) }, options);
          return { items: page.members, next: page.next_cursor };
        },
        (member) => member.member_openid,
      ),
    groupMemberBlacklist: (groupOpenid, options) =>
      pages(
        async (cursor) => {
          const pager = { ...(cursor && { cursor }), limit: options?.limit ?? 100 };
          const page = await api.groupMemberBlacklist(groupOpenid, pager, options);
          return { items: page.users, next: page.next_cursor };
        },
        (user) => user.member_openid,
      ),
    groupJoinRequests: (groupOpenid, options) =>
      pages(
        async (cursor) => {
          const pager = { ...(cursor && { cursor }), limit: options?.limit ?? 50 };
          const page = await api.groupJoinRequests(groupOpenid, pager, options);
          return { items: page.list, next: page.next_cursor };
        },
        (request) => request.join_request_id,
      ),
    joinApprovalStrategies: (options) =>
      pages(
        async (cursor) => {
          const page = await api.joinApprovalStrategies(
            { ...(cursor && { cursor }), limit: options?.limit ?? 50 },
            options,
          );
          return { items: page.strategies, next: page.next_cursor };
        },
        (strategy) => strategy.strategy_id,
      ),
    panels: (scope, options) =>
      pages(
        async (cursor) => {
          const pager = { ...(cursor && { cursor }), limit: options?.limit ?? 50 };
          const page = await api.listPanels(scope, pager, options);
          return { items: page.records, next: page.is_end ? undefined : page.next_cursor };
        },
        (panel) => panel.panel_id,
      ),
  };
}

/**
 * Reads until there is no next page, a page is empty, or one brings nothing new.
 * @param idOf - Items without an id are never taken for repeated.
 */
async function* pages<Item>(
  read: (cursor: string | undefined) => Promise<Page<Item>>,
  idOf: (item: Item) => string | undefined,
): AsyncGenerator<Item, void, undefined> {
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (;;) {
    const { items, next } = await read(cursor);
    let isNew = false;
    for (const item of items ?? []) {
      const id = idOf(item);
      if (id !== undefined && seen.has(id)) continue;
      if (id !== undefined) seen.add(id);
      isNew = true;
      yield item;
    }
    if (!isNew || next === undefined || next === '' || next === cursor) return;
    cursor = next;
  }
}
