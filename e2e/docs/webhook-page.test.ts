import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Simulator, startSimulator } from '@botgo/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Program, runProgram } from '../../examples/demo/test/run-program.js';
import { freePorts } from '../services/child-process.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const USER = '0A1B2C3D4E5F60718293A4B5C6D7E8F9';
const BOT = { appId: '102000001', secret: 'demo-secret' };
const OTHER = { appId: '102000002', secret: 'other-secret' };

const page = (name: string): string => readFileSync(join(root, 'docs', name), 'utf8');
const blocks = (text: string): string[] =>
  [...text.matchAll(/```(?:ts|sh)\n(.*?)```/gs)].map(([, code = '']) => code);
const [bot = '', ...servers] = blocks(page('webhook.md'));

/** Stands for the server that Bun makes of a default export, and for Deno's. */
const RUNTIMES = `import { serve } from '@hono/node-server';
globalThis.Deno = { serve: ({ port }, fetch) => serve({ port, fetch }) };
const program = await import('./server.js');
if (program.default) serve(program.default);
`;

let sim: Simulator;
let folder: string;

beforeAll(async () => {
  sim = await startSimulator();
  sim.control.seed({ bots: [{ ...OTHER, id: '3141592653589793239', openid: 'FF', username: 'other-bot' }] });
  sim.control.act({ act: 'add-friend', openid: USER, appId: OTHER.appId });
  // Within this workspace, where its programs find the servers that they name.
  mkdirSync(join(root, 'e2e/dist'), { recursive: true });
  folder = mkdtempSync(join(root, 'e2e/dist/webhook-page-'));
});
afterAll(async () => {
  rmSync(folder, { recursive: true, force: true });
  await sim.close();
});

async function start(server: string): Promise<{ program: Program; url: string }> {
  const [port] = await freePorts(1);
  const home = mkdtempSync(join(folder, 'program-'));
  writeFileSync(join(home, 'bot.js'), bot);
  writeFileSync(join(home, 'server.js'), server);
  writeFileSync(join(home, 'main.js'), RUNTIMES);
  const program = runProgram(new URL(`file://${home}/main.js`), {
    env: {
      BOT_APPID: BOT.appId,
      BOT_SECRET: BOT.secret,
      BOTS: [BOT, OTHER].map(({ appId, secret }) => `${appId}:${secret}`).join(),
      BOT_API_URL: sim.url,
      PORT: String(port),
    },
  });
  return { program, url: `http://127.0.0.1:${port}/qq` };
}

/** Asks the address to prove itself until the program listens. */
async function verified(appId: string, url: string, program: Program): Promise<void> {
  await expect
    .poll(() => sim.control.webhook({ appId, url }), { message: `${url}\n${program.stderr}` })
    .toEqual({ verified: true, problem: '' });
}

async function answerTo(appId: string, content: string): Promise<string> {
  const { messageId } = sim.control.say({ scene: 'c2c', target: USER, content, appId });
  const answer = () => sim.control.outbox({ appId }).find(({ replyTo }) => replyTo === messageId)?.content;
  await expect.poll(answer).toBeDefined();
  return answer() ?? '';
}

describe('the programs of docs/webhook', () => {
  const named = servers
    .filter((code) => /^import/.test(code))
    .map((code) => ({
      code,
      name: code.match(/express\.json\(\{/) ? 'Express, parser first' : nameOf(code),
    }));

  it('are all there', () => {
    expect(named.map(({ name }) => name)).toEqual([
      'node:http',
      'express',
      'Express, parser first',
      'fastify',
      'hono',
      'a default export',
      'Deno',
      'several bots',
    ]);
  });

  it.each(named.filter(({ name }) => name !== 'several bots'))('$name', async ({ code }) => {
    const { program, url } = await start(code);
    await using _ = program;
    await verified(BOT.appId, url, program);
    expect(await answerTo(BOT.appId, 'hello')).toBe('you said: hello');
    const forged = { method: 'POST', body: '{"op":0}', headers: { 'content-type': 'application/json' } };
    expect((await fetch(url, forged)).status).toBe(401);
    sim.control.webhook({ appId: BOT.appId, url: null });
  });

  it('several bots', async () => {
    const { program, url } = await start(named.at(-1)?.code ?? '');
    await using _ = program;
    for (const { appId } of [BOT, OTHER]) await verified(appId, url, program);
    for (const { appId } of [BOT, OTHER])
      expect(await answerTo(appId, 'hello')).toBe(`${appId} heard: hello`);
    const headers = { 'x-bot-appid': '1' };
    expect((await fetch(url, { method: 'POST', body: '{}', headers })).status).toBe(404);
    for (const { appId } of [BOT, OTHER]) sim.control.webhook({ appId, url: null });
  });

  it('node:http ends in order', async () => {
    const { program, url } = await start(servers[0] ?? '');
    await using _ = program;
    await verified(BOT.appId, url, program);
    program.kill('SIGTERM');
    expect(await program.ended).toBe(0);
    sim.control.webhook({ appId: BOT.appId, url: null });
  });
});

it('the Chinese page has the same programs', () => {
  expect(blocks(page('webhook.zh-CN.md'))).toEqual(blocks(page('webhook.md')));
});

function nameOf(code: string): string {
  if (code.includes('nodeHandler')) return 'several bots';
  if (code.includes('export default')) return 'a default export';
  if (code.includes('Deno.serve')) return 'Deno';
  return /from '(node:http|express|fastify|hono)'/.exec(code)?.[1] ?? code;
}
