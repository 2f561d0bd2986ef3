import type { Fields } from '../json.js';
import type { Platform } from '../platform.js';
import type { Channel, Guild } from '../world/model.js';
import { channelWire, guildWire, memberEventWire } from '../world/payloads.js';
import type { ActResult } from './act-result.js';
import { botsOf } from './effects.js';
import { groupFrom, secondsNow } from './group-people.js';
import { botOf, publish } from './say.js';

function guildFrom({ world }: Platform, input: Fields): Guild {
  const guild = world.guilds.get(input.id('guildId'));
  if (guild === undefined) throw input.unknown('guildId', 'guild');
  return guild;
}

function channelFrom({ world }: Platform, input: Fields): Channel {
  const channel = world.channels.get(input.id('channelId'));
  if (channel === undefined) throw input.unknown('channelId', 'channel');
  return channel;
}

/** The owner changes the guild. */
export function updateGuild(platform: Platform, input: Fields): ActResult {
  const guild = guildFrom(platform, input);
  guild.name = input.string('name', guild.name);
  guild.description = input.string('description', guild.description);
  guild.icon = input.string('icon', guild.icon);
  const events = [...guild.bots].map((appId) => {
    const bot = platform.world.bots.get(appId);
    const d = { ...guildWire(guild, bot?.id ?? ''), op_user_id: input.string('from', guild.ownerId) };
    return publish(platform, 'GUILD_UPDATE', d, [appId]);
  });
  return { events };
}

export function joinGuild(platform: Platform, input: Fields): ActResult {
  const guild = guildFrom(platform, input);
  const userId = input.id('userId');
  if (!platform.world.users.has(userId)) {
    const username = input.string('username', `user-${userId.slice(-4)}`);
    platform.world.addUser({ id: userId, openid: userId, username, avatar: '', bot: false });
  }
  const member = {
    userId,
    nick: input.string('nick', ''),
    roles: ['1'],
    joinedAtMs: platform.clock.wall(),
    muteUntilMs: 0,
  };
  guild.members.set(userId, member);
  const d = memberEventWire(platform.world, guild, member, input.id('from', userId));
  return { events: [publish(platform, 'GUILD_MEMBER_ADD', d, [...guild.bots])] };
}

export function leaveGuild(platform: Platform, input: Fields): ActResult {
  const guild = guildFrom(platform, input);
  const userId = input.id('userId');
  const member = guild.members.get(userId);
  if (member === undefined) throw input.unknown('userId', 'member');
  guild.members.delete(userId);
  const d = memberEventWire(platform.world, guild, member, input.id('from', userId));
  return { events: [publish(platform, 'GUILD_MEMBER_REMOVE', d, [...guild.bots])] };
}

export function updateMember(platform: Platform, input: Fields): ActResult {
  const guild = guildFrom(platform, input);
  const member = guild.members.get(input.id('userId'));
  if (member === undefined) throw input.unknown('userId', 'member');
  member.nick = input.string('nick', member.nick);
  member.roles = [...input.strings('roles', member.roles)];
  const d = memberEventWire(platform.world, guild, member, input.id('from', member.userId));
  return { events: [publish(platform, 'GUILD_MEMBER_UPDATE', d, [...guild.bots])] };
}

export function friendship(platform: Platform, input: Fields, adds: boolean): ActResult {
  const { world } = platform;
  const openid = input.id('openid');
  const bot = botOf(platform, input, new Set(world.bots.keys()));
  if (adds) {
    if (world.userByOpenid(openid) === undefined) {
      const username = input.string('username', `user-${openid.slice(-4)}`);
      world.addUser({ id: openid, openid, username, avatar: '', bot: false });
    }
    world.befriend(bot.appId, openid);
  } else if (!world.unfriend(bot.appId, openid)) {
    throw input.unknown('openid', 'friend');
  }
  const d = {
    openid,
    timestamp: secondsNow(platform),
    ...(adds
      ? {
          scene: input.int('scene', 1001),
          scene_param: input.string('sceneParam', ''),
          author: { union_openid: '' },
        }
      : {}),
  };
  return { events: [publish(platform, adds ? 'FRIEND_ADD' : 'FRIEND_DEL', d, [bot.appId])] };
}

