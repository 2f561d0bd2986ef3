import type { ActInput } from '@botgo/simulator';
import type { Button, Permission } from 'botgo/dto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  APP_ID,
  BOT,
  CHANNEL,
  GROUP,
  GROUP_MEMBER,
  GROUP_OWNER,
  GUILD,
  openTour,
  PINE,
  sent,
  TIMESTAMP,
  type Tour,
  USER,
  WILLOW,
} from './tour.js';

let tour: Tour;
beforeEach(async () => {
  tour = await openTour();
});
afterEach(() => tour[Symbol.asyncDispose]());

const seconds = () => Math.floor(tour.clock.wall() / 1_000);

describe('a connection', () => {
  it('tells that it is ready, and after a cut that it was resumed', async () => {
    expect(await tour.next('READY')).toMatchObject({
      version: 1,
      session_id: expect.any(String),
      user: { id: BOT, username: 'demo-bot', bot: true },
      shard: [expect.any(Number), 2],
    });
    tour.control.fault({ kind: 'cut' });
    expect(await tour.next('RESUMED')).toBe('');
    tour.control.say({ scene: 'c2c', target: USER, content: 'still there?' });
    expect(await tour.next('C2C_MESSAGE_CREATE')).toMatchObject({ content: 'still there?' });
  });
});

describe('a guild', () => {
  it('takes the bot in, changes, and turns it out', async () => {
    tour.control.seed({
      guilds: [
        {
          id: '1152921504700000000',
          name: 'Orchard',
          ownerId: PINE,
          description: 'apples',
          unionWorldId: 'world-7',
          unionOrgId: 'team-3',
          members: [{ userId: PINE, nick: 'pine', roles: ['1', '4'] }],
          channels: [{ id: '7000301', name: 'general' }],
          bots: [],
        },
      ],
    });
    const place = { guildId: '1152921504700000000' };
    tour.control.act({ act: 'add-bot', ...place });
    const joined = await tour.next('GUILD_CREATE');
    expect(joined).toEqual({
      id: place.guildId,
      name: 'Orchard',
      icon: '',
      owner_id: PINE,
      owner: false,
      member_count: 2,
      max_members: 300,
      description: 'apples',
      joined_at: expect.stringMatching(TIMESTAMP),
      union_world_id: 'world-7',
      union_org_id: 'team-3',
      channels: [expect.objectContaining({ id: '7000301', name: 'general', guild_id: place.guildId })],
      op_user_id: PINE,
    });
    expect(await tour.api.guild(place.guildId)).toMatchObject({
      union_world_id: 'world-7',
      union_org_id: 'team-3',
    });
    tour.control.act({ act: 'update-guild', ...place, name: 'Old orchard', from: PINE });
    expect(await tour.next('GUILD_UPDATE')).toMatchObject({ name: 'Old orchard', op_user_id: PINE });
    tour.control.act({ act: 'remove-bot', ...place });
    expect(await tour.next('GUILD_DELETE')).toMatchObject({ id: place.guildId, name: 'Old orchard' });
    await expect(tour.api.guild(place.guildId)).rejects.toMatchObject({ platformCode: 11264 });
  });

  it('gains and loses members, and the bot may welcome them', async () => {
    const { events } = tour.control.act({
      act: 'join-guild',
      guildId: GUILD,
      userId: '901',
      username: 'oak',
    });
    expect(await tour.next('GUILD_MEMBER_ADD')).toEqual({
      guild_id: GUILD,
      user: { id: '901', username: 'oak', avatar: '', bot: false },
      nick: '',
      roles: ['1'],
      joined_at: expect.stringMatching(TIMESTAMP),
      op_user_id: '901',
    });
    await tour.api.postMessage(CHANNEL, { content: 'welcome', event_id: events[0]?.id ?? '' });
    expect(tour.control.outbox()).toMatchObject([{ replyTo: events[0]?.id, content: 'welcome' }]);
    tour.control.act({ act: 'update-member', guildId: GUILD, userId: '901', nick: 'old oak', from: WILLOW });
    expect(await tour.next('GUILD_MEMBER_UPDATE')).toMatchObject({ nick: 'old oak', op_user_id: WILLOW });
    tour.control.act({ act: 'leave-guild', guildId: GUILD, userId: '901' });
    expect(await tour.next('GUILD_MEMBER_REMOVE')).toMatchObject({ user: { id: '901' }, nick: 'old oak' });
  });

  it('lists its members with what is seen only there', async () => {
    await tour.api.memberMute(GUILD, PINE, { mute_seconds: '10' });
    const members = await tour.api.guildMembers(GUILD, { after: WILLOW, limit: 1 });
    expect(members).toEqual([
      {
        user: { id: PINE, username: 'pine', avatar: '', bot: false, public_flags: 0, system: false },
        nick: 'pine',
        roles: ['1'],
        joined_at: expect.stringMatching(TIMESTAMP),
        deaf: false,
        mute: true,
        pending: false,
      },
    ]);
  });
});

