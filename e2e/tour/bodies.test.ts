import {
  type Ark,
  type C2CMessageToCreate,
  type Embed,
  type Markdown,
  type MessageKeyboard,
  MessageType,
} from 'botgo/dto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BOT, CHANNEL, DM, GROUP, GUILD, openTour, PINE, refusal, sent, type Tour, USER } from './tour.js';

/** Everything that a message can carry, in the scenes that take it. */

let tour: Tour;
beforeEach(async () => {
  tour = await openTour();
});
afterEach(() => tour[Symbol.asyncDispose]());

const say = (): string => tour.control.say({ scene: 'channel', target: CHANNEL, content: 'x' }).messageId;
const sayC2C = (content = 'x'): string => tour.control.say({ scene: 'c2c', target: USER, content }).messageId;
const lastBody = () => tour.control.outbox().at(-1)?.body;

const ark: Ark = {
  template_id: 23,
  kv: [
    { key: '#DESC#', value: 'what it is' },
    { key: '#PROMPT#', value: 'a list' },
    {
      key: '#LIST#',
      obj: [
        {
          obj_kv: [
            { key: 'desc', value: 'first' },
            { key: 'link', value: 'https://bot.example' },
          ],
        },
      ],
    },
  ],
};

const embed: Embed = {
  title: 'Tea',
  description: 'of today',
  prompt: 'there is tea',
  thumbnail: { url: 'https://media.example/tea.png' },
  fields: [{ name: 'kind', value: 'green' }, { name: 'hot' }],
};

const template: Markdown = {
  template_id: 1,
  custom_template_id: '101993071_1658748972',
  params: [
    { key: 'title', values: ['tea'] },
    { key: 'kinds', values: ['green', 'black'] },
  ],
  style: { main_font_size: 'large', layout: 'hide_avatar_and_center' },
  process_msg: 'thinking',
  force_verify_image_resource: true,
};

const keyboard: MessageKeyboard = {
  content: {
    rows: [
      {
        buttons: [
          {
            id: 'ok',
            group_id: 'answers',
            render_data: { label: 'Yes', visited_label: 'Said yes', style: 1 },
            action: {
              type: 1,
              permission: { type: 0, specify_user_ids: [PINE] },
              data: 'yes',
              unsupport_tips: 'update your app',
              click_limit: 10,
              modal: { content: 'Sure?', confirm_text: 'Yes', cancel_text: 'No' },
            },
          },
          {
            render_data: { label: 'Ask', visited_label: 'Asked', style: 0 },
            action: {
              type: 2,
              permission: { type: 3, specify_role_ids: ['4'] },
              data: '/ask',
              unsupport_tips: 'update your app',
              reply: true,
              enter: true,
              anchor: 1,
              at_bot_show_channel_list: true,
            },
          },
          {
            render_data: { label: 'News', visited_label: 'News', style: 4 },
            action: {
              type: 4,
              permission: { type: 2 },
              data: '',
              unsupport_tips: 'update your app',
              subscribe_data: { template_ids: [{ template_id: 7 }, { custom_template_id: 'weather' }] },
            },
          },
        ],
      },
    ],
    style: { font_size: 'small' },
  },
};

