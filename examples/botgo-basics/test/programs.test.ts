import { type Simulator, startSimulator } from '@botgo/simulator';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../../demo/test/run-program.js';

let sim: Simulator;
let env: Record<string, string>;

beforeAll(async () => {
  sim = await startSimulator();
  env = {
    BOT_APPID: '102000001',
    BOT_TOKEN: 'demo-token',
    BOT_SECRET: 'demo-secret',
    BOT_API_URL: sim.url,
  };
});

afterAll(() => sim.close());

describe.each(['v0.1.6', 'v0.1.7'])("BotGo's two programs as of %s", (version) => {
  it('call WS and Me', async () => {
    await using program = runProgram(new URL(`../dist/openapi-${version}.js`, import.meta.url), { env });
    expect(await program.ended).toBe(0);
    expect(program.stdout).toContain(`url: '${sim.gatewayUrl}'`);
    expect(program.stdout).toContain('shards: 2');
    expect(program.stdout).toContain("username: 'demo-bot'");
    expect(program.stdout + program.stderr).not.toMatch(/demo-(secret|token)/);
  });

  it('start the default session manager with an at-message handler', async () => {
    sim.control.reset();
    await using program = runProgram(new URL(`../dist/events-${version}.js`, import.meta.url), { env });
    await expect.poll(() => sim.control.sessions().filter(({ connected }) => connected).length).toBe(2);
    for (const target of ['7000101', '7000201'])
      sim.control.say({ scene: 'channel', target, content: `hello from ${target}` });
    await expect.poll(() => program.stdout).toContain('hello from 7000101');
    await expect.poll(() => program.stdout).toContain('hello from 7000201');
    expect(program.stdout).toContain("t: 'AT_MESSAGE_CREATE'");
    program.kill('SIGTERM');
    expect(await program.ended).toBe(0);
  });
});

it('the newer one answers a group', async () => {
  sim.control.reset();
  await using program = runProgram(new URL('../dist/events-v0.1.7.js', import.meta.url), { env });
  await expect.poll(() => sim.control.sessions().filter(({ connected }) => connected).length).toBe(2);
  sim.control.say({ scene: 'group', target: '5566778899AABBCCDDEEFF0011223344', content: 'hi' });
  await expect.poll(() => sim.control.outbox().map(({ content }) => content)).toEqual(['hello']);
  program.kill('SIGTERM');
  expect(await program.ended).toBe(0);
});

it('say what is missing', async () => {
  await using program = runProgram(new URL('../dist/openapi-v0.1.6.js', import.meta.url), {
    env: { BOT_APPID: '' },
  });
  expect(await program.ended).toBe(1);
  expect(program.stderr).toContain('BOT_APPID');
});
