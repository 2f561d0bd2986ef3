import { join } from 'node:path';
import { startSimulator } from '@botgo/simulator';
import { LineFile } from './line-file.js';
import type { GuardMessage, PlatformConfig } from './messages.js';
import { numberOf } from './numbered.js';

/**
 * The platform of a run, in a process of its own. It also writes which replies reached it, and watches over the run's other
 * processes: when the runner is gone, however it ended, they are ended too (a stopped one could not do that itself).
 */
const config = JSON.parse(process.argv[2] ?? '') as PlatformConfig;
const children = new Set<number>();

process.on('message', (message: GuardMessage) => {
  if ('adopt' in message) children.add(message.adopt);
  else children.delete(message.release);
});
process.on('disconnect', () => {
  for (const pid of children) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  }
  process.exit(1);
});
// Ctrl-C goes to the whole group: the runner ends first, and says so by the channel.
process.on('SIGINT', () => {});

const replies = new LineFile(join(config.out, 'replies.ndjson'));
const simulator = await startSimulator({
  seed: config.seed,
  switches: config.switches,
  record: config.out,
});
simulator.control.subscribe(
  (event) => {
    if (event.type !== 'message') return;
    const { content } = event.sent;
    const n = numberOf({ d: { content } });
    const pid = Number(/ by (\d+)$/.exec(content)?.[1]);
    if (n !== undefined && !Number.isNaN(pid)) replies.write({ n, pid, at: Date.now() });
  },
  ['message'],
);
process.on('SIGTERM', () => void simulator.close().then(() => process.exit(0)));
process.send?.({ type: 'listening', url: simulator.url });
