import { expect, inject, it } from 'vitest';
import { runProgram } from '../../demo/test/run-program.js';

const CLUSTER = new URL('../dist/cluster.js', import.meta.url);

it('moves 20 shards between processes that come, die and go, and loses nothing', {
  timeout: 180_000,
}, async () => {
  await using program = runProgram(CLUSTER, { env: { REDIS_URL: inject('redisUrl') } });
  expect(await program.ended, program.stderr).toBe(0);
  const lines = program.stdout.trimEnd().split('\n');
  expect(lines.filter((line) => /^ {2}process-\d+ +\d+ {2}/.test(line)).length).toBe(2 + 3 + 2 + 1);
  const [, events, replies] =
    /^cluster: (\d+) events, (\d+) replies, 0 lost, 20 sessions begun, \d+ resumed$/.exec(
      lines.at(-1) ?? '',
    ) ?? [];
  expect(Number(events)).toBeGreaterThan(0);
  expect(replies).toBe(events);
});
