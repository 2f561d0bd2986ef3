import { describe, expect, it } from 'vitest';
import { runProgram } from './run-program.js';

const DEMO = new URL('../dist/demo.js', import.meta.url);
const START = new URL('../dist/start.js', import.meta.url);

describe('npm run demo', () => {
  it('ends by itself and sums up in its last line', async () => {
    await using program = runProgram(DEMO);
    expect(await program.ended).toBe(0);
    const last = program.stdout.trimEnd().split('\n').at(-1);
    const [, events, replies] =
      /^demo: (\d+) events, (\d+) replies, 0 lost, \d+ resumed, \d+ zombies? detected$/.exec(last ?? '') ??
      [];
    expect(Number(events)).toBeGreaterThanOrEqual(40);
    expect(replies).toBe(events);
  });

  it('with --json writes one object to standard output and nothing else', async () => {
    await using program = runProgram(DEMO, { args: ['--json'] });
    expect(await program.ended).toBe(0);
    const lines = program.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(1);
    const summary = JSON.parse(lines[0] ?? '');
    expect(summary).toEqual({
      ok: true,
      events: expect.any(Number),
      replies: summary.events,
      lost: 0,
      resumed: expect.any(Number),
      zombies: expect.any(Number),
      shards: 2,
      scenes: 4,
    });
    expect(Math.min(summary.resumed, summary.zombies)).toBeGreaterThanOrEqual(1);
    expect(program.stderr).toContain('Shard 1 falls silent');
  });
});

describe('npm start', () => {
  it('prints commands that work, shows the answers, and drains on Ctrl-C', async () => {
    await using program = runProgram(START);
    await expect.poll(() => program.stdout).toContain('Ctrl-C ends it.');
    const commands = [...program.stdout.matchAll(/curl -s (\S+\/_sim\/say) -d '(.*)'/g)];
    expect(commands).toHaveLength(5);
    for (const [, url = '', body = ''] of commands) {
      const response = await fetch(url, { method: 'POST', body });
      expect(response.status).toBe(200);
    }
    await expect.poll(() => program.stdout.match(/: you said: hello$/gm)?.length).toBe(5);
    const outbox = /curl -s (\S+\/_sim\/outbox)/.exec(program.stdout)?.[1] ?? '';
    expect(await (await fetch(outbox)).json()).toHaveLength(5);
    const fault = /curl -s (\S+\/_sim\/fault) -d '(.*)'/.exec(program.stdout) ?? [];
    await fetch(fault[1] ?? '', { method: 'POST', body: fault[2] ?? '' });
    await expect.poll(() => program.stdout.match(/is back: its session was resumed$/gm)?.length).toBe(2);
    program.kill('SIGINT');
    program.kill('SIGINT');
    expect(await program.ended).toBe(0);
    expect(program.stdout).toContain('stopped after 5 answers');
  });
});
