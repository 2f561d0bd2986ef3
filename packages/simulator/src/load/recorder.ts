import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform } from '../platform.js';
import type { Generator } from './generator.js';

/** Writes down what a load run needs to be judged by: `sent`, `refused` and `timeline`, as `.ndjson` (DESIGN 8). */
export interface Recorder {
  /** Writes what is waiting and closes the files. */
  close(): void;
}

/** @param wallNow - the system's Unix time: the other processes of a run write theirs beside it */
export function record(
  folder: string,
  platform: Platform,
  generator: Generator,
  wallNow: () => number,
): Recorder {
  mkdirSync(folder, { recursive: true });
  const sent = new LineFile(join(folder, 'sent.ndjson'));
  const refused = new LineFile(join(folder, 'refused.ndjson'));
  const timeline = new LineFile(join(folder, 'timeline.ndjson'));
  generator.listen((event) => sent.add({ ...event, at: wallNow() }));
  const stop = platform.stream.subscribe(
    (event) => {
      if (event.type === 'refused') {
        for (const n of event.numbers) refused.add({ n, reason: event.reason, at: wallNow() });
      } else if (event.type === 'identify' || event.type === 'resume' || event.type === 'session-ended') {
        const { shard, sessionId } = event.session;
        timeline.add({ at: wallNow(), what: event.type, shard, session: sessionId });
      }
    },
    ['refused', 'identify', 'resume', 'session-ended'],
  );
  const close = (): void => {
    stop();
    for (const file of [sent, refused, timeline]) file.close();
  };
  return { close };
}

/** Appends whole lines: those of one turn of the event loop in one write. */
class LineFile {
  readonly #descriptor: number;
  #waiting: string[] = [];
  #isOpen = true;

  constructor(path: string) {
    this.#descriptor = openSync(path, 'a');
  }

  add(value: object): void {
    if (!this.#isOpen) return;
    if (this.#waiting.length === 0) setImmediate(() => this.#flush());
    this.#waiting.push(JSON.stringify(value));
  }

  close(): void {
    if (!this.#isOpen) return;
    this.#flush();
    this.#isOpen = false;
    closeSync(this.#descriptor);
  }

  #flush(): void {
    if (!this.#isOpen || this.#waiting.length === 0) return;
    writeSync(this.#descriptor, `${this.#waiting.join('\n')}\n`);
    this.#waiting = [];
  }
}
