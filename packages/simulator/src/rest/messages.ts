import { type Destination, targetOf } from '../acts/destination.js';
import { addMessage } from '../acts/scenes.js';
import { arkOf, recordSent, robotAnswer, type SendResult, sendMessage } from '../acts/send.js';
import { beginStream, continueStream } from '../acts/streams.js';
import { beijingTime } from '../clock.js';
import { isObject, type JsonObject } from '../json.js';
import { checkGuildContent } from '../rules/content.js';
import { MINUTE_MS } from '../rules/quotas.js';
import { badRequest, Refusal, refused } from '../rules/refusal.js';
import { answeredMessageWire } from '../world/payloads.js';
import { type Call, limitOf, ok, type Reply, type Route } from './call.js';
import { channelOf, dmOf, friendOf, groupOf, messageOf } from './places.js';

export const messageRoutes: readonly Route[] = [
  { method: 'POST', path: '/channels/:channel_id/messages', handler: postChannelMessage },
  { method: 'POST', path: '/dms/:guild_id/messages', handler: postDirectMessage },
  { method: 'POST', path: '/v2/users/:openid/messages', handler: postC2CMessage },
  { method: 'POST', path: '/v2/groups/:group_openid/messages', handler: postGroupMessage },
  { method: 'GET', path: '/channels/:channel_id/messages/:message_id', handler: oneMessage },
  { method: 'GET', path: '/channels/:channel_id/messages', handler: listMessages },
  { method: 'PATCH', path: '/channels/:channel_id/messages/:message_id', handler: editMessage },
  { method: 'POST', path: '/channels/:channel_id/settingguide', handler: channelGuide },
  { method: 'POST', path: '/dms/:guild_id/settingguide', handler: dmGuide },
];

function postChannelMessage(call: Call): Reply {
  const channel = channelOf(call);
  const result = sendMessage(
    call.platform,
    call.bot,
    { scene: 'channel', channel },
    call.body,
    filesOf(call),
  );
  if (!('message' in result)) return pending(result);
  return ok(answeredMessageWire(call.platform.world, result.message));
}

function postDirectMessage(call: Call): Reply {
  const dm = dmOf(call);
  const result = sendMessage(call.platform, call.bot, { scene: 'dm', dm }, call.body, filesOf(call));
  if (!('message' in result)) return pending(result);
  return ok(answeredMessageWire(call.platform.world, result.message));
}

function postC2CMessage(call: Call): Reply {
  const friend = friendOf(call);
  const { platform, bot, body } = call;
  if (body.stream !== undefined && body.stream !== null) {
    const continued = continueStream(platform, bot, body);
    if (continued !== undefined) return robotReply({ message: continued });
    const first = sendMessage(platform, bot, { scene: 'c2c', friend }, body);
    if ('message' in first) beginStream(platform, bot, first.message);
    return robotReply(first);
  }
  return robotReply(sendMessage(platform, bot, { scene: 'c2c', friend }, body));
}

function postGroupMessage(call: Call): Reply {
  const group = groupOf(call);
  if (call.body.stream !== undefined) throw refused(40034106, 'groups have no streams');
  return robotReply(sendMessage(call.platform, call.bot, { scene: 'group', group }, call.body));
}

function robotReply(result: SendResult): Reply {
  if (!('message' in result)) return pending(result, true);
  return ok(robotAnswer(result.message, beijingTime(result.message.atMs)));
}

/** 202 with the shape of an error: the message waits for its audit. */
function pending({ auditId, isReply }: Exclude<SendResult, { message: unknown }>, isRobot = false): Reply {
  const code = isReply ? 304024 : 304023;
  throw new Refusal(202, code, 'the message waits for its audit', {
    data: { message_audit: { audit_id: auditId } },
    // One client reads it here as well.
    ...(isRobot ? { beside: { audit_id: auditId, audit_tips: 'the message waits for its audit' } } : {}),
  });
}

