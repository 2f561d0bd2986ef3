// Access and logic in one process over the memory broker, for memory-poison.test.ts: `deadly` kills the process that handles it.
// Its ledger gets a line for each start and end, for what was reported, and for each dead letter.
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { MemoryBroker, relay } from '@botgo/relay';
import { Bot } from 'botgo/bot';
import { eventToIntent } from 'botgo/dto';
import { createOpenAPI } from 'botgo/openapi';
import { GatewaySource, memoryCoordinator } from 'botgo/session';
import { newQQBotTokenSource } from 'botgo/token';

const { url, file, ledger } = JSON.parse(process.argv[2]);
const note = (what, text) => appendFileSync(ledger, `${what} ${text}\n`);

const credentials = { appId: '102000001', secret: 'demo-secret' };
const tokenUrl = new URL('/app/getAppAccessToken', url).href;
const tokenSource = newQQBotTokenSource({ ...credentials, tokenUrl });
const api = createOpenAPI({ tokenSource, baseUrl: url });
const broker = new MemoryBroker();
const bot = new Bot({ ...credentials, baseUrl: url });
bot.onError((error, { event }) => note(error.code, event.d.content.trim()));
bot.on('GROUP_AT_MESSAGE_CREATE', async ({ event }) => {
  const text = event.d.content.trim();
  note('start', text);
  if (text === 'deadly') process.kill(process.pid, 'SIGKILL');
  await sleep(20);
  note('end', text);
});
await bot.from(broker.source());
const access = relay({
  appId: credentials.appId,
  source: new GatewaySource({
    tokenSource,
    accessPoint: () => api.ws(),
    shards: 1,
    coordinator: memoryCoordinator({ file }),
    handleSignals: false,
  }),
  publisher: broker.publisher(),
  intents: eventToIntent('GROUP_AT_MESSAGE_CREATE'),
});
process.on('SIGTERM', async () => {
  await access.stop();
  await bot.stop();
  for (const { headers } of broker.deadLetters)
    note('dead', `${headers['botgo-dead-code']} ${headers['botgo-dead-outcome']}`);
  process.exit(0);
});
process.stdout.write('runs\n');
await access.ended;
