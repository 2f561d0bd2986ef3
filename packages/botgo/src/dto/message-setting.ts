/** Message frequency settings of a guild. */
export interface MessageSetting {
  /** True: the bot may not open a DM. */
  disable_create_dm: boolean;
  /** True: the bot may not send proactive messages. */
  disable_push_msg: boolean;
  /** Channels open for proactive messages. */
  channel_ids: string[];
  /** Proactive messages per channel. */
  channel_push_max_num: number;
}
