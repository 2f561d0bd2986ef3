import type { OpenNumber } from './open-enum.js';

/** Kind of a guild announcement. */
export const AnnouncesType = {
  /** Shown to members; the default. */
  Member: 0,
  /** Shown as a welcome. */
  Welcome: 1,
} as const;

export type AnnouncesType = OpenNumber<typeof AnnouncesType>;

/** An announcement [公告] of a guild or channel. */
export interface Announces {
  guild_id: string;
  channel_id: string;
  /** Empty for recommended channels. */
  message_id: string;
  announces_type?: AnnouncesType;
  recommend_channels?: RecommendChannel[];
}

/** A recommended channel of a guild. */
export interface RecommendChannel {
  channel_id: string;
  introduce: string;
}

/** Body of `POST /guilds/{guild_id}/announces`: a message, or a list of recommended channels. */
export interface GuildAnnouncesToCreate {
  message_id?: string;
  /** Required with `message_id`. */
  channel_id?: string;
  announces_type?: AnnouncesType;
  /** At most 3; replaces the whole list. */
  recommend_channels?: RecommendChannel[];
}

/** Body of `POST /channels/{channel_id}/announces`. Deprecated by the platform since March 2022: use pins. */
export interface ChannelAnnouncesToCreate {
  message_id: string;
}
