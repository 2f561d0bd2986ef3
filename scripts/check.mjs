// `npm run check`: types, lint, format, import ranks and cycles, dead exports, the import graph of ARCHITECTURE.md, the API surface. Runs all of
// them and says which failed.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { apiSurfaceOnFile, apiSurfaceText } from './api-surface.mjs';
import { importGraphOnPage, importGraphText } from './import-graph.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));

const steps = [
  ['build', 'typescript/bin/tsc', ['-b']],
  ['types of tests', 'typescript/bin/tsc', ['-p', 'tsconfig.test.json']],
  ['lint, format, import ranks', '@biomejs/biome/bin/biome', ['ci', '--error-on-warnings', '.']],
  ['dead exports', 'knip/bin/knip.js', ['--no-progress']],
];
const failed = [];
for (const [name, program, args] of steps) {
  const startedMs = performance.now();
  const run = spawnSync(process.execPath, [join(root, 'node_modules', program), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  process.stdout.write(`check: ${name}: ${run.status === 0 ? 'ok' : 'FAILED'} (${seconds} s)\n`);
  if (run.status !== 0) failed.push(name);
}
if (importGraphOnPage() !== importGraphText()) {
  process.stdout.write(
    'check: ARCHITECTURE.md shows other imports than the code has; look at the difference, and if it is meant run\n' +
      '  node scripts/import-graph.mjs --write\n',
  );
  failed.push('import graph');
}
if (apiSurfaceOnFile() !== apiSurfaceText()) {
  process.stdout.write(
    'check: the packages export other names than facts/api-surface.txt says; look at the difference, and if it is meant run\n' +
      '  node scripts/api-surface.mjs --write\n',
  );
  failed.push('API surface');
}
if (failed.length > 0) process.stdout.write(`check: failed: ${failed.join(', ')}\n`);
process.exitCode = failed.length === 0 ? 0 : 1;
