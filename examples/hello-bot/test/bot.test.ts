import { startSimulator } from '@botgo/simulator';
import { expect, it } from 'vitest';
import { runProgram } from '../../demo/test/run-program.js';

const BOT = new URL('../dist/bot.js', import.meta.url);

it('says hello and knows the weather', async () => {
  await using sim = await startSimulator();
  const env = { BOT_APPID: '102000001', BOT_SECRET: 'demo-secret', BOT_API_URL: sim.url };
  await using program = runProgram(BOT, { env });
  await expect.poll(() => sim.control.sessions().filter(({ connected }) => connected).length).toBe(2);
  const group = { scene: 'group', target: '5566778899AABBCCDDEEFF0011223344' } as const;
  sim.control.say({ ...group, content: 'I am new' });
  await expect.poll(() => sim.control.outbox().at(-1)?.content).toBe('hello, I am new');
  sim.control.say({ ...group, content: '/天气 北京' });
  await expect.poll(() => sim.control.outbox().at(-1)?.content).toBe('北京：晴');
  program.kill('SIGTERM');
  expect(await program.ended).toBe(0);
});

it('comes back when its only connection was cut', async () => {
  await using sim = await startSimulator();
  sim.control.bot({ appId: '102000001', shards: 1 });
  const seen: string[] = [];
  sim.control.subscribe(({ type }) => seen.push(type), ['identify', 'resume']);
  const env = { BOT_APPID: '102000001', BOT_SECRET: 'demo-secret', BOT_API_URL: sim.url };
  await using program = runProgram(BOT, { env });
  await expect.poll(() => seen).toEqual(['identify']);
  sim.control.fault({ kind: 'cut' });
  await expect.poll(() => seen).toEqual(['identify', 'resume']);
  program.kill('SIGTERM');
  expect(await program.ended).toBe(0);
});

it('says what is missing', async () => {
  await using program = runProgram(BOT, { env: { BOT_APPID: '1', BOT_SECRET: '' } });
  expect(await program.ended).toBe(1);
  expect(program.stderr).toContain('secret');
});
