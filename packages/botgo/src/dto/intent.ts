/**
 * Intent bits, to be combined with `|`. The keys are BotGo's names without `Intent`; where the platform's documents use
 * another word, both are here. The bits marked "no events" are declared by BotGo, and nothing was ever sent for them.
 */
export const Intent = {
  None: 0,
  /** Bit 0, granted by default: GUILD_* and CHANNEL_*. */
  Guilds: 1 << 0,
  /** Bit 1, granted by default: GUILD_MEMBER_*. */
  GuildMembers: 1 << 1,
  /** Bit 2, no events. */
  GuildBans: 1 << 2,
  /** Bit 3, no events. */
  GuildEmojis: 1 << 3,
  /** Bit 4, no events. */
  GuildIntegrations: 1 << 4,
  /** Bit 5, no events. */
  GuildWebhooks: 1 << 5,
  /** Bit 6, no events. */
  GuildInvites: 1 << 6,
  /** Bit 7, no events. */
  GuildVoiceStates: 1 << 7,
  /** Bit 8, no events. */
  GuildPresences: 1 << 8,
  /** Bit 9, private-domain bots only: MESSAGE_CREATE, MESSAGE_DELETE. */
  GuildMessages: 1 << 9,
  /** Bit 10, on application: MESSAGE_REACTION_*. */
  GuildMessageReactions: 1 << 10,
  /** Bit 11, no events. */
  GuildMessageTyping: 1 << 11,
  /** Bit 12, on application: DIRECT_MESSAGE_*. The documents write DIRECT_MESSAGE. */
  DirectMessages: 1 << 12,
  /** Documents' name of `DirectMessages`. */
  DirectMessage: 1 << 12,
  /** Bit 13, no events. */
  DirectMessageReactions: 1 << 13,
  /** Bit 14, no events. */
  DirectMessageTyping: 1 << 14,
  /** Bit 18, on application: OPEN_FORUM_*. Not in BotGo. */
  OpenForumsEvent: 1 << 18,
  /** Bit 19, on application: AUDIO_OR_LIVE_CHANNEL_MEMBER_*. Not in BotGo. */
  AudioOrLiveChannelMember: 1 << 19,
  /** Bit 23, on application: ENTER_AIO. In BotGo only. */
  EnterAIO: 1 << 23,
  /** Bit 24, on application: GROUP_MEMBER_ADD, GROUP_MEMBER_REMOVE, GROUP_JOIN_REQUEST. Not in BotGo. */
  GroupMemberEvent: 1 << 24,
  /** Bit 25, on application: everything of groups and C2C but bit 24. The documents write GROUP_AND_C2C_EVENT. */
  GroupMessages: 1 << 25,
  /** Documents' name of `GroupMessages`. */
  GroupAndC2CEvent: 1 << 25,
  /** Bit 26, on application: INTERACTION_CREATE. */
  Interaction: 1 << 26,
  /** Bit 27, on application: MESSAGE_AUDIT_*. The documents write MESSAGE_AUDIT. */
  Audit: 1 << 27,
  /** Documents' name of `Audit`. */
  MessageAudit: 1 << 27,
  /** Bit 28, private-domain bots only: FORUM_*. The documents write FORUMS_EVENT. */
  Forum: 1 << 28,
  /** Documents' name of `Forum`. */
  ForumsEvent: 1 << 28,
  /** Bit 29, on application, audio bots: AUDIO_START, _FINISH, _ON_MIC, _OFF_MIC. The documents write AUDIO_ACTION. */
  Audio: 1 << 29,
  /** Documents' name of `Audio`. */
  AudioAction: 1 << 29,
  /** Bit 30, granted by default: AT_MESSAGE_CREATE, PUBLIC_MESSAGE_DELETE. The documents write PUBLIC_GUILD_MESSAGES. */
  GuildAtMessage: 1 << 30,
  /** Documents' name of `GuildAtMessage`. */
  PublicGuildMessages: 1 << 30,
} as const;

/** A bit mask of {@link Intent} values. */
export type Intent = number;

/** Who may ask for an intent: every bot, private-domain bots only, or a bot whose application was accepted. */
export type IntentDomain = 'base' | 'private' | 'apply';

/** The 15 bits for which events exist, with the documents' name and who may ask for them. */
export const usableIntents = [
  { bit: 0, intent: Intent.Guilds, name: 'GUILDS', domain: 'base' },
  { bit: 1, intent: Intent.GuildMembers, name: 'GUILD_MEMBERS', domain: 'base' },
  { bit: 9, intent: Intent.GuildMessages, name: 'GUILD_MESSAGES', domain: 'private' },
  { bit: 10, intent: Intent.GuildMessageReactions, name: 'GUILD_MESSAGE_REACTIONS', domain: 'apply' },
  { bit: 12, intent: Intent.DirectMessages, name: 'DIRECT_MESSAGE', domain: 'apply' },
  { bit: 18, intent: Intent.OpenForumsEvent, name: 'OPEN_FORUMS_EVENT', domain: 'apply' },
  { bit: 19, intent: Intent.AudioOrLiveChannelMember, name: 'AUDIO_OR_LIVE_CHANNEL_MEMBER', domain: 'apply' },
  { bit: 23, intent: Intent.EnterAIO, name: 'ENTER_AIO', domain: 'apply' },
  { bit: 24, intent: Intent.GroupMemberEvent, name: 'GROUP_MEMBER_EVENT', domain: 'apply' },
  { bit: 25, intent: Intent.GroupMessages, name: 'GROUP_AND_C2C_EVENT', domain: 'apply' },
  { bit: 26, intent: Intent.Interaction, name: 'INTERACTION', domain: 'apply' },
  { bit: 27, intent: Intent.Audit, name: 'MESSAGE_AUDIT', domain: 'apply' },
  { bit: 28, intent: Intent.Forum, name: 'FORUMS_EVENT', domain: 'private' },
  { bit: 29, intent: Intent.Audio, name: 'AUDIO_ACTION', domain: 'apply' },
  { bit: 30, intent: Intent.GuildAtMessage, name: 'PUBLIC_GUILD_MESSAGES', domain: 'base' },
] as const satisfies readonly {
  readonly bit: number;
  readonly intent: Intent;
  readonly name: string;
  readonly domain: IntentDomain;
}[];
