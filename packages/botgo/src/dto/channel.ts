import type { OpenNumber, OpenString } from './open-enum.js';

/** Kind of a channel. 1 and 3 are reserved; the documents say that the list grows. */
export const ChannelType = {
  /** 文字 */
  Text: 0,
  /** 语音 */
  Voice: 2,
  /** 分组 */
  Category: 4,
  /** 直播 */
  Live: 10005,
  /** 应用 */
  Application: 10006,
  /** 论坛 */
  Forum: 10007,
} as const;

export type ChannelType = OpenNumber<typeof ChannelType>;

/** Kind of a text channel. */
export const ChannelSubType = {
  /** 闲聊 */
  Chat: 0,
  /** 公告 */
  Notice: 1,
  /** 攻略 */
  Guide: 2,
  /** 开黑 */
  TeamGame: 3,
} as const;

export type ChannelSubType = OpenNumber<typeof ChannelSubType>;

/** Who sees a channel. */
export const ChannelPrivateType = {
  Public: 0,
  /** Owner and administrators. */
  OnlyAdmin: 1,
  /** Owner, administrators and listed members. */
  AdminAndMember: 2,
} as const;

export type ChannelPrivateType = OpenNumber<typeof ChannelPrivateType>;

/** Who may speak in a channel; 0 is invalid. */
export const SpeakPermissionType = {
  Invalid: 0,
  Public: 1,
  /** Owner, administrators and listed members. */
  AdminAndMember: 2,
} as const;

export type SpeakPermissionType = OpenNumber<typeof SpeakPermissionType>;

/** Known `application_id` values of application channels. */
export const ChannelApplicationID = {
  /** 王者开黑大厅 */
  HonorOfKings: '1000000',
  /** 互动小游戏 */
  MiniGames: '1000001',
  /** 腾讯投票 */
  Vote: '1000010',
  /** 日程提醒 */
  Schedule: '1000050',
  /** 飞车开黑大厅 */
  QQSpeed: '1000051',
  /** CoDM 开黑大厅 */
  CoDM: '1000070',
  /** 和平精英开黑大厅 */
  PeacekeeperElite: '1010000',
} as const;

export type ChannelApplicationID = OpenString<typeof ChannelApplicationID>;

/** A channel [子频道] of a guild. */
export interface Channel {
  id: string;
  guild_id: string;
  name: string;
  type: ChannelType;
  /** Text channels. */
  sub_type: ChannelSubType;
  /** Order, from 1; categories from 2. */
  position: number;
  /** Category id; `"0"` or missing for categories. */
  parent_id?: string;
  /** Who created it; `"0"` has been seen. */
  owner_id: string;
  private_type?: ChannelPrivateType;
  speak_permission?: SpeakPermissionType;
  /** Application channels; `"0"` otherwise. */
  application_id?: ChannelApplicationID;
  /** The bot's own permission bits, a decimal number as a string. */
  permissions?: string;
}

/** `d` of CHANNEL_CREATE, _UPDATE and _DELETE: only part of a channel is sent. */
export interface WSChannelData extends Partial<Channel> {
  id: string;
  guild_id: string;
  name: string;
  type: ChannelType;
  sub_type: ChannelSubType;
  owner_id: string;
  /** Who did it. */
  op_user_id: string;
}

/** Body of `POST /guilds/{guild_id}/channels`. */
export interface ChannelToCreate {
  name: string;
  type: ChannelType;
  sub_type?: ChannelSubType;
  /** At least 2 for categories. Missing or too large: at the end; taken: before the one that has it. */
  position?: number;
  parent_id?: string;
  private_type?: ChannelPrivateType;
  /** Members of a private channel; creation only. */
  private_user_ids?: string[];
  speak_permission?: SpeakPermissionType;
  /** Needed for application channels. */
  application_id?: ChannelApplicationID;
}

/** Body of `PATCH /channels/{channel_id}`: only what changes. */
export interface ChannelToUpdate {
  name?: string;
  type?: ChannelType;
  sub_type?: ChannelSubType;
  position?: number;
  parent_id?: string;
  private_type?: ChannelPrivateType;
  speak_permission?: SpeakPermissionType;
}

/** BotGo's one body for creating and changing a channel. */
export type ChannelValueObject = Partial<ChannelToCreate> & Partial<Channel>;

/** Answer of `GET /channels/{channel_id}/online_nums`. */
export interface ChannelOnlineNums {
  online_nums: number;
}
