import type { OpenNumber } from './open-enum.js';

/** Templates that every bot has. */
export const ArkTemplateID = {
  /** Link and a list of texts: `#DESC#`, `#PROMPT#`, `#LIST#` (rows with `desc` and perhaps `link`). */
  LinkList: 23,
  /** Text and a thumbnail: `#DESC#`, `#PROMPT#`, `#TITLE#`, `#METADESC#`, `#IMG#`, `#LINK#`, `#SUBTITLE#`. */
  Thumbnail: 24,
  /** Large image: `#PROMPT#`, `#METATITLE#`, `#METASUBTITLE#`, `#METACOVER#` (975 by 540 pixels), `#METAURL#`. */
  LargeImage: 37,
} as const;

export type ArkTemplateID = OpenNumber<typeof ArkTemplateID>;

/** A card made of a template and its variables. */
export interface Ark {
  template_id: ArkTemplateID;
  kv: ArkKV[];
}

/** A variable of a template: a scalar `value`, or rows in `obj`. */
export interface ArkKV {
  /** E.g. `#DESC#`. */
  key: string;
  value?: string;
  obj?: ArkObj[];
}

/** A row of a list variable. */
export interface ArkObj {
  obj_kv: ArkObjKV[];
}

/** A cell of a row. */
export interface ArkObjKV {
  key: string;
  value: string;
}

/** BotGo's wrapper; the documents' multipart example wraps the `ark` part in the same way. */
export interface MessageArk {
  ark?: Ark;
}
