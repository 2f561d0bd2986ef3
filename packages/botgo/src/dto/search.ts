import type { OpenNumber } from './open-enum.js';

/** Look of a search result's layout. */
export const LayoutType = {
  /** Image left, text right. */
  ImageText: 0,
} as const;

export type LayoutType = OpenNumber<typeof LayoutType>;

/** What choosing a search result does. BotGo's name is `ActionType`; here that is a button's. */
export const SearchActionType = {
  SendARK: 0,
} as const;

export type SearchActionType = OpenNumber<typeof SearchActionType>;

/** `data.resolved` of an inline search. */
export interface SearchInputResolved {
  keyword?: string;
}

/** Answer to an inline search. */
export interface SearchRsp {
  layouts: SearchLayout[];
}

/** A block of results. The capital names are the wire's: BotGo's struct has no JSON tags. */
export interface SearchLayout {
  LayoutType: LayoutType;
  ActionType: SearchActionType;
  Title: string;
  Records: SearchRecord[];
}

/** A result. */
export interface SearchRecord {
  cover: string;
  title: string;
  tips: string;
  url: string;
}
