import { describe, expect, it, vi } from 'vitest';
import { isBotgoError } from '../errs/index.js';
import type { IncomingEvent } from '../event/index.js';
import { ark, embed, image, keyboardTemplate, markdown, media, type OutgoingMessage, text } from './index.js';
import { Replier } from './reply.js';

function setup() {
  const sent: unknown[][] = [];
  const record =
    (name: string) =>
    async (...args: unknown[]) => {
      sent.push([name, ...args]);
      return { id: `sent-${sent.length}`, timestamp: 0 } as never;
    };
  const replier = new Replier({
    postMessage: record('postMessage'),
    postDirectMessage: record('postDirectMessage'),
    postGroupMessage: record('postGroupMessage'),
    postC2CMessage: record('postC2CMessage'),
    postC2CStreamMessage: record('postC2CStreamMessage'),
    sendInputNotify: record('sendInputNotify'),
  });
  return { replier, sent };
}

const channel: IncomingEvent = {
  t: 'AT_MESSAGE_CREATE',
  id: 'E',
  d: { id: 'M', channel_id: 'C', guild_id: 'G' },
};
const dm: IncomingEvent = {
  t: 'DIRECT_MESSAGE_CREATE',
  id: 'E',
  d: { id: 'M', channel_id: 'C', guild_id: 'G' },
};
const group: IncomingEvent = { t: 'GROUP_AT_MESSAGE_CREATE', id: 'E', d: { id: 'M', group_openid: 'GO' } };
const c2c: IncomingEvent = {
  t: 'C2C_MESSAGE_CREATE',
  id: 'E',
  d: { id: 'M', author: { user_openid: 'UO' } },
};
const friend: IncomingEvent = { t: 'FRIEND_ADD', id: 'E', d: { openid: 'UO' } };
const member: IncomingEvent = { t: 'GUILD_MEMBER_ADD', id: 'E', d: { guild_id: 'G' } };

describe('the right endpoint for the scene', () => {
  it.each<[string, IncomingEvent, unknown[]]>([
    ['channel', channel, ['postMessage', 'C', { content: 'a &lt; b', msg_id: 'M' }, {}]],
    ['dm', dm, ['postDirectMessage', 'G', { content: 'a &lt; b', msg_id: 'M' }, {}]],
    [
      'group',
      group,
      ['postGroupMessage', 'GO', { msg_type: 0, content: 'a < b', msg_id: 'M', msg_seq: 1 }, {}],
    ],
    ['c2c', c2c, ['postC2CMessage', 'UO', { msg_type: 0, content: 'a < b', msg_id: 'M', msg_seq: 1 }, {}]],
    [
      'an event',
      friend,
      ['postC2CMessage', 'UO', { msg_type: 0, content: 'a < b', event_id: 'E', msg_seq: 1 }, {}],
    ],
  ])('%s', async (_case, event, call) => {
    const { replier, sent } = setup();
    expect(await replier.reply(event, 'a < b')).toMatchObject({ id: 'sent-1' });
    expect(sent).toEqual([call]);
  });

  it('a guild event takes the channel that the caller names', async () => {
    const { replier, sent } = setup();
    await replier.reply(member, text('welcome'), { channelId: 'C' });
    expect(sent).toEqual([['postMessage', 'C', { content: 'welcome', event_id: 'E' }, {}]]);
  });

  it('signal and timeout go to the call', async () => {
    const { replier, sent } = setup();
    const { signal } = new AbortController();
    await replier.reply(c2c, 'x', { signal, timeoutMs: 5 });
    expect(sent[0]?.[3]).toEqual({ signal, timeoutMs: 5 });
  });
});

describe('msg_seq', () => {
  it('counts per answered message, whatever is sent', async () => {
    const { replier, sent } = setup();
    const other = { ...c2c, d: { id: 'M2', author: { user_openid: 'UO' } } };
    await Promise.all([replier.reply(c2c, 'a'), replier.reply(c2c, media('F')), replier.reply(other, 'b')]);
    await replier.reply(c2c, markdown('c'));
    expect(sent.map(([, , body]) => (body as { msg_seq: number }).msg_seq)).toEqual([1, 2, 1, 3]);
  });

  it('is used up by a request that failed, and not by one that was never made', async () => {
    const post = vi.fn().mockRejectedValueOnce(new Error('reset')).mockResolvedValue({ id: 'x' });
    const replier = new Replier({
      postMessage: post,
      postDirectMessage: post,
      postGroupMessage: post,
      postC2CMessage: post,
      postC2CStreamMessage: post,
      sendInputNotify: post,
    });
    await expect(replier.reply(group, 'a')).rejects.toThrow('reset');
    await expect(replier.reply(group, embed({ title: 't' }))).rejects.toThrow();
    await replier.reply(group, 'a');
    expect(post.mock.calls.map(([, body]) => body.msg_seq)).toEqual([1, 2]);
  });
});

