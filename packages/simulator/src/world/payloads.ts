import { beijingTime } from '../clock.js';
import type {
  Bot,
  Channel,
  DirectMessage,
  Group,
  GroupMember,
  Guild,
  JoinRequest,
  Member,
  Message,
  Role,
  User,
} from './model.js';
import type { World } from './world.js';

/** Objects as the platform writes them on the wire. Source: objects.md and events.md 2. */
export type Wire = Record<string, unknown>;

export function guildWire(guild: Guild, botUserId: string): Wire {
  return {
    id: guild.id,
    name: guild.name,
    icon: guild.icon,
    owner_id: guild.ownerId,
    owner: guild.ownerId === botUserId,
    member_count: guild.members.size + guild.bots.size,
    max_members: guild.maxMembers,
    description: guild.description,
    joined_at: beijingTime(guild.joinedAtMs),
    ...(guild.unionWorldId === '' ? {} : { union_world_id: guild.unionWorldId }),
    ...(guild.unionOrgId === '' ? {} : { union_org_id: guild.unionOrgId }),
  };
}

export function channelWire(channel: Channel): Wire {
  return {
    id: channel.id,
    guild_id: channel.guildId,
    name: channel.name,
    type: channel.type,
    sub_type: channel.subType,
    position: channel.position,
    parent_id: channel.parentId,
    owner_id: channel.ownerId,
    private_type: channel.privateType,
    speak_permission: channel.speakPermission,
    application_id: channel.applicationId,
    permissions: '7',
  };
}

/** Channel events carry only a part of the channel. */
export function channelEventWire(channel: Channel, opUserId: string): Wire {
  return {
    id: channel.id,
    guild_id: channel.guildId,
    name: channel.name,
    type: channel.type,
    sub_type: channel.subType,
    owner_id: channel.ownerId,
    op_user_id: opUserId,
  };
}

export function userWire(user: User): Wire {
  return { id: user.id, username: user.username, avatar: user.avatar, bot: user.bot };
}

export function botUserWire(bot: Bot): Wire {
  return { id: bot.id, username: bot.username, avatar: bot.avatar, bot: true };
}

/** A user or a bot of the world by guild user id. */
export function anyUserWire(world: World, userId: string): Wire {
  const user = world.users.get(userId);
  if (user !== undefined) return userWire(user);
  const bot = world.botById(userId);
  return bot === undefined ? { id: userId, username: '', avatar: '', bot: false } : botUserWire(bot);
}

export function memberWire(world: World, member: Member): Wire {
  return {
    user: anyUserWire(world, member.userId),
    nick: member.nick,
    roles: [...member.roles],
    joined_at: beijingTime(member.joinedAtMs),
  };
}

/** A member as lists have it: the documents' samples show more there than for one member. */
export function listedMemberWire(world: World, member: Member, nowMs: number): Wire {
  const wire = memberWire(world, member);
  return {
    ...wire,
    user: { ...anyUserWire(world, member.userId), public_flags: 0, system: false },
    deaf: false,
    mute: member.muteUntilMs > nowMs,
    pending: false,
  };
}

export function memberEventWire(world: World, guild: Guild, member: Member, opUserId: string): Wire {
  return { guild_id: guild.id, ...memberWire(world, member), op_user_id: opUserId };
}

export function roleWire(role: Role, count: number): Wire {
  return {
    id: role.id,
    name: role.name,
    color: role.color,
    hoist: role.hoist,
    number: count,
    member_limit: role.memberLimit,
  };
}

export function dmWire(dm: DirectMessage): Wire {
  return {
    guild_id: dm.guildId,
    channel_id: dm.channelId,
    create_time: String(Math.floor(dm.createdAtMs / 1000)),
  };
}

/** A message in a channel, as a Message object. */
export function channelMessageWire(world: World, message: Message): Wire {
  const channel = world.channels.get(message.target);
  const guild = world.guilds.get(channel?.guildId ?? '');
  const member = guild?.members.get(message.authorId);
  return {
    id: message.id,
    channel_id: message.target,
    guild_id: channel?.guildId ?? '',
    content: message.content,
    timestamp: beijingTime(message.atMs),
    author: anyUserWire(world, message.authorId),
    ...(member === undefined
      ? {}
      : {
          member: { joined_at: beijingTime(member.joinedAtMs), nick: member.nick, roles: [...member.roles] },
        }),
    mentions: message.mentions.flatMap((appId) => {
      const bot = world.bots.get(appId);
      return bot === undefined ? [] : [botUserWire(bot)];
    }),
    ...(message.mentionsEveryone ? { mention_everyone: true } : {}),
    seq: message.seq,
    seq_in_channel: String(message.seq),
    ...message.extra,
  };
}

/** A message of a channel or DM as REST answers have it: the documents' samples show more there than in events. */
export function answeredMessageWire(world: World, message: Message): Wire {
  const wire = message.scene === 'dm' ? dmMessageWire(world, message) : channelMessageWire(world, message);
  const pinned = world.channels.get(message.target)?.pins.includes(message.id) ?? false;
  return { ...wire, tts: false, pinned, type: 0, flags: 0 };
}

