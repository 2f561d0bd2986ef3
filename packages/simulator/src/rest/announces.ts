import { isObject } from '../json.js';
import { badRequest } from '../rules/refusal.js';
import type { Announces } from '../world/model.js';
import { type Call, NO_CONTENT, ok, optionalText, optionalWhole, type Reply, type Route } from './call.js';
import { channelOf, guildOf, messageOf, needAdmin } from './places.js';

const MAX_RECOMMENDED = 3;

export const announceRoutes: readonly Route[] = [
  { method: 'POST', path: '/guilds/:guild_id/announces', handler: announceInGuild },
  { method: 'DELETE', path: '/guilds/:guild_id/announces/all', handler: (call) => endInGuild(call, true) },
  {
    method: 'DELETE',
    path: '/guilds/:guild_id/announces/:message_id',
    handler: (call) => endInGuild(call, false),
  },
  { method: 'POST', path: '/channels/:channel_id/announces', handler: announceInChannel },
  {
    method: 'DELETE',
    path: '/channels/:channel_id/announces/all',
    handler: (call) => endInChannel(call, true),
  },
  {
    method: 'DELETE',
    path: '/channels/:channel_id/announces/:message_id',
    handler: (call) => endInChannel(call, false),
  },
];

/** With a message: a member announcement. Without: recommended channels. One kind replaces the other. */
function announceInGuild(call: Call): Reply {
  const { platform, body } = call;
  const guild = guildOf(call);
  needAdmin(call);
  const messageId = optionalText(body, 'message_id', 501001) ?? '';
  const channelId = optionalText(body, 'channel_id', 501001) ?? '';
  const type = optionalWhole(body.announces_type, 'announces_type', 501019) ?? 0;
  if (type !== 0 && type !== 1) throw badRequest(501019, 'announces_type must be 0 or 1');
  let announces: Announces;
  if (messageId === '') {
    announces = {
      guild_id: guild.id,
      channel_id: '',
      message_id: '',
      announces_type: type,
      recommend_channels: recommended(call, guild.id),
    };
  } else {
    const message = platform.world.messages.get(messageId);
    if (channelId === '') throw badRequest(501001, 'channel_id is needed with message_id');
    if (message === undefined || message.retracted) throw badRequest(501008, 'the message does not exist');
    if (message.target !== channelId || channelOf(call, channelId).guildId !== guild.id) {
      throw badRequest(501010, 'the message is not of this channel');
    }
    announces = {
      guild_id: guild.id,
      channel_id: channelId,
      message_id: messageId,
      announces_type: type,
      recommend_channels: [],
    };
  }
  guild.announces = announces;
  return ok(announces);
}

function recommended(call: Call, guildId: string): { channel_id: string; introduce: string }[] {
  const list = call.body.recommend_channels;
  if (!Array.isArray(list) || list.length === 0)
    throw badRequest(501001, 'message_id or recommend_channels is needed');
  if (list.length > MAX_RECOMMENDED)
    throw badRequest(501016, `at most ${MAX_RECOMMENDED} recommended channels`);
  return (list as readonly unknown[]).map((item) => {
    const id = isObject(item) ? item.channel_id : undefined;
    const channel = typeof id === 'string' ? call.platform.world.channels.get(id) : undefined;
    if (channel?.guildId !== guildId || channel.privateType !== 0) {
      throw badRequest(501018, 'a recommended channel does not exist or is not visible to everyone');
    }
    const introduce = isObject(item) && typeof item.introduce === 'string' ? item.introduce : '';
    return { channel_id: channel.id, introduce };
  });
}

function endInGuild(call: Call, all: boolean): Reply {
  const guild = guildOf(call);
  needAdmin(call);
  if (!all && guild.announces?.message_id !== call.param('message_id')) {
    throw badRequest(501005, 'this message is not announced');
  }
  guild.announces = undefined;
  return NO_CONTENT;
}

function announceInChannel(call: Call): Reply {
  const channel = channelOf(call);
  needAdmin(call);
  const messageId = optionalText(call.body, 'message_id', 501001) ?? '';
  const message = call.platform.world.messages.get(messageId);
  if (message === undefined || message.retracted) throw badRequest(501008, 'the message does not exist');
  if (message.target !== channel.id) throw badRequest(501010, 'the message is not of this channel');
  channel.announced = messageId;
  return ok({ guild_id: channel.guildId, channel_id: channel.id, message_id: messageId });
}

function endInChannel(call: Call, all: boolean): Reply {
  const channel = channelOf(call);
  needAdmin(call);
  if (!all) {
    const id = call.param('message_id');
    if (channel.announced !== id) throw badRequest(501005, 'this message is not announced');
    messageOf(call, channel, 501008);
  }
  channel.announced = '';
  return NO_CONTENT;
}
