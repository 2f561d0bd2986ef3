export type { Place } from './anchor.js';
export {
  ark,
  embed,
  type FileMessageOptions,
  file,
  image,
  largeImageArk,
  linkListArk,
  markdown,
  media,
  type NativeMarkdown,
  type TemplateMarkdown,
  text,
  thumbnailArk,
  video,
  voice,
} from './builders.js';
export { FILE_LIMITS, type FileForm, type FileKind, formOf } from './file-kind.js';
export type { FileSource } from './file-source.js';
export {
  type ButtonOptions,
  callbackButton,
  commandButton,
  keyboard,
  keyboardTemplate,
  linkButton,
  subscribeButton,
} from './keyboard.js';
export {
  type ReplyLimit,
  type SendLimit,
  type SendLimits,
  type SendLimitsOptions,
  sendLimits,
} from './limits.js';
export { atEveryone, atUser, inputCommand, mentionedUsers, sendCommand } from './marks.js';
export type { OutboxOptions } from './outbox.js';
export type {
  ArkMessage,
  EmbedMessage,
  FileMessage,
  ImageMessage,
  MarkdownMessage,
  MediaMessage,
  OutgoingFor,
  OutgoingMessage,
  TextMessage,
} from './outgoing.js';
export type { Pace } from './pace-book.js';
export type { AuditOptions, PendingMessage } from './pending-audits.js';
export {
  type MessageSender,
  type ProactiveOptions,
  Replier,
  type ReplierOptions,
  type RepliesLeft,
  type ReplyFallback,
  type ReplyOptions,
  type ReplyStreamOptions,
  type TypingOptions,
} from './reply.js';
export {
  type Budget,
  type BudgetClaim,
  type BudgetUse,
  memoryReplyStore,
  type PaceTurn,
  type ReplyStore,
} from './reply-store.js';
export { type ReplyTarget, replyTarget, type Scene } from './scene.js';
export type { SentMessage } from './sent-message.js';
export type { StreamedMessage, StreamOptions } from './stream.js';
export { escapeContent, escapeText, messageText, unescapeText } from './text.js';
export type { TextSource } from './text-feed.js';
export {
  type UploadedFile,
  Uploader,
  type UploaderOptions,
  type UploadOptions,
  type UploadProgress,
} from './uploader.js';
