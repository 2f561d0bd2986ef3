import {
  type Emoji,
  type MessageReactionPager,
  type MessageReactionUsers,
  messageReactionQueryParams,
} from '../dto/index.js';
import { ConfigError } from '../errs/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { requirePager } from './pager.js';
import { readNothing, readObject } from './readers.js';

const CREATE = endpoint(
  'PUT /channels/{channel_id}/messages/{message_id}/reactions/{type}/{id}',
  readNothing,
);
const DELETE_OWN = endpoint(
  'DELETE /channels/{channel_id}/messages/{message_id}/reactions/{type}/{id}',
  readNothing,
);
const USERS = endpoint(
  'GET /channels/{channel_id}/messages/{message_id}/reactions/{type}/{id}',
  readObject<MessageReactionUsers>,
);

/** Reactions [表情表态] to messages of channels; not of DMs, groups and users. Errors 620001 to 620007. */
export interface MessageReactionAPI {
  /** Reacts to a message. Source: bot-docs. */
  createMessageReaction(
    channelId: string,
    messageId: string,
    emoji: Emoji,
    options?: CallOptions,
  ): Promise<void>;
  /** Takes the bot's own reaction back. Source: bot-docs. */
  deleteOwnMessageReaction(
    channelId: string,
    messageId: string,
    emoji: Emoji,
    options?: CallOptions,
  ): Promise<void>;
  /**
   * A page of those who reacted. `limit` is 20 by default and 50 at most (BotGo's comment says 1000), and counts on the first page only;
   * `cookie` leads to the next. See `each.reactionUsers`. Source: bot-docs.
   * @throws {BotgoError} `BOTGO_PAGER_MISSING` without a pager.
   */
  getMessageReactionUsers(
    channelId: string,
    messageId: string,
    emoji: Emoji,
    pager: MessageReactionPager,
    options?: CallOptions,
  ): Promise<MessageReactionUsers>;
}

/** @internal */
export function messageReactionAPI(call: Call): MessageReactionAPI {
  return {
    createMessageReaction: async (channelId, messageId, emoji, options) =>
      call(CREATE, { ids: pathIds(channelId, messageId, emoji) }, options),
    deleteOwnMessageReaction: async (channelId, messageId, emoji, options) =>
      call(DELETE_OWN, { ids: pathIds(channelId, messageId, emoji) }, options),
    getMessageReactionUsers: async (channelId, messageId, emoji, pager, options) =>
      call(
        USERS,
        {
          ids: pathIds(channelId, messageId, emoji),
          query: messageReactionQueryParams(requirePager(pager)),
        },
        options,
      ),
  };
}

function pathIds(channelId: string, messageId: string, { type, id }: Emoji): string[] {
  if (!Number.isInteger(type))
    throw new ConfigError(`The type of an emoji is a number, got ${JSON.stringify(type)}`);
  return [channelId, messageId, String(type), id];
}
