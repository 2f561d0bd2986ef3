import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** A program of ours as a process: it hears of our end by the channel between us, and is signalled by its own id only. */
export class Child {
  readonly pid: number;
  readonly exited: Promise<void>;
  hasExited = false;
  /** How it ended: its exit code, or the signal. */
  ending: number | string | undefined;
  readonly #child: ChildProcess;

  /** @param program - Compiled file beside this one. */
  constructor(program: string, config: object, log: string) {
    const descriptor = openSync(log, 'a');
    this.#child = fork(fileURLToPath(new URL(program, import.meta.url)), [JSON.stringify(config)], {
      stdio: ['ignore', descriptor, descriptor, 'ipc'],
    });
    closeSync(descriptor);
    if (this.#child.pid === undefined) throw new Error(`${program} could not be started`);
    this.pid = this.#child.pid;
    const killNow = (): void => void this.#child.kill('SIGKILL');
    process.once('exit', killNow);
    this.exited = once(this.#child, 'exit').then(([code, signal]) => {
      this.hasExited = true;
      this.ending = (code as number | null) ?? (signal as string);
      process.off('exit', killNow);
    });
    // A channel breaks when its process dies; that is seen by its exit.
    this.#child.on('error', () => {});
  }

  onMessage<Message>(listener: (message: Message) => void): void {
    this.#child.on('message', (message) => listener(message as Message));
  }

  send(message: object): void {
    if (this.#child.connected) this.#child.send(message, () => {});
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
