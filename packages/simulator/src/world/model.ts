/** What the simulated platform knows. Field names of wire objects are the platform's; the rest is ours, in camelCase. */

export interface Bot {
  readonly appId: string;
  /** AppSecret: for access tokens and webhook signatures. */
  readonly secret: string;
  /** The retired fixed token of `Bot appid.token`. */
  readonly fixedToken: string;
  /** True: the fixed token is accepted, with a warning in the stream. False: 11245. */
  acceptsFixedToken: boolean;
  /** Id of the bot as a guild user. */
  readonly id: string;
  username: string;
  avatar: string;
  /** Member openid in groups. */
  readonly openid: string;
  /** Bits of the intents that this bot may ask for. */
  permittedIntents: number;
  /** `shards` of `/gateway/bot`. */
  shards: number;
  readonly sessionTotal: number;
  /** Identifies of the running day that are still allowed at the start. */
  readonly sessionRemaining: number;
  readonly sessionResetAfterMs: number;
  /** Identifies per window of 5 s. */
  maxConcurrency: number;
  /** More guilds than this on one shard: close code 4011. 0 = no limit. */
  maxGuildsPerShard: number;
  /** Private domain: MESSAGE_CREATE, channel administration, retracting. */
  isPrivate: boolean;
  /** Administrator of the guilds and groups that it is in. */
  isAdmin: boolean;
  /** Verified bots have higher proactive limits. */
  isVerified: boolean;
  /** Lifetime of a new access token. */
  tokenLifetimeSeconds: number;
  /** `offline` is close code 4914, `banned` 4915 and 100007 at the token endpoint. */
  state: 'online' | 'offline' | 'banned';
  /** Abilities that need an application. */
  readonly abilities: Set<Ability>;
}

/** What a bot has to apply for at the platform; a bot of the simulator has all unless told otherwise. */
export const ABILITIES = [
  'markdown',
  'keyboard',
  'ark',
  'proactive',
  'audio',
  'group-management',
  'at-everyone',
] as const;
export type Ability = (typeof ABILITIES)[number];

export interface User {
  readonly id: string;
  readonly openid: string;
  username: string;
  avatar: string;
  bot: boolean;
}

export interface Member {
  readonly userId: string;
  nick: string;
  roles: string[];
  joinedAtMs: number;
  /** Until when the member is muted, Unix ms; 0 = not muted. */
  muteUntilMs: number;
}

export interface Role {
  readonly id: string;
  name: string;
  color: number;
  hoist: number;
  memberLimit: number;
}

export interface Channel {
  readonly id: string;
  readonly guildId: string;
  name: string;
  type: number;
  subType: number;
  position: number;
  parentId: string;
  ownerId: string;
  privateType: number;
  speakPermission: number;
  applicationId: string;
  /** Bitmaps given or taken by `PUT …/permissions`, by user and by role. */
  readonly userPermissions: Map<string, bigint>;
  readonly rolePermissions: Map<string, bigint>;
  readonly privateUserIds: Set<string>;
  /** Members in a voice or live channel. */
  readonly present: Set<string>;
  /** Messages in order of `seq_in_channel`. */
  readonly messages: Message[];
  /** Pinned message ids, oldest first. */
  pins: string[];
  readonly schedules: Map<string, Schedule>;
  /** Forum threads, oldest first. */
  readonly threads: Map<string, Thread>;
  /** Message id of the channel announcement; '' = none. */
  announced: string;
  seq: number;
}

export interface Guild {
  readonly id: string;
  name: string;
  icon: string;
  ownerId: string;
  description: string;
  maxMembers: number;
  /** Region and team of a game that the guild is bound to; '' = none. */
  readonly unionWorldId: string;
  readonly unionOrgId: string;
  readonly joinedAtMs: number;
  readonly members: Map<string, Member>;
  readonly roles: Map<string, Role>;
  readonly channelIds: Set<string>;
  /** App ids of the bots in it. */
  readonly bots: Set<string>;
  muteUntilMs: number;
  readonly blacklist: Set<string>;
  messageSetting: MessageSetting;
  announces: Announces | undefined;
  /** APIs that the guild did not grant: `GET /guilds/{guild_id}/members`. */
  readonly deniedApis: Set<string>;
}

/** The guild announcement, as the platform writes it. */
export interface Announces {
  readonly guild_id: string;
  readonly channel_id: string;
  readonly message_id: string;
  readonly announces_type: number;
  readonly recommend_channels: readonly { readonly channel_id: string; readonly introduce: string }[];
}

export interface Schedule {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly startMs: number;
  readonly endMs: number;
  readonly creatorId: string;
  readonly jumpChannelId: string;
  readonly remindType: string;
}

/** A thread of a forum channel with its comments. `content` is the JSON text of a RichText. */
export interface Thread {
  readonly id: string;
  readonly authorId: string;
  title: string;
  content: string;
  readonly atMs: number;
  readonly posts: Map<string, Post>;
}

export interface Post {
  readonly id: string;
  readonly authorId: string;
  readonly content: string;
  readonly atMs: number;
  readonly replies: Map<
    string,
    { readonly id: string; readonly authorId: string; readonly content: string; readonly atMs: number }
  >;
}

