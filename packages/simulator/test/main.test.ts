import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const program = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const children: ChildProcess[] = [];
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'botgo-sim-'));
});
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  await rm(folder, { recursive: true });
});

interface Run {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

function run(...args: string[]): Run {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  const ended = once(child, 'close').then(([code]) => code as number | null);
  return { child, out: () => out, err: () => err, ended };
}

async function seedFile(content: string): Promise<string> {
  const path = join(folder, 'world.json');
  await writeFile(path, content);
  return path;
}

describe('npm run sim', () => {
  it('with --json prints one line and serves until it is stopped', async () => {
    const { child, out, err, ended } = run('--port', '0', '--json');
    await expect.poll(out).toMatch(/\n$/);
    const { url, gateway, ...more } = JSON.parse(out()) as Record<string, string>;
    expect([url, gateway, more]).toEqual([
      expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+$/),
      expect.stringMatching(/^ws:\/\/127\.0\.0\.1:\d+\//),
      {},
    ]);
    expect((await fetch(`${url}/_sim/outbox`)).status).toBe(200);
    child.kill('SIGINT');
    expect(await ended).toBe(0);
    expect(out().trim().split('\n')).toHaveLength(1);
    expect(err()).toBe('');
  });

  it('prints commands that work as they stand', async () => {
    const { out } = run();
    await expect.poll(out).toContain('Ctrl-C ends it.');
    const [, say, body] = /curl -s (\S+) -d '([^']+)'/.exec(out()) ?? [];
    const answer = await fetch(say ?? '', { method: 'POST', body: body ?? '' });
    expect(await answer.json()).toHaveProperty('messageId');
  });

  it('starts a world from a file', async () => {
    const seed = await seedFile(JSON.stringify({ bots: [{ appId: '7', secret: 'any secret' }] }));
    const { out } = run('--json', '--seed', seed);
    await expect.poll(out).toMatch(/\n$/);
    const { url } = JSON.parse(out()) as { url: string };
    const answer = await fetch(`${url}/app/getAppAccessToken`, {
      method: 'POST',
      body: JSON.stringify({ appId: '7', clientSecret: 'any secret' }),
    });
    expect(await answer.json()).toMatchObject({ access_token: expect.any(String) });
  });

  it.each<[string, string, RegExp]>([
    ['with a missing field', '{"bots":[{"appId":"7"}]}', /the seed file .*world\.json: bots\[0\]\.secret/],
    ['with a field of another name', '{"users":[{"id":"1","nmae":"x"}]}', /world\.json: users\[0\]\.nmae/],
    ['that is no object', '[]', /world\.json: /],
    ['that is no JSON', '{"bots":', /world\.json is not JSON: /],
  ])('refuses a seed file %s, and names the file and the place', async (_case, content, message) => {
    const { out, err, ended } = run('--json', '--seed', await seedFile(content));
    expect(await ended).toBe(1);
    expect(err()).toMatch(message);
    expect(out()).toBe('');
  });

  it.each<[string, readonly string[], RegExp]>([
    [
      'a seed file that is not there',
      ['--seed', 'no-such-file.json'],
      /seed file no-such-file\.json cannot be read/,
    ],
    ['a port that is none', ['--port', 'http'], /--port: must be 0 to 65535/],
    ['an unknown option', ['--prot', '1'], /--prot/],
    ['an unknown switch', ['--set', 'nothing=1'], /nothing/],
    ['a switch without a value', ['--set', 'eventIds'], /SWITCH=VALUE/],
  ])('refuses %s', async (_case, args, message) => {
    const { out, err, ended } = run('--json', ...args);
    expect(await ended).toBe(1);
    expect(err()).toMatch(message);
    expect(err()).toContain('Usage:');
    expect(out()).toBe('');
  });

  it('says which port is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const { err, ended } = run('--port', String(port));
    expect(await ended).toBe(1);
    expect(err()).toMatch(new RegExp(`${port} is taken`));
    other.close();
  });
});
