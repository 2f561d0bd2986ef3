/**
 * A member of a group in a process of its own, to be killed: `node member-process.js JSON` with `{module, create, options, ledger,
 * workMs, deadly}`. It appends `s <n> <key>` and `e <n>` to the ledger file as handlers begin and end, and `p <n>` for an event that is
 * reported as poison.
 */
import { appendFileSync } from 'node:fs';
import { Delivery } from 'botgo/delivery';
import { BotgoError } from 'botgo/errs';
import type { ConsumerSource } from '../consumer-source.js';
import { readEvent } from './access.js';
import { pause } from './eventually.js';

const task = JSON.parse(process.argv[2] ?? '{}') as {
  module: string;
  create: string;
  options: unknown;
  ledger: string;
  workMs: number;
  deadly: readonly number[];
};
const program = (await import(task.module)) as Record<string, unknown>;
const create = program[task.create];
if (typeof create !== 'function')
  throw new BotgoError('BOTGO_CONFIG', `${task.module} exports no function ${task.create}`);
const source = (create as (options: unknown) => ConsumerSource)(task.options);
const sink = new Delivery({
  duplicateWindow: 0,
  onError({ outcome, event }) {
    if (outcome === 'poison') appendFileSync(task.ledger, `p ${readEvent(event).n}\n`);
  },
  async handle(event) {
    const { n, key } = readEvent(event);
    appendFileSync(task.ledger, `s ${n} ${key}\n`);
    if (task.deadly.includes(n)) {
      process.kill(process.pid, 'SIGKILL');
      // The signal ends the process before the next line would run.
      await new Promise(() => {});
    }
    await pause(task.workMs);
    appendFileSync(task.ledger, `e ${n}\n`);
  },
});
process.once('SIGTERM', () => void source.stop());
await source.run(sink);
