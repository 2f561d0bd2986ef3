import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Source files below a folder, tests left out; a folder that is not there has none. */
function sources(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.test|\.test-d|\.d)\.(ts|tsx|mjs)$/.test(entry.name))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((file) => !/\/(node_modules|dist)\//.test(file));
}

const libraries = readdirSync(join(root, 'packages')).map((name) => `packages/${name}/src`);

it('no library ends its process', () => {
  // A program may; each is a file main.ts.
  const files = libraries.flatMap(sources).filter((file) => !file.endsWith('/main.ts'));
  expect(files.length).toBeGreaterThan(250);
  expect(files.filter((file) => /\bprocess\.(exit|abort|reallyExit)\b/.test(read(file)))).toEqual([]);
});

/** What `npm start`, `npm run demo`, `sim`, `build`, `check` and `test` run: authors on Windows and macOS have them too. */
const COMMANDS = ['start', 'demo', 'sim', 'build', 'check', 'test', 'format'];

it.each(COMMANDS)('npm run %s needs no shell of its own', (name) => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
  // npm gives the line to cmd.exe on Windows: words only.
  expect(scripts[name]).toMatch(/^(node|tsc|biome) [\w./ -]+$/);
});

it('what these commands run calls nothing that only Unix has', () => {
  const files = [
    ...['run', 'build', 'check', 'test', 'import-graph'].map((name) => `scripts/${name}.mjs`),
    ...sources('examples'),
    ...sources('packages/simulator/src'),
    ...sources('packages/botgo/src'),
  ].filter((file) => !file.includes('/test/'));
  expect(files).toContain('examples/demo/src/start.ts');
  expect(files.length).toBeGreaterThan(200);
  const unixOnly =
    /\b(bash|SIGUSR[12]|SIGHUP|SIGSTOP|SIGCONT|geteuid|getuid|setuid|umask|mkfifo|chmod)\b|shell: true|['"`]\/(bin|dev|etc|tmp|usr)\/|(?<!\.)exec(Sync)?\(/;
  const found = files.flatMap((file) =>
    read(file)
      .split('\n')
      .filter((line) => unixOnly.test(line))
      .map((line) => `${file}: ${line.trim()}`),
  );
  expect(found).toEqual([]);
});
