import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startSimulator } from '@botgo/simulator';
import { afterEach, expect, it } from 'vitest';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const GROUPS = ['5566778899AABBCCDDEEFF0011223344'];
/** More would be an event that kills for ever. */
const MOST_DEATHS = 6;

it('an event that kills its process behind the memory broker does so three times, and its neighbours are handled', async () => {
  const sim = await startSimulator();
  ends.push(() => sim.close());
  const folder = mkdtempSync(join(tmpdir(), 'botgo-memory-poison-'));
  ends.push(() => rmSync(folder, { recursive: true, force: true }));
  const ledger = join(folder, 'ledger');
  writeFileSync(ledger, '');
  const lines = (what: string): string[] =>
    readFileSync(ledger, 'utf8')
      .split('\n')
      .flatMap((line) => (line.startsWith(`${what} `) ? [line.slice(what.length + 1)] : []));
  const say = (content: string): void => {
    sim.control.say({ scene: 'group', target: GROUPS[0] ?? '', content });
  };
  const start = () => {
    const task = JSON.stringify({ url: sim.url, file: join(folder, 'state'), ledger });
    const child = spawn(
      process.execPath,
      [fileURLToPath(new URL('./memory-member.mjs', import.meta.url)), task],
      {
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const exited = once(child, 'exit').then(([code, signal]) => code ?? signal);
    ends.push(async () => {
      child.kill('SIGKILL');
      await exited;
    });
    return { child, exited };
  };

  let member = start();
  await expect.poll(() => sim.control.sessions().filter(({ connected }) => connected).length).toBe(1);
  say('before');
  await expect.poll(() => lines('end')).toEqual(['before']);
  for (const text of ['one', 'two', 'deadly', 'three', 'four']) say(text);
  let deaths = 0;
  for (;;) {
    const settled = expect.poll(() => lines('end'), { timeout: 20_000 }).toContain('four');
    const how = await Promise.race([member.exited, settled.then(() => 'lives')]);
    settled.catch(() => undefined);
    if (how === 'lives') break;
    expect(how).toBe('SIGKILL');
    expect(++deaths).toBeLessThan(MOST_DEATHS);
    member = start();
  }
  expect(deaths).toBe(3);
  expect(lines('start').filter((text) => text === 'deadly')).toHaveLength(3);
  expect(lines('BOTGO_EVENT_POISON')).toEqual(['deadly']);
  for (const text of ['one', 'two', 'three', 'four']) expect(lines('end')).toContain(text);
  say('after');
  await expect.poll(() => lines('end')).toContain('after');
  member.child.kill('SIGTERM');
  expect(await member.exited).toBe(0);
  expect(lines('dead')).toEqual(['BOTGO_EVENT_POISON poison']);
  expect(sim.control.sessions()).toHaveLength(1);
}, 120_000);