/** What a guild's owner allows bots to send unasked, as the platform writes it. */
export interface MessageSetting {
  readonly disable_create_dm: boolean;
  readonly disable_push_msg: boolean;
  /** Channels that are open for it; empty = any two a day. */
  readonly channel_ids: readonly string[];
  /** Proactive messages per channel and day. */
  readonly channel_push_max_num: number;
}

export interface GroupMember {
  readonly openid: string;
  /** The same for every bot of one owner; '' = the bot may not see it. */
  readonly unionOpenid: string;
  username: string;
  role: 'member' | 'admin' | 'owner';
  readonly bot: boolean;
  joinedAtMs: number;
  muteUntilMs: number;
}

export interface Group {
  readonly openid: string;
  name: string;
  memo: string;
  classText: string;
  tags: readonly string[];
  readonly members: Map<string, GroupMember>;
  readonly bots: Map<string, GroupBot>;
  /** Openid → when it was added, Unix ms. */
  readonly blacklist: Map<string, number>;
  readonly joinRequests: Map<string, JoinRequest>;
  readonly messages: Message[];
}

/** Somebody who wants to join a group. */
export interface JoinRequest {
  readonly id: string;
  readonly openid: string;
  readonly unionOpenid: string;
  readonly username: string;
  readonly message: string;
  /** What they answered, in a group that asks questions; empty where it asks for a message. */
  readonly answers: readonly { readonly question: string; readonly answer: string }[];
  /** Member openid of who invited them; '' = they came by themselves. */
  readonly invitedBy: string;
  /** A warning about the account; '' = none. */
  readonly riskTips: string;
  readonly atMs: number;
}

export interface GroupBot {
  /** Which group messages reach the bot. */
  receives: 'all' | 'only_mention' | 'mention_and_context';
  allowsProactive: boolean;
  readonly joinedAtMs: number;
}

/** A DM session in a guild; `guildId` is the pseudo guild under which it is addressed. */
export interface DirectMessage {
  readonly guildId: string;
  readonly channelId: string;
  readonly userId: string;
  readonly sourceGuildId: string;
  readonly appId: string;
  readonly createdAtMs: number;
  readonly messages: Message[];
  seq: number;
}

/** A C2C chat between a bot and a user. */
export interface Friend {
  readonly appId: string;
  readonly openid: string;
  allowsProactive: boolean;
  /** Wall time of the user's last message; 0 = never. */
  lastSpokeAtMs: number;
  readonly messages: Message[];
}

export type Scene = 'channel' | 'dm' | 'group' | 'c2c';

/** Where a C2C or group message came from: parts of its `message_scene`. */
export interface MessageOrigin {
  /** @defaultValue 'default' */
  readonly source?: string;
  readonly callbackData?: string;
  /** Index of the message that it quotes. */
  readonly quotes?: string;
}

export interface Message {
  readonly id: string;
  readonly scene: Scene;
  /** Channel id, DM guild id, group openid or user openid. */
  readonly target: string;
  /** User id or openid of the author; the bot's id or openid for its own. */
  readonly authorId: string;
  /** App id of the bot that sent it, '' for a user's. */
  readonly appId: string;
  content: string;
  readonly atMs: number;
  /** Clock reading at which it was sent, for windows. */
  readonly sentMs: number;
  readonly seq: number;
  /** App ids of the bots that it mentions or answers. */
  readonly mentions: readonly string[];
  /** It mentions everybody, by somebody who may. */
  readonly mentionsEveryone: boolean;
  readonly origin: MessageOrigin;
  /** What else was sent: markdown, ark, keyboard, attachments, media …, as given. */
  extra: Readonly<Record<string, unknown>>;
  /** Emoji `type:id` → ids of the users who reacted. */
  readonly reactions: Map<string, Set<string>>;
  /** `group_id`s of its buttons of which one was pressed; made with the first one, because most messages have no buttons. */
  usedGroups?: Set<string>;
  retracted: boolean;
}

/** What a bot keeps at the platform: panels, menu, strategies, old HTTP sessions. Wire objects, as given. */
export interface BotServices {
  readonly panels: Map<string, Panel>;
  menu: Readonly<Record<string, unknown>> | undefined;
  menuVersion: number;
  readonly strategies: Map<string, JoinStrategy>;
  readonly httpSessions: Map<string, HttpSession>;
}

export interface Panel {
  readonly id: string;
  readonly scope: string;
  readonly targetType: 'all' | 'specific';
  panel: Readonly<Record<string, unknown>>;
  readonly createdAtMs: number;
  updatedAtMs: number;
  version: number;
  readonly userOpenids: Set<string>;
  readonly groupOpenids: Set<string>;
}

export interface JoinStrategy {
  readonly id: string;
  /** Which of the two forms of group ids it was made with. */
  readonly form: 'group_openids' | 'group_ids';
  readonly groups: Set<string>;
  readonly users: Set<string>;
  isEnabled: boolean;
  expireAt: string;
  remark: string;
  readonly createdAtMs: number;
  updatedAtMs: number;
}

export interface HttpSession {
  readonly id: string;
  readonly callbackUrl: string;
  readonly intents: number;
  readonly shards: readonly [number, number];
}
