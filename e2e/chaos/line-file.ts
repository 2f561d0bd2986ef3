import { openSync, writeSync } from 'node:fs';

/** Appends lines to a file, each in one write that is done when the call returns: a killed process has written what it wrote. */
export class LineFile {
  readonly #descriptor: number;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'a');
  }

  write(line: object): void {
    writeSync(this.#descriptor, `${JSON.stringify(line)}\n`);
  }
}
