import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from './cache-folder.js';

const run = promisify(execFile);

/**
 * Fetches packages with `apt-get download` and unpacks them into the cache: no root, nothing installed, nothing started.
 * @returns The program's path and the environment it needs.
 */
export async function unpackDebian(
  name: string,
  packages: readonly string[],
  program: string,
): Promise<{ path: string; env: Record<string, string> }> {
  const cache = cacheFolder();
  const root = join(cache, name);
  const path = join(root, 'usr', 'bin', program);
  if (!(await exists(path))) {
    await mkdir(cache, { recursive: true });
    // Built beside and moved in whole, so that two runs at a time cannot see half of it.
    const building = await mkdtemp(join(cache, `${name}-`));
    try {
      await fetchInto(building, packages);
      await rename(join(building, 'root'), root).catch(async (error: unknown) => {
        if (!(await exists(path))) throw error;
      });
    } finally {
      await rm(building, { recursive: true, force: true });
    }
  }
  const libraries = await libraryFolders(root);
  return { path, env: { LD_LIBRARY_PATH: libraries.join(delimiter) } };
}

async function fetchInto(folder: string, packages: readonly string[]): Promise<void> {
  const lists = join(folder, 'lists');
  const debs = join(folder, 'debs');
  await mkdir(join(lists, 'partial'), { recursive: true });
  await mkdir(join(folder, 'cache', 'archives', 'partial'), { recursive: true });
  await mkdir(debs);
  // Package lists of our own: those of the system may be missing or old, and only root may write them.
  const options = ['-q', '-o', `Dir::State::lists=${lists}`, '-o', `Dir::Cache=${join(folder, 'cache')}`];
  await run('apt-get', [...options, 'update']);
  await run('apt-get', [...options, 'download', ...packages], { cwd: debs });
  for (const deb of await readdir(debs)) await run('dpkg', ['-x', join(debs, deb), join(folder, 'root')]);
}

async function libraryFolders(root: string): Promise<string[]> {
  const folders: string[] = [];
  for (const lib of [join(root, 'usr', 'lib'), join(root, 'lib')]) {
    const entries = await readdir(lib).catch(() => []);
    folders.push(...entries.filter((entry) => entry.includes('-linux-')).map((entry) => join(lib, entry)));
  }
  return folders;
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
