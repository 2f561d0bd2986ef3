import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** The repository, seen from the compiled file. */
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const LOAD = '--rate 200 --seconds 10 --lease-ms 3000';

/** A defect that somebody could bring in, as a patch of that name, and the run that has to see it. */
interface Mutant {
  readonly name: string;
  readonly run: string;
}

// Where 800 events a second meet few conversations, much has come that is not settled, and old events wait while newer ones settle.
export const MUTANTS: readonly Mutant[] = [
  { name: 'save-seq-on-receipt', run: `kill --store etcd --nodes 3 --shards 4 ${LOAD} --rate 800` },
  { name: 'no-fencing', run: `pause --store etcd --nodes 3 --shards 4 ${LOAD}` },
  { name: 'resume-from-zero', run: `rollout --store etcd --nodes 2 --shards 4 ${LOAD}` },
  { name: 'release-before-drain', run: `rollout --store etcd --nodes 2 --shards 4 ${LOAD}` },
  // The slow one is in its handler for longer than it takes until a state is stored: a checkpoint behind it is one that skips it.
  { name: 'checkpoint-of-the-newest', run: `poison --store etcd --nodes 3 --shards 4 ${LOAD}` },
  // Frequent heartbeats: a kill comes soon after one that acknowledged more than was stored, and the platform refuses the resume.
  {
    name: 'heartbeat-acknowledges-unstored',
    run: `kill --store etcd --nodes 3 --shards 4 ${LOAD} --rate 800 --set heartbeatMs=200`,
  },
  // One event holds the checkpoint back for long, so that a copy that is not recognised is one of an event ended long ago.
  { name: 'shared-claim-ignored', run: `poison --store redis --nodes 3 --shards 4 ${LOAD}` },
  { name: 'refused-resume-not-reported', run: `session-lost --store etcd --nodes 2 --shards 4 ${LOAD}` },
  { name: 'woken-process-goes-on', run: `pause --store etcd --nodes 3 --shards 4 ${LOAD}` },
  { name: 'release-without-state', run: `rollout --store etcd --nodes 2 --shards 4 ${LOAD}` },
];

/** Seeds that are tried before a mutant counts as not caught: a strike may miss what is wrong. */
const SEEDS = [1, 2, 3];

/** `chaos -- mutants`: builds a copy with each defect and expects the judge to fail it. */
export async function mutants(args: readonly string[], say: (line: string) => void): Promise<boolean> {
  const { positionals } = parseArgs({ args: [...args], allowPositionals: true });
  const chosen = MUTANTS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const scratch = mkdtempSync(join(tmpdir(), 'botgo-mutants-'));
  let missed = chosen.length === 0 ? 1 : 0;
  try {
    copyWorkspace(scratch);
    for (const mutant of chosen) {
      say(`${mutant.name}: chaos -- ${mutant.run}`);
      const patch = join(ROOT, 'e2e/mutants', `${mutant.name}.patch`);
      inScratch(scratch, 'git', ['apply', patch]);
      inScratch(scratch, process.execPath, [join(ROOT, 'node_modules/typescript/bin/tsc'), '-b', 'e2e']);
      const verdict = catchIt(scratch, mutant);
      inScratch(scratch, 'git', ['apply', '--reverse', patch]);
      if (verdict === undefined) missed++;
      process.stdout.write(
        `${verdict === undefined ? 'MISSED' : 'caught'} ${mutant.name}${verdict === undefined ? '' : ` (${verdict})`}\n`,
      );
    }
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  process.stdout.write(`${chosen.length - missed} caught, ${missed} missed\n`);
  return missed === 0;
}

/** What the judge says against the mutant; `undefined` when it lets every seed pass. */
function catchIt(scratch: string, { run }: Mutant): string | undefined {
  for (const seed of SEEDS) {
    const out = join(scratch, 'record');
    const words = [...run.split(' '), '--seed', `${seed}`, '--json', '--out', out];
    const { status, stdout } = spawnSync(process.execPath, ['e2e/dist/chaos/main.js', ...words], {
      cwd: scratch,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const line = stdout.trim().split('\n').at(-1);
    if (status !== 1 || !line) continue;
    const { problems } = JSON.parse(line) as { problems: string[] };
    // A run that could not be made proves nothing; counts of the record do.
    const counted = problems.find((problem) =>
      /^\d+ (lost|reordered|handled twice|ended sessions|invented)|^(stale replies|identifies)/.test(problem),
    );
    if (counted !== undefined) return `seed ${seed}: ${counted}`;
  }
  return undefined;
}

function inScratch(scratch: string, command: string, args: readonly string[]): void {
  // Without a repository around it, git applies to files as they lie there.
  execFileSync(command, args, { cwd: scratch, stdio: 'inherit', env: { ...process.env, GIT_DIR: '' } });
}

/** Sources and what is built of them; the packages of others are linked to, ours resolve to the copy. */
function copyWorkspace(scratch: string): void {
  for (const name of ['packages', 'e2e', 'tsconfig.base.json', 'package.json']) {
    cpSync(join(ROOT, name), join(scratch, name), {
      recursive: true,
      filter: (source) => basename(source) !== 'node_modules',
    });
  }
  linkPackages(join(ROOT, 'node_modules'), join(scratch, 'node_modules'), scratch);
  for (const name of readdirSync(join(ROOT, 'packages'))) {
    const nested = join('packages', name, 'node_modules');
    linkPackages(join(ROOT, nested), join(scratch, nested), scratch);
  }
}

function linkPackages(from: string, to: string, scratch: string): void {
  let names: string[];
  try {
    names = readdirSync(from);
  } catch {
    return;
  }
  mkdirSync(to, { recursive: true });
  for (const name of names) {
    if (name === '@botgo') {
      mkdirSync(join(to, name), { recursive: true });
      for (const part of readdirSync(join(from, name))) {
        const folder = part === 'e2e' || part === 'bench' ? part : `packages/${part}`;
        symlinkSync(join(scratch, folder), join(to, name, part));
      }
      continue;
    }
    symlinkSync(name === 'botgo' ? join(scratch, 'packages', name) : join(from, name), join(to, name));
  }
}
