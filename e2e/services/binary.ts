import { execFile } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { unpackDebian } from './debian-package.js';

const run = promisify(execFile);

/** A program of a service and how it is had. */
export interface BinarySpec {
  /** Name of the service, as `BOTGO_WITHOUT` spells it. */
  readonly service: string;
  readonly program: string;
  readonly versionArgs: readonly string[];
  /** Finds the version in what the program prints. */
  readonly versionPattern: RegExp;
  readonly minVersion: readonly [major: number, minor: number];
  /** Debian packages that hold the program and the libraries it needs. */
  readonly packages: readonly string[];
}

export interface Binary {
  readonly path: string;
  readonly env: Readonly<Record<string, string>>;
}

/**
 * The program: from PATH when it is new enough, else from Debian's packages unpacked in the user's cache, else (as root, with
 * `CI=true`) installed. @throws a sentence that says what to install and how to leave the suite out
 */
export async function findBinary(spec: BinarySpec): Promise<Binary> {
  const onPath = await findOnPath(spec.program);
  if (onPath !== undefined && (await isNewEnough(spec, { path: onPath, env: {} })))
    return { path: onPath, env: {} };

  const tried: unknown[] = [];
  try {
    const unpacked = await unpackDebian(spec.service, spec.packages, spec.program);
    if (await isNewEnough(spec, unpacked)) return unpacked;
  } catch (error) {
    tried.push(error);
  }
  if (process.env.CI === 'true' && process.getuid?.() === 0) {
    try {
      await run('apt-get', ['update']);
      await run('apt-get', ['install', '-y', '--no-install-recommends', ...spec.packages]);
      const installed = await findOnPath(spec.program);
      if (installed !== undefined) return { path: installed, env: {} };
    } catch (error) {
      tried.push(error);
    }
  }
  const version = spec.minVersion.join('.');
  throw new AggregateError(
    tried,
    `No ${spec.program} ${version} or later: install the package ${spec.packages[0]}, ` +
      `set BOTGO_TEST_${spec.service.toUpperCase()}_URL to a running server, or leave its tests out with BOTGO_WITHOUT=${spec.service}` +
      tried.map((error) => `\n- ${String(error)}`).join(''),
  );
}

/** Services that `BOTGO_WITHOUT` (names separated by commas) leaves out. */
export function leftOut(): Set<string> {
  return new Set((process.env.BOTGO_WITHOUT ?? '').split(',').filter((name) => name !== ''));
}

/** The program's path, looked up as a shell does. */
export async function findOnPath(program: string): Promise<string | undefined> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, program);
    try {
      await access(path, constants.X_OK);
      return path;
    } catch {
      // Not in this folder.
    }
  }
  return undefined;
}

async function isNewEnough(spec: BinarySpec, binary: Binary): Promise<boolean> {
  const { stdout } = await run(binary.path, spec.versionArgs, { env: { ...process.env, ...binary.env } });
  const match = spec.versionPattern.exec(stdout);
  const [major, minor] = [Number(match?.[1]), Number(match?.[2])];
  const [minMajor, minMinor] = spec.minVersion;
  return major > minMajor || (major === minMajor && minor >= minMinor);
}