/** A message in a DM session. */
export function dmMessageWire(world: World, message: Message): Wire {
  const dm = world.dms.get(message.target);
  const member = world.guilds.get(dm?.sourceGuildId ?? '')?.members.get(message.authorId);
  return {
    id: message.id,
    guild_id: message.target,
    channel_id: dm?.channelId ?? '',
    src_guild_id: dm?.sourceGuildId ?? '',
    direct_message: true,
    content: message.content,
    timestamp: beijingTime(message.atMs),
    author: anyUserWire(world, message.authorId),
    ...(member === undefined ? {} : { member: { joined_at: beijingTime(member.joinedAtMs) } }),
    seq: message.seq,
    seq_in_channel: String(message.seq),
    ...message.extra,
  };
}

export function c2cMessageWire(world: World, message: Message): Wire {
  return {
    id: message.id,
    author: userAuthorWire(world, message.authorId),
    content: message.content,
    timestamp: beijingTime(message.atMs),
    message_type: 0,
    message_scene: sceneWire(message),
    msg_idx: refIndex(message.id),
    ...message.extra,
  };
}

/** A group message; `mentioned` is the bot that it @s, whose mention is cut from the content (a leading space stays). */
export function groupMessageWire(group: Group, message: Message, mentioned: Bot | undefined): Wire {
  const mentions = [
    ...(message.mentionsEveryone ? [{ scope: 'all' }] : []),
    ...(mentioned === undefined ? [] : [mentionWire(mentioned)]),
  ];
  return {
    id: message.id,
    group_id: group.openid,
    group_openid: group.openid,
    author: groupAuthorWire(group, message.authorId),
    content: mentioned === undefined ? message.content : ` ${message.content.trimStart()}`,
    timestamp: beijingTime(message.atMs),
    message_type: 0,
    ...(mentions.length === 0 ? {} : { mentions }),
    message_scene: sceneWire(message),
    msg_idx: refIndex(message.id),
    ...message.extra,
  };
}

function userAuthorWire(world: World, openid: string): Wire {
  const user = world.userByOpenid(openid);
  return { id: openid, user_openid: openid, union_openid: '', username: user?.username ?? '' };
}

function groupAuthorWire(group: Group, openid: string): Wire {
  const member = group.members.get(openid);
  return {
    id: openid,
    member_openid: openid,
    member_role: member?.role ?? 'member',
    username: member?.username ?? '',
    bot: member?.bot ?? false,
    union_openid: member?.unionOpenid ?? '',
  };
}

function mentionWire(bot: Bot): Wire {
  return {
    scope: 'single',
    id: bot.openid,
    member_openid: bot.openid,
    username: bot.username,
    bot: true,
    is_you: true,
  };
}

function sceneWire({ id, origin }: Message): Wire {
  const ext = [`msg_idx=${refIndex(id)}`];
  if (origin.quotes !== undefined) ext.push(`ref_msg_idx=${origin.quotes}`);
  return {
    source: origin.source ?? 'default',
    ...(origin.callbackData === undefined ? {} : { callback_data: origin.callbackData }),
    ext,
  };
}

/** A C2C or group message inside another one: quoted, or part of a record. */
export function elementWire(world: World, message: Message): Wire {
  const { attachments, ark_data, message_type, msg_elements } = message.extra;
  const bot = world.bots.get(message.appId);
  const group = world.groups.get(message.target);
  const author =
    bot !== undefined
      ? { id: bot.openid, username: bot.username, bot: true }
      : group === undefined
        ? userAuthorWire(world, message.authorId)
        : groupAuthorWire(group, message.authorId);
  return {
    msg_idx: refIndex(message.id),
    content: message.content,
    author,
    message_type: message_type ?? 0,
    ...(attachments === undefined ? {} : { attachments }),
    ...(ark_data === undefined ? {} : { ark_data }),
    ...(msg_elements === undefined ? {} : { msg_elements }),
  };
}

/** Index under which a message can be quoted: `msg_idx` of the event, `ext_info.ref_idx` of the send answer. */
export function refIndex(messageId: string): string {
  return `REFIDX_${messageId.slice(-16)}`;
}

/** Who is in a group, for `GET …/members`. */
export function groupMemberWire(member: GroupMember): Wire {
  return {
    member_openid: member.openid,
    username: member.username,
    member_role: member.role,
    bot: member.bot,
    joined_at: beijingTime(member.joinedAtMs),
    ...unionOf(member),
  };
}

/** The cross-app id, where the bot may see it. */
export function unionOf({ unionOpenid }: { readonly unionOpenid: string }): Wire {
  return unionOpenid === '' ? {} : { union_openid: unionOpenid };
}

/** Somebody who asks to join a group, in its list and as event. */
export function joinRequestWire(request: JoinRequest): Wire {
  const { answers, invitedBy, riskTips } = request;
  return {
    join_request_id: request.id,
    member_openid: request.openid,
    username: request.username,
    ...(riskTips === '' ? {} : { risk_tips: riskTips }),
    ...unionOf(request),
    ...(invitedBy === '' ? {} : { invited_by: invitedBy }),
    apply_at: beijingTime(request.atMs),
    apply_source: invitedBy === '' ? 'self_apply' : 'invited',
    bot: false,
    verify_info:
      answers.length === 0
        ? { method: 'verify_message', verify_message: request.message }
        : { method: 'admin_review_qa', review_qa_list: answers },
  };
}
