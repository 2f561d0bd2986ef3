import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

const PAGES = [
  'README.md',
  'README.zh-CN.md',
  'examples/README.md',
  'examples/README.zh-CN.md',
  'examples/c2c-bot/README.md',
  'examples/c2c-bot/README.zh-CN.md',
  'examples/group-bot/README.md',
  'examples/group-bot/README.zh-CN.md',
  'examples/guild-bot/README.md',
  'examples/guild-bot/README.zh-CN.md',
  'docs/other-sdks.md',
  'docs/other-sdks.zh-CN.md',
  'packages/botgo/README.md',
  'packages/botgo/README.zh-CN.md',
  'packages/simulator/README.md',
  'packages/simulator/README.zh-CN.md',
];

/** Pages whose programs are run by tests of their own. */
const OTHERS = [
  'docs/production',
  'docs/relay-adapter',
  'docs/relay-envelope',
  'examples/access-logic/README',
  'packages/relay/README',
];
const LINKED = [...PAGES, ...OTHERS.flatMap((page) => [`${page}.md`, `${page}.zh-CN.md`])];

/** What the pages' shorter pieces stand in the middle of. */
const PRELUDE = `import type { Bot as AnyBot } from 'botgo';
declare const appId: string, secret: string, bot: AnyBot;
`;

function blocks(page: string, language: string): string[] {
  return [...read(page).matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(
    ([, code = '']) => code,
  );
}

describe.each(LINKED)('%s', (page) => {
  it('leads to pages and files that are there', () => {
    const links = [...read(page).matchAll(/\]\((?!https?:)([^)#]+)/g)].map(([, link = '']) => link);
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) expect(existsSync(join(root, dirname(page), link)), link).toBe(true);
  });

  it('names scripts that are there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    for (const [, name = ''] of read(page).matchAll(/npm run (?:-s )?([\w:-]+)/g))
      expect(scripts).toHaveProperty([name]);
  });
});

it('the programs on the pages type-check', () => {
  mkdirSync(join(root, 'out'), { recursive: true });
  const folder = mkdtempSync(join(root, 'out', 'readme-'));
  try {
    const programs = PAGES.flatMap((page) => blocks(page, 'ts'));
    expect(programs.length).toBeGreaterThan(6);
    for (const [index, program] of programs.entries()) {
      const declaresBot = /const bot\b/.test(program);
      const prelude = declaresBot ? PRELUDE.replace(', bot: AnyBot', '') : PRELUDE;
      writeFileSync(join(folder, `${index}.ts`), `${prelude}${program}\nexport {};\n`);
    }
    const config = {
      extends: '../../tsconfig.base.json',
      compilerOptions: { noEmit: true, composite: false, incremental: false },
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ ...config, include: ['*.ts'] }));
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    const run = spawnSync(process.execPath, [tsc, '-p', folder], { encoding: 'utf8' });
    expect(run.stdout).toBe('');
    expect(run.status).toBe(0);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

it('the ten-line bot is the one that is tested', () => {
  for (const page of ['README.md', 'README.zh-CN.md'])
    expect(blocks(page, 'ts')).toContain(read('examples/hello-bot/src/bot.ts'));
});
