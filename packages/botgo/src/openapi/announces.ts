import type { Announces, ChannelAnnouncesToCreate, GuildAnnouncesToCreate } from '../dto/index.js';
import type { Call, CallOptions } from './call.js';
import { endpoint } from './endpoint.js';
import { readNothing, readObject, readObjectOrNothing } from './readers.js';

const CREATE_GUILD = endpoint('POST /guilds/{guild_id}/announces', readObjectOrNothing<Announces>);
const DELETE_GUILD = endpoint('DELETE /guilds/{guild_id}/announces/{message_id}', readNothing);
const CLEAN_GUILD = endpoint('DELETE /guilds/{guild_id}/announces/all', readNothing);
const CREATE_CHANNEL = endpoint('POST /channels/{channel_id}/announces', readObject<Announces>);
const DELETE_CHANNEL = endpoint('DELETE /channels/{channel_id}/announces/{message_id}', readNothing);
const CLEAN_CHANNEL = endpoint('DELETE /channels/{channel_id}/announces/all', readNothing);

/** Announcements [公告]. The bot must be administrator. */
export interface AnnouncesAPI {
  /**
   * Announces a message (`message_id` and its `channel_id`), or recommends up to three channels that everybody sees; the new list replaces
   * the old one, and either kind replaces the other. @returns The announcement; nothing where the platform answers as it did in 2022.
   * Source: bot-docs.
   */
  createGuildAnnounces(
    guildId: string,
    announces: GuildAnnouncesToCreate,
    options?: CallOptions,
  ): Promise<Announces | undefined>;
  /** Takes an announced message away; the id is checked. */
  deleteGuildAnnounces(guildId: string, messageId: string, options?: CallOptions): Promise<void>;
  /** Takes away what is announced, without a check: the only way to end recommended channels. Source: bot-docs. */
  cleanGuildAnnounces(guildId: string, options?: CallOptions): Promise<void>;
  /** @deprecated By the platform since March 2022: use pins. */
  createChannelAnnounces(
    channelId: string,
    announces: ChannelAnnouncesToCreate,
    options?: CallOptions,
  ): Promise<Announces>;
  /** @deprecated By the platform since March 2022: use pins. */
  deleteChannelAnnounces(channelId: string, messageId: string, options?: CallOptions): Promise<void>;
  /** @deprecated By the platform since March 2022: use pins. */
  cleanChannelAnnounces(channelId: string, options?: CallOptions): Promise<void>;
}

/** @internal */
export function announcesAPI(call: Call): AnnouncesAPI {
  return {
    createGuildAnnounces: (guildId, announces, options) =>
      call(CREATE_GUILD, { ids: [guildId], body: announces }, options),
    deleteGuildAnnounces: (guildId, messageId, options) =>
      call(DELETE_GUILD, { ids: [guildId, messageId] }, options),
    cleanGuildAnnounces: (guildId, options) => call(CLEAN_GUILD, { ids: [guildId] }, options),
    createChannelAnnounces: (channelId, announces, options) =>
      call(CREATE_CHANNEL, { ids: [channelId], body: announces }, options),
    deleteChannelAnnounces: (channelId, messageId, options) =>
      call(DELETE_CHANNEL, { ids: [channelId, messageId] }, options),
    cleanChannelAnnounces: (channelId, options) => call(CLEAN_CHANNEL, { ids: [channelId] }, options),
  };
}
