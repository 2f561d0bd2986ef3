import { readFileSync } from 'node:fs';
import { BOTGO_ERROR_CODES } from 'botgo/errs';
import { expect, it } from 'vitest';

it.each(['errors.md', 'errors.zh-CN.md'])('docs/%s describes every error code and no other', (name) => {
  const page = readFileSync(new URL(`../../docs/${name}`, import.meta.url), 'utf8');
  const described = [...page.matchAll(/^\| `(BOTGO_[A-Z_]+)` \|/gm)].map(([, code]) => code);
  expect(described.sort()).toEqual(Object.keys(BOTGO_ERROR_CODES).sort());
});
