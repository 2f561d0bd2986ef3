import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { DEFAULT_SEED, type Simulator, startSimulator } from '@botgo/simulator';
import {
  botToken,
  type Logger,
  newOpenAPI,
  newSessionManager,
  registerHandlers,
  setLogger,
  setSessionManager,
  silentLogger,
} from 'botgo';
import { Redis } from 'ioredis';
import { beforeEach, describe, expect, inject, it, vi } from 'vitest';
import { type Service, startRedis } from '../../../e2e/services/index.js';
import { newRemoteSessionManager, type RemoteSessionManagerOptions } from '../src/index.js';
import { disposer, newPrefix, until } from './own-redis.js';

const APP_ID = '102000001';
const OTHER_APP_ID = '102000002';
const FIXED_TOKEN = 'demo-token';
/** A channel of each shard. */
const CHANNELS = ['7000101', '7000201'];
const AUTHOR = '9007199254741001';

const keep = disposer();
/** What the handlers of this process have seen. */
const seen: string[] = [];
let intents = 0;

beforeEach(() => {
  setLogger(silentLogger);
  seen.length = 0;
  intents = registerHandlers({
    atMessage: (_event, data) => {
      seen.push(`${data.content}`.replace(/<@!?\d+>/, '').trim());
    },
  });
});

const platform = async (appId = APP_ID): Promise<Simulator> => {
  // The clusters of these tests are one bot's in one store, which has one window of identifies: not to wait for it is what this is for.
  const maxConcurrency = 1_000;
  const seed = {
    ...DEFAULT_SEED,
    bots: DEFAULT_SEED.bots.map((bot) => ({ ...bot, appId, maxConcurrency })),
  };
  return keep(await startSimulator({ seed }), (sim) => sim.close());
};
/** A client as its owner makes it; what goes wrong with it is told by the manager. */
const connect = (url: string): Redis =>
  keep(
    new Redis(url).on('error', () => {}),
    (client) => client.disconnect(),
  );
const connected = (sim: Simulator): number =>
  sim.control.sessions().filter((session) => session.connected).length;
/** Sessions that were ever begun: one for each Identify. */
const identifies = (sim: Simulator): number => sim.control.sessions().length;

function say(sim: Simulator, content: string): void {
  for (const target of CHANNELS) sim.control.say({ scene: 'channel', target, from: AUTHOR, content });
}

async function accessPoint(sim: Simulator, appId = APP_ID) {
  const token = botToken(appId, FIXED_TOKEN);
  return { ap: await newOpenAPI(token, { baseUrl: sim.url }).ws(), token };
}

/** A started manager in this process. */
async function start(
  sim: Simulator,
  redis: Redis,
  clusterKey: string,
  more: RemoteSessionManagerOptions = {},
) {
  const { ap, token } = await accessPoint(sim);
  const options = { clusterKey, leaseMs: 4_000, quietMs: 50, handleSignals: false, ...more };
  const manager = keep(newRemoteSessionManager(redis, options), (one) => one.stop());
  const running = manager.start(ap, token, intents);
  running.catch(() => {});
  return { manager, running };
}

/** The same in a process of its own, which prints a line for each event. */
function spawnProcess(sim: Simulator, redisUrl: string, clusterKey: string) {
  const program = `
    import { botToken, newOpenAPI, registerHandlers } from 'botgo';
    import { Redis } from 'ioredis';
    import { newRemoteSessionManager } from '@botgo/redis';
    const token = botToken('${APP_ID}', '${FIXED_TOKEN}');
    const ap = await newOpenAPI(token, { baseUrl: '${sim.url}' }).ws();
    const intent = registerHandlers({ atMessage: (event, data) => console.log('seen', data.content.replace(/<@!?\\d+>/, '').trim()) });
    const manager = newRemoteSessionManager(new Redis('${redisUrl}'), { clusterKey: '${clusterKey}', leaseMs: 4_000, quietMs: 50 });
    await manager.start(ap, token, intent);
  `;
  const child: ChildProcess = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  keep(child, () => child.exitCode === null && child.signalCode === null && child.kill('SIGKILL'));
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { child, seen: () => [...text.matchAll(/^seen (.*)$/gm)].map(([, content = '']) => content) };
}

