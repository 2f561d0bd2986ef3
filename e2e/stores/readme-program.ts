import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The first program of a README, with the test's server and an app id of its own in place of the ones printed. */
async function readProgram(
  folder: string,
  file: string,
  printedUrl: string,
  url: string,
  appId: string,
): Promise<string> {
  const text = await readFile(join(root, folder, file), 'utf8');
  const program = /```js\n(.*?)```/s.exec(text)?.[1] ?? '';
  expect(program).toContain(printedUrl);
  return program.replaceAll(printedUrl, url).replaceAll('102000001', appId);
}

/** A program of a README that is the same in both languages, found by a word of it. */
export async function sharedProgram(folder: string, word: string): Promise<string> {
  const programs = await Promise.all(
    ['README.md', 'README.zh-CN.md'].map(async (file) => {
      const text = await readFile(join(root, folder, file), 'utf8');
      return [...text.matchAll(/```js\n(.*?)```/gs)]
        .map(([, program = '']) => program)
        .find((p) => p.includes(word));
    }),
  );
  expect(programs[0]).toBe(programs[1]);
  if (programs[0] === undefined) throw new Error(`no program of ${folder} names ${word}`);
  return programs[0];
}

/** Runs a program in a folder, from where it finds its packages. */
export function runProgram(folder: string, program: string): ChildProcess {
  return spawn(process.execPath, ['--input-type=module', '-e', program], { cwd: join(root, folder) });
}

/** Collects the lines of a process, and waits for one. */
export function lines(child: ChildProcess): {
  text: () => string;
  until: (isThere: (text: string) => boolean) => Promise<void>;
} {
  let text = '';
  const take = (chunk: Buffer): void => {
    text += chunk.toString();
  };
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  return {
    text: () => text,
    async until(isThere) {
      while (!isThere(text)) {
        if (child.exitCode !== null) throw new Error(`the program ended:\n${text}`);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    },
  };
}

/** Runs the program of a package's README as pasted, twice at a time, and stops the first. */
export function runReadmeTwice(folder: string, printedUrl: string, url: () => string): void {
  it(`runs the program of ${folder}/README.md twice: the second takes over from the first`, async () => {
    const appId = `readme-${randomUUID()}`;
    const program = await readProgram(folder, 'README.md', printedUrl, url(), appId);
    expect(await readProgram(folder, 'README.zh-CN.md', printedUrl, url(), appId)).toBe(program);
    const start = (): ChildProcess => runProgram(folder, program);
    const first = start();
    const second = start();
    const all = [first, second];
    try {
      const outputs = all.map(lines);
      const servesAll = (text: string): boolean =>
        (text.match(/ serves shard\/1\/\d under /g)?.length ?? 0) === 4;
      const winner = await Promise.race(
        outputs.map((output, index) => output.until(servesAll).then(() => index)),
      );
      expect(outputs[1 - winner]?.text()).toBe('');
      const stopped = once(all[winner]!, 'exit');
      all[winner]!.kill('SIGINT');
      expect((await stopped)[0]).toBe(0);
      await outputs[1 - winner]!.until(servesAll);
    } finally {
      for (const child of all) child.kill('SIGKILL');
    }
  });
}
