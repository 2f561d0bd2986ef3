import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ACTS } from '../src/acts/acts.js';
import { Control } from '../src/control/control.js';

/** In-process only. */
const NOT_OVER_HTTP = new Set(['constructor', 'nextSent', 'subscribe']);

const dashed = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

describe.each(['README.md', 'README.zh-CN.md'])('%s', (file) => {
  const page = readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');

  it('names every act and every control call', () => {
    const calls = Object.getOwnPropertyNames(Control.prototype).filter((name) => !NOT_OVER_HTTP.has(name));
    const missing = [...ACTS, ...calls.map(dashed)].filter((name) => !page.includes(`\`${name}\``));
    expect(missing).toEqual([]);
  });
});
