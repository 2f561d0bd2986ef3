import { DEFAULT_SEED } from '@botgo/simulator';
import type { Platform } from './platform.js';

const GUILD = DEFAULT_SEED.guilds[0];
const GROUP = DEFAULT_SEED.groups[0].openid;
const FRIEND = DEFAULT_SEED.friends[0].openid;
const OWNER = GUILD.members[0].userId;
const NEWCOMER = { guildId: GUILD.id, userId: '9007199254741003' };
const GROUP_NEWCOMER = { groupOpenid: GROUP, memberOpenid: 'D7C6B5A493827160F5E4D3C2B1A0F9E8' };
const [CHANNEL, , VOICE, FORUM] = GUILD.channels;

/** Makes every kind of event happen, by what people do and by what the bot's REST calls bring about. */
export async function everyEvent(platform: Platform): Promise<void> {
  await guildEvents(platform);
  await messageEvents(platform);
  await groupAndFriendEvents(platform);
  await forumEvents(platform);
  await voiceEvents(platform);
}

async function guildEvents(platform: Platform): Promise<void> {
  const { id } = await platform.rest('POST', `/guilds/${GUILD.id}/channels`, { name: 'new', type: 0 });
  await platform.rest('PATCH', `/channels/${id}`, { name: 'renamed' });
  await platform.rest('DELETE', `/channels/${id}`);
  await platform.act({ act: 'update-guild', guildId: GUILD.id, name: 'Garden of all' });
  await platform.act({ act: 'join-guild', ...NEWCOMER });
  await platform.act({ act: 'update-member', ...NEWCOMER, nick: 'fern' });
  await platform.act({ act: 'leave-guild', ...NEWCOMER });
  const other = DEFAULT_SEED.guilds[1].id;
  await platform.act({ act: 'remove-bot', guildId: other });
  await platform.act({ act: 'add-bot', guildId: other });
}

async function messageEvents(platform: Platform): Promise<void> {
  const { messageId } = await platform.say({ scene: 'channel', target: CHANNEL.id, content: 'look at this' });
  await platform.act({ act: 'react', messageId, from: OWNER });
  await platform.act({ act: 'unreact', messageId, from: OWNER });
  await platform.act({ act: 'recall', messageId });
  const dm = await platform.say({ scene: 'dm', target: DEFAULT_SEED.dms[0].guildId, content: 'never mind' });
  await platform.act({ act: 'recall', messageId: dm.messageId });
  await platform.say({ scene: 'group', target: GROUP, content: 'not to the bot', mention: false });
  const clicks = [
    { scene: 'channel', target: CHANNEL.id, from: OWNER },
    { scene: 'group', target: GROUP, from: DEFAULT_SEED.groups[0].members[0].openid },
    { scene: 'c2c', target: FRIEND },
  ];
  for (const place of clicks) {
    await platform.act({ act: 'click', ...place, buttonId: 'yes', data: 'tea', messageId });
  }
  for (const auditResult of ['pass', 'reject']) {
    const came = `MESSAGE_AUDIT_${auditResult.toUpperCase()}`;
    await platform.switches({ audit: 'all', auditMs: 0, auditResult });
    await platform.rest('POST', `/channels/${CHANNEL.id}/messages`, { content: 'please check' });
    await sent(platform, came);
  }
  await platform.switches({ audit: 'off' });
}

async function groupAndFriendEvents(platform: Platform): Promise<void> {
  await platform.act({ act: 'request-join', ...GROUP_NEWCOMER, message: 'let me in' });
  await platform.act({ act: 'join-group', ...GROUP_NEWCOMER });
  await platform.act({ act: 'leave-group', ...GROUP_NEWCOMER });
  for (const place of [{ groupOpenid: GROUP }, { openid: FRIEND }]) {
    await platform.act({ act: 'refuse-proactive', ...place });
    await platform.act({ act: 'allow-proactive', ...place });
  }
  await platform.act({ act: 'remove-bot', groupOpenid: GROUP });
  await platform.act({ act: 'add-bot', groupOpenid: GROUP });
  await platform.act({ act: 'remove-friend', openid: FRIEND });
  await platform.act({ act: 'add-friend', openid: FRIEND });
  await platform.act({ act: 'enter-chat', openid: FRIEND });
  await platform.act({ act: 'subscribe', openid: FRIEND, customTemplateId: 'weather' });
}

async function forumEvents(platform: Platform): Promise<void> {
  const forum = { channelId: FORUM.id, from: OWNER };
  const thread = await platform.act({
    act: 'create-thread',
    ...forum,
    title: 'Roses',
    content: 'red\nwhite',
  });
  const inThread = { ...forum, threadId: thread.id };
  await platform.act({ act: 'update-thread', ...inThread, title: 'Tulips' });
  const post = await platform.act({ act: 'create-post', ...inThread, content: 'both' });
  const inPost = { ...inThread, postId: post.id };
  const reply = await platform.act({ act: 'create-reply', ...inPost, content: 'why?' });
  await platform.act({ act: 'delete-reply', ...inPost, replyId: reply.id });
  await platform.act({ act: 'delete-post', ...inPost });
  await platform.act({ act: 'delete-thread', ...inThread });
  await platform.rest('PUT', `/channels/${FORUM.id}/threads`, {
    title: 'Lilies',
    content: 'yellow',
    format: 1,
  });
  await sent(platform, 'FORUM_PUBLISH_AUDIT_RESULT');
}

async function voiceEvents(platform: Platform): Promise<void> {
  const voice = { channelId: VOICE.id, userId: OWNER };
  await platform.act({ act: 'enter-voice', ...voice });
  await platform.act({ act: 'leave-voice', ...voice });
  await platform.rest('POST', `/channels/${VOICE.id}/audio`, {
    audio_url: 'https://example.org/a.mp3',
    text: 'a',
    status: 0,
  });
  await platform.rest('POST', `/channels/${VOICE.id}/audio`, { status: 3 });
  await platform.rest('PUT', `/channels/${VOICE.id}/mic`);
  await platform.rest('DELETE', `/channels/${VOICE.id}/mic`);
  await sent(platform, 'AUDIO_OFF_MIC');
}

/** Resolves when the platform has sent an event of this name. */
async function sent(platform: Platform, name: string): Promise<void> {
  while (!platform.seen.some((event) => event.type === 'event' && event.t === name)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
