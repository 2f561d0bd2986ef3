// `npm run release:version`: lets changesets set the versions, then writes the SDK's into the constant that is sent as User-Agent.
// (A constant, since reading package.json at run time breaks in bundles; a test holds the two together.)
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const at = (path) => fileURLToPath(new URL(`../${path}`, import.meta.url));

const run = spawnSync(process.execPath, [at('node_modules/@changesets/cli/bin.js'), 'version'], {
  cwd: at('.'),
  stdio: 'inherit',
});
if (run.status !== 0) process.exit(run.status ?? 1);

const { version } = JSON.parse(readFileSync(at('packages/botgo/package.json'), 'utf8'));
const file = at('packages/botgo/src/version.ts');
const before = readFileSync(file, 'utf8');
writeFileSync(
  file,
  before.replace(/(VERSION = ')[^']*/, (_match, start) => start + version),
);
