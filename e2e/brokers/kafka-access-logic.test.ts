import { expect, it } from 'vitest';
import { runProgram } from '../../examples/demo/test/run-program.js';

it('examples/access-logic on Kafka answers every message, whichever process is killed', async () => {
  await using program = runProgram(new URL('../../examples/access-logic/dist/main.js', import.meta.url), {
    args: ['--broker', 'kafka'],
  });
  expect(await program.ended, program.stderr).toBe(0);
  expect(program.stderr).toBe('');
  const lines = program.stdout.trimEnd().split('\n');
  expect(lines.at(-1)).toBe('access-logic: 15 messages, 15 answered, two processes killed');
  // The two that were killed did the work until then.
  expect(
    lines.filter((line) => /^kill -9 of (the access process \d+, which holds shard|worker \d+,)/.test(line)),
  ).toHaveLength(2);
}, 300_000);
