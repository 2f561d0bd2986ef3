// For any server of the Fetch standard; here the one of Hono for Node. On Bun: `export default { port, fetch }`.
import { serve } from '@hono/node-server';
import { bot } from './bot.js';

const { fetch } = bot.webhook({ path: '/qq' });
const server = serve({ fetch, port: Number(process.env.PORT ?? 8080) });

process.once('SIGTERM', async () => {
  await bot.stop();
  server.close();
});
