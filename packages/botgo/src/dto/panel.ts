import type { OpenString } from './open-enum.js';
import type { Timestamp } from './timestamp.js';

/** Where a panel is shown. */
export const PanelScope = {
  C2C: 'c2c',
  Group: 'group',
  Channel: 'channel',
  DM: 'dm',
} as const;

export type PanelScope = OpenString<typeof PanelScope>;

/** For whom a panel is shown; `specific` in `c2c` and `group` only. */
export const PanelTargetType = {
  All: 'all',
  Specific: 'specific',
} as const;

export type PanelTargetType = OpenString<typeof PanelTargetType>;

/** An entry of a panel. */
export interface PanelItem {
  /** At most 14 units (a Chinese character is 2); a command types it into the input box. */
  name: string;
  /** At most 30 units. */
  desc?: string;
  type: 'command' | 'link' | (string & {});
  /** @defaultValue false */
  only_admin?: boolean;
  /** Type `link`: an https URL. */
  link?: string;
}

/** Content of a panel [指令面板]. */
export interface Panel {
  /** At most 20. */
  items?: PanelItem[];
  /** At most 255 characters, not shown. */
  remark?: string;
  version?: number;
}

/** A panel as the platform keeps it; 20 per bot. */
export interface PanelRecord {
  panel_id: string;
  scope: PanelScope;
  target_type: PanelTargetType;
  panel: Panel;
  created_at: Timestamp;
  updated_at: Timestamp;
  version: number;
  /** Of a `specific` panel, when it is read by id; up to 1000. */
  user_openids?: string[];
  /** Of a `specific` panel, when it is read by id; up to 1000. */
  group_openids?: string[];
}

/** Answer of `GET /v2/panels`, newest first. */
export interface PanelRecords {
  records: PanelRecord[];
  next_cursor: string;
  is_end: boolean;
}

/** Body of `POST /v2/panels`. */
export interface CreatePanelRequest {
  scope: PanelScope;
  target_type?: PanelTargetType;
  /** At most 20; none with `all`. */
  user_openids?: string[];
  /** At most 20; none with `all`. */
  group_openids?: string[];
  panel: Panel;
}

/** Answer of `POST /v2/panels`. */
export interface PanelCreated {
  panel_id: string;
}

/** Body of `PUT /v2/panels/{panel_id}`: replaces items and remark. */
export interface UpdatePanelRequest {
  panel: Panel;
}

/** Answer of changing a panel or the menu. */
export interface VersionResult {
  version: number;
}

/** Body of `PUT /v2/panels/{panel_id}/target`, `specific` panels only. */
export interface PanelTargetUpdate {
  op: 'add' | 'del';
  /** At most 20. */
  user_openids?: string[];
  /** At most 20. */
  group_openids?: string[];
}

/** The menu [自定义菜单] of a bot in C2C. */
export interface Menu {
  /** At most 10. */
  items: MenuItem[];
}

/** An entry of the menu. */
export interface MenuItem {
  /** At most 10 units (a Chinese character is 2). */
  name: string;
  type: 'switch' | 'send_message' | 'link' | 'menu' | (string & {});
  /** Type `menu`: at most 5. */
  sub_menu_items?: SubMenuItem[];
  /** Type `send_message`: text for the input box. */
  send_message?: string;
  /** Type `link`: an https URL. */
  link?: string;
  /** Type `switch`: later messages carry `switch_id=1` in `message_scene.ext`. */
  switch?: { switch_id: string; default: boolean };
}

/** An entry of the second level. */
export interface SubMenuItem {
  /** At most 14 units. */
  name: string;
  type: 'send_message' | 'link' | (string & {});
  send_message?: string;
  link?: string;
}

/** Answer of `GET /v2/menu`. */
export interface MenuResult {
  /** Missing, or without items, when none was set. */
  menu?: Menu;
  version: number;
}

/** Body of `PUT /v2/menu`: replaces all. */
export interface MenuToPut {
  menu: Menu;
}
