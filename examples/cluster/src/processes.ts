import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROGRAM = fileURLToPath(new URL('./bot.js', import.meta.url));

/** The bot's processes, numbered as they were started. */
export class Processes {
  readonly #children = new Map<number, ChildProcess>();
  readonly #env: Readonly<Record<string, string>>;
  #started = 0;

  constructor(env: Readonly<Record<string, string>>) {
    this.#env = env;
  }

  /** Numbers of those that run. */
  get running(): readonly number[] {
    return [...this.#children.keys()];
  }

  start(): number {
    const number = ++this.#started;
    const child = fork(PROGRAM, { env: { ...process.env, ...this.#env, MEMBER_ID: memberOf(number) } });
    this.#children.set(number, child);
    child.once('exit', () => this.#children.delete(number));
    return number;
  }

  /** `SIGTERM`: it hands over and ends. `SIGKILL`: it is gone. Resolves when it has ended. */
  async end(number: number, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const child = this.#children.get(number);
    if (!child) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }

  async endAll(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    await Promise.all(this.running.map((number) => this.end(number, signal)));
  }
}

/** Under this name a process is known to the others. */
export function memberOf(number: number): string {
  return `process-${number}`;
}
