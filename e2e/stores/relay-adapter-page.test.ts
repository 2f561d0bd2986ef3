import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { afterAll, expect, inject, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The page's files: the first line of each names it. */
const files = (page: string): string[] =>
  [...readFileSync(join(root, 'docs', page), 'utf8').matchAll(/```ts\n(.*?)```/gs)].map(
    ([, code = '']) => code,
  );

mkdirSync(join(root, 'e2e/dist'), { recursive: true });
// Within this workspace, where its programs find the packages that they name.
const folder = mkdtempSync(join(root, 'e2e/dist/relay-adapter-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const code of files('relay-adapter.md'))
  writeFileSync(join(folder, /^\/\/ ([\w.-]+\.ts):/.exec(code)?.[1] ?? ''), code);
writeFileSync(
  join(folder, 'tsconfig.json'),
  JSON.stringify({
    extends: '../../../tsconfig.base.json',
    compilerOptions: {
      ...{ composite: false, incremental: false, declaration: false, sourceMap: false, rootDir: '.' },
      outDir: 'out',
    },
    include: ['*.ts'],
    exclude: [],
  }),
);
const tsc = join(root, 'node_modules/typescript/bin/tsc');
const compiled = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });

it('the adapter on docs/relay-adapter.md type-checks', () => {
  expect(compiled.stdout).toBe('');
  expect(compiled.status).toBe(0);
});

// Registers the page's own tests here, one for each case of the contract.
process.env.REDIS_URL = inject('redisUrl');
await import(/* @vite-ignore */ pathToFileURL(join(folder, 'out/contract.test.js')).href);

it('both languages have the same programs', () => {
  expect(files('relay-adapter.zh-CN.md')).toEqual(files('relay-adapter.md'));
  expect(files('relay-adapter.md')).toHaveLength(5);
});
