import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const cwd = fileURLToPath(new URL('..', import.meta.url));

/** What a process of its own has loaded after it ran `program`: the names of packages that are CommonJS, as ws and undici are. */
async function loaded(program: string): Promise<string[]> {
  const report = `
    const { createRequire } = await import('node:module');
    const files = Object.keys(createRequire(import.meta.url).cache);
    console.log(JSON.stringify(['ws', 'undici'].filter((name) => files.some((file) => file.replaceAll('\\\\', '/').includes('/node_modules/' + name + '/')))));`;
  const run = promisify(execFile);
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program + report], { cwd });
  return JSON.parse(stdout) as string[];
}

it('importing botgo, and making a client, does not load undici; the first request does', async () => {
  const client = `
    const { createOpenAPI, botToken } = await import('botgo');
    const api = createOpenAPI({ tokenSource: botToken('1', 'x'), baseUrl: 'http://127.0.0.1:1', maxAttempts: 1 });`;
  await expect(loaded(client)).resolves.toEqual(['ws']);
  await expect(loaded(`${client} await api.me().catch(() => {}); await api.close();`)).resolves.toEqual([
    'ws',
    'undici',
  ]);
});