describe('what is sent', () => {
  const card = ark(1, { A: 'b' });
  const keys = keyboardTemplate('k');
  it.each<[string, OutgoingMessage, object | undefined, object | undefined]>([
    ['text', text('x'), { content: 'x' }, { msg_type: 0, content: 'x' }],
    ['markdown', markdown('x'), { markdown: { content: 'x' } }, { msg_type: 2, markdown: { content: 'x' } }],
    [
      'markdown with buttons',
      markdown('x', keys),
      { markdown: { content: 'x' }, keyboard: keys },
      { msg_type: 2, markdown: { content: 'x' }, keyboard: keys },
    ],
    ['ark', card, { ark: card.ark }, { msg_type: 3, ark: card.ark }],
    ['embed', embed({ title: 't' }), { embed: { title: 't' } }, undefined],
    ['image', image('https://x/y', '<3'), { image: 'https://x/y', content: '&lt;3' }, undefined],
    ['image bytes', image(new Uint8Array([1])), { file_image: new Uint8Array([1]) }, undefined],
    ['media', media('F'), undefined, { msg_type: 7, content: ' ', media: { file_info: 'F' } }],
    ['media with text', media('F', 'x'), undefined, { msg_type: 7, content: 'x', media: { file_info: 'F' } }],
    ['nothing', '', undefined, undefined],
    ['nothing, as a text', { kind: 'text', content: '' }, undefined, undefined],
  ])('%s', async (_case, message, inChannel, inChat) => {
    for (const [event, body] of [
      [channel, inChannel && { ...inChannel, msg_id: 'M' }],
      [group, inChat && { ...inChat, msg_id: 'M', msg_seq: 1 }],
    ] as const) {
      const { replier, sent } = setup();
      const replied = replier.reply(event, message);
      if (body) {
        await replied;
        expect(sent[0]?.[2]).toEqual(body);
      } else {
        await expect(replied).rejects.toSatisfy((error) => isBotgoError(error, 'BOTGO_REPLY_REFUSED'));
        expect(sent).toEqual([]);
      }
    }
  });
});

describe('quoting', () => {
  it.each<[string, IncomingEvent, string]>([
    ['a channel message by its id', channel, 'M'],
    ['a chat message by its index', { ...c2c, d: { ...(c2c.d as object), msg_idx: 'REFIDX_1' } }, 'REFIDX_1'],
    [
      'a chat message by the index among its extras',
      {
        ...group,
        d: { ...(group.d as object), message_scene: { ext: ['ref_msg_idx=REFIDX_0', 'msg_idx=REFIDX_2'] } },
      },
      'REFIDX_2',
    ],
  ])('%s', async (_case, event, message_id) => {
    const { replier, sent } = setup();
    await replier.reply(event, 'x', { quote: true });
    expect(sent[0]?.[2]).toMatchObject({ message_reference: { message_id } });
  });

  it.each([
    ['a chat message without an index', c2c],
    ['an event', friend],
  ])('is refused for %s', async (_case, event) => {
    const { replier, sent } = setup();
    await expect(replier.reply(event, 'x', { quote: true })).rejects.toSatisfy((error) =>
      isBotgoError(error, 'BOTGO_REPLY_REFUSED'),
    );
    expect(sent).toEqual([]);
  });
});

describe('no answer is sent', () => {
  it.each<[string, IncomingEvent]>([
    ['to an event the platform takes none for', { t: 'GROUP_DEL_ROBOT', id: 'E', d: { group_openid: 'GO' } }],
    ['to an unknown event', { t: 'NEW_EVENT_OF_2030', id: 'E', d: {} }],
    ['to an event without an id', { t: 'FRIEND_ADD', d: { openid: 'UO' } }],
    ['to a guild event without a channel', member],
  ])('%s', async (_case, event) => {
    const { replier, sent } = setup();
    await expect(replier.reply(event, 'x')).rejects.toSatisfy((error) =>
      isBotgoError(error, 'BOTGO_REPLY_REFUSED'),
    );
    expect(sent).toEqual([]);
  });
});
