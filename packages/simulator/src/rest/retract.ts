import { retract } from '../acts/effects.js';
import { badRequest, refused } from '../rules/refusal.js';
import type { Message } from '../world/model.js';
import type { Call, Reply, Route } from './call.js';
import { channelOf, dmOf, friendOf, groupOf, guildOf, needPrivate } from './places.js';

/** How long a C2C or group message can be taken back. Source: messages.md 13. */
const RETRACT_WINDOW_MS = 120_000;

export const retractRoutes: readonly Route[] = [
  { method: 'DELETE', path: '/channels/:channel_id/messages/:message_id', handler: fromChannel },
  { method: 'DELETE', path: '/dms/:guild_id/messages/:message_id', handler: fromDm },
  { method: 'DELETE', path: '/v2/users/:openid/messages/:message_id', handler: fromC2C, perSecond: 10 },
  {
    method: 'DELETE',
    path: '/v2/groups/:group_openid/messages/:message_id',
    handler: fromGroup,
    perSecond: 10,
  },
];

const DONE: Reply = { status: 200 };

function find(call: Call, fits: (message: Message) => boolean): Message {
  const message = call.platform.world.messages.get(call.param('message_id'));
  if (message === undefined || message.retracted || !fits(message))
    throw badRequest(306002, 'the message id is wrong');
  return message;
}

function fromChannel(call: Call): Reply {
  const { platform, bot } = call;
  const channel = channelOf(call);
  needPrivate(call);
  const message = find(call, ({ scene, target }) => scene === 'channel' && target === channel.id);
  const isOwn = message.appId === bot.appId;
  const guild = guildOf(call, channel.guildId);
  // Administrators may take back what members say, the owner everything.
  const mayOthers = bot.isAdmin && message.authorId !== guild.ownerId;
  if (!isOwn && !mayOthers && guild.ownerId !== bot.id)
    throw badRequest(306004, 'no right to delete this message');
  retract(platform, message, bot.id);
  return DONE;
}

function fromDm(call: Call): Reply {
  const { platform, bot } = call;
  const dm = dmOf(call);
  needPrivate(call);
  const message = find(call, ({ scene, target }) => scene === 'dm' && target === dm.guildId);
  if (message.appId !== bot.appId) throw badRequest(306004, 'only own messages can be deleted');
  retract(platform, message, bot.id);
  return DONE;
}

function fromC2C(call: Call): Reply {
  const { platform, bot } = call;
  const friend = friendOf(call);
  const message = find(call, ({ scene }) => scene === 'c2c');
  if (message.target !== friend.openid) throw badRequest(306009, 'the message belongs to another user');
  if (message.appId !== bot.appId) throw badRequest(306008, 'the message has another sender');
  inTime(call, message);
  retract(platform, message, bot.id);
  return DONE;
}

function fromGroup(call: Call): Reply {
  const { platform, bot } = call;
  const group = groupOf(call);
  const message = find(call, ({ scene }) => scene === 'group');
  if (message.target !== group.openid) throw badRequest(306007, 'the message belongs to another group');
  const role = group.members.get(message.authorId)?.role ?? 'member';
  if (message.appId !== bot.appId && (!bot.isAdmin || role !== 'member')) {
    throw refused(40062003, 'no right to retract this message', 306004);
  }
  inTime(call, message);
  retract(platform, message, bot.id);
  return DONE;
}

function inTime({ platform }: Call, message: Message): void {
  if (platform.clock.now() - message.sentMs > RETRACT_WINDOW_MS) {
    throw refused(40064004, 'older than 2 minutes', 306011);
  }
}
