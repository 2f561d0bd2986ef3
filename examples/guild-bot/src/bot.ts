// A bot that looks after a guild [频道]. It has to be of the private domain and an administrator there.
//   /role NAME · /meet MINUTES NAME · /idea TITLE TEXT · /quiet @somebody SECONDS (administrators), or the same with @bot in front
import { Bot, type Context } from 'botgo';
import { ChannelType, DefaultRoleID, EmojiType, RemindType, ThreadFormat } from 'botgo/dto';
import { atUser, mentionedUsers } from 'botgo/message';

type Said = Context<'AT_MESSAGE_CREATE' | 'MESSAGE_CREATE'>;

const { BOT_APPID = '', BOT_SECRET = '', BOT_API_URL, BOT_FORBIDDEN = 'lottery' } = process.env;
const bot = new Bot({ appId: BOT_APPID, secret: BOT_SECRET, baseUrl: BOT_API_URL });
const { api } = bot;

const OK = { type: EmojiType.System, id: '124' };
const PIN = '269';
const MANAGERS: readonly string[] = [DefaultRoleID.Administrator, DefaultRoleID.Owner];

const commands: Readonly<Record<string, (ctx: Said, words: readonly string[]) => Promise<string>>> = {
  async '/role'({ data }, [name = '']) {
    const { roles } = await api.roles(data.guild_id);
    const role = roles.find((role) => role.name === name);
    const roleId = role?.id ?? (await api.postRole(data.guild_id, { name, hoist: 1 })).role_id;
    await api.memberAddRole(data.guild_id, roleId, data.author.id);
    return `${atUser(data.author.id)} is ${name} now`;
  },

  async '/meet'({ data }, [minutes, ...name]) {
    const startMs = Date.now() + Number(minutes) * 60_000;
    const { id } = await api.createSchedule(data.channel_id, {
      name: name.join(' '),
      start_timestamp: String(startMs),
      end_timestamp: String(startMs + 3_600_000),
      remind_type: RemindType.AtStart,
    });
    return `schedule ${id}: ${name.join(' ')} in ${minutes} minutes`;
  },

  async '/idea'({ data }, [title = '', ...text]) {
    const forum = (await api.channels(data.guild_id)).find(({ type }) => type === ChannelType.Forum);
    if (forum === undefined) return 'this guild has no forum';
    await api.putThread(forum.id, { title, content: text.join(' '), format: ThreadFormat.Text });
    return `${title} goes to ${forum.name} when its audit is through`;
  },

  async '/quiet'({ data }, [seconds = '60']) {
    if (!data.member?.roles?.some((role) => MANAGERS.includes(role)))
      return 'only administrators may do that';
    const { id: self } = await api.me();
    const users = mentionedUsers(data.content ?? '').filter((user) => user !== self);
    for (const user of users) await api.memberMute(data.guild_id, user, { mute_seconds: seconds });
    return `${users.map(atUser).join(' ')} is quiet for ${seconds} s`;
  },
};

bot.on(['AT_MESSAGE_CREATE', 'MESSAGE_CREATE'], async (ctx) => {
  const { data } = ctx;
  if (ctx.text.includes(BOT_FORBIDDEN)) {
    await api.retractMessage(data.channel_id, data.id, { hideTip: true });
    await api.memberMute(data.guild_id, data.author.id, { mute_seconds: '60' });
    return;
  }
  const [name = '', ...words] = ctx.text.split(/\s+/);
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) return;
  await api.createMessageReaction(data.channel_id, data.id, OK);
  await ctx.reply(await command(ctx, words));
});

// Whoever puts a pin on a message pins it.
bot.on('MESSAGE_REACTION_ADD', async ({ data }) => {
  if (data.emoji.id === PIN) await api.addPins(data.channel_id, data.target.id);
});

await bot.start();
