import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { leftOut } from '../services/index.js';
import { STORES } from './options.js';
import { play } from './play.js';
import { SCENARIOS } from './scenarios.js';

/** Long enough for one strike of each kind, and light enough for two cores that do other things as well. */
const LOAD = ['--rate', '100', '--seconds', '8', '--lease-ms', '2000', '--shards', '4'];

/** `chaos -- short`: every scenario on every store for a few seconds, a line for each. Judged by counts alone. */
export async function short(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: { store: { type: 'string' }, seed: { type: 'string', default: '1' } },
  });
  const without = leftOut();
  const stores = STORES.filter((store) => (values.store ?? store) === store && !without.has(store));
  let failed = 0;
  let passed = 0;
  for (const store of stores) {
    for (const [name, scenario] of Object.entries(SCENARIOS)) {
      if (scenario.isOptIn || !scenario.stores.includes(store)) continue;
      const out = mkdtempSync(join(tmpdir(), `botgo-chaos-${name}-`));
      const nodes = store === 'memory' ? [] : ['--nodes', '3'];
      const startedMs = performance.now();
      const { ok, result, problems, again } = await play(
        [name, '--store', store, ...nodes, ...LOAD, '--seed', values.seed, '--out', out],
        () => {},
      );
      const { events, lost, duplicated, reordered, identifies, resumes, delayMaxMs } = result;
      const seconds = Math.round((performance.now() - startedMs) / 1_000);
      const counts = `events ${events} lost ${lost} duplicated ${duplicated} reordered ${reordered}`;
      process.stdout.write(
        `${ok ? 'ok    ' : 'FAILED'} ${store.padEnd(6)} ${name.padEnd(16)} ${counts} identifies ${identifies} resumes ${resumes} delay ${delayMaxMs} ms (${seconds} s)\n`,
      );
      if (ok) {
        passed++;
        rmSync(out, { recursive: true });
        continue;
      }
      failed++;
      for (const problem of problems) process.stdout.write(`  ✗ ${problem}\n`);
      process.stdout.write(`  Again: ${again}\n  The raw record is in ${out}\n`);
    }
  }
  process.stdout.write(`${passed} passed, ${failed} failed\n`);
  return failed === 0 && passed > 0;
}
