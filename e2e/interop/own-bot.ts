import { Bot, silentLogger } from 'botgo';
import { Intent, usableIntents } from 'botgo/dto';

// The same bot on our own SDK: what is asked of others is asked of us, in every `npm test`.
const { BOT_APPID = '', BOT_SECRET = '', BOT_API_URL } = process.env;
const all = usableIntents.reduce((mask, { intent }) => mask | intent, 0);
const bot = new Bot({
  appId: BOT_APPID,
  secret: BOT_SECRET,
  baseUrl: BOT_API_URL,
  intents: all & ~Intent.GuildMessages,
  logger: silentLogger,
});

bot.on(
  ['AT_MESSAGE_CREATE', 'DIRECT_MESSAGE_CREATE', 'GROUP_AT_MESSAGE_CREATE', 'C2C_MESSAGE_CREATE'],
  async (ctx) => {
    understood(ctx.event.t);
    if (ctx.text.startsWith('hello')) await ctx.reply(`botgo heard: ${ctx.text}`);
  },
);
bot.on('*', (ctx) => understood(ctx.event.t));

await bot.start({ handleSignals: false });

function understood(name: string): void {
  process.stdout.write(`event ${name}\n`);
}