describe('a message to a channel', () => {
  it('is an ark, an embed, markdown of a template with buttons, or a picture by its address', async () => {
    const msg_id = say();
    const card = sent(await tour.api.postMessage(CHANNEL, { ark, msg_id }));
    expect(card.ark).toEqual(ark);
    const shown = sent(await tour.api.postMessage(CHANNEL, { embed, msg_id }));
    expect(shown.embeds).toEqual([embed]);
    sent(await tour.api.postMessage(CHANNEL, { markdown: template, keyboard, msg_id }));
    expect(lastBody()).toMatchObject({ markdown: template, keyboard });
    sent(
      await tour.api.postMessage(CHANNEL, { markdown: { content: '# hi' }, keyboard: { id: '77' }, msg_id }),
    );
    const picture = sent(
      await tour.api.postMessage(CHANNEL, { image: 'https://media.example/a.png', msg_id }),
    );
    expect(picture.attachments).toMatchObject([{ url: 'https://media.example/a.png' }]);
    const read = await tour.api.message(CHANNEL, shown.id);
    expect(read).toMatchObject({ embeds: [embed], tts: false, pinned: false, type: 0, flags: 0 });
    await tour.api.addPins(CHANNEL, shown.id);
    expect(await tour.api.message(CHANNEL, shown.id)).toMatchObject({ pinned: true });
    expect(await refusal(tour.api.postMessage(CHANNEL, { embed, markdown: template, msg_id }))).toBe(50037);
  });

  it('has an ark whose list of variables is never missing', async () => {
    const message = sent(
      await tour.api.postMessage(CHANNEL, { ark: { template_id: 37 } as Ark, msg_id: say() }),
    );
    expect(message.ark).toEqual({ template_id: 37, kv: [] });
  });

  it('answers an event, and quotes a message that is there', async () => {
    const [event_id = ''] = tour.control
      .act({ act: 'update-member', guildId: GUILD, userId: PINE })
      .events.map(({ id }) => id);
    const msg_id = say();
    const quoting = sent(
      await tour.api.postMessage(CHANNEL, {
        content: 'this',
        message_reference: { message_id: msg_id },
        event_id,
      }),
    );
    expect(quoting.message_reference).toEqual({ message_id: msg_id });
    expect(tour.control.outbox().at(-1)).toMatchObject({ replyTo: event_id });
    const lost = { content: 'that', message_reference: { message_id: 'gone' }, msg_id };
    expect(await refusal(tour.api.postMessage(CHANNEL, lost))).toBe(50039);
    const careless = { message_id: 'gone', ignore_get_message_error: true };
    sent(await tour.api.postMessage(CHANNEL, { ...lost, message_reference: careless }));
  });

  it('mentions everybody', async () => {
    expect(sent(await tour.api.postMessage(CHANNEL, { content: '@everyone tea!' }))).toMatchObject({
      mention_everyone: true,
    });
  });

  it('tells how large its picture is', async () => {
    const png = Buffer.alloc(33);
    png.write('89504e470d0a1a0a0000000d49484452', 'hex');
    png.writeUInt32BE(640, 16);
    png.writeUInt32BE(360, 20);
    const file_image = new Blob([png], { type: 'image/png' });
    const { attachments } = sent(await tour.api.postMessage(CHANNEL, { content: 'look', file_image }));
    expect(attachments).toMatchObject([{ width: 640, height: 360, size: 33 }]);
  });
});

