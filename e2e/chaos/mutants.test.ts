import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const patches = readdirSync(new URL('../mutants', import.meta.url)).sort();

describe('the mutants', () => {
  it('are the patches that lie there, and each has a run that has to catch it', () => {
    expect(MUTANTS.map(({ name }) => `${name}.patch`).sort()).toEqual(patches);
  });

  it.each(patches)('%s applies to the sources as they are', (patch) => {
    const { stderr } = spawnSync('git', ['apply', '--check', `e2e/mutants/${patch}`], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
  });
});