describe('a group', () => {
  it('takes the bot in and out, and opens and closes itself to its news', async () => {
    tour.control.act({ act: 'remove-bot', groupOpenid: GROUP, from: GROUP_OWNER });
    const by = { group_openid: GROUP, op_member_openid: GROUP_OWNER, timestamp: seconds() };
    expect(await tour.next('GROUP_DEL_ROBOT')).toEqual(by);
    tour.control.act({ act: 'add-bot', groupOpenid: GROUP, from: GROUP_OWNER });
    expect(await tour.next('GROUP_ADD_ROBOT')).toEqual(by);
    tour.control.act({ act: 'refuse-proactive', groupOpenid: GROUP });
    expect(await tour.next('GROUP_MSG_REJECT')).toEqual(by);
    tour.control.act({ act: 'allow-proactive', groupOpenid: GROUP });
    expect(await tour.next('GROUP_MSG_RECEIVE')).toEqual(by);
    expect(await tour.api.groupBotState(GROUP)).toMatchObject({ allow_proactive_msg: true });
  });

  it('gains and loses members, some of whom are known elsewhere', async () => {
    const who = { groupOpenid: GROUP, memberOpenid: 'OAK' };
    tour.control.act({ act: 'join-group', ...who, unionOpenid: 'UNION-OAK' });
    expect(await tour.next('GROUP_MEMBER_ADD')).toEqual({
      group_openid: GROUP,
      member_openid: 'OAK',
      user_openid: 'OAK',
      timestamp: seconds(),
    });
    expect(await tour.api.groupMember(GROUP, 'OAK')).toMatchObject({ union_openid: 'UNION-OAK' });
    const mute_expire_at = new Date(tour.clock.wall() + 60_000).toISOString();
    await tour.api.setGroupMemberMute(GROUP, [{ op: 'add', member_openid: 'OAK', mute_expire_at }]);
    expect((await tour.api.groupRestrictChatSetting(GROUP)).members).toMatchObject([
      { member_openid: 'OAK', union_openid: 'UNION-OAK' },
    ]);
    tour.control.act({ act: 'leave-group', ...who });
    expect(await tour.next('GROUP_MEMBER_REMOVE')).toMatchObject({ member_openid: 'OAK' });
  });

  it('is asked to let people in, by themselves or by a friend, with words or with answers', async () => {
    const ask = (fields: object) => tour.control.act({ act: 'request-join', groupOpenid: GROUP, ...fields });
    ask({ memberOpenid: 'ONE', username: 'one', message: 'please' });
    expect(await tour.next('GROUP_JOIN_REQUEST')).toEqual({
      group_openid: GROUP,
      join_request_id: expect.any(String),
      member_openid: 'ONE',
      username: 'one',
      apply_at: expect.stringMatching(TIMESTAMP),
      apply_source: 'self_apply',
      bot: false,
      verify_info: { method: 'verify_message', verify_message: 'please' },
    });
    ask({
      memberOpenid: 'TWO',
      unionOpenid: 'UNION-TWO',
      invitedBy: GROUP_MEMBER,
      riskTips: 'a new account',
      answers: [{ question: 'Which tea?', answer: 'green' }],
    });
    const second = await tour.next('GROUP_JOIN_REQUEST');
    expect(second).toMatchObject({
      union_openid: 'UNION-TWO',
      risk_tips: 'a new account',
      invited_by: GROUP_MEMBER,
      apply_source: 'invited',
      verify_info: {
        method: 'admin_review_qa',
        review_qa_list: [{ question: 'Which tea?', answer: 'green' }],
      },
    });
    const { list } = await tour.api.groupJoinRequests(GROUP);
    const { group_openid: _, ...asked } = second;
    expect(list[1]).toEqual(asked);
  });

  it('lets in at once whom a strategy knows', async () => {
    const { strategy_id } = await tour.api.createJoinApprovalStrategy({ group_openids: [GROUP] });
    await tour.api.updateJoinApprovalWhitelist(strategy_id, { op: 'add', whitelist_users: ['FRIEND'] });
    tour.control.act({ act: 'request-join', groupOpenid: GROUP, memberOpenid: 'FRIEND' });
    expect(await tour.next('GROUP_JOIN_REQUEST')).toMatchObject({ auto_approved: { strategy_id } });
    expect(await tour.next('GROUP_MEMBER_ADD')).toMatchObject({ member_openid: 'FRIEND' });
    expect((await tour.api.groupJoinRequests(GROUP)).list).toEqual([]);
    await tour.api.updateJoinApprovalStrategy(strategy_id, { is_enable: 'off' });
    await tour.api.updateJoinApprovalWhitelist(strategy_id, { op: 'add', whitelist_users: ['ANOTHER'] });
    tour.control.act({ act: 'request-join', groupOpenid: GROUP, memberOpenid: 'ANOTHER' });
    expect(await tour.next('GROUP_JOIN_REQUEST')).not.toHaveProperty('auto_approved');
    expect((await tour.api.groupJoinRequests(GROUP)).list).toHaveLength(1);
  });
});

