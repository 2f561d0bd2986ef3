import { expect, it } from 'vitest';
import { runProgram } from '../../demo/test/run-program.js';

const MAIN = new URL('../dist/main.js', import.meta.url);

it('answers every message, whichever process is killed', async () => {
  await using program = runProgram(MAIN);
  expect(await program.ended, program.stderr).toBe(0);
  expect(program.stdout.trimEnd().split('\n').at(-1)).toBe(
    'access-logic: 15 messages, 15 answered, two processes killed',
  );
}, 180_000);

it('says which brokers there are', async () => {
  await using program = runProgram(MAIN, { args: ['--broker', 'nats'] });
  expect(await program.ended).toBe(2);
  expect(program.stderr).toContain('--broker must be redis or kafka');
});
