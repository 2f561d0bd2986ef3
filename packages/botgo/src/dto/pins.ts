/** The pinned messages [精华消息] of a channel; at most 20. */
export interface PinsMessage {
  guild_id: string;
  channel_id: string;
  message_ids: string[];
}
