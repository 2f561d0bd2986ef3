import type { Ark, Embed, Markdown, MessageKeyboard } from '../dto/index.js';
import type { Scene } from './scene.js';

/** Text. In channels and DMs mentions, channel links and emoji inside it work; everything else is shown as it stands. */
export interface TextMessage {
  readonly kind: 'text';
  readonly content: string;
}

/** Markdown, with buttons under it if wanted. */
export interface MarkdownMessage {
  readonly kind: 'markdown';
  readonly markdown: Markdown;
  readonly keyboard?: MessageKeyboard | undefined;
}

/** A card made of a template. */
export interface ArkMessage {
  readonly kind: 'ark';
  readonly ark: Ark;
}

/** An embed: channels and DMs only. */
export interface EmbedMessage {
  readonly kind: 'embed';
  readonly embed: Embed;
}

/** A picture for a channel or a DM, by URL (the platform copies it) or by its bytes, with text if wanted. */
export interface ImageMessage {
  readonly kind: 'image';
  readonly image: string | Blob | Uint8Array;
  readonly content?: string | undefined;
}

/** An uploaded file for a user or a group, with text if wanted. */
export interface MediaMessage {
  readonly kind: 'media';
  /** `file_info` of an upload for the same kind of receiver. */
  readonly fileInfo: string;
  readonly content?: string | undefined;
}

/** What can be sent, whatever the scene. A string is a {@link TextMessage}. */
export type OutgoingMessage =
  | string
  | TextMessage
  | MarkdownMessage
  | ArkMessage
  | EmbedMessage
  | ImageMessage
  | MediaMessage;

/** What can be sent in a scene: embeds and plain images in channels and DMs, uploaded media to groups and users. */
export type OutgoingFor<In extends Scene> = In extends 'channel' | 'dm'
  ? Exclude<OutgoingMessage, MediaMessage>
  : Exclude<OutgoingMessage, EmbedMessage | ImageMessage>;