describe('newRemoteSessionManager', () => {
  it('starts as in BotGo: set as the session manager, it gives events to the handlers of the process', async () => {
    const sim = await platform();
    const redis = connect(inject('redisUrl'));
    const clusterKey = newPrefix();
    setSessionManager(newRemoteSessionManager(redis, { clusterKey, handleSignals: false }));
    const { ap, token } = await accessPoint(sim);
    const running = newSessionManager().start(ap, token, intents);
    await until(() => connected(sim) === 2);
    say(sim, 'hello');
    await until(() => seen.length === 2);
    await newSessionManager().stop();
    await running;
    expect(connected(sim)).toBe(0);
    // The client is its owner's.
    expect(await redis.ping()).toBe('PONG');
  });

  it('kill -9 of a process gives its shards to another, which resumes them: no identify, no event lost', async () => {
    const sim = await platform();
    const redisUrl = inject('redisUrl');
    const clusterKey = newPrefix();
    const first = spawnProcess(sim, redisUrl, clusterKey);
    await until(() => connected(sim) === 2);
    say(sim, 'before');
    await until(() => first.seen().length === 2);
    await start(sim, connect(redisUrl), clusterKey);
    const exited = once(first.child, 'exit');
    first.child.kill('SIGKILL');
    await exited;
    say(sim, 'after');
    await until(() => seen.filter((content) => content === 'after').length === 2);
    await until(() => connected(sim) === 2);
    expect(identifies(sim)).toBe(2);
    // What the first had seen when it died may come again: at least once, never not at all.
    expect(first.seen()).toEqual(['before', 'before']);
  });

  it('a process that comes later gets its share at once, not when a connection happens to end', async () => {
    const sim = await platform();
    const redisUrl = inject('redisUrl');
    const clusterKey = newPrefix();
    const other = spawnProcess(sim, redisUrl, clusterKey);
    await until(() => connected(sim) === 2);
    await start(sim, connect(redisUrl), clusterKey);
    let n = 0;
    await until(() => {
      say(sim, String(n++));
      return seen.length > 0;
    });
    say(sim, 'last');
    const all = () => [...other.seen(), ...seen];
    const isThere = (content: string): boolean => all().filter((one) => one === content).length >= 2;
    const said = [...Array(n).keys()].map(String);
    await until(() => [...said, 'last'].every(isThere));
    expect(other.seen()).toContain('last');
    expect(seen).toContain('last');
    expect(identifies(sim)).toBe(2);
  });

  it('a start that goes well logs no warning and no error', async () => {
    const sim = await platform();
    const logger = { debug: vi.fn(), info: vi.fn(), warn: vi.fn(), error: vi.fn() } satisfies Logger;
    const { manager, running } = await start(sim, connect(inject('redisUrl')), newPrefix(), { logger });
    await until(() => connected(sim) === 2);
    await manager.stop();
    await running;
    expect(logger.info).toHaveBeenCalledWith('shard taken', expect.anything());
    expect([...logger.warn.mock.calls, ...logger.error.mock.calls]).toEqual([]);
  });

  it('nothing that it stores holds a token', async () => {
    const sim = await platform();
    const redis = connect(inject('redisUrl'));
    const clusterKey = newPrefix();
    await start(sim, redis, clusterKey);
    await until(() => connected(sim) === 2);
    say(sim, 'hello');
    await until(() => seen.length === 2);
    const [session] = sim.control.sessions();
    const stored = await until(async () => {
      const texts: string[] = [];
      for (const key of await redis.keys(`botgo:{${clusterKey}}:*`)) {
        const type = await redis.type(key);
        if (type === 'hash') texts.push(JSON.stringify(await redis.hgetall(key)));
        else if (type === 'zset') texts.push(JSON.stringify(await redis.zrange(key, '0', '-1')));
        else if (type === 'list') texts.push(JSON.stringify(await redis.lrange(key, 0, -1)));
        else texts.push(`${await redis.get(key)}`);
      }
      const text = texts.join('\n');
      return text.includes(session?.sessionId ?? 'no session') && text;
    });
    expect(stored).not.toContain(FIXED_TOKEN);
  });

  it('asks a Redis that is gone at a pace, not in a loop, and resumes its shards when it is back', async () => {
    const sim = await platform();
    const own: Service = keep(await startRedis({ persist: true }), (redis) => redis.stop());
    const warn = vi.fn();
    const logger: Logger = { debug() {}, info() {}, warn, error() {} };
    await start(sim, connect(own.url), newPrefix(), { logger, leaseMs: 1_000, timeoutMs: 300 });
    await until(() => connected(sim) === 2);
    // Handled means stored: no event of a session is given to a handler before its begin is in the store.
    say(sim, 'before');
    await until(() => seen.length === 2);
    await own.kill();
    await until(() => connected(sim) === 0);
    warn.mockClear();
    const sinceMs = performance.now();
    await until(() => warn.mock.calls.length >= 3);
    const perSecond = warn.mock.calls.length / ((performance.now() - sinceMs) / 1_000);
    expect(perSecond).toBeLessThan(30);
    await own.restart();
    await until(() => connected(sim) === 2);
    say(sim, 'back');
    await until(() => seen.filter((content) => content === 'back').length === 2);
    expect(identifies(sim)).toBe(2);
  });

  it('one object starts several bots, each in a cluster of its own; after its stop it starts none', async () => {
    // Both have the simulator's world; the second bot has another app id.
    const sims = [await platform(), await platform(OTHER_APP_ID)];
    const manager = newRemoteSessionManager(connect(inject('redisUrl')), { handleSignals: false });
    const starts = await Promise.all([accessPoint(sims[0]!), accessPoint(sims[1]!, OTHER_APP_ID)]);
    const running = starts.map(({ ap, token }) => manager.start(ap, token, intents));
    await Promise.race([Promise.all(running), until(() => sims.every((sim) => connected(sim) === 2))]);
    for (const sim of sims) say(sim, 'hello');
    await until(() => seen.length === 4);
    await manager.stop();
    await Promise.all(running);
    const [first] = starts;
    await expect(manager.start(first!.ap, first!.token, intents)).rejects.toMatchObject({
      code: 'BOTGO_CLOSED',
    });
  });

  it('says what is missing', async () => {
    expect(() => newRemoteSessionManager(undefined as never)).toThrow(/client of ioredis/);
    const sim = await platform();
    const gone = keep(new Redis(1, '127.0.0.1', { retryStrategy: () => null, lazyConnect: true }), (client) =>
      client.disconnect(),
    );
    gone.on('error', () => {});
    const { running } = await start(sim, gone, newPrefix(), { timeoutMs: 200 });
    await expect(running).rejects.toMatchObject({ code: 'BOTGO_STORE' });
    expect(identifies(sim)).toBe(0);
  });
});
