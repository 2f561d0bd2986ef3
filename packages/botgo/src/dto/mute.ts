/** Body of muting a guild, some members, or one member. */
export interface UpdateGuildMute {
  /** Absolute end in Unix seconds, as a string; wins over `mute_seconds`; `"0"` unmutes. */
  mute_end_timestamp?: string;
  /** Duration in seconds, as a string; `"0"` unmutes. */
  mute_seconds?: string;
  /** Members to mute; without it the whole guild but its administrators. */
  user_ids?: string[];
}

/** Answer of muting several members: those for whom it worked. */
export interface UpdateGuildMuteResponse {
  user_ids?: string[];
}
