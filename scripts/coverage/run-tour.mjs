// Runs the tour, the tests that call and hear everything through the SDK, with the wire watched.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @param {string} root - The workspace.
 * @param {string} traffic - File that gets the record.
 * @returns {Promise<number>} Exit code of the tests; what they print goes to standard error.
 */
export async function runTour(root, traffic) {
  writeFileSync(traffic, '');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const options = ['run', '--project', 'unit', '--reporter', 'dot', 'e2e/tour'];
  const run = spawn(process.execPath, [vitest, ...options], {
    cwd: root,
    env: { ...process.env, BOTGO_TRAFFIC: traffic },
    stdio: ['ignore', 2, 2],
  });
  const [code] = await once(run, 'close');
  return code ?? 1;
}
