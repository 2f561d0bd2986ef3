import { expectTypeOf } from 'vitest';
import type { GroupMessage, Interaction, Message } from '../dto/index.js';
import { embed, media } from '../message/index.js';
import { Bot } from './index.js';

const bot = new Bot({ appId: '1', secret: 's' });

bot.on('GROUP_AT_MESSAGE_CREATE', (ctx) => {
  expectTypeOf(ctx.data).toEqualTypeOf<GroupMessage>();
  expectTypeOf(ctx.event.t).toEqualTypeOf<'GROUP_AT_MESSAGE_CREATE'>();
  void ctx.reply(media('F'));
  // @ts-expect-error: groups take no embeds
  void ctx.reply(embed({ title: 't' }));
});

bot.on('AT_MESSAGE_CREATE', (ctx) => {
  expectTypeOf(ctx.data).toEqualTypeOf<Message>();
  void ctx.reply(embed({ title: 't' }));
  // @ts-expect-error: channels take no uploaded media
  void ctx.reply(media('F'));
});

bot.on(['AT_MESSAGE_CREATE', 'INTERACTION_CREATE'], (ctx) => {
  expectTypeOf(ctx.data).toEqualTypeOf<Message | Interaction>();
});

bot.command('天气', async (ctx) => {
  expectTypeOf(ctx.args).toEqualTypeOf<readonly string[]>();
  await ctx.reply((await ctx.next()).text);
});

// @ts-expect-error: no event has this name
bot.on('AT_MESAGE_CREATE', () => {});
