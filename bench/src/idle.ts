import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { BenchCase, RunningCase } from './bench-case.js';
import { messageOf, sampleOf } from './child.js';

type Figure = 'rss' | 'heap';

/**
 * Memory of a process that holds one connection with nothing to do, after a forced collection: bare `ws` that introduces itself and
 * beats, against a shard (`Connection` over a `Delivery`, with its lanes) and against a whole `SessionManager` with one shard over its
 * coordinator in memory. Each sample is a new process. Tokens are fixed on every side, so no side loads an HTTP client.
 */
export const IDLE_CASES: readonly BenchCase[] = [
  idleCase('rss', 'shard', 'rss', 1.15),
  idleCase('heap', 'shard', 'heap', 1.3),
  idleCase('manager-rss', 'manager', 'rss', 1.15),
  idleCase('manager-heap', 'manager', 'heap', 1.3),
];

function idleCase(name: string, side: 'shard' | 'manager', figure: Figure, goal: number): BenchCase {
  return { name, unit: 'MiB per process', goal, setup: () => setUp(side, figure) };
}

async function setUp(side: string, figure: Figure): Promise<RunningCase> {
  const server = fork(new URL('processes/frame-server.js', import.meta.url));
  const { port } = await messageOf<{ port: number }>(server);
  const measure = async (which: string): Promise<number> => {
    const args = [which, String(port)];
    const sample = await sampleOf<Record<Figure, number> & { connections: number }>('idle.js', args, [
      '--expose-gc',
    ]);
    if (sample.connections !== 1) throw new Error(`${which} held ${sample.connections} connections`);
    return sample[figure] / 1024 ** 2;
  };
  return {
    ours: () => measure(side),
    limit: () => measure('bare'),
    async [Symbol.asyncDispose]() {
      server.disconnect();
      await once(server, 'exit');
    },
  };
}
