import {
  type C2CMessageToCreate,
  type ChannelMessageToCreate,
  type GroupMessageToCreate,
  type MessageReference,
  MessageType,
} from '../dto/index.js';
import { refusal } from './anchor.js';
import { type FileSource, webAddress } from './file-source.js';
import type { OutgoingMessage } from './outgoing.js';
import type { Scene } from './scene.js';
import { escapeContent } from './text.js';

/** What makes a message an answer. */
export interface PassiveFields {
  msg_id?: string;
  event_id?: string;
  /** Groups and users only. */
  msg_seq?: number;
  message_reference?: MessageReference;
  /** Groups and users only; for a message that answers nothing. */
  is_wakeup?: boolean;
}

/** The body of a message to a group or a user; both endpoints take what is set here. */
export type ChatMessageToCreate = GroupMessageToCreate & C2CMessageToCreate;

/**
 * The body of a message to a channel or a DM. Text is escaped, except for mentions, channel links and emoji.
 * @throws {ReplyRefusedError} `unsupported` or `empty` for what these scenes don't take.
 */
export function encodeForChannel(
  message: OutgoingMessage,
  passive: Pick<PassiveFields, 'msg_id' | 'event_id' | 'message_reference'>,
): ChannelMessageToCreate {
  if (typeof message === 'string') return { content: escapeContent(notEmpty(message)), ...passive };
  switch (message.kind) {
    case 'text':
      return { content: escapeContent(notEmpty(message.content)), ...passive };
    case 'markdown':
      return message.keyboard
        ? { markdown: message.markdown, keyboard: message.keyboard, ...passive }
        : { markdown: message.markdown, ...passive };
    case 'ark':
      return { ark: message.ark, ...passive };
    case 'embed':
      return { embed: message.embed, ...passive };
    case 'image': {
      const image = pictureOf(message.image);
      const content = message.content === undefined ? {} : { content: escapeContent(message.content) };
      return { ...content, ...image, ...passive };
    }
    case 'media':
    case 'file':
      throw refusal(
        'unsupported',
        'uploaded media goes to groups and users; in a channel or a DM send an image',
      );
    default:
      return message satisfies never;
  }
}

/**
 * The body of a message to a group or a user.
 * @throws {ReplyRefusedError} `unsupported` or `empty` for what these scenes don't take.
 */
export function encodeForChat(message: OutgoingMessage, passive: PassiveFields): ChatMessageToCreate {
  if (typeof message === 'string')
    return { msg_type: MessageType.Text, content: notEmpty(message), ...passive };
  switch (message.kind) {
    case 'text':
      return { msg_type: MessageType.Text, content: notEmpty(message.content), ...passive };
    case 'markdown': {
      const body = { msg_type: MessageType.Markdown, markdown: message.markdown, ...passive };
      return message.keyboard ? { ...body, keyboard: message.keyboard } : body;
    }
    case 'ark':
      return { msg_type: MessageType.Ark, ark: message.ark, ...passive };
    case 'media':
      // The documents ask for at least a space, newer clients leave it out; a space suits both.
      return {
        msg_type: MessageType.RichMedia,
        content: message.content ?? ' ',
        media: { file_info: message.fileInfo },
        ...passive,
      };
    case 'embed':
      throw refusal(
        'unsupported',
        'embeds are for channels and DMs; to a group or a user send markdown or an ark',
      );
    case 'image':
    case 'file':
      // With an uploader it would be media by now.
      throw refusal(
        'unsupported',
        'a file for a group or a user is uploaded first: give the Replier the option media, or upload it and send media(fileInfo)',
      );
    default:
      return message satisfies never;
  }
}

/** Whether a scene is of the guild world. */
export function isGuildScene(scene: Scene): scene is 'channel' | 'dm' {
  return scene === 'channel' || scene === 'dm';
}

/** Other sources have been read by now, where the scene needs that. */
function pictureOf(image: FileSource): { image: string } | { file_image: Blob | Uint8Array } {
  if (image instanceof Uint8Array || image instanceof Blob) return { file_image: image };
  const address = webAddress(image);
  if (address !== undefined) return { image: address };
  throw refusal('unsupported', 'this picture has to be read first: give the Replier the option media');
}

function notEmpty(content: string): string {
  if (content === '') throw refusal('empty', 'the platform takes no empty message');
  return content;
}
