import {
  type Ark,
  type ArkKV,
  ArkTemplateID,
  type Embed,
  type Markdown,
  type MessageKeyboard,
} from '../dto/index.js';
import { ConfigError } from '../errs/index.js';
import type { FileKind } from './file-kind.js';
import { type FileSource, webAddress } from './file-source.js';
import type {
  ArkMessage,
  EmbedMessage,
  FileMessage,
  ImageMessage,
  MarkdownMessage,
  MediaMessage,
  TextMessage,
} from './outgoing.js';
import type { UploadOptions } from './uploader.js';

/** A text message. @throws {ConfigError} for an empty text, which the platform refuses. */
export function text(content: string): TextMessage {
  if (content === '') throw new ConfigError('a text message needs a text');
  return { kind: 'text', content };
}

/** Markdown written by the bot: by invitation of the platform. */
export interface NativeMarkdown extends Pick<Markdown, 'content' | 'style' | 'process_msg'> {
  content: string;
  template_id?: never;
  custom_template_id?: never;
}

/** Markdown from a template, of the platform or of the bot. */
export type TemplateMarkdown = Pick<Markdown, 'style'> & {
  content?: never;
  /** One value for a scalar, more for a list. */
  params?: Readonly<Record<string, string | readonly string[]>>;
} & (
    | { template_id: number; custom_template_id?: never }
    | { custom_template_id: string; template_id?: never }
  );

/**
 * A markdown message: a string is native markdown.
 * @throws {ConfigError} when native text and a template are mixed (the platform's 50057), when there is neither, or when a parameter is
 * empty (50041).
 */
export function markdown(
  source: string | NativeMarkdown | TemplateMarkdown,
  keyboard?: MessageKeyboard,
): MarkdownMessage {
  const given: Partial<NativeMarkdown> & { params?: TemplateMarkdown['params'] } = toObject(source);
  const { params, ...rest } = given;
  const isTemplate = rest.template_id !== undefined || rest.custom_template_id !== undefined;
  const isNative = rest.content !== undefined;
  if (isNative && (isTemplate || params !== undefined))
    throw new ConfigError('markdown is either text or a template with its parameters, not both');
  if (!isNative && !isTemplate) throw new ConfigError('markdown needs a text or a template');
  if (rest.content === '') throw new ConfigError('a markdown text may not be empty');
  const body: Markdown =
    params === undefined ? rest : { ...rest, params: Object.entries(params).map(toParam) };
  return keyboard === undefined
    ? { kind: 'markdown', markdown: body }
    : { kind: 'markdown', markdown: body, keyboard };
}

function toObject(source: string | NativeMarkdown | TemplateMarkdown): object {
  return typeof source === 'string' ? { content: source } : source;
}

function toParam([key, value]: [string, string | readonly string[]]): { key: string; values: string[] } {
  const values = typeof value === 'string' ? [value] : [...value];
  if (values.length === 0 || values.includes(''))
    throw new ConfigError(`the markdown parameter ${key} has an empty value`);
  return { key, values };
}

/** Rows of a list variable: each row's cells by name. */
type ArkRows = readonly Readonly<Record<string, string>>[];

/**
 * A card of any template: variables by name, `#` around them added where they are missing; a list of rows makes a list variable.
 * @throws {ConfigError} when the template id is no positive whole number.
 */
export function ark(
  templateId: number,
  variables: Readonly<Record<string, string | ArkRows | undefined>>,
): ArkMessage {
  if (!Number.isSafeInteger(templateId) || templateId <= 0)
    throw new ConfigError(`an ark template id is a positive number, got ${templateId}`);
  const kv: ArkKV[] = [];
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) continue;
    const key = name.startsWith('#') ? name : `#${name}#`;
    kv.push(typeof value === 'string' ? { key, value } : { key, obj: value.map(toArkRow) });
  }
  const card: Ark = { template_id: templateId, kv };
  return { kind: 'ark', ark: card };
}

