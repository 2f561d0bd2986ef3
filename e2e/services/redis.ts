import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Binary, type BinarySpec, findBinary } from './binary.js';
import { ChildService, freePorts } from './child-process.js';
import type { Service } from './service.js';

const REDIS: BinarySpec = {
  service: 'redis',
  program: 'redis-server',
  versionArgs: ['--version'],
  versionPattern: /v=(\d+)\.(\d+)/,
  minVersion: [6, 2],
  packages: [
    'redis-server',
    'redis-tools',
    'libjemalloc2',
    'liblua5.1-0',
    'liblzf1',
    'lua-bitop',
    'lua-cjson',
    'libatomic1',
  ],
};

export interface RedisServerOptions {
  /** Keep data over {@link Service.restart}, also after a kill. @defaultValue false */
  readonly persist?: boolean | undefined;
  /** Password of the default user. @defaultValue none */
  readonly password?: string | undefined;
  /** @defaultValue a free one */
  readonly port?: number | undefined;
  /** More arguments for the server. */
  readonly args?: readonly string[] | undefined;
}

/** A Redis of its own on a free port of the loopback interface. */
export async function startRedis(options: RedisServerOptions = {}): Promise<Service> {
  const binary = await findBinary(REDIS);
  const [freePort = 0] = await freePorts(1);
  const port = options.port ?? freePort;
  const folder = await mkdtemp(join(tmpdir(), 'botgo-redis-'));
  const args = [
    ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--daemonize', 'no'],
    ...(options.persist ? ['--appendonly', 'yes', '--appendfsync', 'always'] : ['--appendonly', 'no']),
    ...(options.password === undefined ? [] : ['--requirepass', options.password]),
    ...(options.args ?? []),
  ];
  const spawnRedis = (): Promise<ChildService> => startServer(binary, args, port);
  let child = await spawnRedis();
  const auth = options.password === undefined ? '' : `:${encodeURIComponent(options.password)}@`;
  return {
    url: `redis://${auth}127.0.0.1:${port}`,
    port,
    get pid() {
      return child.pid;
    },
    pause: () => child.pause(),
    wake: () => child.wake(),
    kill: () => child.kill(),
    async restart({ empty = false } = {}) {
      await child.kill();
      if (empty) {
        await rm(folder, { recursive: true });
        await mkdir(folder);
      }
      child = await spawnRedis();
    },
    async stop() {
      await child.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** A master, a replica and three sentinels that watch over the master named `mymaster`. */
export interface SentinelService {
  readonly sentinels: readonly { readonly host: string; readonly port: number }[];
  readonly name: string;
  readonly masterPort: number;
  /** Of every process. */
  readonly pids: readonly number[];
  /** Kills the first master: the sentinels promote the replica. */
  killMaster(): Promise<void>;
  /** Resolves when the replica takes writes and the sentinels send clients to it. */
  promoted(): Promise<void>;
  stop(): Promise<void>;
}

/** Redis Sentinel with one master, one replica and a quorum of two of three. */
export async function startSentinel(): Promise<SentinelService> {
  const binary = await findBinary(REDIS);
  const master = await startRedis();
  const replica = await startRedis({ args: ['--replicaof', '127.0.0.1', `${master.port}`] });
  const folder = await mkdtemp(join(tmpdir(), 'botgo-sentinel-'));
  const ports = await freePorts(3);
  const name = 'mymaster';
  const children = await Promise.all(
    ports.map(async (port) => {
      const dir = join(folder, `${port}`);
      await mkdir(dir);
      const file = join(dir, 'sentinel.conf');
      const lines = [
        `port ${port}`,
        'bind 127.0.0.1',
        `dir ${dir}`,
        `sentinel monitor ${name} 127.0.0.1 ${master.port} 2`,
        `sentinel down-after-milliseconds ${name} 1000`,
        `sentinel failover-timeout ${name} 3000`,
      ];
      await writeFile(file, `${lines.join('\n')}\n`);
      return await startServer(binary, [file, '--sentinel'], port);
    }),
  );
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop()));
    await Promise.all([master.stop(), replica.stop()]);
    await rm(folder, { recursive: true, force: true });
  };
  // A failover needs sentinels that know each other and the replica.
  await untilReplies(ports, `SENTINEL MASTER ${name}`, (reply) =>
    ['num-slaves\r\n$1\r\n1', 'num-other-sentinels\r\n$1\r\n2'].every((part) => reply.includes(part)),
  ).catch((error: unknown) => stoppedBy(error, stop));
  return {
    sentinels: ports.map((port) => ({ host: '127.0.0.1', port })),
    name,
    masterPort: master.port,
    pids: [master.pid, replica.pid, ...children.map(({ pid }) => pid)],
    killMaster: () => master.kill(),
    async promoted() {
      await untilReplies([replica.port], 'ROLE', (reply) => reply.includes('master'));
      await untilReplies(ports, `SENTINEL GET-MASTER-ADDR-BY-NAME ${name}`, (reply) =>
        reply.includes(`\r\n${replica.port}\r\n`),
      );
    },
    stop,
  };
}

