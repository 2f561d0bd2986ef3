// The logic layer: handlers as in any other bot. `botgo-worker --handlers` loads this file.
import type { Bot } from 'botgo';

export default function addHandlers(bot: Bot): void {
  bot.on(['GROUP_AT_MESSAGE_CREATE', 'C2C_MESSAGE_CREATE', 'AT_MESSAGE_CREATE'], (ctx) =>
    ctx.reply(`worker ${process.pid} heard ${ctx.text}`),
  );
}
