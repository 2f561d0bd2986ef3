import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A compiled program of an example that runs as a process of its own. */
export interface Program extends AsyncDisposable {
  /** What it has written to standard output. */
  readonly stdout: string;
  readonly stderr: string;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
  kill(signal: NodeJS.Signals): void;
}

/**
 * Runs a program.
 * @param url - The file, as `new URL('../dist/x.js', import.meta.url)`.
 */
export function runProgram(
  url: URL,
  { args = [], env = {} }: { args?: string[]; env?: Record<string, string> } = {},
): Program {
  const child: ChildProcess = spawn(process.execPath, [fileURLToPath(url), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  return {
    get stdout() {
      return stdout;
    },
    get stderr() {
      return stderr;
    },
    ended,
    kill: (signal) => child.kill(signal),
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
