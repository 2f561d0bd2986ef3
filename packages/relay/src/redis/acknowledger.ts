import type { Cancel, Clock } from 'botgo/clock';
import { BotgoError, toBotgoError } from 'botgo/errs';
import type { Logger } from 'botgo/log';
import { backOff } from '../back-off.js';
import type { StreamClient } from './client.js';
import type { StreamKeys } from './keys.js';
import { runScript, SETTLE } from './scripts.js';
import type { Report, Tally } from './tally.js';

/** Ids in one call. */
const LIMIT = 1_000;

/**
 * Shortest time between two calls, in milliseconds. Nobody waits for them, and one for each event would stand before the next event in
 * the server's queue. After a longer pause, and so in a process that gets little time, it is made at once: what was handled at a death
 * and not acknowledged is handled again.
 */
const PAUSE_MS = 50;

export interface AcknowledgerOptions {
  readonly client: StreamClient;
  readonly keys: StreamKeys;
  readonly group: string;
  readonly clock: Clock;
  readonly random: () => number;
  readonly logger: Logger;
}

/**
 * Tells the consumer group what was read and settled in all partitions of this process: in one call, however many they are. It takes one
 * call at a time, and makes one again until it is answered.
 */
export class Acknowledger {
  readonly #options: AcknowledgerOptions;
  readonly #due = new Set<Tally>();
  #calling: Promise<void> | undefined;
  #calledAtMs = Number.NEGATIVE_INFINITY;
  #cancel: Cancel | undefined;

  constructor(options: AcknowledgerOptions) {
    this.#options = options;
  }

  /** Something of a partition was settled: the group is told soon. */
  soon(tally: Tally): void {
    this.#due.add(tally);
    this.#schedule();
  }

  /** Tells at once what there is of a partition; resolves when nothing is left, or the tally has ended. */
  async finish(tally: Tally): Promise<void> {
    while (tally.isDue) {
      this.#due.add(tally);
      await this.#callNow();
    }
  }

  /** Every tally has ended. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #schedule(): void {
    if (this.#due.size === 0 || this.#calling || this.#cancel) return;
    const { clock } = this.#options;
    const waitMs = this.#calledAtMs + PAUSE_MS - clock.now();
    if (waitMs <= 0) return void this.#callNow();
    this.#cancel = clock.after(waitMs, () => {
      this.#cancel = undefined;
      void this.#callNow();
    });
  }

  #callNow(): Promise<void> {
    this.#calling ??= this.#call().finally(() => {
      this.#calling = undefined;
      // What settled meanwhile waits for its time.
      this.#schedule();
    });
    return this.#calling;
  }

  async #call(): Promise<void> {
    // What settles together is acknowledged together.
    await new Promise((resolve) => setImmediate(resolve));
    const { clock, random } = this.#options;
    for (let failures = 0; ; ) {
      this.#calledAtMs = clock.now();
      const { reports, isFull } = this.#takeReports();
      if (reports.size === 0) return;
      if (await this.#tell(reports)) {
        failures = 0;
        if (!isFull) return;
      } else {
        failures++;
        await clock.sleep(backOff(failures, random())).catch(() => undefined);
      }
    }
  }

  #takeReports(): { reports: Map<Tally, Report>; isFull: boolean } {
    const reports = new Map<Tally, Report>();
    let left = LIMIT;
    for (const tally of this.#due) {
      if (left <= 0) break;
      this.#due.delete(tally);
      if (!tally.isDue) continue;
      const report = tally.report(left);
      left -= report.pending.length + report.acknowledged.length;
      reports.set(tally, report);
    }
    return { reports, isFull: left <= 0 };
  }

  /** @returns Whether the group has heard of all of it. */
  async #tell(reports: ReadonlyMap<Tally, Report>): Promise<boolean> {
    const { client, keys, group } = this.#options;
    const names = [keys.fences];
    const args: (string | number)[] = [group];
    for (const [tally, { last = '', delivered = '', pending, acknowledged }] of reports) {
      names.push(keys.partition(tally.partition));
      args.push(`${group}/${tally.partition}`, tally.token, last, delivered);
      args.push(pending.length, ...pending, acknowledged.length, ...acknowledged);
    }
    let isAll = true;
    const failed = (partition: string, reason: string): void => {
      isAll = false;
      this.#warn('events could not be acknowledged; it is tried again', partition, reason);
    };
    try {
      const replies = await client.run('acknowledge', (redis) => runScript(redis, SETTLE, names, args));
      if (!Array.isArray(replies))
        throw new BotgoError('BOTGO_BROKER', 'Redis answered an acknowledgement with something else');
      for (const [index, [tally, report]] of [...reports].entries()) {
        const answer = String(replies[index]);
        if (answer === 'OK') tally.confirm(report);
        else if (answer.startsWith('FENCED')) {
          // A larger token stays: this one will never be heard again.
          tally.end();
          this.#warn('events are not acknowledged: they come to the partition’s owner', tally.name, answer);
        } else failed(tally.name, answer);
      }
    } catch (error) {
      failed([...reports.keys()].map(({ name }) => name).join(', '), toBotgoError(error).message);
    }
    for (const tally of reports.keys()) if (tally.isDue) this.#due.add(tally);
    return isAll;
  }

  #warn(message: string, partition: string, error: string): void {
    this.#options.logger.warn(message, { partition, error });
  }
}
