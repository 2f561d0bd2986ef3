import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder } from '../services/cache-folder.js';
import { CannotHave } from './foreign-bot.js';

const run = promisify(execFile);

/** Seen from the compiled file. */
export const SOURCES = new URL('../../interop/python/', import.meta.url);

/** What nonebot2 and its adapter ask for. */
const MIN_VERSION = [3, 10] as const;

/**
 * The interpreter of a virtual environment that holds what a file in `python/` names, at its versions. It is made once and kept in
 * the user's cache.
 * @throws {CannotHave} without Python, its venv module or a package registry
 */
export async function pythonWith(file: string, say: (line: string) => void): Promise<string> {
  const python = await findPython();
  const requirements = fileURLToPath(new URL(file, SOURCES));
  const key = createHash('sha256')
    .update(`${python.version}\n${python.path}\n${await readFile(requirements, 'utf8')}`)
    .digest('hex')
    .slice(0, 12);
  const cache = cacheFolder('botgo-interop');
  const venv = join(cache, `python-${key}`);
  const interpreter = (folder: string) =>
    process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  if (await exists(interpreter(venv))) return interpreter(venv);

  say(`Installing what ${file} names into ${venv}`);
  await mkdir(cache, { recursive: true });
  // Built beside and moved in whole, so that an interrupted run leaves no half of it.
  const building = await mkdtemp(join(cache, 'building-'));
  try {
    await run(python.path, ['-m', 'venv', building]).catch((cause: unknown) => {
      throw new CannotHave(
        `${python.path} makes no virtual environment: install its venv module (Debian: apt-get install python3-venv).\n${tail(cause)}`,
        { cause },
      );
    });
    const pip = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check'];
    await run(interpreter(building), [...pip, '--requirement', requirements]).catch((cause: unknown) => {
      throw new CannotHave(
        `${file} could not be installed: pip needs a package registry (PIP_INDEX_URL names another than PyPI).\n${tail(cause)}`,
        { cause },
      );
    });
    await rename(building, venv).catch(async (error: unknown) => {
      if (!(await exists(interpreter(venv)))) throw error;
    });
  } finally {
    await rm(building, { recursive: true, force: true });
  }
  return interpreter(venv);
}

async function findPython(): Promise<{ path: string; version: string }> {
  const named = process.env.BOTGO_PYTHON;
  const asks = 'import sys; print(sys.executable); print("%d.%d.%d" % sys.version_info[:3])';
  const found: string[] = [];
  for (const name of named === undefined ? ['python3', 'python'] : [named]) {
    const answer = await run(name, ['-c', asks]).catch(() => undefined);
    if (answer === undefined) continue;
    const [path = name, version = ''] = answer.stdout.split(/\r?\n/);
    const [major = 0, minor = 0] = version.split('.').map(Number);
    if (major > MIN_VERSION[0] || (major === MIN_VERSION[0] && minor >= MIN_VERSION[1]))
      return { path, version };
    found.push(`${name} is ${version}`);
  }
  const seen = found.length === 0 ? '' : ` (${found.join(', ')})`;
  throw new CannotHave(
    `There is no Python ${MIN_VERSION.join('.')} or later${seen}: install it, or say in BOTGO_PYTHON where it is.`,
  );
}

/** The end of what a program wrote before it failed. */
function tail(error: unknown): string {
  const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string };
  return (stderr.trim() || stdout.trim() || String(error)).slice(-1_500);
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