function toArkRow(row: Readonly<Record<string, string>>): { obj_kv: { key: string; value: string }[] } {
  return { obj_kv: Object.entries(row).map(([key, value]) => ({ key, value })) };
}

/** Template 23: a list of lines, each with a link if wanted. Links must be registered with the platform. */
export function linkListArk(card: {
  desc: string;
  prompt: string;
  list: readonly { desc: string; link?: string }[];
}): ArkMessage {
  const rows = card.list.map(({ desc, link }) => (link === undefined ? { desc } : { desc, link }));
  return ark(ArkTemplateID.LinkList, { DESC: card.desc, PROMPT: card.prompt, LIST: rows });
}

/** Template 24: a text with a thumbnail. */
export function thumbnailArk(card: {
  desc: string;
  prompt: string;
  title: string;
  metadesc?: string;
  img?: string;
  link?: string;
  subtitle?: string;
}): ArkMessage {
  return ark(ArkTemplateID.Thumbnail, {
    DESC: card.desc,
    PROMPT: card.prompt,
    TITLE: card.title,
    METADESC: card.metadesc,
    IMG: card.img,
    LINK: card.link,
    SUBTITLE: card.subtitle,
  });
}

/** Template 37: a large picture of 975 by 540 pixels. */
export function largeImageArk(card: {
  prompt: string;
  metatitle: string;
  metasubtitle?: string;
  metacover: string;
  metaurl?: string;
}): ArkMessage {
  return ark(ArkTemplateID.LargeImage, {
    PROMPT: card.prompt,
    METATITLE: card.metatitle,
    METASUBTITLE: card.metasubtitle,
    METACOVER: card.metacover,
    METAURL: card.metaurl,
  });
}

/** An embed, for channels and DMs. @throws {ConfigError} when it shows nothing. */
export function embed(content: Embed): EmbedMessage {
  if (!content.title && !content.description && !content.fields?.length)
    throw new ConfigError('an embed needs a title, a description or fields');
  return { kind: 'embed', embed: content };
}

/** How a file is sent. */
export interface FileMessageOptions extends Omit<UploadOptions, 'kind'> {
  /** Text that goes with it. */
  readonly content?: string | undefined;
}

/**
 * A picture: png or jpg, some places take gif, bmp and webp too.
 * @param source - An http(s) URL, which the platform fetches; bytes, a `Blob`, `{ path }` or a stream.
 * @param content - Text that goes with it, or options of the upload.
 * @throws {ConfigError} for text that is no http(s) URL
 */
export function image(source: FileSource, content?: string | FileMessageOptions): ImageMessage {
  webAddress(source);
  if (content === undefined) return { kind: 'image', image: source };
  if (typeof content === 'string') return { kind: 'image', image: source, content };
  const { content: words, ...upload } = content;
  return { kind: 'image', image: source, content: words, upload };
}

/** A video (mp4) for a user or a group. @throws {ConfigError} for text that is no http(s) URL */
export function video(source: FileSource, options?: FileMessageOptions): FileMessage {
  return fileMessage(source, 'video', options);
}

/** A voice message (silk) for a user or a group. @throws {ConfigError} for text that is no http(s) URL */
export function voice(source: FileSource, options?: FileMessageOptions): FileMessage {
  return fileMessage(source, 'voice', options);
}

/** A file of any form for a user or a group, shown by its name. @throws {ConfigError} for text that is no http(s) URL */
export function file(source: FileSource, options?: FileMessageOptions): FileMessage {
  return fileMessage(source, 'file', options);
}

function fileMessage(source: FileSource, as: FileKind, options: FileMessageOptions = {}): FileMessage {
  webAddress(source);
  const { content, ...upload } = options;
  return { kind: 'file', source, as, content, upload };
}

/** An uploaded file for a user or a group. @param fileInfo - `file_info` of the upload. */
export function media(fileInfo: string, content?: string): MediaMessage {
  if (fileInfo === '') throw new ConfigError('media needs the file_info of an upload');
  return content === undefined ? { kind: 'media', fileInfo } : { kind: 'media', fileInfo, content };
}
