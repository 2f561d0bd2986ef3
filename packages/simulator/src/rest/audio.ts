import { publish } from '../acts/say.js';
import { badRequest } from '../rules/refusal.js';
import { type Call, ok, optionalText, optionalWhole, type Reply, type Route } from './call.js';
import { channelOf, listeners, needAbility } from './places.js';

export const audioRoutes: readonly Route[] = [
  { method: 'POST', path: '/channels/:channel_id/audio', handler: control },
  { method: 'PUT', path: '/channels/:channel_id/mic', handler: (call) => mic(call, true) },
  { method: 'DELETE', path: '/channels/:channel_id/mic', handler: (call) => mic(call, false) },
];

const VOICE = 2;
const LIVE = 10005;

function voiceChannel(call: Call) {
  const channel = channelOf(call);
  needAbility(call, 'audio');
  if (channel.type !== VOICE && channel.type !== LIVE)
    throw badRequest(12002, 'the channel is no voice channel');
  return channel;
}

/** Status 0 starts, 1 pauses, 2 resumes, 3 stops; only the first and the last are events. */
function control(call: Call): Reply {
  const channel = voiceChannel(call);
  const status = optionalWhole(call.body.status, 'status', 12002) ?? 0;
  const url = optionalText(call.body, 'audio_url', 12002);
  const text = optionalText(call.body, 'text', 12002);
  if (status < 0 || status > 3) throw badRequest(12002, 'status must be 0 to 3');
  if (status === 0 && (url === undefined || url === ''))
    throw badRequest(12002, 'audio_url is needed to start');
  const place = { guild_id: channel.guildId, channel_id: channel.id };
  const bots = listeners(call, channel.guildId);
  if (status === 0)
    publish(call.platform, 'AUDIO_START', { ...place, audio_url: url, text: text ?? '' }, bots);
  if (status === 3) publish(call.platform, 'AUDIO_FINISH', place, bots);
  return ok({});
}

function mic(call: Call, takes: boolean): Reply {
  const { platform, bot } = call;
  const channel = voiceChannel(call);
  if (takes) channel.present.add(bot.id);
  else channel.present.delete(bot.id);
  const place = { guild_id: channel.guildId, channel_id: channel.id };
  publish(platform, takes ? 'AUDIO_ON_MIC' : 'AUDIO_OFF_MIC', place, listeners(call, channel.guildId));
  return ok({});
}
