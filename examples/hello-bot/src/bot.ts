import { Bot } from 'botgo';

const { BOT_APPID = '', BOT_SECRET = '', BOT_API_URL } = process.env;
const bot = new Bot({ appId: BOT_APPID, secret: BOT_SECRET, baseUrl: BOT_API_URL });

bot.on(['GROUP_AT_MESSAGE_CREATE', 'C2C_MESSAGE_CREATE'], (ctx) => ctx.reply(`hello, ${ctx.text}`));
bot.command('天气', (ctx) => ctx.reply(`${ctx.args[0] ?? '这里'}：晴`));

await bot.start();
