import { robotAnswer } from '../acts/send.js';
import { pushSlice } from '../acts/streams.js';
import { beijingTime } from '../clock.js';
import { type Call, ok, type Reply, type Route } from './call.js';
import { friendOf } from './places.js';

export const streamRoutes: readonly Route[] = [
  { method: 'POST', path: '/v2/users/:openid/stream_messages', handler: stream, perSecond: 50 },
];

function stream(call: Call): Reply {
  const { platform, bot, body } = call;
  const { message, remaining } = pushSlice(platform, bot, friendOf(call), body);
  return ok({ ...robotAnswer(message, beijingTime(message.atMs)), remain_msg_len: remaining });
}
