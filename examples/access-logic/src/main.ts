// Access and logic apart, on this machine: a simulated platform, a broker, two access processes, two workers. People write; an access
// process and a worker are killed; nobody's message stays without an answer. `--broker kafka` takes Kafka (needs Java and Maven).
import { parseArgs } from 'node:util';
import { startKafka, startRedis } from '@botgo/e2e/services';
import { startSimulator } from '@botgo/simulator';
import { startProgram, untilReady } from './programs.js';

const { values } = parseArgs({ options: { broker: { type: 'string', default: 'redis' } } });
if (values.broker !== 'redis' && values.broker !== 'kafka') {
  console.error('--broker must be redis or kafka');
  process.exit(2);
}

const GROUP = { scene: 'group', target: '5566778899AABBCCDDEEFF0011223344' } as const;
/** What the simulated platform recommends. */
const SHARDS = 2;
const sim = await startSimulator();
const redis = await startRedis({ persist: true });
const broker = values.broker === 'kafka' ? await startKafka() : redis;

const places = [
  ...['--relay', broker.url, '--coordinator', redis.url, '--app-id', '102000001'],
  ...['--api-url', sim.url, '--health-port', '0', '--lease-ms', '3000'],
];
const handlers = ['--handlers', new URL('./handlers.js', import.meta.url).pathname];
const [accessA, accessB, workerA, workerB] = await Promise.all([
  startProgram('access', places),
  startProgram('access', places),
  startProgram('worker', [...places, ...handlers]),
  startProgram('worker', [...places, ...handlers]),
]);
for (const program of [accessA, accessB, workerA, workerB]) await untilReady(program);
// A process without a shard is ready too: what counts is that every shard has a session.
while (sim.control.sessions().filter(({ connected }) => connected).length < SHARDS)
  await new Promise((resolve) => setTimeout(resolve, 50));
console.log(`platform  ${sim.url}
broker    ${broker.url}
access    processes ${accessA.pid} and ${accessB.pid} hold the gateway connections
logic     processes ${workerA.pid} and ${workerB.pid} handle what they pass on
`);

let said = 0;
async function converse(messages: number): Promise<void> {
  for (let count = 0; count < messages; count++) sim.control.say({ ...GROUP, content: `message ${++said}` });
  while (answered() < said) await new Promise((resolve) => setTimeout(resolve, 50));
  console.log(`  ${said} messages, ${answered()} answers; the last: ${sim.control.outbox().at(-1)?.content}`);
}
const answered = (): number =>
  new Set(sim.control.outbox().map(({ content }) => / heard (.*)$/.exec(content)?.[1])).size;

console.log('people write:');
await converse(3);
console.log(`\nkill -9 of access process ${accessA.pid}; people go on writing:`);
await accessA.end('SIGKILL');
await converse(3);
console.log(`\nkill -9 of worker ${workerA.pid}; people go on writing:`);
await workerA.end('SIGKILL');
await converse(3);

await Promise.all([accessB.end('SIGTERM'), workerB.end('SIGTERM')]);
await sim.close();
if (broker !== redis) await broker.stop();
await redis.stop();
console.log(`\naccess-logic: ${said} messages, ${answered()} answered, two processes killed`);
