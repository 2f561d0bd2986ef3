// Builds incrementally with nothing on standard output, so that a command's own output stays machine-readable.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = join(root, 'node_modules/typescript/bin/tsc');

/** Builds every package; ends the process with the compiler's output when that fails. */
export function build() {
  if (!existsSync(join(root, 'packages/botgo/dist')))
    process.stderr.write('Building for the first time; this takes some seconds.\n');
  const run = spawnSync(process.execPath, [tsc, '-b', root], { cwd: root, encoding: 'utf8' });
  if (run.status === 0) return;
  process.stderr.write(`The build failed (npm run build):\n${run.stdout}${run.stderr}${run.error ?? ''}`);
  process.exit(1);
}
