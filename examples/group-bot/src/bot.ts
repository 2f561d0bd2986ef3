// A bot for groups [群聊] and chats: `/tea` shows a vote in markdown with buttons, and each click brings the count
// up to date. Whoever comes is welcome, and whoever leaves is not counted any more.
import { Bot, callbackButton, commandButton, InteractionCode, keyboard, markdown } from 'botgo';
import { atUser } from 'botgo/message';

const { BOT_APPID = '', BOT_SECRET = '', BOT_API_URL } = process.env;
const bot = new Bot({ appId: BOT_APPID, secret: BOT_SECRET, baseUrl: BOT_API_URL });

const TEAS = ['green', 'black', 'none'];
/** Per group or user: who voted for what. */
const votes = new Map<string, Map<string, string>>();

function vote(place: string) {
  const given = [...(votes.get(place)?.values() ?? [])];
  const lines = TEAS.map((tea) => `- ${tea}: **${given.filter((other) => other === tea).length}**`);
  const buttons = TEAS.map((tea) => callbackButton({ id: tea, label: tea, data: tea }));
  return markdown(['# Tea?', ...lines].join('\n'), keyboard([buttons]));
}

bot.on('GROUP_AT_MESSAGE_CREATE', async (ctx) => {
  if (ctx.text === '/tea') await ctx.reply(vote(ctx.data.group_openid));
});
bot.on('C2C_MESSAGE_CREATE', async (ctx) => {
  if (ctx.text === '/tea') await ctx.reply(vote(ctx.data.author.user_openid));
});

bot.on('INTERACTION_CREATE', async (ctx) => {
  const { id, data, group_openid, group_member_openid, user_openid } = ctx.data;
  const place = group_openid ?? user_openid;
  const voter = group_member_openid ?? user_openid;
  const tea = data.resolved.button_data ?? '';
  // Every click is answered, or the user sees a button that failed.
  if (place === undefined || voter === undefined || !TEAS.includes(tea))
    return ctx.api.putInteraction(id, { code: InteractionCode.Failed });
  const given = votes.get(place) ?? new Map<string, string>();
  if (given.get(voter) === tea) return ctx.api.putInteraction(id, { code: InteractionCode.Repeated });
  votes.set(place, given.set(voter, tea));
  await ctx.api.putInteraction(id, { code: InteractionCode.OK });
  return ctx.reply(vote(place));
});

// The bot came to a group, or went; somebody joined it, or left.
bot.on('GROUP_ADD_ROBOT', (ctx) => {
  const menu = keyboard([[commandButton({ label: 'tea?', command: '/tea' })]]);
  return ctx.reply(markdown('# Hello all\n@ me with **/tea** to vote', menu));
});
bot.on('GROUP_DEL_ROBOT', ({ data }) => void votes.delete(data.group_openid));
bot.on('GROUP_MEMBER_ADD', (ctx) => ctx.reply(`${atUser(ctx.data.member_openid)}, welcome`));
bot.on('GROUP_MEMBER_REMOVE', ({ data }) => {
  votes.get(data.group_openid)?.delete(data.member_openid);
});

await bot.start();
