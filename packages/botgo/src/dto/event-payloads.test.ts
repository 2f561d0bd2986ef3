import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type DispatchPayload, eventTypes, OpCode } from './index.js';

const lines = readFileSync(new URL('../../../../facts/events.jsonl', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const frames: DispatchPayload[] = lines.map((line) => JSON.parse(line));

/** The ids and the content without which an event of this type means nothing. */
function essentials({ t, d }: DispatchPayload): unknown[] {
  if (t === 'READY') return [d.session_id, d.user.id, d.shard];
  if (t === 'RESUMED') return [d];
  if (t === 'GUILD_CREATE' || t === 'GUILD_UPDATE' || t === 'GUILD_DELETE')
    return [d.id, d.owner_id, d.op_user_id];
  if (t === 'CHANNEL_CREATE' || t === 'CHANNEL_UPDATE' || t === 'CHANNEL_DELETE') {
    return [d.id, d.guild_id, d.type, d.sub_type, d.op_user_id];
  }
  if (t === 'GUILD_MEMBER_ADD' || t === 'GUILD_MEMBER_UPDATE' || t === 'GUILD_MEMBER_REMOVE') {
    return [d.guild_id, d.user.id, d.joined_at, d.op_user_id];
  }
  if (t === 'MESSAGE_CREATE' || t === 'AT_MESSAGE_CREATE' || t === 'DIRECT_MESSAGE_CREATE') {
    return [d.id, d.guild_id, d.channel_id, d.author.id, d.timestamp];
  }
  if (t === 'MESSAGE_DELETE' || t === 'PUBLIC_MESSAGE_DELETE' || t === 'DIRECT_MESSAGE_DELETE') {
    return [d.message.id, d.message.channel_id, d.op_user.id];
  }
  if (t === 'MESSAGE_REACTION_ADD' || t === 'MESSAGE_REACTION_REMOVE') {
    return [d.user_id, d.target.id, d.target.type, d.emoji.id, d.emoji.type];
  }
  if (t === 'AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER' || t === 'AUDIO_OR_LIVE_CHANNEL_MEMBER_EXIT') {
    return [d.guild_id, d.channel_id, d.channel_type, d.user_id];
  }
  if (t === 'ENTER_AIO') return [d.user_openid];
  if (t === 'GROUP_MEMBER_ADD' || t === 'GROUP_MEMBER_REMOVE')
    return [d.group_openid, d.member_openid, d.timestamp];
  if (t === 'GROUP_JOIN_REQUEST') return [d.group_openid, d.join_request_id, d.member_openid, d.apply_at];
  if (t === 'C2C_MESSAGE_CREATE') return [d.id, d.author.user_openid, d.content, d.timestamp];
  if (t === 'GROUP_AT_MESSAGE_CREATE' || t === 'GROUP_MESSAGE_CREATE') {
    return [d.id, d.group_openid, d.author.member_openid, d.content, d.timestamp];
  }
  if (t === 'FRIEND_ADD' || t === 'FRIEND_DEL' || t === 'C2C_MSG_REJECT' || t === 'C2C_MSG_RECEIVE') {
    return [d.openid, d.timestamp];
  }
  if (
    t === 'GROUP_ADD_ROBOT' ||
    t === 'GROUP_DEL_ROBOT' ||
    t === 'GROUP_MSG_REJECT' ||
    t === 'GROUP_MSG_RECEIVE'
  ) {
    return [d.group_openid, d.op_member_openid, d.timestamp];
  }
  if (t === 'SUBSCRIBE_MESSAGE_STATUS') return [d.result[0]?.op, d.result[0]?.update_ts];
  if (t === 'INTERACTION_CREATE') return [d.id, d.type, d.data.type, d.data.resolved, d.version];
  if (t === 'MESSAGE_AUDIT_PASS' || t === 'MESSAGE_AUDIT_REJECT') return [d.audit_id, d.audit_time];
  if (t === 'FORUM_THREAD_CREATE' || t === 'FORUM_THREAD_UPDATE' || t === 'FORUM_THREAD_DELETE') {
    return [d.author_id, d.thread_info.thread_id, d.thread_info.title, d.thread_info.content];
  }
  if (t === 'FORUM_POST_CREATE' || t === 'FORUM_POST_DELETE') return [d.author_id, d.post_info.post_id];
  if (t === 'FORUM_REPLY_CREATE' || t === 'FORUM_REPLY_DELETE') return [d.author_id, d.reply_info.reply_id];
  if (t === 'FORUM_PUBLISH_AUDIT_RESULT') return [d.author_id, d.type, d.result, d.thread_id];
  if (t === 'AUDIO_START' || t === 'AUDIO_FINISH' || t === 'AUDIO_ON_MIC' || t === 'AUDIO_OFF_MIC') {
    return [d.guild_id, d.channel_id];
  }
  return [d.guild_id, d.channel_id, d.author_id];
}

describe('the example frames', () => {
  it('are one of each event type, in order of s', () => {
    expect(frames.map((frame) => frame.t).sort()).toEqual([...eventTypes].sort());
    expect(frames.map((frame) => frame.s)).toEqual(frames.map((_, index) => index + 1));
  });

  it.each(frames)('$t has the fields of its type', (frame) => {
    expect(frame.op).toBe(OpCode.dispatch);
    for (const value of essentials(frame)) expect(value).toBeDefined();
    if (frame.t !== 'READY' && frame.t !== 'RESUMED') expect(frame.id).toMatch(new RegExp(`^${frame.t}:`));
  });
});
