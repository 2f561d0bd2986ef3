import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { startSimulator } from '@botgo/simulator';
import { afterEach, expect, it } from 'vitest';
import { freePorts } from '../../../e2e/services/index.js';

const folder = fileURLToPath(new URL('..', import.meta.url));

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

async function endpointOf(file: string): Promise<string> {
  const text = await readFile(`${folder}/${file}`, 'utf8');
  const program = [...text.matchAll(/```ts\n(.*?)```/gs)].find(([, code]) => code?.includes('/livez'))?.[1];
  if (program === undefined) throw new Error(`${file} has no health endpoint`);
  return program;
}

it('the health endpoint of the README answers while the bot starts, serves and drains, and does not keep the process', async () => {
  const endpoint = await endpointOf('README.md');
  expect(await endpointOf('README.zh-CN.md')).toBe(endpoint);
  const sim = await startSimulator();
  try {
    const [port = 0] = await freePorts(1);
    const bot = { appId: '102000001', secret: 'demo-secret', baseUrl: sim.url };
    const program = `import { Bot } from 'botgo';
const bot = new Bot(${JSON.stringify(bot)});
bot.on('C2C_MESSAGE_CREATE', () => new Promise((resolve) => {
  process.once('SIGUSR2', resolve);
  console.log('handling');
}));
${endpoint.replace('8081', String(port))}
process.stdin.once('data', async () => {
  process.stdin.destroy();
  await bot.start();
  console.log('started');
});
console.log('listening');`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: folder });
    children.push(child);
    const ended = once(child, 'close');
    let text = '';
    const take = (chunk: Buffer): void => {
      text += chunk.toString();
    };
    child.stdout.on('data', take);
    child.stderr.on('data', take);
    const says = (word: string) => expect.poll(() => text, { timeout: 20_000 }).toContain(word);
    const ask = async (path: string) => (await fetch(`http://127.0.0.1:${port}${path}`)).status;

    await says('listening');
    expect([await ask('/livez'), await ask('/readyz')]).toEqual([200, 503]);
    child.stdin.write('go\n');
    await says('started');
    expect([await ask('/livez'), await ask('/readyz')]).toEqual([200, 200]);
    // A handler is under way: the bot drains.
    sim.control.say({ scene: 'c2c', target: '0A1B2C3D4E5F60718293A4B5C6D7E8F9', content: 'hi' });
    await says('handling');
    child.kill('SIGTERM');
    await expect.poll(() => ask('/readyz')).toBe(503);
    expect(await ask('/livez')).toBe(200);
    child.kill('SIGUSR2');
    expect([...(await ended), text]).toEqual([0, null, text]);
  } finally {
    await sim.close();
  }
});
