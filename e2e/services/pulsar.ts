import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ChildService, freePorts } from './child-process.js';
import { fetchJars, type JarsSpec, QUICK_START } from './maven.js';
import type { Service } from './service.js';

/** The exact version matters: dependencies of some others cannot be resolved. */
const PULSAR: JarsSpec = { service: 'pulsar', artifacts: ['org.apache.pulsar:pulsar-broker:4.0.7'] };
const READY_TIMEOUT_MS = 300_000;
const PROBE_TIMEOUT_MS = 5_000;

/** Modules into which Pulsar reaches. */
const OPENED = [
  ...['java.base/sun.net', 'java.base/java.lang', 'java.base/java.io', 'java.base/java.util'],
  ...['java.base/java.util.zip', 'java.base/java.nio', 'java.base/sun.nio.ch', 'java.base/jdk.internal.misc'],
  ...['java.base/jdk.internal.platform', 'java.management/sun.management'],
  'jdk.management/com.sun.management.internal',
];

/** Where a Pulsar is. */
export interface PulsarService extends Service {
  /** Its admin API, `http://host:port`; `url` is `pulsar+ws://host:port`, the same port. */
  readonly adminUrl: string;
  /** Where it speaks its own protocol, `pulsar://host:port`. */
  readonly serviceUrl: string;
}

/** Pulsar standalone on free ports of the loopback interface. Its data outlive {@link Service.restart}. */
export async function startPulsar(): Promise<PulsarService> {
  const { java, classPath } = await fetchJars(PULSAR);
  // The bookie is known by its port, so a restart needs the same.
  const [brokerPort = 0, port = 0, bookiePort = 0] = await freePorts(3);
  const folder = await mkdtemp(join(tmpdir(), 'botgo-pulsar-'));
  const config = join(folder, 'standalone.conf');
  await writeFile(config, properties(brokerPort, port));
  const driver = 'org.apache.pulsar.metadata.bookkeeper.PulsarMetadata';
  const args = [
    ...['-Xms256m', '-Xmx768m', '-XX:MaxDirectMemorySize=512m', ...QUICK_START],
    ...OPENED.flatMap((module) => ['--add-opens', `${module}=ALL-UNNAMED`]),
    '-Dio.netty.tryReflectionSetAccessible=true',
    `-Dbookkeeper.metadata.bookie.drivers=${driver}BookieDriver`,
    `-Dbookkeeper.metadata.client.drivers=${driver}ClientDriver`,
    ...['-cp', classPath, 'org.apache.pulsar.PulsarStandaloneStarter', '--config', config],
    ...['--metadata-dir', join(folder, 'metadata'), '--bookkeeper-dir', join(folder, 'bk')],
    ...['--bookkeeper-port', `${bookiePort}`, '-nfw', '-nss'],
  ];
  const adminUrl = `http://127.0.0.1:${port}`;
  const spawnPulsar = (): Promise<ChildService> =>
    ChildService.start({
      command: java,
      args,
      isReady: async () => {
        const signal = AbortSignal.timeout(PROBE_TIMEOUT_MS);
        return (await fetch(`${adminUrl}/admin/v2/brokers/health`, { signal })).ok;
      },
      readyTimeoutMs: READY_TIMEOUT_MS,
    });
  let child = await spawnPulsar();
  return {
    url: `pulsar+ws://127.0.0.1:${port}`,
    adminUrl,
    serviceUrl: `pulsar://127.0.0.1:${brokerPort}`,
    port,
    get pid() {
      return child.pid;
    },
    pause: () => child.pause(),
    wake: () => child.wake(),
    kill: () => child.kill(),
    async restart() {
      await child.kill();
      child = await spawnPulsar();
    },
    async stop() {
      await child.kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function properties(brokerPort: number, webPort: number): string {
  return `brokerServicePort=${brokerPort}
webServicePort=${webPort}
bindAddress=127.0.0.1
advertisedAddress=127.0.0.1
clusterName=standalone
webSocketServiceEnabled=true
webSocketMaxTextFrameSize=10485760
managedLedgerDefaultEnsembleSize=1
managedLedgerDefaultWriteQuorum=1
managedLedgerDefaultAckQuorum=1
loadBalancerEnabled=false
systemTopicEnabled=false
topicLevelPoliciesEnabled=false
transactionCoordinatorEnabled=false
allowAutoTopicCreation=true
brokerDeleteInactiveTopicsEnabled=false
`;
}
