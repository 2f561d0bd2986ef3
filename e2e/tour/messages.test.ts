import { mentionUser } from 'botgo/dto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BOT,
  CHANNEL,
  DM,
  GUILD,
  HELP,
  openTour,
  PINE,
  refusal,
  sent,
  TIMESTAMP,
  type Tour,
} from './tour.js';

let tour: Tour;
beforeEach(async () => {
  tour = await openTour();
});
afterEach(() => tour[Symbol.asyncDispose]());

const say = (content: string): string =>
  tour.control.say({ scene: 'channel', target: CHANNEL, from: PINE, content, mention: false }).messageId;

const buttons = (label: string) => ({
  content: {
    rows: [
      {
        buttons: [
          {
            id: 'ok',
            render_data: { label, visited_label: 'done', style: 1 },
            action: { type: 1, permission: { type: 2 }, data: 'yes', unsupport_tips: 'update your app' },
          },
        ],
      },
    ],
  },
});

describe('messages in channels', () => {
  it('are sent, read, listed, edited and taken back', async () => {
    const asked = say('a question');
    const answer = sent(
      await tour.api.postMessage(CHANNEL, { content: 'an answer', msg_id: asked, keyboard: buttons('yes') }),
    );
    expect(answer).toMatchObject({
      channel_id: CHANNEL,
      guild_id: GUILD,
      content: 'an answer',
      author: { id: BOT, bot: true },
      timestamp: expect.stringMatching(TIMESTAMP),
    });
    expect(tour.control.outbox()).toMatchObject([{ messageId: answer.id, replyTo: asked, target: CHANNEL }]);
    expect(await tour.api.message(CHANNEL, answer.id)).toMatchObject({ id: answer.id, content: 'an answer' });
    const listed = await tour.api.messages(CHANNEL, { type: 'after', id: asked, limit: 5 });
    expect(listed.map(({ id }) => id)).toEqual([answer.id]);
    const edited = sent(
      await tour.api.patchMessage(CHANNEL, answer.id, {
        content: 'a better answer',
        keyboard: buttons('no'),
      }),
    );
    expect(edited).toMatchObject({
      content: 'a better answer',
      edited_timestamp: expect.stringMatching(TIMESTAMP),
    });
    await tour.api.retractMessage(CHANNEL, answer.id, { hideTip: true });
    expect(await tour.next('PUBLIC_MESSAGE_DELETE')).toMatchObject({
      message: { id: answer.id, channel_id: CHANNEL },
      op_user: { id: BOT },
    });
    expect(await refusal(tour.api.message(CHANNEL, answer.id))).toBe(50039);
  });

  it('carry a picture as a file', async () => {
    const png = new Blob([Buffer.from('89504e470d0a1a0a', 'hex')], { type: 'image/png' });
    const { attachments } = sent(await tour.api.postMessage(CHANNEL, { content: 'look', file_image: png }));
    expect(attachments).toMatchObject([{ content_type: 'image/png', size: 8 }]);
    const response = await fetch(attachments?.[0]?.url ?? '');
    expect(Buffer.from(await response.arrayBuffer()).toString('hex')).toBe('89504e470d0a1a0a');
  });

  it('wait for an audit', async () => {
    tour.control.switches({ audit: 'all' });
    const result = await tour.api.postMessage(CHANNEL, { content: 'buy now' });
    expect(result).toMatchObject({ pending: true, platformCode: 304023, auditId: expect.any(String) });
    tour.clock.advance(500);
    const passed = await tour.next('MESSAGE_AUDIT_PASS');
    expect(passed).toMatchObject({
      audit_id: 'auditId' in result ? result.auditId : '',
      channel_id: CHANNEL,
    });
    expect(await tour.api.message(CHANNEL, passed.message_id ?? '')).toMatchObject({ content: 'buy now' });
    tour.control.switches({ auditResult: 'reject' });
    await tour.api.postMessage(CHANNEL, { content: 'buy now' });
    tour.clock.advance(500);
    expect(await tour.next('MESSAGE_AUDIT_REJECT')).toMatchObject({ guild_id: GUILD });
    expect(tour.control.outbox()).toHaveLength(1);
  });

  it('guide users to their settings', async () => {
    const guide = sent(await tour.api.postSettingGuide(CHANNEL, [PINE]));
    expect(guide).toMatchObject({ channel_id: CHANNEL, content: mentionUser(PINE) });
    expect(await refusal(tour.api.postSettingGuide(CHANNEL, [PINE]))).toBe(304052);
  });
});

describe('direct messages', () => {
  it('need a session, are sent and taken back', async () => {
    const session = await tour.api.createDirectMessage({ recipient_id: PINE, source_guild_id: GUILD });
    expect(session).toEqual({
      guild_id: DM,
      channel_id: '7000999',
      create_time: expect.stringMatching(/^\d+$/),
    });
    const message = sent(await tour.api.postDirectMessage(session, { content: 'psst' }));
    expect(message).toMatchObject({
      guild_id: DM,
      src_guild_id: GUILD,
      direct_message: true,
      content: 'psst',
    });
    expect(tour.control.outbox({ scene: 'dm' })).toMatchObject([{ messageId: message.id, target: DM }]);
    await tour.api.retractDMMessage(session.guild_id, message.id);
    expect(await tour.next('DIRECT_MESSAGE_DELETE')).toMatchObject({
      message: { id: message.id, guild_id: DM },
      op_user: { id: BOT },
    });
    const guide = sent(await tour.api.postDMSettingGuide(session, GUILD));
    expect(guide).toMatchObject({ guild_id: DM, direct_message: true });
    expect(await refusal(tour.api.createDirectMessage({ recipient_id: '1', source_guild_id: GUILD }))).toBe(
      304033,
    );
  });
});

