import type { Platform } from '../platform.js';
import type { Channel, Message } from '../world/model.js';
import { anyUserWire } from '../world/payloads.js';
import { publish } from './say.js';

/** App ids of the bots in a guild. */
export function botsOf({ world }: Platform, guildId: string): string[] {
  return [...(world.guilds.get(guildId)?.bots ?? [])];
}

/** Adds or removes a reaction; undefined when it was so already. */
export function setReaction(
  platform: Platform,
  channel: Channel,
  message: Message,
  change: { userId: string; emoji: { id: string; type: number }; adds: boolean },
): { t: string; id: string } | undefined {
  const key = `${change.emoji.type}:${change.emoji.id}`;
  const users = message.reactions.get(key) ?? new Set<string>();
  if (users.has(change.userId) === change.adds) return undefined;
  if (change.adds) users.add(change.userId);
  else users.delete(change.userId);
  if (users.size > 0) message.reactions.set(key, users);
  else message.reactions.delete(key);
  const d = {
    user_id: change.userId,
    guild_id: channel.guildId,
    channel_id: channel.id,
    target: { id: message.id, type: 0 },
    emoji: change.emoji,
  };
  const t = change.adds ? 'MESSAGE_REACTION_ADD' : 'MESSAGE_REACTION_REMOVE';
  return publish(platform, t, d, botsOf(platform, channel.guildId));
}

/** Takes a message out of its channel or DM and tells the bots. C2C and groups have no event for it. */
export function retract(platform: Platform, message: Message, opUserId: string): { t: string; id: string }[] {
  const { world } = platform;
  if (message.retracted) return [];
  message.retracted = true;
  if (message.scene === 'c2c' || message.scene === 'group') return [];
  const author = anyUserWire(world, message.authorId);
  const opUser = { id: opUserId };
  if (message.scene === 'dm') {
    const dm = world.dms.get(message.target);
    if (dm === undefined) return [];
    const partial = {
      id: message.id,
      guild_id: dm.guildId,
      channel_id: dm.channelId,
      src_guild_id: dm.sourceGuildId,
      direct_message: true,
      author,
    };
    return [publish(platform, 'DIRECT_MESSAGE_DELETE', { message: partial, op_user: opUser }, [dm.appId])];
  }
  const channel = world.channels.get(message.target);
  if (channel === undefined) return [];
  const partial = { id: message.id, guild_id: channel.guildId, channel_id: channel.id, author };
  const d = { message: partial, op_user: opUser };
  const bots = botsOf(platform, channel.guildId);
  const isForPublic = message.mentions.length > 0 || message.appId !== '';
  const events = isForPublic ? [publish(platform, 'PUBLIC_MESSAGE_DELETE', d, bots)] : [];
  const listeners = bots.filter((appId) => world.bots.get(appId)?.isPrivate === true);
  if (listeners.length > 0) events.push(publish(platform, 'MESSAGE_DELETE', d, listeners));
  return events;
}
