// Handlers for the worker of program.test.ts: `die` kills the worker that gets it, the first time only; `leave` stops the bot.
import { existsSync, writeFileSync } from 'node:fs';

export default function addHandlers(bot) {
  bot.on('GROUP_AT_MESSAGE_CREATE', async (ctx) => {
    const mark = process.env.DEATH_MARK;
    if (mark && ctx.event.d.content.includes('die') && !existsSync(mark)) {
      writeFileSync(mark, '');
      process.kill(process.pid, 'SIGKILL');
    }
    if (ctx.event.d.content.includes('leave')) void bot.stop();
    await ctx.reply(`heard ${ctx.event.d.content.trim()}`);
  });
}