describe('a user', () => {
  it('finds the bot, opens the chat, and goes', async () => {
    tour.control.act({ act: 'add-friend', openid: 'NEW', scene: 1002, sceneParam: 'spring' });
    expect(await tour.next('FRIEND_ADD')).toEqual({
      openid: 'NEW',
      timestamp: seconds(),
      scene: 1002,
      scene_param: 'spring',
      author: { union_openid: '' },
    });
    tour.control.act({ act: 'enter-chat', openid: 'NEW', source: 'profile' });
    expect(await tour.next('ENTER_AIO')).toEqual({ user_openid: 'NEW', from_source: 'profile' });
    tour.control.act({ act: 'refuse-proactive', openid: 'NEW' });
    expect(await tour.next('C2C_MSG_REJECT')).toEqual({ openid: 'NEW', timestamp: seconds() });
    await expect(tour.api.postC2CMessage('NEW', { msg_type: 0, content: 'news' })).rejects.toMatchObject({
      platformCode: 40054013,
    });
    tour.control.act({ act: 'allow-proactive', openid: 'NEW' });
    expect(await tour.next('C2C_MSG_RECEIVE')).toEqual({ openid: 'NEW', timestamp: seconds() });
    tour.control.act({ act: 'remove-friend', openid: 'NEW' });
    expect(await tour.next('FRIEND_DEL')).toEqual({ openid: 'NEW', timestamp: seconds() });
  });

  it('subscribes to a template, and to another no more', async () => {
    tour.control.act({ act: 'subscribe', openid: USER, customTemplateId: 'weather' });
    expect(await tour.next('SUBSCRIBE_MESSAGE_STATUS')).toEqual({
      openid: USER,
      group_openid: '',
      result: [
        {
          template_id: 0,
          custom_template_id: 'weather',
          op: 1,
          subscribe_id: expect.any(String),
          update_ts: seconds(),
        },
      ],
    });
    tour.control.act({ act: 'subscribe', groupOpenid: GROUP, templateId: 7, allows: false });
    expect(await tour.next('SUBSCRIBE_MESSAGE_STATUS')).toMatchObject({
      group_openid: GROUP,
      result: [{ template_id: 7, op: 2 }],
    });
  });
});

