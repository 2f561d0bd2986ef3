import { badRequest, Refusal, refused } from '../rules/refusal.js';
import type {
  Ability,
  Channel,
  DirectMessage,
  Friend,
  Group,
  Guild,
  Member,
  Message,
} from '../world/model.js';
import type { Call } from './call.js';

/** Looks up what a path names and checks the caller's right to it. Codes: errors.md 2. */

export function guildOf(call: Call, id = call.param('guild_id')): Guild {
  const guild = call.platform.world.guilds.get(id);
  if (guild === undefined || !guild.bots.has(call.bot.appId)) {
    throw new Refusal(403, 11264, 'the guild id is wrong, or the guild did not grant this API');
  }
  if (guild.deniedApis.has(`${call.method} ${call.template}`)) {
    throw new Refusal(403, 11264, 'the guild did not grant this API');
  }
  return guild;
}

export function channelOf(call: Call, id = call.param('channel_id')): Channel {
  const channel = call.platform.world.channels.get(id);
  if (channel === undefined) throw badRequest(10003, 'the channel does not exist');
  guildOf(call, channel.guildId);
  return channel;
}

export function memberOf(call: Call, guild: Guild, code: number, id = call.param('user_id')): Member {
  const member = guild.members.get(id);
  if (member === undefined) throw badRequest(code, 'the user is not a member of the guild');
  return member;
}

export function groupOf(call: Call): Group {
  const group = call.platform.world.groups.get(call.param('group_openid'));
  if (group === undefined) {
    throw new Refusal(400, 11255, 'the group openid is invalid', { errCode: 40011028 });
  }
  if (!group.bots.has(call.bot.appId)) {
    throw new Refusal(400, 11293, 'the bot is not in the group', { errCode: 40011026 });
  }
  return group;
}

/** 11253 for a public-domain bot. */
export function needPrivate(call: Call): void {
  if (!call.bot.isPrivate) throw new Refusal(403, 11253, 'this API is for private-domain bots only');
}

/** 11282 for a bot that is no administrator. */
export function needAdmin(call: Call): void {
  if (!call.bot.isAdmin) throw new Refusal(403, 11282, 'the bot is not an administrator');
}

export function needAbility(call: Call, ability: Ability, code = 11253): void {
  if (!call.bot.abilities.has(ability)) throw new Refusal(403, code, `the bot may not use ${ability}`);
}

export function dmOf(call: Call): DirectMessage {
  const dm = call.platform.world.dms.get(call.param('guild_id'));
  if (dm === undefined) throw badRequest(304032, 'the DM does not exist');
  return dm;
}

export function friendOf(call: Call): Friend {
  const { world } = call.platform;
  const openid = call.param('openid');
  if (world.userByOpenid(openid) === undefined) {
    throw new Refusal(400, 11255, 'the openid is invalid', { errCode: 40011028 });
  }
  const friend = world.friend(call.bot.appId, openid);
  if (friend === undefined) throw refused(40054004, 'no friend relation');
  return friend;
}

/** A message of this channel that is still there. */
export function messageOf(call: Call, channel: Channel, code: number): Message {
  const message = call.platform.world.messages.get(call.param('message_id'));
  if (
    message === undefined ||
    message.scene !== 'channel' ||
    message.target !== channel.id ||
    message.retracted
  ) {
    throw badRequest(code, 'the message does not exist in this channel');
  }
  return message;
}

/** The bots that hear what happens in a guild. */
export function listeners(call: Call, guildId: string): string[] {
  return [...(call.platform.world.guilds.get(guildId)?.bots ?? [])];
}