/** Three masters that share the slots. */
export interface RedisClusterService {
  readonly nodes: readonly { readonly host: string; readonly port: number }[];
  stop(): Promise<void>;
}

const SLOTS = 16_384;
/** A cluster node listens on its port + 10,000 too. */
const MAX_CLUSTER_PORT = 55_535;

/** Redis Cluster of three nodes without replicas. */
export async function startRedisCluster(): Promise<RedisClusterService> {
  const ports: number[] = [];
  while (ports.length < 3) {
    const [port = 0] = await freePorts(1);
    if (port <= MAX_CLUSTER_PORT) ports.push(port);
  }
  const binary = await findBinary(REDIS);
  const folders: string[] = [];
  const children: ChildService[] = [];
  for (const port of ports) {
    const folder = await mkdtemp(join(tmpdir(), 'botgo-redis-cluster-'));
    folders.push(folder);
    const args = [
      ...['--port', `${port}`, '--bind', '127.0.0.1', '--dir', folder, '--save', '', '--appendonly', 'no'],
      ...[
        '--cluster-enabled',
        'yes',
        '--cluster-config-file',
        'nodes.conf',
        '--cluster-node-timeout',
        '2000',
      ],
      ...['--cluster-announce-ip', '127.0.0.1'],
    ];
    children.push(await startServer(binary, args, port));
  }
  const stop = async (): Promise<void> => {
    await Promise.all(children.map((child) => child.stop()));
    await Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true })));
  };
  await joinNodes(ports).catch((error: unknown) => stoppedBy(error, stop));
  return { nodes: ports.map((port) => ({ host: '127.0.0.1', port })), stop };
}

/** Shares the slots out and makes the nodes know each other. */
async function joinNodes(ports: readonly number[]): Promise<void> {
  const share = Math.ceil(SLOTS / ports.length);
  for (const [index, port] of ports.entries()) {
    const last = Math.min(SLOTS, (index + 1) * share) - 1;
    // One by one: Redis 6.2 knows no ranges.
    const slots = Array.from({ length: last - index * share + 1 }, (_, at) => index * share + at);
    await ask(port, `CLUSTER ADDSLOTS ${slots.join(' ')}`);
    await ask(port, `CLUSTER SET-CONFIG-EPOCH ${index + 1}`);
    if (index > 0) await ask(port, `CLUSTER MEET 127.0.0.1 ${ports[0]}`);
  }
  await untilReplies(ports, 'CLUSTER INFO', (reply) =>
    ['cluster_state:ok', `cluster_known_nodes:${ports.length}`].every((part) => reply.includes(part)),
  );
}

/** A start that failed leaves no process behind. */
async function stoppedBy(error: unknown, stop: () => Promise<void>): Promise<never> {
  await stop();
  throw error;
}

function startServer(binary: Binary, args: readonly string[], port: number): Promise<ChildService> {
  return ChildService.start({
    command: binary.path,
    args,
    env: binary.env,
    // A server with a password answers -NOAUTH, one that still loads its data -LOADING.
    isReady: async () => /^(\+PONG|-NOAUTH)/.test(await ask(port, 'PING')),
  });
}

const ASK_TIMEOUT_MS = 2_000;
const POLL_MS = 50;
const SETTLE_TIMEOUT_MS = 30_000;

/** One inline command; the reply's first bytes as they came. */
function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    let reply = '';
    socket.setTimeout(ASK_TIMEOUT_MS, () => socket.destroy(new Error(`no answer to ${command}`)));
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      reply += chunk.toString();
      socket.end();
    });
    socket.on('close', () => resolve(reply));
  });
}

async function untilReplies(
  ports: readonly number[],
  command: string,
  isGood: (reply: string) => boolean,
): Promise<void> {
  const untilMs = performance.now() + SETTLE_TIMEOUT_MS;
  for (;;) {
    const replies = await Promise.all(ports.map((port) => ask(port, command).catch(String)));
    if (replies.every(isGood)) return;
    if (performance.now() > untilMs)
      throw new Error(`${command} never said what was waited for:\n${replies.join('\n')}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
