// Starts botgo-access and botgo-worker as an orchestrator would: by their command lines.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';

const relay = dirname(createRequire(import.meta.url).resolve('@botgo/relay/package.json'));

/** What a program's `/readyz` says. */
export interface Look {
  readonly isReady: boolean;
  /** Of an access process, by number. */
  readonly shards: readonly number[];
  /** How many a worker reads. */
  readonly partitions: number;
}

export interface Program {
  readonly pid: number;
  look(): Promise<Look>;
  /** Ends it and waits for its end. */
  end(signal: NodeJS.Signals): Promise<void>;
}

/** @param program - `access` or `worker`. */
export async function startProgram(program: 'access' | 'worker', args: readonly string[]): Promise<Program> {
  const child: ChildProcess = spawn(
    process.execPath,
    [join(relay, 'dist/program', `${program}.js`), ...args],
    {
      env: { ...process.env, BOT_SECRET: 'demo-secret' },
      stdio: ['ignore', 'pipe', process.env.VERBOSE ? 'inherit' : 'ignore'],
    },
  );
  const exited = once(child, 'exit');
  const killNow = (): void => void child.kill('SIGKILL');
  process.once('exit', killNow);
  void exited.then(() => process.off('exit', killNow));
  if (!child.stdout) throw new Error('a child with a pipe has a stdout');
  const first = once(createInterface({ input: child.stdout }), 'line') as Promise<[string]>;
  const ended = exited.then(([code]) => {
    throw new Error(`${program} ended with ${code} before it ran; VERBOSE=1 shows why`);
  });
  const [line] = await Promise.race([first, ended]);
  ended.catch(() => {});
  const { health, pid } = JSON.parse(line) as { health: string; pid: number };
  return {
    pid,
    async look() {
      const said = (await fetch(`${health}/readyz`).then((response) => response.json())) as Readyz;
      const { isReady, shards = [], partitions = [] } = said;
      return { isReady, shards: shards.map(({ shard }) => shard), partitions: partitions.length };
    },
    async end(signal) {
      child.kill(signal);
      await exited;
    },
  };
}

interface Readyz {
  readonly isReady: boolean;
  readonly shards?: readonly { readonly shard: number }[];
  readonly partitions?: readonly unknown[];
}

export async function until(isTrue: () => Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await new Promise((resolve) => setTimeout(resolve, 50));
}
