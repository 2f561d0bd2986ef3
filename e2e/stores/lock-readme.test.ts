import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { afterEach, expect, inject, it } from 'vitest';
import { lines, runProgram, sharedProgram } from './readme-program.js';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

it('the lock of the README: one works, another does not, and who slept through its time gives up', async () => {
  const printed = await sharedProgram('packages/redis', 'newLock(');
  const program = printed
    .replaceAll('redis://127.0.0.1:6379', inject('redisUrl'))
    .replaceAll('nightly-report', `nightly-${randomUUID()}`)
    .replaceAll('30_000', '1_000');
  const start = () => {
    const child = runProgram('packages/redis', program);
    children.push(child);
    return { child, output: lines(child), ended: once(child, 'close') };
  };
  const isAtWork = (text: string): boolean => text.includes('at work under token');
  const first = start();
  await first.output.until(isAtWork);
  const second = start();
  expect(await second.ended).toEqual([0, null]);
  expect(second.output.text()).toBe('another process does it\n');

  first.child.kill('SIGSTOP');
  // Until the lock has run out, others are told that it is taken.
  let third = start();
  for (; ; third = start()) {
    const end = await Promise.race([third.ended, third.output.until(isAtWork).catch(() => third.ended)]);
    if (!end) break;
    expect(end).toEqual([0, null]);
  }
  first.child.kill('SIGCONT');
  expect(await first.ended).toEqual([0, null]);
  expect(first.output.text()).toMatch(
    /given up: Lock nightly-\S+ (was not renewed in time|is held by another)/,
  );
  const tokenOf = (text: string): number => Number(/token (\d+)/.exec(text)?.[1]);
  expect(tokenOf(third.output.text())).toBeGreaterThan(tokenOf(first.output.text()));
  // The one that gave up has not taken the lock with it.
  const fourth = start();
  expect(await fourth.ended).toEqual([0, null]);
  expect(fourth.output.text()).toBe('another process does it\n');
});
