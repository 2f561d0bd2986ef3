// One process of a large bot: start as many of it as you like. Nothing in it knows how many there are.
import { redisClaimStore, redisCoordinator } from '@botgo/redis';
import { Bot, consoleLogger } from 'botgo';

const { BOT_APPID = '', BOT_SECRET = '', BOT_API_URL, REDIS_URL = '', MEMBER_ID, LEASE_MS } = process.env;
const store = { url: REDIS_URL, appId: BOT_APPID };
const coordinator = redisCoordinator(store); // who holds which shard
const claims = redisClaimStore(store); // what comes twice after a crash is handled once

const bot = new Bot({
  appId: BOT_APPID,
  secret: BOT_SECRET,
  baseUrl: BOT_API_URL,
  claims,
  logger: consoleLogger({ level: 'error' }),
});
bot.on('AT_MESSAGE_CREATE', (ctx) => ctx.reply(`you said: ${ctx.text}`));

await bot.start({ coordinator, memberId: MEMBER_ID, leaseMs: Number(LEASE_MS ?? 10_000) });
await bot.stopped; // SIGTERM: it hands its shards over
await Promise.all([coordinator.close(), claims.close()]);
