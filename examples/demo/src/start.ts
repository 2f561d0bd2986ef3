// `npm start`: a simulated QQ platform and a bot on it, until Ctrl-C.
import { startSimulator } from '@botgo/simulator';
import { consoleLogger } from 'botgo';
import { echoBot } from './echo-bot.js';
import { PLACES, type Place, placeName } from './places.js';

/** Terminals and npm both pass a Ctrl-C on: what comes this soon after the first is the same one. */
const SAME_SIGNAL_MS = 1_000;

const sim = await startSimulator();
let answered = 0;
let firstSignalMs: number | undefined;
const bot = echoBot(sim.url, consoleLogger({ level: 'warn' }), () => answered++);
await bot.start({ handleSignals: false });

console.log(`
A bot is running, on a QQ platform of its own.

  platform   ${sim.url}
  gateway    ${sim.gatewayUrl}
  bot        appId 102000001, on ${bot.status().gateway?.shards.length} shards
  people     two guilds, a group, a DM and a chat

Say something to it, in another terminal:
`);
for (const place of PLACES) console.log(`  ${sayCommand(place)}`);
console.log(`
See what it answered:      curl -s ${sim.url}/_sim/outbox
Cut its connections:       ${post('fault', { kind: 'cut' })}
Watch all that happens:    curl -sN ${sim.url}/_sim/stream

Your own bot, in any language, can log in too: appId 102000001, secret demo-secret, API ${sim.url}

Ctrl-C ends it.
`);

// What can be seen after the line that cuts connections.
bot.gateway?.on('disconnect', ({ shard }) => console.log(`shard ${shard} was disconnected`));
bot.gateway?.on('ready', ({ shard, resumed }) =>
  console.log(`shard ${shard} is back: ${resumed ? 'its session was resumed' : 'it opened a new session'}`),
);
void watch();
process.on('SIGINT', stop);
process.on('SIGTERM', stop);

function stop(): void {
  if (firstSignalMs === undefined) {
    firstSignalMs = performance.now();
    console.log('\nstopping: the bot finishes what it has begun …');
    void end();
  } else if (performance.now() - firstSignalMs > SAME_SIGNAL_MS) process.exit(130);
}

async function end(): Promise<void> {
  await bot.stop();
  await sim.close();
  console.log(`stopped after ${answered} answers`);
}

/** Prints what the bot says, as it says it. */
async function watch(): Promise<void> {
  while (firstSignalMs === undefined) {
    const { scene, target, content } = await sim.control.nextSent();
    console.log(`${placeName(scene, target)}: ${content}`);
  }
}

function sayCommand({ scene, target }: Place): string {
  return post('say', { scene, target, content: 'hello' });
}

/** A line that can be pasted into the shell of this system. */
function post(name: string, body: object): string {
  const json = JSON.stringify(body);
  const quoted = process.platform === 'win32' ? `"${json.replaceAll('"', '\\"')}"` : `'${json}'`;
  return `curl -s ${sim.url}/_sim/${name} -d ${quoted}`;
}
