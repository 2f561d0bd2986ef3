import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { findOnPath } from './binary.js';
import { cacheFolder } from './cache-folder.js';

const run = promisify(execFile);

/** A server that comes as Java archives. */
export interface JarsSpec {
  /** Name of the service, as `BOTGO_WITHOUT` spells it. */
  readonly service: string;
  /** `group:artifact:version`; what they need comes with them. */
  readonly artifacts: readonly string[];
}

/** A Java program ready to be run. */
export interface Jars {
  /** The `java` to run it with. */
  readonly java: string;
  readonly classPath: string;
}

/**
 * For a server that is started and killed all the time on a machine of few cores: the second compiler takes half of the start's processor
 * time, and a short run never gets it back.
 */
export const QUICK_START = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1'] as const;

const MIN_JAVA = 17;
const FETCH_TIMEOUT_MS = 900_000;

/**
 * The server's archives, from the cache folder, else fetched by Maven from its central repository (or the mirror of the user's own settings).
 * @throws a sentence that says what is missing and how to leave the suite out
 */
export async function fetchJars(spec: JarsSpec): Promise<Jars> {
  const java = await findJava(spec);
  const version = spec.artifacts[0]?.split(':')[2] ?? '';
  const cache = cacheFolder();
  const folder = join(cache, `${spec.service}-${version}`);
  if (!(await exists(folder))) {
    const maven = await findOnPath('mvn');
    if (maven === undefined) throw unavailable(spec, 'Maven fetches it: install the package maven');
    await mkdir(cache, { recursive: true });
    // Built beside and moved in whole, so that two runs at a time cannot see half of it.
    const building = await mkdtemp(join(cache, `${spec.service}-`));
    try {
      await copyArtifacts(maven, spec, building);
      await rename(join(building, 'lib'), folder).catch(async (error: unknown) => {
        if (!(await exists(folder))) throw error;
      });
    } catch (error) {
      throw unavailable(spec, 'Maven could not fetch its archives: is a repository within reach?', error);
    } finally {
      await rm(building, { recursive: true, force: true });
    }
  }
  return { java, classPath: join(folder, '*') };
}

async function findJava(spec: JarsSpec): Promise<string> {
  const home = process.env.JAVA_HOME;
  const java = home ? join(home, 'bin', 'java') : await findOnPath('java');
  if (java === undefined)
    throw unavailable(spec, `it runs on Java ${MIN_JAVA}: install openjdk-17-jre-headless or later`);
  try {
    const { stderr } = await run(java, ['-version']);
    const major = Number(/version "(\d+)/.exec(stderr)?.[1]);
    if (major >= MIN_JAVA) return java;
    throw unavailable(spec, `it runs on Java ${MIN_JAVA} or later, and ${java} is ${stderr.split('\n')[0]}`);
  } catch (error) {
    throw error instanceof AggregateError ? error : unavailable(spec, `${java} does not run`, error);
  }
}

async function copyArtifacts(maven: string, spec: JarsSpec, folder: string): Promise<void> {
  const dependencies = spec.artifacts.map((artifact) => {
    const [group, name, version] = artifact.split(':');
    return `<dependency><groupId>${group}</groupId><artifactId>${name}</artifactId><version>${version}</version></dependency>`;
  });
  const pom = join(folder, 'pom.xml');
  await writeFile(
    pom,
    '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>' +
      `<groupId>botgo</groupId><artifactId>${spec.service}</artifactId><version>1</version><packaging>pom</packaging>` +
      `<dependencies>${dependencies.join('')}</dependencies></project>\n`,
  );
  // Some artifacts name repositories of their own, which need not exist any more: everything is in the central one.
  const settings: string[] = [];
  if (!(await hasMirror())) {
    const file = join(folder, 'settings.xml');
    await writeFile(
      file,
      '<settings><mirrors><mirror><id>central</id><mirrorOf>*</mirrorOf>' +
        '<url>https://repo.maven.apache.org/maven2</url></mirror></mirrors></settings>\n',
    );
    settings.push('-s', file);
  }
  await run(
    maven,
    [
      ...['-q', '-B', ...settings, '-f', pom, 'dependency:copy-dependencies', '-DincludeScope=runtime'],
      `-DoutputDirectory=${join(folder, 'lib')}`,
    ],
    { timeout: FETCH_TIMEOUT_MS, maxBuffer: 64 << 20 },
  );
}

/** Whether the user's own settings say where everything comes from. */
async function hasMirror(): Promise<boolean> {
  const settings = await readFile(join(homedir(), '.m2', 'settings.xml'), 'utf8').catch(() => '');
  return settings.includes('<mirror>');
}

function unavailable(spec: JarsSpec, why: string, cause?: unknown): AggregateError {
  const output = cause instanceof Error && 'stdout' in cause ? `\n${String(cause.stdout).slice(-2_000)}` : '';
  return new AggregateError(
    cause === undefined ? [] : [cause],
    `No ${spec.service} server: ${why}. To leave its tests out: BOTGO_WITHOUT=${spec.service}${output}`,
  );
}

async function exists(path: string): Promise<boolean> {
  return await access(path).then(
    () => true,
    () => false,
  );
}
