/** An embed; channels and DMs only. */
export interface Embed {
  title?: string;
  description?: string;
  /** Notification text. */
  prompt?: string;
  thumbnail?: MessageEmbedThumbnail;
  fields?: EmbedField[];
}

/** Image of an embed. */
export interface MessageEmbedThumbnail {
  url: string;
}

/** A line of an embed. */
export interface EmbedField {
  name?: string;
  /** BotGo only; the documents have `name` alone. */
  value?: string;
}
