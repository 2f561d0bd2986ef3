import type { Context } from 'botgo';
import type { Embed } from 'botgo/dto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CHANNEL, GUILD, openTour, PINE, sent, type Tour, USER } from './tour.js';

/** The platform grows without a word: what this SDK has never heard of passes through it unharmed. */

let tour: Tour;
beforeEach(async () => {
  tour = await openTour();
});
afterEach(() => tour[Symbol.asyncDispose]());

describe('what the platform adds later', () => {
  it('reaches the handler with every field, as it came', async () => {
    const d = {
      id: 'ROBOT1.0_later',
      author: { user_openid: USER, mood: 'calm' },
      content: 'hi',
      timestamp: '2026-03-04T09:00:00+08:00',
      message_type: 999,
      message_scene: { source: 'moon', ext: ['orbit=1'], crater: { depth: 3.5 } },
      attachments: [{ url: 'media.example/a.smell', content_type: 'smell', strength: [1, null, true] }],
      moon: '\ud83c\udf19 月',
      big: 9_007_199_254_740_991,
    };
    const text = JSON.stringify(d).replace('"big"', '"__proto__":{"polluted":true},"big"');
    tour.control.emit({ t: 'C2C_MESSAGE_CREATE', d: JSON.parse(text) });
    const got = await tour.next('C2C_MESSAGE_CREATE');
    expect(JSON.stringify(got)).toBe(text);
    expect((got as { polluted?: unknown }).polluted).toBeUndefined();
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  it('may be a kind of event, of interaction, of channel, of reaction', async () => {
    const rest: { t: string; d: unknown }[] = [];
    const seen = new Promise<void>((resolve) => {
      tour.bot.on('*', ({ event, data }: Context) => {
        rest.push({ t: event.t, d: data });
        resolve();
      });
    });
    tour.control.emit({ t: 'GUILD_MOON_RISE', d: { guild_id: GUILD, moon: ['full'] } });
    await seen;
    expect(rest).toEqual([{ t: 'GUILD_MOON_RISE', d: { guild_id: GUILD, moon: ['full'] } }]);
    tour.control.act({ act: 'click', scene: 'c2c', target: USER, type: 4_321 });
    expect(await tour.next('INTERACTION_CREATE')).toMatchObject({ type: 4_321, data: { type: 4_321 } });
    tour.control.seed({
      guilds: [{ id: '7', ownerId: PINE, channels: [{ id: '71', type: 19_999, subType: 88 }] }],
    });
    const channel = await tour.api.channel('71');
    expect(channel).toMatchObject({ type: 19_999, sub_type: 88 });
    const { id, type, sub_type } = channel;
    expect(await tour.api.patchChannel(id, { name: 'moon', type, sub_type })).toMatchObject({
      type,
      sub_type,
    });
    const messageId = tour.control.say({ scene: 'channel', target: CHANNEL, content: 'x' }).messageId;
    tour.control.act({ act: 'react', messageId, from: PINE, emojiId: 'x', emojiType: 77 });
    expect(await tour.next('MESSAGE_REACTION_ADD')).toMatchObject({ emoji: { id: 'x', type: 77 } });
  });

  it('can be sent, and comes back', async () => {
    const embed = { title: 'Moon', prompt: 'rise', phase: { name: 'full', lit: 1 } } as Embed;
    const message = sent(await tour.api.postMessage(CHANNEL, { embed }));
    expect(message.embeds).toEqual([embed]);
    const read = await tour.api.message(CHANNEL, message.id);
    expect(read.embeds).toEqual([embed]);
    const again = sent(await tour.api.postMessage(CHANNEL, { embed: read.embeds?.[0] ?? {} }));
    expect(again.embeds).toEqual([embed]);
  });
});
