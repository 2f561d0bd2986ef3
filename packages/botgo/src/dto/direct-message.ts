/** A DM session [私信会话] of the guild world. */
export interface DirectMessage {
  /** The session's own pseudo guild: it goes into `/dms/{guild_id}`. */
  guild_id: string;
  channel_id: string;
  /** Unix seconds as a string. */
  create_time: string;
}

/** Body of `POST /users/@me/dms`. */
export interface DirectMessageToCreate {
  recipient_id: string;
  /** A guild that bot and user share. */
  source_guild_id: string;
}
