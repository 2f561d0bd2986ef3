import { Bot, type Logger } from 'botgo';

/** The demo's bot: it answers whoever talks to it, in every scene. */
export function echoBot(baseUrl: string, logger: Logger, onHandled: (messageId: string) => void): Bot {
  const bot = new Bot({ appId: '102000001', secret: 'demo-secret', baseUrl, logger });
  bot.on(
    ['AT_MESSAGE_CREATE', 'DIRECT_MESSAGE_CREATE', 'GROUP_AT_MESSAGE_CREATE', 'C2C_MESSAGE_CREATE'],
    async (ctx) => {
      await ctx.reply(`you said: ${ctx.text}`);
      onHandled(ctx.data.id);
    },
  );
  return bot;
}
