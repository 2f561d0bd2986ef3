import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startSimulator } from '@botgo/simulator';
import { afterEach, expect, it } from 'vitest';

const children: ChildProcess[] = [];
const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

/** A bot in a process of its own, whose handler takes as long as `handlerMs`; `say` waits for a line it prints. */
async function bot(handlerMs: number) {
  const sim = await startSimulator();
  cleanups.push(() => sim.close());
  const program = `
    import { Delivery } from 'botgo/delivery';
    import { SessionManager } from 'botgo/session';
    import { newQQBotTokenSource } from 'botgo/token';
    const tokenSource = newQQBotTokenSource({ appId: '102000001', secret: 'demo-secret', tokenUrl: '${sim.url}/app/getAppAccessToken' });
    const { authorization } = await tokenSource.token();
    const ap = await (await fetch('${sim.url}/gateway/bot', { headers: { authorization } })).json();
    const sink = new Delivery({
      intents: 1 << 30,
      wants: (type) => type === 'AT_MESSAGE_CREATE',
      handle: async () => {
        console.log('started');
        await new Promise((resolve) => setTimeout(resolve, ${handlerMs}));
        console.log('finished');
      },
    });
    const manager = new SessionManager({ sink });
    process.once('SIGTERM', () => console.log('heard'));
    manager.on('ready', () => manager.status().isReady && manager.status().shards.length === 2 && console.log('ready'));
    await manager.start(ap, tokenSource, 1 << 30).then(() => console.log('drained'), (error) => console.log(error.code));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: fileURLToPath(new URL('..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  const waiting = new Map<string, () => void>();
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    lines.push(line);
    waiting.get(line)?.();
  });
  const printed = (line: string): Promise<void> =>
    lines.includes(line) ? Promise.resolve() : new Promise((resolve) => waiting.set(line, resolve));
  await printed('ready');
  sim.control.say({ scene: 'channel', target: '7000101', from: '9007199254741001', content: 'hello' });
  await printed('started');
  return { child, lines, sim, printed };
}

it('SIGTERM lets handlers finish, closes the shards and ends the process', async () => {
  const { child, lines, sim } = await bot(300);
  child.kill('SIGTERM');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  expect(lines).toEqual(['ready', 'started', 'heard', 'finished', 'drained']);
  expect(sim.control.sessions().filter(({ connected }) => connected)).toEqual([]);
});

it('a second SIGTERM stops hard, without waiting for handlers', async () => {
  const { child, lines, printed } = await bot(60_000);
  child.kill('SIGTERM');
  // Two signals of one kind may be merged while they wait.
  await printed('heard');
  child.kill('SIGTERM');
  await printed('BOTGO_ABORTED');
  expect(lines).not.toContain('finished');
});

it('a process whose every connection is cut lives on, with nothing open, and comes back', async () => {
  const { child, lines, sim, printed } = await bot(0);
  await printed('finished');
  const connected = (): number => sim.control.sessions().filter((session) => session.connected).length;
  // Twice: the second pause follows a try that failed, in which nothing is open either.
  sim.control.fault({ kind: 'refuse-resume', times: 2, code: 4009, ends: false });
  sim.control.fault({ kind: 'cut' });
  await expect.poll(connected).toBe(0);
  await expect.poll(() => [child.exitCode, connected()]).toEqual([null, 2]);
  sim.control.say({ scene: 'channel', target: '7000101', from: '9007199254741001', content: 'still there?' });
  await expect.poll(() => lines.filter((line) => line === 'finished')).toHaveLength(2);
});
