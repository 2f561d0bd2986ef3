/** A user of the guild world, people and bots. */
export interface User {
  /** Valid for this bot only. */
  id: string;
  username?: string;
  /** URL of the avatar. */
  avatar?: string;
  bot?: boolean;
  /** Openid in a linked app; on application, and only in single member queries and `/users/@me`. */
  union_openid?: string;
  /** Account in the linked app. */
  union_user_account?: string;
  public_flags?: number;
  system?: boolean;
  /** Seen in answers of `/users/@me`. */
  share_url?: string;
  /** Seen in answers of `/users/@me`. */
  welcome_msg?: string;
}

/** Body of `POST /v2/generate_url_link`. */
export interface URLLinkToCreate {
  /** At most 32 characters; comes back as `scene_param` of FRIEND_ADD. */
  callback_data?: string;
}

/** Answer of `POST /v2/generate_url_link`; one version of the page has `data.url`, an older one `url_link`. */
export interface URLLink {
  data?: { url: string };
  url_link?: string;
}
