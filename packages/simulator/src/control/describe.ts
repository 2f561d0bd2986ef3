import type { Platform } from '../platform.js';

/** The world as the control API shows it: enough to address everything in it. */
export function describeWorld({ world }: Platform) {
  return {
    bots: [...world.bots.values()].map((bot) => ({
      appId: bot.appId,
      id: bot.id,
      openid: bot.openid,
      username: bot.username,
      shards: bot.shards,
      state: bot.state,
    })),
    users: [...world.users.values()].map(({ id, openid, username }) => ({ id, openid, username })),
    guilds: [...world.guilds.values()].map((guild) => ({
      id: guild.id,
      name: guild.name,
      ownerId: guild.ownerId,
      members: [...guild.members.values()].map(({ userId, nick, roles }) => ({
        userId,
        nick,
        roles: [...roles],
      })),
      roles: [...guild.roles.values()].map(({ id, name }) => ({ id, name })),
      channels: world.channelsOf(guild).map(({ id, name, type }) => ({ id, name, type })),
      bots: [...guild.bots],
    })),
    groups: [...world.groups.values()].map((group) => ({
      openid: group.openid,
      name: group.name,
      members: [...group.members.values()].map(({ openid, username, role }) => ({ openid, username, role })),
      bots: [...group.bots.keys()],
    })),
    dms: [...world.dms.values()].map(({ guildId, channelId, userId, sourceGuildId, appId }) => ({
      guildId,
      channelId,
      userId,
      sourceGuildId,
      appId,
    })),
    friends: [...world.friends.values()].map(({ appId, openid, allowsProactive }) => ({
      appId,
      openid,
      allowsProactive,
    })),
  };
}
