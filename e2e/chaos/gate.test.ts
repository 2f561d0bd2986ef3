import { describe, expect, it } from 'vitest';
import { Gate } from './gate.js';

function deferred() {
  let resolve: () => void = () => {};
  const promise = new Promise<void>((yes) => {
    resolve = yes;
  });
  return { promise, resolve };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('a gate', () => {
  it('lets shared work overlap, waits with the other until it is done, and holds off what comes meanwhile', async () => {
    const gate = new Gate();
    const log: string[] = [];
    const parts = new Map(['a', 'b', 'alone', 'c'].map((name) => [name, deferred()]));
    const work = (name: string) => async () => {
      log.push(`${name} begins`);
      await parts.get(name)?.promise;
      log.push(`${name} ends`);
    };
    const all = [
      gate.share(work('a')),
      gate.share(work('b')),
      gate.alone(work('alone')),
      gate.share(work('c')),
    ];
    await turn();
    expect(log).toEqual(['a begins', 'b begins']);
    parts.get('a')?.resolve();
    await turn();
    expect(log).toEqual(['a begins', 'b begins', 'a ends']);
    parts.get('b')?.resolve();
    await turn();
    expect(log.slice(3)).toEqual(['b ends', 'alone begins']);
    parts.get('alone')?.resolve();
    await turn();
    expect(log.slice(5)).toEqual(['alone ends', 'c begins']);
    parts.get('c')?.resolve();
    await Promise.all(all);
  });

  it('goes on after work that failed, and says so to whoever asked for it', async () => {
    const gate = new Gate();
    const fails = async () => {
      throw new Error('no');
    };
    await expect(gate.share(fails)).rejects.toThrow('no');
    await expect(gate.alone(fails)).rejects.toThrow('no');
    expect(await gate.share(async () => 1)).toBe(1);
    expect(await gate.alone(async () => 2)).toBe(2);
  });
});
