import type { OpenNumber } from './open-enum.js';

/** Rich text of a thread: the JSON of `content` with format 4. */
export interface RichText {
  paragraphs: Paragraph[];
}

/** Where a paragraph is aligned to. */
export const Alignment = {
  Left: 0,
  Middle: 1,
  Right: 2,
} as const;

export type Alignment = OpenNumber<typeof Alignment>;

/** A paragraph; without elements it is a blank line. */
export interface Paragraph {
  elems?: Elem[];
  props?: { alignment?: Alignment };
}

/** Kind of a paragraph's element. */
export const ElemType = {
  Unsupported: 0,
  Text: 1,
  Image: 2,
  Video: 3,
  URL: 4,
} as const;

export type ElemType = OpenNumber<typeof ElemType>;

/** An element of a paragraph; the field named after its type is set. */
export interface Elem {
  type: ElemType;
  text?: { text: string; props?: { font_bold?: boolean; italic?: boolean; underline?: boolean } };
  image?: { third_url?: string; width_percent?: number; plat_image?: PlatImage };
  video?: { third_url: string; plat_video?: PlatVideo };
  url?: { url: string; desc?: string };
}

/** An image that the platform stores. */
export interface PlatImage {
  url: string;
  width: number;
  height: number;
  image_id: string;
}

/** A video that the platform stores. */
export interface PlatVideo {
  url: string;
  width: number;
  height: number;
  video_id: string;
  duration: number;
  cover: PlatImage;
}

/** Kind of a {@link RichObject}. */
export const RichType = {
  Text: 1,
  At: 2,
  URL: 3,
  Emoji: 4,
  Channel: 5,
  Video: 10,
  Image: 11,
} as const;

export type RichType = OpenNumber<typeof RichType>;

/** Whom or what an `at_info` mentions. */
export const AtType = {
  User: 1,
  Role: 2,
  Guild: 3,
} as const;

export type AtType = OpenNumber<typeof AtType>;

/** The form of a thread's text in the documents' event samples; the field that fits the type is set. */
export interface RichObject {
  type: RichType;
  text_info?: TextInfo;
  at_info?: AtInfo;
  url_info?: URLInfo;
  emoji_info?: EmojiInfo;
  channel_info?: ChannelInfo;
}

/** Text. */
export interface TextInfo {
  text: string;
}

/** A mention. */
export interface AtInfo {
  type: AtType;
  user_info?: { id: string; nick: string };
  role_info?: { role_id: string; name: string; color: number };
  guild_info?: { guild_id: string; guild_name: string };
}

/** A link. */
export interface URLInfo {
  url: string;
  display_text: string;
}

/** An emoji. */
export interface EmojiInfo {
  id: string;
  type: string;
  name: string;
  url: string;
}

/** A channel. */
export interface ChannelInfo {
  channel_id: string;
  channel_name: string;
}
