import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { readAccessArguments, readWorkerArguments } from '@botgo/relay/program';
import { DEFAULT_SEED, type Simulator, startSimulator } from '@botgo/simulator';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Program, runProgram } from '../../examples/demo/test/run-program.js';
import { freePorts, type Service, startRedis } from '../services/index.js';

// Several processes start in each test; how long that takes on a busy machine decides nothing.
vi.setConfig({ testTimeout: 180_000 });

const root = fileURLToPath(new URL('../..', import.meta.url));
const blocks = (page: string, language: string): string[] =>
  [
    ...readFileSync(join(root, 'docs', page), 'utf8').matchAll(
      new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'),
    ),
  ].map(([, code = '']) => code);

const BOT = { BOT_APPID: '102000001', BOT_SECRET: 'demo-secret' };
const GROUP = { scene: 'group', target: '5566778899AABBCCDDEEFF0011223344' } as const;
const SHARDS = 2;
/** Two clusters share the window of five seconds; here all their shards may begin in one. */
const SEED = { ...DEFAULT_SEED, bots: [{ ...DEFAULT_SEED.bots[0], shards: SHARDS, maxConcurrency: 10 }] };

// Within this workspace, where the programs find the packages that they name.
mkdirSync(join(root, 'e2e/dist'), { recursive: true });
const folder = mkdtempSync(join(root, 'e2e/dist/production-page-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const fileOf = (name: string): string => join(folder, name);
for (const code of blocks('production.md', 'js'))
  writeFileSync(fileOf(/^\/\/ ([\w.-]+\.js):/.exec(code)?.[1] ?? ''), code);

let sim: Simulator;
let redis: Service;
let running: Program[];
beforeEach(async () => {
  sim = await startSimulator({ seed: SEED });
  // Of its own: the shards of one app are one cluster.
  redis = await startRedis();
  running = [];
});
afterEach(async () => {
  for (const program of running) await program[Symbol.asyncDispose]();
  await sim.close();
  await redis.stop();
});

function run(file: string, options: { args?: string[]; env?: Record<string, string> } = {}): Program {
  const env = { ...BOT, BOT_API_URL: sim.url, REDIS_URL: redis.url, ...options.env };
  const program = runProgram(pathToFileURL(file), { ...options, env });
  running.push(program);
  return program;
}

const status = (url: string): Promise<number> =>
  fetch(url).then(
    (answer) => answer.status,
    () => 0,
  );
/** Waits until a program is ready; a failure shows what it says of itself. */
async function ready(program: Program, url: string): Promise<void> {
  const look = async (): Promise<string> => {
    const answer = await fetch(`${url}/readyz`).catch(() => undefined);
    if (answer?.status === 200) return 'ready';
    return `${await answer?.text()}\n${program.stderr.slice(-2_000)}`;
  };
  await expect.poll(look).toBe('ready');
}
const connected = (): number => sim.control.sessions().filter((session) => session.connected).length;
const answers = (): string[] => sim.control.outbox().map(({ content }) => content);

async function heard(content: string): Promise<void> {
  sim.control.say({ ...GROUP, content });
  await expect.poll(answers).toContain(`you said: ${content}`);
}

/** Starts a program of the page's by its words, on this machine's addresses. */
async function start(
  words: readonly string[],
  env: Record<string, string> = {},
  handlers = 'handlers.js',
): Promise<Started> {
  const [name = '', ...args] = words;
  const file = join(root, 'packages/relay/dist/program', name === 'botgo-access' ? 'access.js' : 'worker.js');
  const here = args.map((word) =>
    word.replace(/^redis:\/\/(events|store):6379/, redis.url).replace(/^\.\/handlers\.js$/, fileOf(handlers)),
  );
  const program = run(file, { args: [...here, '--api-url', sim.url, '--health-port', '0'], env });
  const health = async (): Promise<string> => {
    await expect.poll(() => program.stdout, { message: program.stderr }).toContain('\n');
    return (JSON.parse(program.stdout.split('\n', 1)[0] ?? '') as { health: string }).health;
  };
  return { program, health };
}

interface Started {
  readonly program: Program;
  health(): Promise<string>;
}

const [runBlock = '', reshardBlock = ''] = blocks('production.md', 'sh');
/** Words of a command, without `npx`. */
const command = (block: string, name: string): string[] => {
  const line = block.split('\n').find((one) => one.startsWith(`npx ${name} `)) ?? '';
  return line.split(' ').slice(1);
};

describe('a bot of several processes', () => {
  it('bot.js: two processes share the shards; one stops and the other goes on, without a new session', async () => {
    const ports = await freePorts(2);
    const urls = ports.map((port) => `http://127.0.0.1:${port}`);
    const programs = ports.map((port) => run(fileOf('bot.js'), { env: { PORT: String(port) } }));
    for (const [index, program] of programs.entries()) await ready(program, urls[index] ?? '');
    await expect.poll(connected).toBe(SHARDS);
    await heard('one');
    const { isLive, budget } = (await (await fetch(`${urls[0]}/livez`)).json()) as Record<string, unknown>;
    expect([isLive, budget]).toMatchObject([true, { waiting: 0 }]);
    programs[0]?.kill('SIGTERM');
    expect(await programs[0]?.ended).toBe(0);
    await heard('two');
    programs[1]?.kill('SIGTERM');
    expect(await programs[1]?.ended).toBe(0);
    expect(sim.control.sessions()).toHaveLength(SHARDS);
    expect(answers()).toEqual(['you said: one', 'you said: two']);
  });

  it('fixed.js: a pod that is restarted resumes the sessions of its file', async () => {
    const ports = await freePorts(SHARDS);
    const pod = (ordinal: number): Program =>
      run(fileOf('fixed.js'), {
        env: {
          PORT: String(ports[ordinal]),
          HOSTNAME: `bot-${ordinal}`,
          REPLICAS: String(SHARDS),
          STATE_FILE: fileOf(`sessions-${ordinal}.json`),
        },
      });
    const pods = [pod(0), pod(1)];
    for (const [index, program] of pods.entries()) await ready(program, `http://127.0.0.1:${ports[index]}`);
    await heard('one');
    pods[0]?.kill('SIGTERM');
    expect(await pods[0]?.ended).toBe(0);
    const again = pod(0);
    await ready(again, `http://127.0.0.1:${ports[0]}`);
    await heard('two');
    expect(sim.control.sessions()).toHaveLength(SHARDS);
  });
});

describe('the manifests', () => {
  const yaml = blocks('production.md', 'yaml').map((text) => ({
    text,
    name: /node_modules\/\.bin\/([\w-]+)/.exec(text)?.[1] ?? /"([\w-]+\.js)"\]/.exec(text)?.[1],
    args: JSON.parse(/args: (\[.*\])/.exec(text)?.[1] ?? '[]') as string[],
    paths: [...text.matchAll(/path: (\/[a-z]+),/g)].map(([, path = '']) => path),
    graceMs: Number(/terminationGracePeriodSeconds: (\d+)/.exec(text)?.[1]) * 1_000,
    port: Number(/containerPort: (\d+)/.exec(text)?.[1]),
  }));

  it('start what is there, probe where it answers, and wait for longer than a drain', () => {
    expect(yaml.map(({ name }) => name)).toEqual(['fixed.js', 'botgo-access', 'botgo-worker']);
    const { bin } = JSON.parse(readFileSync(join(root, 'packages/relay/package.json'), 'utf8')) as {
      bin: Record<string, string>;
    };
    for (const { text, name = '', args, paths, graceMs, port } of yaml) {
      expect(paths).toEqual(['/readyz', '/livez']);
      expect(text).not.toContain('\t');
      if (name === 'fixed.js') {
        for (const [, variable = ''] of text.matchAll(/name: ([A-Z_]+),? /g))
          expect(readFileSync(fileOf(name), 'utf8')).toContain(variable);
        continue;
      }
      expect(bin).toHaveProperty([name]);
      const { drainMs, healthPort, healthHost } =
        name === 'botgo-access' ? readAccessArguments(args) : readWorkerArguments(args);
      expect({ port, healthHost }).toEqual({ port: healthPort, healthHost: '0.0.0.0' });
      expect(graceMs).toBeGreaterThanOrEqual((drainMs ?? 5_000) + 10_000);
    }
  });

  it('access and worker carry a message, are watched, and end at SIGTERM', async () => {
    const [, access, worker] = yaml;
    const watch = { NODE_OPTIONS: `--import ${pathToFileURL(fileOf('watch.js')).href}`, WATCH_SECONDS: '1' };
    const first = await start(['botgo-access', ...(access?.args ?? [])], watch);
    const second = await start(['botgo-worker', ...(worker?.args ?? [])], watch);
    for (const { program, health } of [first, second]) {
      const url = await health();
      await ready(program, url);
      for (const path of access?.paths ?? []) expect(await status(`${url}${path}`)).toBe(200);
    }
    await expect.poll(connected).toBe(SHARDS);
    await heard('hello');
    const lag = `${await second.health()}/lag`;
    await expect.poll(() => fetch(lag).then((answer) => answer.json())).toMatchObject({ messages: 0 });
    await expect.poll(() => second.program.stderr).toContain('{"handled":1,"failed":0,');
    await expect.poll(() => first.program.stderr).toMatch(/"published":[1-9]\d*,"refused":0/);
    for (const { program } of [second, first]) {
      program.kill('SIGTERM');
      expect(await program.ended).toBe(0);
    }
  });
});

describe('another number of shards', () => {
  it('is refused while a process of the old number lives', async () => {
    const old = await start(command(runBlock, 'botgo-access'));
    await ready(old.program, await old.health());
    const other = await start([...command(runBlock, 'botgo-access'), '--shards', '4']);
    expect(await other.program.ended).toBe(1);
    expect(other.program.stderr).toContain('start all processes with the same shard count');
    expect(await status(`${await old.health()}/readyz`)).toBe(200);
  });

  it('by stop and start loses what came between without a gap, and going back resumes the old sessions', async () => {
    const worker = await start(command(runBlock, 'botgo-worker'));
    // Ready is also a process that has no shard yet.
    const serve = async (shards: number): Promise<Program> => {
      const words = [...command(runBlock, 'botgo-access'), '--shards', String(shards)];
      const { program, health } = await start(words);
      await ready(program, await health());
      await expect.poll(connected).toBe(shards);
      return program;
    };
    const end = async (program: Program): Promise<void> => {
      program.kill('SIGTERM');
      expect(await program.ended).toBe(0);
    };
    const old = await serve(SHARDS);
    await ready(worker.program, await worker.health());
    await heard('before');
    await end(old);
    sim.control.say({ ...GROUP, content: 'between' });
    const next = await serve(4);
    await heard('after');
    expect(answers()).toEqual(['you said: before', 'you said: after']);
    expect(next.stderr).not.toContain('a session ended');
    await end(next);
    const back = await serve(SHARDS);
    await expect.poll(answers).toContain('you said: between');
    expect(back.stderr).not.toContain('a session ended');
    expect(sim.control.sessions()).toHaveLength(SHARDS + 4);
  });

  // The platform refuses the same answer twice: what counts is what a handler saw.
  const counting = (name: string, more: readonly (readonly [string, string])[] = []): string => {
    let text = readFileSync(fileOf(name), 'utf8');
    for (const [before, after] of [
      ['(ctx) => ctx', "(ctx) => console.log('heard', ctx.text) ?? ctx"],
      ...more,
    ]) {
      expect(text).toContain(before);
      text = text.replace(before ?? '', after ?? '');
    }
    const file = `counting-${more.length}-${name}`;
    writeFileSync(fileOf(file), text);
    return file;
  };
  const heardBy = (...programs: readonly Program[]): number[] =>
    programs.flatMap(({ stdout }) => [...stdout.matchAll(/^heard (\d+)$/gm)].map(([, n]) => Number(n)));

  /** People talk all the time; a second generation begins beside the first, then the first ends. Gives the numbers that were said. */
  async function cross(old: Program, startNext: () => Promise<void>): Promise<number[]> {
    await expect.poll(connected).toBe(SHARDS);
    let said = 0;
    let isTalking = true;
    const talking = (async () => {
      while (isTalking) {
        sim.control.say({ ...GROUP, content: `${++said}` });
        await new Promise((resolve) => setTimeout(resolve, 30));
      }
    })();
    const handled = async (more: number): Promise<void> => {
      const target = answers().length + more;
      await expect.poll(() => answers().length).toBeGreaterThanOrEqual(target);
    };
    try {
      await handled(20);
      await startNext();
      await expect.poll(connected).toBe(SHARDS + 4);
      await handled(20);
      old.kill('SIGTERM');
      expect(await old.ended).toBe(0);
      await expect.poll(connected).toBe(4);
      await handled(20);
    } finally {
      isTalking = false;
      await talking;
    }
    await expect.poll(() => answers().length).toBeGreaterThanOrEqual(said);
    expect(old.stderr).not.toContain('a session ended');
    return Array.from({ length: said }, (_, at) => at + 1);
  }

  it('side by side into the same stream: each message is handled once, in order', async () => {
    const old = await start(command(runBlock, 'botgo-access'));
    const worker = await start(command(runBlock, 'botgo-worker'), {}, counting('handlers.js'));
    for (const { program, health } of [old, worker]) await ready(program, await health());
    const said = await cross(old.program, async () => {
      const { program, health } = await start(command(reshardBlock, 'botgo-access'));
      await ready(program, await health());
    });
    await expect.poll(() => heardBy(worker.program)).toEqual(said);
  });

  it('side by side with a shared duplicate window and no broker: each message is handled once', async () => {
    const ports = await freePorts(2);
    const claims = ['redisClaimStore({ url, appId })', "redisClaimStore({ url, prefix: 'window' })"] as const;
    const [old, next] = [
      counting('bot.js', [claims]),
      counting('bot.js', [
        claims,
        ['redisCoordinator({ url, appId })', "redisCoordinator({ url, prefix: 'four' })"],
        ['bot.start({ coordinator,', 'bot.start({ coordinator, shards: 4,'],
      ]),
    ];
    const programs: Program[] = [];
    const begin = async (file: string, port = 0): Promise<Program> => {
      const program = run(fileOf(file), { env: { PORT: String(port) } });
      programs.push(program);
      await ready(program, `http://127.0.0.1:${port}`);
      return program;
    };
    const first = await begin(old, ports[0]);
    const said = await cross(first, async () => void (await begin(next, ports[1])));
    await expect.poll(() => heardBy(...programs).toSorted((a, b) => a - b)).toEqual(said);
  });
});

it.each(['js', 'sh', 'yaml'])('both languages have the same %s', (language) => {
  expect(blocks('production.zh-CN.md', language)).toEqual(blocks('production.md', language));
  expect(blocks('production.md', language).length).toBeGreaterThan(1);
});
