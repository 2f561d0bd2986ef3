import type { Ark, Embed, Markdown, MessageKeyboard } from '../dto/index.js';
import type { FileKind } from './file-kind.js';
import type { FileSource } from './file-source.js';
import type { Scene } from './scene.js';
import type { UploadOptions } from './uploader.js';

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

/** A picture for any scene, with text if wanted. In channels and DMs it travels inside the message, to groups and users it is uploaded. */
export interface ImageMessage {
  readonly kind: 'image';
  readonly image: FileSource;
  readonly content?: string | undefined;
  readonly upload?: Omit<UploadOptions, 'kind'> | undefined;
}

/** A file for a user or a group, which is uploaded when the message is sent. */
export interface FileMessage {
  readonly kind: 'file';
  readonly source: FileSource;
  /** What it is sent as; by its first bytes when left out. */
  readonly as?: FileKind | undefined;
  readonly content?: string | undefined;
  readonly upload?: Omit<UploadOptions, 'kind'> | undefined;
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
  | FileMessage
  | MediaMessage;

/** What can be sent in a scene: embeds in channels and DMs, files and uploaded media to groups and users, all else anywhere. */
export type OutgoingFor<In extends Scene> = In extends 'channel' | 'dm'
  ? Exclude<OutgoingMessage, MediaMessage | FileMessage>
  : Exclude<OutgoingMessage, EmbedMessage>;
