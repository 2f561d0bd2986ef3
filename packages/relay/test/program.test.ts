import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startSimulator } from '@botgo/simulator';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { startRedis } from '../../../e2e/services/index.js';
import { readAccessArguments, readWorkerArguments } from '../src/program/index.js';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

interface Program {
  readonly child: ChildProcess;
  readonly exited: Promise<number | string>;
  readonly health: string;
  stderr(): string;
}

const fileOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function start(
  program: 'access' | 'worker',
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<Program> {
  const child = spawn(process.execPath, [fileOf(`../dist/program/${program}.js`), ...args], {
    env: { ...process.env, BOT_SECRET: 'demo-secret', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const exited = once(child, 'exit').then(([code, signal]) => (code ?? signal) as number | string);
  ends.push(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const [line] = (await Promise.race([
    once(createInterface({ input: child.stdout }), 'line'),
    exited.then((how) => ['', how]),
  ])) as [string];
  const { health = '' } = line === '' ? {} : (JSON.parse(line) as { health: string });
  return { child, exited, health, stderr: () => stderr };
}

const status = async (url: string): Promise<number> => (await fetch(url)).status;
const json = async (url: string): Promise<Record<string, unknown>> =>
  (await (await fetch(url)).json()) as Record<string, unknown>;

async function place(redisUrl: string) {
  const sim = await startSimulator();
  ends.push(() => sim.close());
  const common = [
    ...['--relay', redisUrl, '--coordinator', redisUrl, '--app-id', '102000001'],
    ...['--stream', `test-${randomUUID()}`, '--api-url', sim.url, '--health-port', '0', '--lease-ms', '1500'],
  ];
  const say = (content: string): void => {
    sim.control.say({ scene: 'group', target: '5566778899AABBCCDDEEFF0011223344', content });
  };
  const answers = (): string[] => sim.control.outbox().map(({ content }) => content);
  return { sim, common, say, answers, handlers: ['--handlers', fileOf('./worker-handlers.mjs')] };
}

describe('botgo-access and botgo-worker', () => {
  it('carry a message to a handler and its answer back, survive a death of each, and stop in order', async () => {
    // Of our own: the shards of one app are one cluster.
    const redis = await startRedis();
    ends.push(() => redis.stop());
    const { sim, common, say, answers, handlers } = await place(redis.url);
    const mark = join(tmpdir(), `botgo-death-${randomUUID()}`);
    ends.push(() => rmSync(mark, { force: true }));
    const access = await Promise.all([start('access', common), start('access', common)]);
    const first = await start('worker', [...common, ...handlers], { DEATH_MARK: mark });
    for (const { health } of [...access, first]) {
      await expect.poll(() => status(`${health}/readyz`)).toBe(200);
      expect(await status(`${health}/livez`)).toBe(200);
      expect(await status(`${health}/other`)).toBe(404);
    }
    await expect.poll(() => sim.control.sessions().filter(({ connected }) => connected).length).toBe(2);
    say('one');
    await expect.poll(answers).toEqual(['heard one']);

    expect(await json(`${access[0].health}/readyz`)).toMatchObject({ budget: { waiting: 0 } });
    expect(await status(`${access[0].health}/lag`)).toBe(404);
    await expect.poll(() => json(`${first.health}/lag`)).toMatchObject({ messages: 0 });
    expect((await json(`${first.health}/lag`)).partitions).toHaveLength(16);

    say('two, die');
    expect(await first.exited).toBe('SIGKILL');
    say('three');
    const second = await start('worker', [...common, ...handlers], { DEATH_MARK: mark });
    await expect.poll(answers).toEqual(['heard one', 'heard two, die', 'heard three']);

    access[0].child.kill('SIGKILL');
    await access[0].exited;
    say('four');
    await expect.poll(answers).toEqual(['heard one', 'heard two, die', 'heard three', 'heard four']);

    for (const { child, exited } of [access[1], second]) {
      child.kill('SIGTERM');
      expect(await exited).toBe(0);
    }
    const identifies = sim.control.sessions().length;
    expect(identifies).toBe(2);
  }, 120_000);

  it('reads nothing before the broker is there, and is not ready', async () => {
    const { sim, common } = await place(inject('redisUrl'));
    const args = [...common];
    args[1] = 'redis://127.0.0.1:1';
    const access = await start('access', args);
    await expect.poll(() => access.stderr()).toContain('the broker cannot be reached');
    expect(await status(`${access.health}/readyz`)).toBe(503);
    expect(await status(`${access.health}/livez`)).toBe(200);
    expect(sim.control.sessions()).toEqual([]);
    access.child.kill('SIGTERM');
    expect(await access.exited).toBe(0);
  });

  it('serve two clusters of one bot in one store, and say when a write of theirs was refused', async () => {
    const redis = await startRedis();
    ends.push(() => redis.stop());
    const { sim, common, say } = await place(redis.url);
    const connected = (): number => sim.control.sessions().filter((session) => session.connected).length;
    const first = await start('access', [...common, '--shards', '1']);
    await expect.poll(() => status(`${first.health}/readyz`)).toBe(200);
    const next = await start('access', [...common, '--shards', '2', '--cluster', 'next']);
    await expect.poll(connected).toBe(3);

    // Whoever has taken a shard of its cluster meanwhile is not in the way of the other one.
    const client = new Redis(redis.url);
    ends.push(() => client.disconnect());
    expect(await client.del('botgo:{102000001:next}:resources')).toBe(1);
    await expect
      .poll(async () => {
        say('something to write down');
        return (await json(`${next.health}/livez`)).fencedWrites;
      })
      .toBeGreaterThan(0);
    expect(next.stderr()).toContain('a write was refused, since the shard has another owner');
    expect(await json(`${first.health}/livez`)).toMatchObject({ isLive: true, fencedWrites: 0 });
  });

  it('say 503 at /livez when they cannot go on by themselves and something else keeps them alive', async () => {
    const redis = await startRedis();
    ends.push(() => redis.stop());
    const { sim, common, say, handlers } = await place(redis.url);
    const env = { NODE_OPTIONS: '--import data:text/javascript,setInterval(Object,1e3)' };
    const access = await start('access', common, env);
    const worker = await start('worker', [...common, ...handlers], env);
    for (const { health } of [access, worker]) await expect.poll(() => status(`${health}/readyz`)).toBe(200);
    await expect.poll(() => sim.control.sessions().filter(({ connected }) => connected).length).toBe(2);
    say('leave');
    await expect.poll(() => status(`${worker.health}/livez`)).toBe(503);
    expect(await status(`${access.health}/livez`)).toBe(200);
    sim.control.fault({ kind: 'close', code: 4914 });
    await expect.poll(() => status(`${access.health}/livez`)).toBe(503);
    expect(access.stderr()).toContain('4914');
    expect([access.child.exitCode, worker.child.exitCode]).toEqual([null, null]);
  });

  it('count what the workers send in one place', async () => {
    const redis = await startRedis();
    const replies = await startRedis();
    ends.push(
      () => redis.stop(),
      () => replies.stop(),
    );
    const { sim, common, say, answers, handlers } = await place(redis.url);
    const access = await start('access', common);
    const worker = await start('worker', [...common, ...handlers, '--replies', replies.url]);
    for (const { health } of [access, worker]) await expect.poll(() => status(`${health}/readyz`)).toBe(200);
    await expect.poll(() => sim.control.sessions().filter(({ connected }) => connected).length).toBe(2);
    say('one');
    await expect.poll(answers).toEqual(['heard one']);
    const client = new Redis(replies.url);
    ends.push(() => client.disconnect());
    expect((await client.keys('*')).every((key) => key.startsWith('botgo:{102000001}:'))).toBe(true);
    expect(await client.keys('botgo:{102000001}:sends:*')).not.toEqual([]);
  });

  it.each([
    ['access', [], '--app-id is missing'],
    ['access', ['--app-id', '1', '--relay', 'redis://x'], '--coordinator is missing'],
    [
      'worker',
      ['--app-id', '1', '--relay', 'redis://x', '--coordinator', 'redis://x'],
      '--handlers is missing',
    ],
    ['access', ['--app-id', '1', '--relay', 'nats://x', '--coordinator', 'redis://x'], '--relay must begin'],
    [
      'access',
      ['--app-id', '1', '--relay', 'redis://x', '--coordinator', 'zk://x'],
      '--coordinator must begin',
    ],
    ['access', ['--shards', 'many'], 'is missing'],
    [
      'worker',
      [
        ...['--app-id', '1', '--relay', 'redis://x', '--coordinator', 'redis://x'],
        '--handlers',
        'h.mjs',
        '--replies',
        'etcd://x',
      ],
      '--replies must begin',
    ],
    ['access', ['--nonsense'], '--nonsense'],
  ] as const)('%s %j ends with 2 and says: %s', async (program, args, sentence) => {
    const { exited, stderr } = await start(program, args);
    expect(await exited).toBe(2);
    expect(stderr()).toContain(sentence);
    expect(stderr()).toContain('Usage: botgo-');
  });
});

describe('arguments', () => {
  const base = ['--relay', 'redis://r', '--coordinator', 'etcd://e:1', '--app-id', '7'];

  it('have defaults', () => {
    expect(readAccessArguments(base)).toMatchObject({
      stream: 'qq-7',
      healthPort: 8_080,
      healthHost: '127.0.0.1',
      intents: (1 << 25) | (1 << 30),
      shards: undefined,
    });
    expect(readWorkerArguments([...base, '--handlers', 'h.js'])).toMatchObject({ group: 'logic' });
  });

  it.each([
    [['--shards', '0'], /--shards must be 1 or more/],
    [['--lease-ms', '-1'], /--lease-ms/],
    [['--events', 'NO_SUCH'], /no event "NO_SUCH"/],
    [['--intents', '0x10'], /--intents must be a whole number/],
    [['--cluster', '7:logic'], /--cluster must be of letters/],
  ])('refuse %j', (more, message) => {
    expect(() => readAccessArguments([...base, ...more])).toThrow(message);
  });
});
