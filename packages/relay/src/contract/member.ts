import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MemberProgram } from './broker.js';
import { Ledger } from './logic.js';
import { memberPath } from './member-path.js';

export interface MemberOptions {
  /** How long each handler takes. */
  readonly workMs: number;
  /** Events that kill the process that handles them. */
  readonly deadly?: readonly number[] | undefined;
}

/** What a member's handlers wrote, up to its end. */
export class MemberLedger extends Ledger {
  /** Events that were reported as poison. */
  readonly poison: number[] = [];
}

/** A member of a group in a process of its own, `member-process.ts`. */
export class Member {
  readonly #child: ChildProcess;
  readonly #folder: string;
  readonly #exited: Promise<unknown>;

  private constructor(child: ChildProcess, folder: string) {
    this.#child = child;
    this.#folder = folder;
    this.#exited = once(child, 'exit');
  }

  static async start(program: MemberProgram, { workMs, deadly = [] }: MemberOptions): Promise<Member> {
    const folder = await mkdtemp(join(tmpdir(), 'botgo-contract-'));
    const ledger = join(folder, 'ledger');
    await writeFile(ledger, '');
    const path = memberPath(import.meta.url);
    const task = JSON.stringify({ ...program, ledger, workMs, deadly });
    const child = spawn(process.execPath, [path, task], { stdio: ['ignore', 'inherit', 'inherit'] });
    return new Member(child, folder);
  }

  /** The signal or the code by which it ended; `undefined` while it lives. */
  get ending(): string | number | undefined {
    return this.#child.signalCode ?? this.#child.exitCode ?? undefined;
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exited;
  }

  async ledger(): Promise<MemberLedger> {
    const ledger = new MemberLedger();
    const text = await readFile(join(this.#folder, 'ledger'), 'utf8');
    for (const line of text.split('\n').slice(0, -1)) {
      const [what, n, key = ''] = line.split(' ');
      if (what === 's') ledger.starts.push({ n: Number(n), key });
      else if (what === 'e') ledger.ends.push(Number(n));
      else ledger.poison.push(Number(n));
    }
    return ledger;
  }

  /** Kills it if it lives, and takes its ledger away. */
  async end(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
