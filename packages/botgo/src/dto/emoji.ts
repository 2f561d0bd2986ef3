import type { OpenNumber } from './open-enum.js';

/** Which list an emoji's id is of. */
export const EmojiType = {
  /** QQ's own; the id is a number as a string. */
  System: 1,
  /** Unicode; the id is the code point as a decimal string, or the emoji itself. */
  Unicode: 2,
} as const;

export type EmojiType = OpenNumber<typeof EmojiType>;

/** An emoji of a reaction. */
export interface Emoji {
  id: string;
  type: EmojiType;
}
