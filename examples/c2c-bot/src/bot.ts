// A bot that people chat with: a picture, an answer that grows while a language model writes it, and a message that is audited first.
import { Bot, image, isPendingAudit } from 'botgo';
import { answer } from './model.js';

const { BOT_APPID = '', BOT_SECRET = '', BOT_API_URL } = process.env;

/** The bot, not started: gateway.ts, node-webhook.ts and fetch-webhook.ts each bring it events in their way. */
export const bot = new Bot({ appId: BOT_APPID, secret: BOT_SECRET, baseUrl: BOT_API_URL, audits: true });

bot.command('/picture', (ctx) => ctx.reply(image(new URL('../picture.png', import.meta.url), 'here it is')), {
  scenes: ['c2c'],
});

// The platform may answer 202: the message waits for an audit, which can take its time.
bot.command(
  '/announce',
  async (ctx) => {
    const sent = await ctx.reply(`Announcement: ${ctx.args.join(' ')}`);
    if (!isPendingAudit(sent)) return;
    const { message_id } = await sent.settled({ signal: ctx.signal });
    console.log(`the announcement has passed its audit: ${message_id}`);
  },
  { scenes: ['c2c'] },
);

bot.on('C2C_MESSAGE_CREATE', async (ctx) => {
  await ctx.typing();
  await ctx.replyStream(answer(ctx.text, ctx.signal));
});