describe('what is asked of the bot without words', () => {
  it('is a button in a guild or a group', async () => {
    const click = { act: 'click', buttonId: 'ok', data: 'yes' } as const;
    const said = tour.control.say({ scene: 'channel', target: CHANNEL, content: 'x' }).messageId;
    tour.control.act({ ...click, scene: 'channel', target: CHANNEL, from: PINE, messageId: said });
    const inGuild = await tour.next('INTERACTION_CREATE');
    expect(inGuild).toEqual({
      id: expect.any(String),
      application_id: APP_ID,
      type: 11,
      version: 1,
      scene: 'guild',
      chat_type: 0,
      timestamp: expect.stringMatching(TIMESTAMP),
      guild_id: GUILD,
      channel_id: CHANNEL,
      data: {
        type: 11,
        resolved: { button_id: 'ok', button_data: 'yes', message_id: said, user_id: PINE },
      },
    });
    await tour.api.putInteraction(inGuild.id, { code: 0 });
    tour.control.act({ ...click, scene: 'group', target: GROUP, from: GROUP_MEMBER });
    const inGroup = await tour.next('INTERACTION_CREATE');
    expect(inGroup).toMatchObject({
      scene: 'group',
      chat_type: 1,
      group_openid: GROUP,
      group_member_openid: GROUP_MEMBER,
    });
    await tour.api.putInteraction(inGroup.id, { code: 4 });
    expect(tour.control.interaction({ id: inGroup.id })).toEqual({ code: 4 });
  });

  it('is a button of a message, for those whom it is for, and once in its group', async () => {
    const button = (id: string, permission: Permission, group_id?: string): Button => ({
      id,
      render_data: { label: id, visited_label: id, style: 1 },
      action: { type: 1, permission, data: `data of ${id}`, unsupport_tips: 'update' },
      ...(group_id === undefined ? {} : { group_id }),
    });
    const everyone = { type: 2 };
    const buttons = [
      button('yes', everyone, 'vote'),
      button('no', everyone, 'vote'),
      button('mine', { type: 0, specify_user_ids: [PINE] }),
      button('managers', { type: 1 }),
      button('owners', { type: 3, specify_role_ids: ['4'] }),
    ];
    const keyboard = { content: { rows: [{ buttons }] } };
    const shown = sent(await tour.api.postMessage(CHANNEL, { markdown: { content: 'vote' }, keyboard }));
    const press = (from: string, buttonId: string) => () =>
      tour.control.act({
        act: 'click',
        scene: 'channel',
        target: CHANNEL,
        from,
        buttonId,
        messageId: shown.id,
      });
    press(PINE, 'yes')();
    expect(await tour.next('INTERACTION_CREATE')).toMatchObject({
      data: {
        resolved: { button_id: 'yes', button_data: 'data of yes', message_id: shown.id, user_id: PINE },
      },
    });
    expect(press(WILLOW, 'no')).toThrow('is disabled');
    press(PINE, 'mine')();
    expect(press(WILLOW, 'mine')).toThrow('is not for this user');
    for (const id of ['managers', 'owners']) {
      press(WILLOW, id)();
      expect(press(PINE, id)).toThrow('is not for this user');
    }
    expect(press(PINE, 'maybe')).toThrow('names no button of the message');
  });

  it('is the menu, a story, another model, a fresh start, or a permission', async () => {
    const asked = async (act: ActInput) => {
      tour.control.act({ scene: 'c2c', target: USER, ...act });
      const event = await tour.next('INTERACTION_CREATE');
      await tour.api.putInteraction(event.id, { code: 0 });
      return event;
    };
    expect(await asked({ act: 'menu', featureId: 'weather' })).toMatchObject({
      type: 12,
      user_openid: USER,
      data: { type: 12, resolved: { feature_id: 'weather' } },
    });
    expect(await asked({ act: 'clear-session' })).toMatchObject({ data: { type: 14, resolved: {} } });
    expect(await asked({ act: 'story' })).toMatchObject({
      data: { type: 15, resolved: { action: 'ENTER_STORY' } },
    });
    expect(await asked({ act: 'story', enters: false })).toMatchObject({
      data: { resolved: { action: 'QUIT_STORY' } },
    });
    expect(await asked({ act: 'switch-model', model: 'small' })).toMatchObject({
      data: { type: 16, resolved: { action: 'small' } },
    });
    expect(await asked({ act: 'authorize', where: 'setting' })).toMatchObject({
      type: 18,
      data: { resolved: { authorize_data: { opt_scene: 'setting', scope: 'c2c_push' } } },
    });
    const inGroup = { scene: 'group', target: GROUP, from: GROUP_OWNER };
    expect(await asked({ act: 'authorize', ...inGroup })).toMatchObject({
      type: 19,
      data: { resolved: { authorize_data: { opt_scene: 'dialog', scope: 'group_push' } } },
    });
    expect(await asked({ act: 'click', type: 20, ...inGroup })).toMatchObject({ type: 20 });
  });

  it('is feedback on an answer, with what the bot gave along', async () => {
    const msg_id = tour.control.say({ scene: 'c2c', target: USER, content: 'why?' }).messageId;
    const bar = {
      template_id: 1,
      callback_data: 'answer 7',
      feedback: true,
      tts: true,
      re_generate: true,
      stop_generate: true,
    };
    const answer = await tour.api.postC2CMessage(USER, {
      msg_type: 2,
      markdown: { content: 'because' },
      action_button: bar,
      msg_id,
    });
    const about = { act: 'feedback', scene: 'c2c', target: USER, messageId: answer.id } as const;
    tour.control.act({ ...about, opinion: 'UNLIKE', ext: ['reason=short'] });
    expect(await tour.next('INTERACTION_CREATE')).toMatchObject({
      type: 13,
      data: {
        type: 13,
        resolved: {
          message_id: answer.id,
          feedback_opt: 'UNLIKE',
          checked: 1,
          button_data: 'answer 7',
          message_scene: { ext: ['reason=short'] },
        },
      },
    });
  });

  it('is a command of old', async () => {
    const from = { scene: 'channel', target: CHANNEL, from: PINE } as const;
    tour.control.act({ act: 'command', ...from, name: 'weather', request: 'tomorrow', nick: 'pine' });
    expect(await tour.next('INTERACTION_CREATE')).toMatchObject({
      type: 2,
      data: {
        name: 'weather',
        type: 12,
        resolved: { request: 'tomorrow', member_nick: 'pine', user_id: PINE },
      },
    });
  });
});
