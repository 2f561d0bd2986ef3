import type { Platform } from '../platform.js';
import type { DirectMessage, Message, MessageOrigin, Scene } from '../world/model.js';

/** The DM session between a bot and a member of a guild, opened when there is none. */
export function openDm(
  { world, ids, clock }: Platform,
  appId: string,
  userId: string,
  sourceGuildId: string,
): DirectMessage {
  const known = world.dmBetween(appId, userId, sourceGuildId);
  if (known !== undefined) return known;
  const dm: DirectMessage = {
    guildId: ids.guild(),
    channelId: ids.number(),
    userId,
    sourceGuildId,
    appId,
    createdAtMs: clock.wall(),
    messages: [],
    seq: 0,
  };
  world.dms.set(dm.guildId, dm);
  return dm;
}

/** What a new message is made of. */
export interface MessageParts {
  readonly scene: Scene;
  readonly target: string;
  readonly authorId: string;
  /** '' for a user's message. */
  readonly appId: string;
  /** The bot whose C2C chat it is in. */
  readonly chatWith?: string;
  readonly content: string;
  readonly mentions?: readonly string[];
  /** Whoever writes it may mention everybody. @defaultValue false */
  readonly mayMentionAll?: boolean;
  readonly origin?: MessageOrigin;
  readonly extra?: Readonly<Record<string, unknown>>;
  readonly id?: string;
}

/** The old form of the mention and the new one. Source: objects.md 2, text formats. */
const EVERYONE = /@everyone|<qqbot-at-everyone \/>/;

/** Puts a message into the world and makes it answerable. */
export function addMessage(platform: Platform, parts: MessageParts): Message {
  const { world, ids, clock } = platform;
  const { scene, target, appId } = parts;
  const isGuild = scene === 'channel' || scene === 'dm';
  const place =
    scene === 'channel' ? world.channels.get(target) : scene === 'dm' ? world.dms.get(target) : undefined;
  if (place !== undefined) place.seq++;
  const message: Message = {
    id: parts.id ?? (isGuild ? ids.guildMessage() : ids.robotMessage()),
    scene,
    target,
    authorId: parts.authorId,
    appId,
    content: parts.content,
    atMs: clock.wall(),
    sentMs: clock.now(),
    seq: place?.seq ?? 0,
    mentions: parts.mentions ?? [],
    mentionsEveryone: parts.mayMentionAll === true && EVERYONE.test(parts.content),
    origin: parts.origin ?? {},
    extra: parts.extra ?? {},
    reactions: new Map(),
    retracted: false,
  };
  world.addMessage(message, listOf(platform, parts));
  if (appId === '') {
    platform.passive.noteMessage(message.id, { scene, target, mentions: message.mentions }, clock.now());
  }
  return message;
}

function listOf({ world }: Platform, { scene, target, appId, chatWith }: MessageParts): Message[] {
  switch (scene) {
    case 'channel':
      return world.channels.get(target)?.messages ?? [];
    case 'dm':
      return world.dms.get(target)?.messages ?? [];
    case 'group':
      return world.groups.get(target)?.messages ?? [];
    case 'c2c':
      return world.friend(chatWith ?? appId, target)?.messages ?? [];
    default:
      return scene satisfies never;
  }
}
