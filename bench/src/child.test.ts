import { type ChildProcess, spawn } from 'node:child_process';
import { expect, test } from 'vitest';
import { messageOf } from './child.js';

function run(program: string): ChildProcess {
  return spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
}

test('a child that answers gives its message, however it ends afterwards', async () => {
  await expect(messageOf(run('process.send({ cpuMs: 1 }, () => process.exit(3))'))).resolves.toEqual({
    cpuMs: 1,
  });
});

test('a child that ends without an answer fails the bench instead of holding it up', async () => {
  await expect(messageOf(run('process.exit(3)'))).rejects.toThrow('exit code 3');
});
