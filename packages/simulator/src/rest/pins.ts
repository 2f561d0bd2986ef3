import { badRequest } from '../rules/refusal.js';
import type { Channel } from '../world/model.js';
import { type Call, NO_CONTENT, ok, type Reply, type Route } from './call.js';
import { channelOf, messageOf, needAdmin } from './places.js';

const MAX_PINS = 20;

export const pinRoutes: readonly Route[] = [
  { method: 'PUT', path: '/channels/:channel_id/pins/:message_id', handler: pin },
  { method: 'DELETE', path: '/channels/:channel_id/pins/all', handler: (call) => unpin(call, true) },
  { method: 'DELETE', path: '/channels/:channel_id/pins/:message_id', handler: (call) => unpin(call, false) },
  { method: 'GET', path: '/channels/:channel_id/pins', handler: (call) => ok(wire(channelOf(call))) },
];

function wire(channel: Channel): Record<string, unknown> {
  return { guild_id: channel.guildId, channel_id: channel.id, message_ids: [...channel.pins] };
}

function pin(call: Call): Reply {
  const channel = channelOf(call);
  needAdmin(call);
  const message = messageOf(call, channel, 501008);
  if (!channel.pins.includes(message.id)) {
    if (channel.pins.length >= MAX_PINS) throw badRequest(501013, `at most ${MAX_PINS} pins`);
    channel.pins.push(message.id);
  }
  return ok(wire(channel));
}

function unpin(call: Call, all: boolean): Reply {
  const channel = channelOf(call);
  needAdmin(call);
  const id = call.param('message_id');
  if (!all && !channel.pins.includes(id)) throw badRequest(501008, 'the message is not pinned');
  channel.pins = all ? [] : channel.pins.filter((pinned) => pinned !== id);
  return NO_CONTENT;
}
