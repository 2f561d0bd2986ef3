import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ChildService, freePorts } from './child-process.js';
import { fetchJars, type JarsSpec, QUICK_START } from './maven.js';
import type { Service } from './service.js';

const run = promisify(execFile);

const KAFKA: JarsSpec = {
  service: 'kafka',
  // Without the second the broker logs nothing, also not why it ended.
  artifacts: ['org.apache.kafka:kafka_2.13:4.4.0', 'org.apache.logging.log4j:log4j-slf4j-impl:2.25.5'],
};
/** Any base64 of 16 bytes. */
const CLUSTER_ID = 'kTdsjVnkTKESiOtD0toiAQ';
const READY_TIMEOUT_MS = 180_000;
const PROBE_TIMEOUT_MS = 2_000;

/** Kafka with one node (KRaft) on free ports of the loopback interface; `url` is `kafka://host:port`. Its data outlive {@link Service.restart}. */
export async function startKafka(): Promise<Service> {
  const { java, classPath } = await fetchJars(KAFKA);
  const [port = 0, controller = 0] = await freePorts(2);
  const folder = await mkdtemp(join(tmpdir(), 'botgo-kafka-'));
  const config = join(folder, 'server.properties');
  await writeFile(config, properties(folder, port, controller));
  await run(java, [
    '-Xmx256m',
    '-cp',
    classPath,
    'kafka.tools.StorageTool',
    'format',
    '-t',
    CLUSTER_ID,
    '-c',
    config,
  ]);
  const spawnKafka = (): Promise<ChildService> =>
    ChildService.start({
      command: java,
      args: ['-Xms256m', '-Xmx512m', ...QUICK_START, '-cp', classPath, 'kafka.Kafka', config],
      isReady: () => answers(port),
      readyTimeoutMs: READY_TIMEOUT_MS,
    });
  let child = await spawnKafka();
  return {
    url: `kafka://127.0.0.1:${port}`,
    port,
    get pid() {
      return child.pid;
    },
    pause: () => child.pause(),
    wake: () => child.wake(),
    kill: () => child.kill(),
    async restart() {
      await child.kill();
      child = await spawnKafka();
    },
    async stop() {
      await child.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function properties(folder: string, port: number, controller: number): string {
  return `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
controller.listener.names=CONTROLLER
listeners=PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controller}
advertised.listeners=PLAINTEXT://127.0.0.1:${port}
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
log.dirs=${join(folder, 'data')}
num.partitions=1
message.max.bytes=10485760
replica.fetch.max.bytes=10485760
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=true
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
`;
}

/** ApiVersions v0 with correlation id 1; any reply will do. */
const API_VERSIONS = Buffer.from('0000000a0012000000000001ffff', 'hex');

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(API_VERSIONS));
    socket.setTimeout(PROBE_TIMEOUT_MS, () => socket.destroy());
    socket.on('error', () => {});
    socket.on('data', () => {
      resolve(true);
      socket.destroy();
    });
    socket.on('close', () => resolve(false));
  });
}
