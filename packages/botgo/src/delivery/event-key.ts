import type { DeliveredEvent } from './handling.js';

/**
 * What keeps its order: events of one key are handled one after the other. `conversation` (default): guild channel, group, user or
 * DM; `author`: whoever caused the event; or a function that names the key.
 */
export type Order = 'conversation' | 'author' | ((event: DeliveredEvent) => string);

/** Parts of an event's content that can name a conversation or an author. Everything may be missing. */
interface Content {
  id?: string;
  guild_id?: string;
  channel_id?: string;
  group_openid?: string;
  openid?: string;
  user_openid?: string;
  user_id?: string;
  author_id?: string;
  member_openid?: string;
  op_member_openid?: string;
  group_member_openid?: string;
  op_user_id?: string;
  author?: { id?: string; user_openid?: string; member_openid?: string };
  user?: { id?: string };
  message?: Content;
}

/** The function behind an {@link Order}. */
export function keyFunction(order: Order): (event: DeliveredEvent) => string {
  if (typeof order === 'function') return order;
  return order === 'author' ? authorKey : conversationKey;
}

/**
 * The key of an event's conversation: channel (also for a guild DM, whose channel is its own), group, C2C user, else the guild, else
 * the empty key, which unrelated events share.
 */
export function conversationKey(event: DeliveredEvent): string {
  const content = contentOf(event);
  // The event is about the channel or the guild itself.
  if (event.t.startsWith('CHANNEL_') || isGuildEvent(event.t)) return content.id ?? '';
  return (
    content.channel_id ??
    content.group_openid ??
    content.message?.channel_id ??
    content.author?.user_openid ??
    content.openid ??
    content.user_openid ??
    content.guild_id ??
    ''
  );
}

/** The key of whoever caused an event; the conversation where nobody is named. */
export function authorKey(event: DeliveredEvent): string {
  const content = contentOf(event);
  const author = content.author ?? content.message?.author;
  return (
    author?.id ??
    author?.user_openid ??
    author?.member_openid ??
    content.user?.id ??
    content.user_id ??
    content.author_id ??
    content.member_openid ??
    content.group_member_openid ??
    content.op_member_openid ??
    content.openid ??
    content.user_openid ??
    content.op_user_id ??
    conversationKey(event)
  );
}

function contentOf(event: DeliveredEvent): Content {
  return typeof event.d === 'object' && event.d !== null ? event.d : {};
}

function isGuildEvent(type: string): boolean {
  return type === 'GUILD_CREATE' || type === 'GUILD_UPDATE' || type === 'GUILD_DELETE';
}

/** The id by which copies of an event are recognised: `d.id` of a message, the outer `id` of anything else. */
export function identityOf(event: DeliveredEvent): string | undefined {
  const id = event.t.endsWith('MESSAGE_CREATE') ? contentOf(event).id : event.id;
  // An id of another type comes from no platform we know: better handled twice than taken for a copy.
  return typeof id === 'string' && id !== '' ? id : undefined;
}
