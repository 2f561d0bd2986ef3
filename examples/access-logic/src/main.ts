// Access and logic apart, on this machine: a simulated platform, a broker, two access processes, two workers. People write; an access
// process and a worker are killed; nobody's message stays without an answer. `--broker kafka` takes Kafka (needs Java and Maven).
import { parseArgs } from 'node:util';
import { startKafka, startRedis } from '@botgo/e2e/services';
import { startSimulator } from '@botgo/simulator';
import { People } from './people.js';
import { type Program, startProgram, until } from './programs.js';

const brokerName = readBroker();
const isKafka = brokerName === 'kafka';
/** What the simulated platform recommends. */
const SHARDS = 2;
/** Short, so that a death shows soon; 10 s is what one would use. */
const LEASE_MS = 3_000;
/** A worker of Kafka keeps its partitions for the least that a broker allows. */
const WORKER_LEASE_MS = isKafka ? 6_000 : LEASE_MS;

console.log(
  isKafka
    ? 'starting a platform, a Redis and a Kafka (the first time, Maven fetches it: 43 MB) …'
    : 'starting a platform and a Redis …',
);
const sim = await startSimulator();
const redis = await startRedis({ persist: true });
const broker = isKafka ? await startKafka().catch(unavailable) : redis;

const places = [
  ...['--relay', broker.url, '--coordinator', redis.url, '--app-id', '102000001'],
  ...['--api-url', sim.url, '--health-port', '0', '--lease-ms', String(LEASE_MS)],
];
const handlers = ['--handlers', new URL('./handlers.js', import.meta.url).pathname];
const access = await Promise.all([startProgram('access', places), startProgram('access', places)]);
const workers = await Promise.all([
  startProgram('worker', [...places, ...handlers]),
  startProgram('worker', [...places, ...handlers]),
]);
await until(async () => {
  const health = await Promise.all([...access, ...workers].map((program) => program.look()));
  const shares = health.map(({ isReady, shards, partitions }) => isReady && shards.length + partitions > 0);
  return shares.every(Boolean);
});

console.log(`platform  ${sim.url}, ${SHARDS} shards
store     ${redis.url}: sessions, leases, who has what
broker    ${broker.url}, 16 partitions`);
for (const program of access) console.log(`access    ${await describe(program)}`);
for (const program of workers) console.log(`logic     ${await describe(program)}`);

const people = new People(sim);
console.log('\npeople write in five conversations:');
await people.write();

const accessGone = await holderOfGroups(access);
console.log(
  `\nkill -9 of the access ${await describe(accessGone)} for ${LEASE_MS / 1_000} s more; people write on:`,
);
await accessGone.end('SIGKILL');
await people.write();

const workerGone = workers.find(({ pid }) => pid === people.lastWorker) ?? workers[0];
console.log(
  `\nkill -9 of worker ${workerGone.pid}, which keeps its partitions for ${WORKER_LEASE_MS / 1_000} s more; people write on:`,
);
await workerGone.end('SIGKILL');
await people.write();

const left = [...access, ...workers].filter((program) => program !== accessGone && program !== workerGone);
await Promise.all(left.map((program) => program.end('SIGTERM')));
const identifies = sim.control.sessions().length;
await sim.close();
if (broker !== redis) await broker.stop();
await redis.stop();
console.log(`
sessions  ${identifies} began, one for each shard: the killed process's went on with the other
access-logic: ${people.said} messages, ${people.answered} answered, two processes killed`);

function readBroker(): 'redis' | 'kafka' {
  const { values } = parseArgs({ options: { broker: { type: 'string', default: 'redis' } } });
  if (values.broker === 'redis' || values.broker === 'kafka') return values.broker;
  console.error('--broker must be redis or kafka');
  process.exit(2);
}

/** A sentence for whoever has no Java, in place of a stack. */
function unavailable(error: unknown): never {
  console.error(error instanceof Error ? error.message : String(error));
  console.error('Without --broker kafka this runs on Redis Streams alone.');
  process.exit(1);
}

/** The process with shard 0, by which groups and chats come on the simulator. */
async function holderOfGroups(programs: readonly [Program, Program]): Promise<Program> {
  const [first, second] = programs;
  return (await first.look()).shards.includes(0) ? first : second;
}

async function describe(program: Program): Promise<string> {
  const { shards, partitions } = await program.look();
  return shards.length > 0
    ? `process ${program.pid}, which holds shard ${shards.join(', ')}`
    : `process ${program.pid}, which reads ${partitions} partitions`;
}
