import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** Follows a record while it is written, to see when everything is settled. It judges nothing. */
export class Progress {
  readonly #folder: string;
  readonly #tails = new Map<string, Tail>();
  readonly #sent = new Set<number>();
  readonly #done = new Set<number>();
  /** Lines of all ledgers so far. */
  lines = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Reads on. @returns Events sent that are neither ended nor refused. */
  open(): number {
    this.#read('refused.ndjson', ({ n }) => this.#done.add(n));
    this.#read('sent.ndjson', ({ n }) => this.#sent.add(n));
    for (const name of readdirSync(this.#folder)) {
      if (!name.startsWith('ledger-')) continue;
      this.#read(name, ({ n, phase }) => {
        this.lines++;
        if (phase === 'end') this.#done.add(n);
      });
    }
    for (const n of this.#sent) if (this.#done.has(n)) this.#sent.delete(n);
    return this.#sent.size;
  }

  close(): void {
    for (const tail of this.#tails.values()) tail.close();
  }

  #read(name: string, visit: (line: { n: number; phase?: string }) => void): void {
    let tail = this.#tails.get(name);
    if (!tail) {
      const path = join(this.#folder, name);
      if (!existsSync(path)) return;
      tail = new Tail(path);
      this.#tails.set(name, tail);
    }
    for (const line of tail.read()) visit(JSON.parse(line) as { n: number; phase?: string });
  }
}

/** What was appended to a file since the last look, in whole lines. */
class Tail {
  readonly #descriptor: number;
  readonly #chunk = Buffer.alloc(256 * 1024);
  #rest = '';

  constructor(path: string) {
    this.#descriptor = openSync(path, 'r');
  }

  *read(): Generator<string> {
    for (;;) {
      const size = readSync(this.#descriptor, this.#chunk);
      if (size === 0) return;
      const lines = (this.#rest + this.#chunk.toString('latin1', 0, size)).split('\n');
      this.#rest = lines.pop() ?? '';
      yield* lines;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
