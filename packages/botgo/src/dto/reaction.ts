import type { Emoji } from './emoji.js';
import type { OpenNumber } from './open-enum.js';
import type { User } from './user.js';

/** What was reacted to. */
export const ReactionTargetType = {
  Msg: 0,
  /** 帖子 */
  Feed: 1,
  /** 评论 */
  Comment: 2,
  /** 回复 */
  Reply: 3,
} as const;

export type ReactionTargetType = OpenNumber<typeof ReactionTargetType>;

/** The names that the platform has been seen to send instead of {@link ReactionTargetType}'s numbers, as it spells them. */
export const ReactionTargetTypeName = {
  ReactionTargetType_MSG: ReactionTargetType.Msg,
  ReactionTargetType_FEED: ReactionTargetType.Feed,
  ReactionTargetType_COMMNENT: ReactionTargetType.Comment,
  ReactionTargetType_REPLY: ReactionTargetType.Reply,
} as const;

export type ReactionTargetTypeName = keyof typeof ReactionTargetTypeName;

/** Target of a reaction. */
export interface ReactionTarget {
  id: string;
  /** Read it with {@link reactionTargetType}: it is a number, or one of the platform's names for it. */
  type: ReactionTargetType | ReactionTargetTypeName | (string & {});
}

/** `d` of MESSAGE_REACTION_ADD and _REMOVE. */
export interface MessageReaction {
  user_id: string;
  guild_id: string;
  channel_id: string;
  target: ReactionTarget;
  emoji: Emoji;
}

/** Answer of asking who reacted. The users have `id`, `username` and `avatar` only. */
export interface MessageReactionUsers {
  users?: User[];
  /** For the next page. */
  cookie?: string;
  /** This was the last page. */
  is_end?: boolean;
}

/** The number of a reaction's target type, also when the platform sent its name; undefined for an unknown name. */
export function reactionTargetType(type: ReactionTarget['type']): ReactionTargetType | undefined {
  if (typeof type === 'number') return type;
  return Object.hasOwn(ReactionTargetTypeName, type)
    ? ReactionTargetTypeName[type as ReactionTargetTypeName]
    : undefined;
}
