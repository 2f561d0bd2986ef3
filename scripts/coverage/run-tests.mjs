// Runs the tests that meet the simulator, with the wire watched.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folders = ['packages', 'examples', 'e2e/tour', 'e2e/workspace'];
const left = new Set(['node_modules', 'dist', 'src']);

/**
 * @param {string} root - The workspace.
 * @param {string} traffic - File that gets the record.
 * @returns {Promise<number>} Exit code of the tests; what they print goes to standard error.
 */
export async function runTests(root, traffic) {
  const files = folders
    .flatMap((folder) => testsIn(root, folder))
    .filter((file) => meetsSimulator(join(root, file)));
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const run = spawn(process.execPath, [vitest, 'run', '--project', 'unit', '--reporter', 'dot', ...files], {
    cwd: root,
    env: { ...process.env, BOTGO_TRAFFIC: traffic },
    stdio: ['ignore', 2, 2],
  });
  const [code] = await once(run, 'close');
  return code ?? 1;
}

function testsIn(root, folder) {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return left.has(entry.name) ? [] : testsIn(root, path);
    return entry.name.endsWith('.test.ts') ? [path] : [];
  });
}

function meetsSimulator(file) {
  return /startSimulator|openTour|@botgo\/(?:simulator|testing)/.test(readFileSync(file, 'utf8'));
}
