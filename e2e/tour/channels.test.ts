import { ChannelPrivateType, ChannelType } from 'botgo/dto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BOT, CHANNEL, GUILD, openTour, PINE, refusal, type Tour, VOICE } from './tour.js';

let tour: Tour;
beforeEach(async () => {
  tour = await openTour();
});
afterEach(() => tour[Symbol.asyncDispose]());

describe('channels', () => {
  it('are made, changed and deleted, and the bot hears of it', async () => {
    const made = await tour.api.postChannel(GUILD, {
      name: 'news',
      type: ChannelType.Text,
      sub_type: 1,
      position: 1,
      speak_permission: 2,
      parent_id: '0',
      private_type: 0,
      application_id: '0',
    });
    expect(made).toMatchObject({
      name: 'news',
      guild_id: GUILD,
      position: 1,
      sub_type: 1,
      speak_permission: 2,
    });
    expect(await tour.next('CHANNEL_CREATE')).toEqual({
      id: made.id,
      guild_id: GUILD,
      name: 'news',
      type: 0,
      sub_type: 1,
      owner_id: BOT,
      op_user_id: BOT,
    });
    expect((await tour.api.channels(GUILD)).map(({ id }) => id)).toContain(made.id);
    const changed = await tour.api.patchChannel(made.id, { name: 'old news', speak_permission: 1 });
    expect(changed).toMatchObject({ id: made.id, name: 'old news', speak_permission: 1, sub_type: 1 });
    expect(await tour.next('CHANNEL_UPDATE')).toMatchObject({ id: made.id, name: 'old news' });
    expect(await tour.api.channel(made.id)).toMatchObject({ name: 'old news', position: 1 });
    await tour.api.deleteChannel(made.id);
    expect(await tour.next('CHANNEL_DELETE')).toMatchObject({ id: made.id, op_user_id: BOT });
    expect(await refusal(tour.api.channel(made.id))).toBe(10003);
  });

  it('are private for administrators, and for those who are named', async () => {
    const room = { name: 'room', type: ChannelType.Text };
    const closed = await tour.api.createPrivateChannel(GUILD, room, []);
    expect(closed.private_type).toBe(ChannelPrivateType.OnlyAdmin);
    const shared = await tour.api.createPrivateChannel(GUILD, room, [PINE]);
    expect(shared.private_type).toBe(ChannelPrivateType.AdminAndMember);
    expect(await tour.api.channel(shared.id)).toEqual(shared);
  });

  it('say who is in a voice channel', async () => {
    tour.control.act({ act: 'enter-voice', channelId: VOICE, userId: PINE });
    expect(await tour.next('AUDIO_OR_LIVE_CHANNEL_MEMBER_ENTER')).toMatchObject({
      channel_id: VOICE,
      channel_type: 2,
      user_id: PINE,
    });
    expect(await tour.api.channelOnlineNums(VOICE)).toEqual({ online_nums: 1 });
    expect(await tour.api.listVoiceChannelMembers(VOICE)).toMatchObject([
      { user: { id: PINE, username: 'pine' }, nick: 'pine' },
    ]);
    tour.control.act({ act: 'leave-voice', channelId: VOICE, userId: PINE });
    expect(await tour.api.channelOnlineNums(VOICE)).toEqual({ online_nums: 0 });
  });

  it('give and take permissions of members and roles', async () => {
    const before = await tour.api.channelPermissions(CHANNEL, PINE);
    expect(before).toEqual({ channel_id: CHANNEL, user_id: PINE, permissions: '5' });
    await tour.api.putChannelPermissions(CHANNEL, PINE, { add: '8', remove: '4' });
    expect((await tour.api.channelPermissions(CHANNEL, PINE)).permissions).toBe('9');
    await tour.api.putChannelRolesPermissions(CHANNEL, '1', { add: '8' });
    expect(await tour.api.channelRolesPermissions(CHANNEL, '1')).toEqual({
      channel_id: CHANNEL,
      role_id: '1',
      permissions: '13',
    });
    expect(await refusal(tour.api.putChannelPermissions(CHANNEL, PINE, { add: '2' }))).toBe(301000);
  });
});

describe('audio', () => {
  it('plays, ends, and takes the microphone', async () => {
    const song = { audio_url: 'https://media.example/a.mp3', text: 'a song', status: 0 };
    await tour.api.postAudio(VOICE, song);
    expect(await tour.next('AUDIO_START')).toMatchObject({
      guild_id: GUILD,
      channel_id: VOICE,
      audio_url: song.audio_url,
      text: 'a song',
    });
    await tour.api.postAudio(VOICE, { status: 3 });
    expect(await tour.next('AUDIO_FINISH')).toMatchObject({ channel_id: VOICE });
    await tour.api.putMic(VOICE);
    expect(await tour.next('AUDIO_ON_MIC')).toMatchObject({ channel_id: VOICE });
    await tour.api.deleteMic(VOICE);
    expect(await tour.next('AUDIO_OFF_MIC')).toMatchObject({ channel_id: VOICE });
    expect(await refusal(tour.api.putMic(CHANNEL))).toBe(12002);
  });
});
