import type { BenchCase } from './bench-case.js';
import { sampleOf } from './child.js';

/**
 * CPU time of `import 'botgo'` in a new process, against importing its two dependencies. botgo loads undici with the first request, not
 * at import: `entry` is what a program pays at its start, `entry-and-undici` what a bot has paid after its first request, where the
 * other side has loaded both as well.
 */
export const IMPORT_CASES: readonly BenchCase[] = [
  importCase('entry', ['botgo'], 1.5),
  importCase('entry-and-undici', ['botgo', 'undici'], null),
];

const DEPENDENCIES = ['ws', 'undici'];

function importCase(name: string, ours: readonly string[], goal: number | null): BenchCase {
  return {
    name,
    unit: 'ms CPU per process',
    goal,
    setup: async () => ({
      ours: () => measure(ours),
      limit: () => measure(DEPENDENCIES),
      async [Symbol.asyncDispose]() {},
    }),
  };
}

async function measure(names: readonly string[]): Promise<number> {
  const { cpuMs, loaded } = await sampleOf<{ cpuMs: number; loaded: number }>('import.js', names);
  if (loaded !== names.length) throw new Error(`${names.length} modules were to be imported, ${loaded} were`);
  return cpuMs;
}