describe('a message to a user', () => {
  it('is markdown with buttons, a bar of actions, and suggestions', async () => {
    const body: C2CMessageToCreate = {
      msg_type: MessageType.Markdown,
      markdown: template,
      keyboard,
      action_button: {
        template_id: 10,
        callback_data: 'cb',
        feedback: true,
        tts: true,
        re_generate: true,
        stop_generate: true,
      },
      prompt_keyboard: { keyboard: { content: { rows: [] } } },
      subscribe_id: 'sub-1',
      feature_id: 3,
      timestamp: 1_772_586_000,
      image: '',
      msg_id: sayC2C(),
      msg_seq: 1,
    };
    sent(await tour.api.postC2CMessage(USER, body));
    expect(lastBody()).toEqual(body);
  });

  it('is an ark, and no embed: the platform has not opened them', async () => {
    sent(await tour.api.postC2CMessage(USER, { msg_type: MessageType.Ark, ark, msg_id: sayC2C() }));
    expect(lastBody()).toMatchObject({ ark });
    const shown = { msg_type: MessageType.Embed, embed, msg_id: sayC2C() };
    expect(await refusal(tour.api.postC2CMessage(USER, shown))).toBe(340069);
  });

  it('answers an event, and says which of the answers it is', async () => {
    const [event_id = ''] = tour.control
      .act({ act: 'add-bot', groupOpenid: GROUP })
      .events.map(({ id }) => id);
    const hello = { msg_type: MessageType.Text, content: 'hello', event_id, msg_seq: 1 };
    sent(await tour.api.postGroupMessage(GROUP, hello));
    expect(tour.control.outbox().at(-1)).toMatchObject({ replyTo: event_id, body: { msg_seq: 1 } });
    expect(await refusal(tour.api.postGroupMessage(GROUP, { ...hello, event_id: 'gone' }))).toBe(40034025);
  });

  it('wakes somebody up who spoke long ago, once', async () => {
    sayC2C();
    tour.clock.advance(2 * 3_600_000);
    sent(await tour.api.postC2CMessage(USER, { msg_type: 0, content: 'hello?', is_wakeup: true }));
    const again = tour.api.postC2CMessage(USER, { msg_type: 0, content: 'hello??', is_wakeup: true });
    expect(await refusal(again)).toBe(40034122);
  });

  it('grows in the older way, and starts over', async () => {
    const msg_id = sayC2C('a story');
    const slice = (content: string, stream: NonNullable<C2CMessageToCreate['stream']>) =>
      tour.api.postC2CMessage(USER, { msg_type: 2, markdown: { content }, stream, msg_id, msg_seq: 1 });
    const { id } = sent(await slice('once upon\n', { state: 1, index: 0 }));
    sent(await slice('no, twice\n', { state: 1, index: 0, id, reset: true }));
    sent(await slice('upon a time', { state: 10, index: 1, id }));
    expect(tour.control.outbox().at(-1)).toMatchObject({ messageId: id, content: 'no, twice\nupon a time' });
  });

  it('grows in answer to an event, or unasked', async () => {
    const slice = {
      content_type: 'text',
      input_mode: 'append',
      index: 0,
      input_state: 10,
      content_raw: 'hi',
    };
    const [event_id = ''] = tour.control
      .act({ act: 'allow-proactive', openid: USER })
      .events.map(({ id }) => id);
    const answer = await tour.api.postC2CStreamMessage(USER, { ...slice, event_id, msg_seq: 1 });
    expect(answer).toMatchObject({ id: expect.any(String), remain_msg_len: 9_998 });
    await tour.api.postC2CStreamMessage(USER, { ...slice, is_wakeup: true });
    expect(await refusal(tour.api.postC2CStreamMessage(USER, slice))).toBe(40034105);
  });

  it('is sent with its file at once, in answer to an event', async () => {
    const [event_id = ''] = tour.control.act({ act: 'add-friend', openid: USER }).events.map(({ id }) => id);
    const file = {
      file_type: 1,
      url: 'https://media.example/a.png',
      srv_send_msg: true,
      event_id,
      content: 'look',
      msg_seq: 2,
    };
    const { id, file_info, ttl } = await tour.api.postC2CMessage(USER, file);
    expect({ file_info, ttl }).toEqual({ file_info: expect.any(String), ttl: 86_400 });
    expect(tour.control.outbox().at(-1)).toMatchObject({ messageId: id, replyTo: event_id, content: 'look' });
  });

  it('waits for its audit', async () => {
    tour.control.switches({ audit: 'all' });
    const pending = await tour.api.postC2CMessage(USER, { msg_type: 0, content: 'buy', msg_id: sayC2C() });
    expect(pending).toMatchObject({ pending: true, platformCode: 304024, auditId: expect.any(String) });
    tour.clock.advance(500);
    const passed = await tour.next('MESSAGE_AUDIT_PASS');
    expect(passed).toMatchObject({ user_openid: USER, message_id: expect.any(String) });
    expect(passed.audit_id).toBe('auditId' in pending ? pending.auditId : '');
    tour.control.switches({ auditResult: 'reject' });
    await tour.api.postGroupMessage(GROUP, { msg_type: 0, content: 'buy' });
    tour.clock.advance(500);
    const rejected = await tour.next('MESSAGE_AUDIT_REJECT');
    expect(rejected).toMatchObject({ group_openid: GROUP });
    expect(rejected).not.toHaveProperty('message_id');
  });
});

