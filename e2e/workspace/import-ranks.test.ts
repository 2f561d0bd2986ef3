import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const biome = join(root, 'node_modules/@biomejs/biome/bin/biome');
const SRC = 'packages/botgo/src';

const FORBIDDEN = [
  ['up', `${SRC}/gateway`, '../session/index.js'],
  ['up to the top', `${SRC}/dto`, '../bot/index.js'],
  ['sideways', `${SRC}/gateway`, '../openapi/index.js'],
  ['sideways among leaves', `${SRC}/dto`, '../errs/index.js'],
  ['sideways between the contract and its implementation', `${SRC}/delivery`, '../event/index.js'],
  ['past the door', `${SRC}/gateway`, '../token/token-source.js'],
  ['process-wide state', `${SRC}/bot`, '../defaults.js'],
  ['the simulator: the SDK', 'packages/simulator/src', 'botgo'],
  ['the simulator: behaviour of the SDK', 'packages/simulator/src/gateway', 'botgo/gateway'],
] as const;

const ALLOWED = [
  ['down', `${SRC}/session`, '../gateway/index.js'],
  ['within a folder', `${SRC}/session`, './assign.js'],
  ['the simulator: types that both sides share', 'packages/simulator/src', 'botgo/dto'],
] as const;

/** A tree of its own with the project's rules and one file a case, so that the real one is not touched. */
const tree = mkdtempSync(join(tmpdir(), 'botgo-ranks-'));
let report = '';

function fileOf(index: number, folder: string): string {
  return `${folder}/case-${index}.ts`;
}

beforeAll(() => {
  for (const name of ['biome.json', '.gitignore']) cpSync(join(root, name), join(tree, name));
  for (const [index, [, folder, specifier]] of [...FORBIDDEN, ...ALLOWED].entries()) {
    const file = join(tree, fileOf(index, folder));
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, `import { name } from '${specifier}';\n\nname();\n`);
  }
  const run = spawnSync(process.execPath, [biome, 'lint', '--max-diagnostics=200', '--colors=off', '.'], {
    cwd: tree,
    encoding: 'utf8',
  });
  report = `${run.stdout}${run.stderr}`;
});
afterAll(() => rmSync(tree, { recursive: true }));

describe('import ranks', () => {
  it.each(FORBIDDEN.map(([name, folder], index) => [name, fileOf(index, folder)]))('forbid %s', (_, file) => {
    expect(report).toMatch(new RegExp(`${file}:\\d+:\\d+ lint/style/noRestrictedImports`));
  });

  it.each(ALLOWED.map(([name, folder], index) => [name, fileOf(FORBIDDEN.length + index, folder)]))(
    'allow %s',
    (_, file) => {
      expect(report).toContain('noRestrictedImports');
      expect(report).not.toContain(file);
    },
  );
});