export function botMembership(platform: Platform, input: Fields, adds: boolean): ActResult {
  const { world } = platform;
  const bot = botOf(platform, input, new Set(world.bots.keys()));
  if (input.has('guildId')) {
    const guild = guildFrom(platform, input);
    const by = input.id('from', guild.ownerId);
    if (adds) guild.bots.add(bot.appId);
    const d = {
      ...guildWire(guild, bot.id),
      // A newcomer learns what is there; the other events of a guild do not repeat it.
      ...(adds ? { channels: world.channelsOf(guild).map(channelWire) } : {}),
      op_user_id: by,
    };
    const event = publish(platform, adds ? 'GUILD_CREATE' : 'GUILD_DELETE', d, [bot.appId]);
    if (!adds) guild.bots.delete(bot.appId);
    return { events: [event] };
  }
  const group = groupFrom(platform, input);
  if (adds) {
    group.bots.set(bot.appId, {
      receives: 'only_mention',
      allowsProactive: true,
      joinedAtMs: platform.clock.wall(),
    });
  } else {
    group.bots.delete(bot.appId);
  }
  const by = input.id('from', [...group.members.keys()][0]);
  const d = { group_openid: group.openid, op_member_openid: by, timestamp: secondsNow(platform) };
  return { events: [publish(platform, adds ? 'GROUP_ADD_ROBOT' : 'GROUP_DEL_ROBOT', d, [bot.appId])] };
}

export function proactive(platform: Platform, input: Fields, allows: boolean): ActResult {
  const { world } = platform;
  const bot = botOf(platform, input, new Set(world.bots.keys()));
  if (input.has('groupOpenid')) {
    const group = groupFrom(platform, input);
    const there = group.bots.get(bot.appId);
    if (there === undefined) throw input.unknown('appId', 'bot in the group');
    there.allowsProactive = allows;
    const by = input.id('from', [...group.members.keys()][0]);
    const d = { group_openid: group.openid, op_member_openid: by, timestamp: secondsNow(platform) };
    return { events: [publish(platform, allows ? 'GROUP_MSG_RECEIVE' : 'GROUP_MSG_REJECT', d, [bot.appId])] };
  }
  const friend = world.friend(bot.appId, input.id('openid'));
  if (friend === undefined) throw input.unknown('openid', 'friend');
  friend.allowsProactive = allows;
  const d = { openid: friend.openid, timestamp: secondsNow(platform) };
  return { events: [publish(platform, allows ? 'C2C_MSG_RECEIVE' : 'C2C_MSG_REJECT', d, [bot.appId])] };
}

export function enterChat(platform: Platform, input: Fields): ActResult {
  const bot = botOf(platform, input, new Set(platform.world.bots.keys()));
  const d = { user_openid: input.id('openid'), from_source: input.string('source', 'search') };
  return { events: [publish(platform, 'ENTER_AIO', d, [bot.appId])] };
}

export function voice(platform: Platform, input: Fields, enters: boolean): ActResult {
  const channel = channelFrom(platform, input);
  const userId = input.id('userId');
  if (enters) channel.present.add(userId);
  else channel.present.delete(userId);
  const d = {
    guild_id: channel.guildId,
    channel_id: channel.id,
    channel_type: channel.type === 10005 ? 5 : 2,
    user_id: userId,
  };
  const t = enters ? 'AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER' : 'AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT';
  return { events: [publish(platform, t, d, botsOf(platform, channel.guildId))] };
}

/** A user allows or refuses a subscription template. */
export function subscribe(platform: Platform, input: Fields): ActResult {
  const bot = botOf(platform, input, new Set(platform.world.bots.keys()));
  const d = {
    openid: input.string('openid', ''),
    group_openid: input.string('groupOpenid', ''),
    result: [
      {
        template_id: input.int('templateId', 0),
        custom_template_id: input.string('customTemplateId', ''),
        op: input.boolean('allows', true) ? 1 : 2,
        subscribe_id: platform.ids.tagged('sub_'),
        update_ts: secondsNow(platform),
      },
    ],
  };
  return { events: [publish(platform, 'SUBSCRIBE_MESSAGE_STATUS', d, [bot.appId])] };
}
