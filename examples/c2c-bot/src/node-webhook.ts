import { createServer } from 'node:http';
import { bot } from './bot.js';

const server = createServer(bot.webhook({ path: '/qq' }).node).listen(Number(process.env.PORT ?? 8080));

process.once('SIGTERM', async () => {
  await bot.stop();
  server.close();
});
