import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');

interface Row {
  /** First cell. */
  readonly name: string;
  readonly tests: readonly { readonly file: string; readonly title: string }[];
}

/** Cells of a table's row: a bar inside code is none. */
function cells(line: string): string[] {
  return [...line.matchAll(/\|((?:`[^`]*`|[^`|])*)(?=\|)/g)].map(([, cell = '']) => cell.trim());
}

/** Rows of every table of a page whose last column is its tests: `file`: `title`; `title`<br>`file`: … */
function rows(page: string): Row[] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\| (---|id|编号|what|遇到)/.test(line))
    .map((line) => {
      const row = cells(line);
      const tests = (row.at(-1) ?? '').split('<br>').flatMap((entry) => {
        const [, file = '', titles = ''] = /^`([^`]+)`: (.*)$/.exec(entry) ?? [];
        return [...titles.matchAll(/``? ?(.+?) ?``?(?:; |$)/g)].map(([, title = '']) => ({ file, title }));
      });
      return { name: row[0] ?? '', tests };
    });
}

/** Whether a test of that name is run; one that is skipped is not. The suites that adapters share `define` theirs. */
function hasTest(source: string, title: string): boolean {
  const name = title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`(?:(?<![.\\w])(?:it|test|define)\\(|\\)\\()\\s*(['"\`])${name}\\1\\s*,`).test(source);
}

const PAGES = ['botgo-defects', 'promises'];

describe.each(PAGES)('docs/%s.md', (page) => {
  const english = rows(read(`docs/${page}.md`));
  const chinese = rows(read(`docs/${page}.zh-CN.md`));

  it('names a test in each row, and each of them exists', () => {
    expect(english.length).toBeGreaterThan(30);
    const missing = english.flatMap(({ name, tests }) => {
      if (tests.length === 0) return [`${name}: no test`];
      return tests
        .filter(({ file, title }) => !existsSync(join(root, file)) || !hasTest(read(file), title))
        .map(({ file, title }) => `${name}: ${file} has no test "${title}"`);
    });
    expect(missing).toEqual([]);
  });

  it('says the same in both languages', () => {
    expect(chinese.map(({ tests }) => tests)).toEqual(english.map(({ tests }) => tests));
  });
});

it.each(['docs/botgo-defects.md', 'docs/botgo-defects.zh-CN.md'])(
  '%s has a row for each known defect',
  (page) => {
    const known = JSON.parse(read('facts/botgo-defects.json')) as string[];
    expect(known.length).toBeGreaterThan(100);
    expect(rows(read(page)).map(({ name }) => name)).toEqual(known);
  },
);

it('a test that is not there, or is skipped, is missed', () => {
  const source = `it('is there', () => {}); it.skip('is skipped', () => {}); it.each([1])("it's %i", () => {});`;
  expect(
    ['is there', "it's %i", 'is', 'is skipped', 'is not there'].map((title) => hasTest(source, title)),
  ).toEqual([true, true, false, false, false]);
});
