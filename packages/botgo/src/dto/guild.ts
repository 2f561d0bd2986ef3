import type { Channel } from './channel.js';
import type { Timestamp } from './timestamp.js';

/** A guild [频道]. */
export interface Guild {
  /** Valid for this bot only. */
  id: string;
  name: string;
  /** URL of the icon. */
  icon: string;
  owner_id: string;
  /** The caller is the owner. */
  owner: boolean;
  member_count: number;
  max_members: number;
  description: string;
  /** When the bot joined. */
  joined_at: Timestamp;
  /** In BotGo's struct only. */
  channels?: Channel[];
  /** Bound game region. */
  union_world_id?: string;
  /** Bound team of the game. */
  union_org_id?: string;
}

/** `d` of GUILD_CREATE, GUILD_UPDATE (new data) and GUILD_DELETE (old data). */
export interface WSGuildData extends Partial<Guild> {
  id: string;
  name: string;
  owner_id: string;
  member_count: number;
  max_members: number;
  description: string;
  /** Who did it. */
  op_user_id: string;
}