describe('what users send', () => {
  it('quotes messages of a channel, and calls everybody', async () => {
    const answer = sent(await tour.api.postMessage(CHANNEL, { content: 'an answer', msg_id: say() }));
    const asking = { scene: 'channel', target: CHANNEL, content: '@everyone why?' } as const;
    tour.control.say({ ...asking, quote: answer.id });
    await tour.next('AT_MESSAGE_CREATE');
    expect(await tour.next('AT_MESSAGE_CREATE')).toMatchObject({
      message_reference: { message_id: answer.id },
      mention_everyone: true,
      mentions: [{ id: BOT }],
    });
    expect(() => tour.control.say({ ...asking, quote: 'gone' })).toThrow('say.quote: names no message there');
  });

  it('quotes messages of a chat with all that they carry', async () => {
    const attachments = [
      {
        url: 'media.example/a.png',
        content_type: 'image/png',
        filename: 'a.png',
        width: 10,
        height: 20,
        size: 321,
      },
      {
        url: 'media.example/v.silk',
        content_type: 'voice',
        filename: 'v.silk',
        size: 99,
        asr_refer_text: 'hello',
      },
    ];
    const first = tour.control.say({ scene: 'group', target: GROUP, content: 'look', attachments });
    const event = await tour.next('GROUP_AT_MESSAGE_CREATE');
    const voice = { ...attachments[1], voice_wav_url: 'media.example/v.silk.wav' };
    expect(event).toMatchObject({ message_type: 0, attachments: [attachments[0], voice] });
    expect(event.message_scene?.ext).toEqual([`msg_idx=${event.msg_idx}`]);

    const second = tour.control.say({
      scene: 'group',
      target: GROUP,
      content: 'this one',
      quote: first.messageId,
    });
    const quoting = await tour.next('GROUP_AT_MESSAGE_CREATE');
    const { author } = event;
    expect(quoting).toMatchObject({
      message_type: 103,
      msg_elements: [
        {
          msg_idx: event.msg_idx,
          content: 'look',
          author,
          message_type: 0,
          attachments: [attachments[0], voice],
        },
      ],
    });
    expect(quoting.message_scene?.ext).toContain(`ref_msg_idx=${event.msg_idx}`);

    tour.control.say({ scene: 'group', target: GROUP, content: 'both', forward: [second.messageId] });
    expect(await tour.next('GROUP_AT_MESSAGE_CREATE')).toMatchObject({
      message_type: 102,
      msg_elements: [{ content: 'this one', message_type: 103, msg_elements: [{ content: 'look' }] }],
    });
    const reply = { msg_type: 0, content: 'I see', msg_id: second.messageId };
    const index = event.msg_idx ?? '';
    sent(
      await tour.api.postGroupMessage(GROUP, {
        ...reply,
        msg_seq: 1,
        message_reference: { message_id: index },
      }),
    );
    const gone = { message_id: 'REFIDX_gone' };
    expect(
      await refusal(tour.api.postGroupMessage(GROUP, { ...reply, msg_seq: 2, message_reference: gone })),
    ).toBe(40034024);
  });

  it('are cards, which can be quoted', async () => {
    const fields = { title: 'Tea', desc: 'of today', jump_url: 'https://bot.example' };
    const card = { type: 'tuwen', name: '图文', prompt: '[分享] Tea', fields };
    const { messageId } = tour.control.say({ scene: 'c2c', target: USER, content: '', card });
    const ark_data = { prompt: '[分享] Tea', ark_name: '图文', ark_type: 'tuwen', fields };
    expect(await tour.next('C2C_MESSAGE_CREATE')).toMatchObject({ message_type: 3, content: '', ark_data });
    tour.control.say({ scene: 'c2c', target: USER, content: 'what is it?', quote: messageId });
    expect(await tour.next('C2C_MESSAGE_CREATE')).toMatchObject({
      message_type: 103,
      msg_elements: [{ message_type: 3, ark_data, author: { user_openid: USER, username: 'pine' } }],
    });
  });

  it('come by DM with the guild that they were written from', async () => {
    const { messageId } = tour.control.say({ scene: 'dm', target: DM, content: 'psst' });
    expect(await tour.next('DIRECT_MESSAGE_CREATE')).toMatchObject({
      id: messageId,
      guild_id: DM,
      channel_id: '7000999',
      src_guild_id: GUILD,
      direct_message: true,
      content: 'psst',
      author: { id: PINE },
    });
    tour.control.act({ act: 'recall', messageId });
    expect(await tour.next('DIRECT_MESSAGE_DELETE')).toMatchObject({
      message: { id: messageId, guild_id: DM },
    });
  });

  it('say where they come from', async () => {
    const origin = { source: 'ai_search', callbackData: 'spring' };
    tour.control.say({ scene: 'c2c', target: USER, content: 'hello', ...origin });
    expect(await tour.next('C2C_MESSAGE_CREATE')).toMatchObject({
      message_scene: { source: 'ai_search', callback_data: 'spring' },
    });
  });

  it('reach a bot that hears the whole group without naming it', async () => {
    tour.control.seed({
      groups: [{ openid: 'ALL', receives: 'all', members: [{ openid: 'M', role: 'owner' }] }],
    });
    tour.control.say({ scene: 'group', target: 'ALL', content: '@everyone morning', mention: false });
    expect(await tour.next('GROUP_MESSAGE_CREATE')).toMatchObject({
      group_openid: 'ALL',
      group_id: 'ALL',
      content: '@everyone morning',
      author: { member_openid: 'M', member_role: 'owner' },
      mentions: [{ scope: 'all' }],
    });
  });
});
