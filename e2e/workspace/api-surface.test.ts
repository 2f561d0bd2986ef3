import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { apiSurfaceOnFile, apiSurfaceText } from '../../scripts/api-surface.mjs';

const require = createRequire(import.meta.url);
const text = apiSurfaceText();
/** By specifier: the lines of its names. */
const sections = new Map(
  text
    .split(/\n(?=\S)/)
    .filter((section) => !section.startsWith('#'))
    .map((section) => {
      const [specifier = '', ...lines] = section.trimEnd().split('\n');
      return [specifier, lines.filter((line) => !line.startsWith('    '))];
    }),
);

it('facts/api-surface.txt says what the packages export', () => {
  expect(
    apiSurfaceOnFile(),
    'look at the difference, and if it is meant: node scripts/api-surface.mjs --write',
  ).toBe(text);
});

it('knows every package and sub-path', () => {
  expect(sections.size).toBeGreaterThan(18);
  expect(sections.get('botgo')).toContain('  class Bot = botgo/bot');
  expect(sections.get('botgo/bot')).toContain('  class Bot');
  expect(text).toMatch(/^ {2}class SessionManager\n(?: {4}\.\S+\n)* {4}\.start\n/m);
});

describe('the values among them are what an import gives:', () => {
  it.each([...sections])('%s', async (specifier, lines) => {
    const module = (await import(pathToFileURL(require.resolve(specifier)).href)) as Record<string, unknown>;
    const values = lines
      .filter((line) => !line.startsWith('  type '))
      .map((line) => line.trim().split(' ')[1]);
    expect(Object.keys(module).sort()).toEqual(values.sort());
  });
});
