import { etlInput } from '../dto/index.js';
import type { IncomingEvent } from '../event/index.js';
import { replyTarget } from './scene.js';

/** What means something to the platform inside a channel message's `content`, see `messages.md` section 8. */
const EMBEDDED =
  /<@!?\d+>|<#\d+>|<emoji:\d+>|<qqbot-at-user id="[^"<>]*"\s*\/>|<qqbot-at-everyone\s*\/>|<qqbot-cmd-(?:enter|input) [^<>]*\/>/g;

const ESCAPES: Readonly<Record<string, string>> = Object.freeze({ '&': '&amp;', '<': '&lt;', '>': '&gt;' });
const UNESCAPES: Readonly<Record<string, string>> = Object.freeze({ '&amp;': '&', '&lt;': '<', '&gt;': '>' });

/** Text as `content` of a channel or a DM shows it literally, mentions included: for what other people wrote. */
export function escapeText(text: string): string {
  return text.replace(/[&<>]/g, (char) => ESCAPES[char] ?? char);
}

/** The reverse of {@link escapeText}: channel messages arrive escaped. */
export function unescapeText(text: string): string {
  return text.replace(/&(?:amp|lt|gt);/g, (entity) => UNESCAPES[entity] ?? entity);
}

/** Escapes text for a channel or a DM, and leaves mentions, channel links and emoji as they are. */
export function escapeContent(content: string): string {
  let escaped = '';
  let from = 0;
  for (const match of content.matchAll(EMBEDDED)) {
    escaped += escapeText(content.slice(from, match.index)) + match[0];
    from = match.index + match[0].length;
  }
  return escaped + escapeText(content.slice(from));
}

/** The parts of a message event's content that hold its text. */
interface TextContent {
  readonly content?: unknown;
  readonly mentions?: readonly { readonly id?: string; readonly member_openid?: string }[];
}

/**
 * What a person wrote: a message's text without mentions, without space at both ends, and with `&`, `<` and `>` as they were typed.
 * Empty for events that are no messages and for messages without text.
 */
export function messageText(event: IncomingEvent): string {
  const target = replyTarget(event);
  if (target?.messageId === undefined) return '';
  const { content, mentions } = event.d as TextContent;
  if (typeof content !== 'string') return '';
  if (target.scene === 'channel' || target.scene === 'dm') return unescapeText(etlInput(content));
  return etlInput(withoutMentions(content, mentions));
}

/** Groups mention by openid, which is no number. */
function withoutMentions(content: string, mentions: TextContent['mentions']): string {
  let text = content;
  for (const { id, member_openid } of Array.isArray(mentions) ? mentions : [])
    for (const name of [id, member_openid])
      if (name) text = text.replaceAll(`<@${name}>`, ' ').replaceAll(`<@!${name}>`, ' ');
  return text;
}