/** The files of a multipart body, kept and served like any media. */
function filesOf(call: Call): readonly JsonObject[] {
  const file = call.files.get('file_image');
  if (file === undefined) return [];
  const { media, clock } = call.platform;
  const kept = media.keep({
    scene: 'guild',
    fileType: 1,
    name: file.name,
    bytes: file.bytes,
    contentType: file.type === '' ? 'image/png' : file.type,
    origin: call.origin,
    nowMs: clock.now(),
  });
  return [media.attachment(kept)];
}

function oneMessage(call: Call): Reply {
  const channel = channelOf(call);
  return ok(answeredMessageWire(call.platform.world, messageOf(call, channel, 50039)));
}

const MAX_LISTED = 20;

/** Newest first is not documented either way: oldest first, as in the channel. */
function listMessages(call: Call): Reply {
  const channel = channelOf(call);
  const messages = channel.messages.filter((message) => !message.retracted);
  const limit = limitOf(call, MAX_LISTED, MAX_LISTED);
  const anchor = call.query('around') ?? call.query('before') ?? call.query('after');
  const place = messages.findIndex((message) => message.id === anchor);
  if (anchor !== undefined && place < 0)
    throw badRequest(50039, 'the message does not exist in this channel');
  let from = Math.max(0, messages.length - limit);
  let to = messages.length;
  if (call.query('around') !== undefined) {
    from = Math.max(0, place - Math.floor(limit / 2));
    to = from + limit;
  } else if (call.query('before') !== undefined) {
    from = Math.max(0, place - limit);
    to = place;
  } else if (call.query('after') !== undefined) {
    from = place + 1;
    to = from + limit;
  }
  return ok(messages.slice(from, to).map((message) => answeredMessageWire(call.platform.world, message)));
}

function editMessage(call: Call): Reply {
  const { platform, bot, body } = call;
  const channel = channelOf(call);
  const message = messageOf(call, channel, 50039);
  if (message.appId !== bot.appId) throw badRequest(50051, 'only own messages can be edited');
  if (message.extra.keyboard === undefined)
    throw badRequest(50049, 'only messages with a keyboard can be edited');
  if (!isObject(body.keyboard)) throw badRequest(50050, 'the keyboard must not be empty');
  checkGuildContent(bot, body, false);
  message.content = typeof body.content === 'string' ? body.content : message.content;
  const kept = { ...message.extra };
  for (const key of ['markdown', 'keyboard', 'ark'] as const)
    if (body[key] !== undefined) kept[key] = key === 'ark' ? arkOf(body[key]) : body[key];
  message.extra = { ...kept, edited_timestamp: beijingTime(platform.clock.wall()) };
  return ok(answeredMessageWire(platform.world, message));
}

/** Asks members for their settings: the content consists of mentions. */
function channelGuide(call: Call): Reply {
  const channel = channelOf(call);
  const content = call.body.content;
  if (typeof content !== 'string' || !/^(\s*<@!?\d+>\s*)+$/.test(content)) {
    throw badRequest(304051, 'content must be made of mentions');
  }
  return guide(call, { scene: 'channel', channel }, content);
}

function dmGuide(call: Call): Reply {
  const dm = dmOf(call);
  const setting = call.body.setting_guide;
  if (!isObject(setting) || typeof setting.guild_id !== 'string') {
    throw badRequest(304051, 'setting_guide.guild_id is needed');
  }
  if (dm.appId !== call.bot.appId) throw badRequest(304034, 'the bot is not in this DM');
  return guide(call, { scene: 'dm', dm }, '');
}

function guide(call: Call, to: Destination, content: string): Reply {
  const { platform, bot } = call;
  const full = platform.quotas.take(
    [
      {
        key: `guide ${targetOf(to)} ${bot.appId}`,
        max: 1,
        perMs: MINUTE_MS,
        refusal: () => badRequest(304052, 'setting guides are too frequent'),
      },
    ],
    platform.clock.now(),
  );
  if (full !== undefined) throw full;
  const message = addMessage(platform, {
    scene: to.scene,
    target: targetOf(to),
    authorId: bot.id,
    appId: bot.appId,
    content,
  });
  recordSent(platform, message, call.body);
  return ok(answeredMessageWire(platform.world, message));
}