describe('reactions', () => {
  it('are added, listed over pages and taken back', async () => {
    const id = say('good news');
    const emoji = { type: 1, id: '277' };
    await tour.api.createMessageReaction(CHANNEL, id, emoji);
    expect(await tour.next('MESSAGE_REACTION_ADD')).toEqual({
      user_id: BOT,
      guild_id: GUILD,
      channel_id: CHANNEL,
      target: { id, type: 0 },
      emoji,
    });
    tour.control.act({ act: 'react', messageId: id, from: PINE, emojiId: '277' });
    const first = await tour.api.getMessageReactionUsers(CHANNEL, id, emoji, { limit: 1 });
    expect(first).toMatchObject({ users: [{ id: BOT }], is_end: false, cookie: expect.any(String) });
    const users: string[] = [];
    for await (const user of tour.api.each.reactionUsers(CHANNEL, id, emoji, { limit: 1 }))
      users.push(user.id);
    expect(users).toEqual([BOT, PINE]);
    await tour.api.deleteOwnMessageReaction(CHANNEL, id, emoji);
    expect(await tour.next('MESSAGE_REACTION_REMOVE')).toMatchObject({ user_id: BOT, target: { id } });
    expect(await tour.api.getMessageReactionUsers(CHANNEL, id, emoji, {})).toMatchObject({
      users: [{ id: PINE }],
      is_end: true,
    });
  });
});

describe('pins', () => {
  it('are set, listed, and taken away one by one or all', async () => {
    const [first, second] = [say('one'), say('two')] as const;
    await tour.api.addPins(CHANNEL, first);
    const pins = await tour.api.addPins(CHANNEL, second);
    expect({ ...pins, message_ids: [...pins.message_ids].sort() }).toEqual({
      guild_id: GUILD,
      channel_id: CHANNEL,
      message_ids: [first, second].sort(),
    });
    await tour.api.deletePins(CHANNEL, first);
    expect((await tour.api.getPins(CHANNEL)).message_ids).toEqual([second]);
    await tour.api.cleanPins(CHANNEL);
    expect((await tour.api.getPins(CHANNEL)).message_ids).toEqual([]);
  });
});

describe('announcements', () => {
  it('show a message, or recommend channels instead', async () => {
    const id = say('read this');
    const announced = await tour.api.createGuildAnnounces(GUILD, {
      message_id: id,
      channel_id: CHANNEL,
      announces_type: 0,
    });
    expect(announced).toMatchObject({
      guild_id: GUILD,
      channel_id: CHANNEL,
      message_id: id,
      announces_type: 0,
    });
    expect(await refusal(tour.api.deleteGuildAnnounces(GUILD, 'another'))).toBe(501005);
    await tour.api.deleteGuildAnnounces(GUILD, id);
    const recommended = await tour.api.createGuildAnnounces(GUILD, {
      recommend_channels: [{ channel_id: HELP, introduce: 'ask here' }],
    });
    expect(recommended).toMatchObject({
      message_id: '',
      recommend_channels: [{ channel_id: HELP, introduce: 'ask here' }],
    });
    await tour.api.cleanGuildAnnounces(GUILD);
    expect(await refusal(tour.api.deleteGuildAnnounces(GUILD, id))).toBe(501005);
  });

  it('of a channel still work as they did', async () => {
    const id = say('read this');
    expect(await tour.api.createChannelAnnounces(CHANNEL, { message_id: id })).toMatchObject({
      guild_id: GUILD,
      channel_id: CHANNEL,
      message_id: id,
    });
    await tour.api.deleteChannelAnnounces(CHANNEL, id);
    await tour.api.createChannelAnnounces(CHANNEL, { message_id: id });
    await tour.api.cleanChannelAnnounces(CHANNEL);
    expect(await refusal(tour.api.createChannelAnnounces(CHANNEL, { message_id: 'another' }))).toBe(501008);
  });
});

describe('schedules', () => {
  it('are made, changed, listed and deleted', async () => {
    const at = (hours: number): string => String(tour.clock.wall() + hours * 3_600_000);
    const tea = {
      name: 'tea',
      description: 'green, please',
      start_timestamp: at(1),
      end_timestamp: at(2),
      jump_channel_id: HELP,
      remind_type: '1',
    };
    const made = await tour.api.createSchedule(CHANNEL, tea);
    expect(made).toMatchObject({ ...tea, creator: { user: { id: BOT } } });
    expect(await tour.api.modifySchedule(CHANNEL, made.id, { ...tea, name: 'cake' })).toMatchObject({
      id: made.id,
      name: 'cake',
    });
    expect(await tour.api.getSchedule(CHANNEL, made.id)).toMatchObject({ name: 'cake' });
    expect((await tour.api.listSchedules(CHANNEL)).map(({ id }) => id)).toEqual([made.id]);
    expect(await tour.api.listSchedules(CHANNEL, at(3))).toEqual([]);
    await tour.api.deleteSchedule(CHANNEL, made.id);
    expect(await refusal(tour.api.getSchedule(CHANNEL, made.id))).toBe(302011);
  });
});
