import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTour } from '../../scripts/coverage/run-tour.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));
let folder: string;
let traffic: string;

beforeAll(async () => {
  mkdirSync(join(root, 'out'), { recursive: true });
  folder = mkdtempSync(join(root, 'out', 'coverage-'));
  cpSync(join(root, 'packages/botgo/dist'), join(folder, 'dist'), { recursive: true });
  cpSync(join(root, 'facts'), join(folder, 'facts'), { recursive: true });
  expect(await runTour(root, join(folder, 'traffic.ndjson'))).toBe(0);
  traffic = readFileSync(join(folder, 'traffic.ndjson'), 'utf8');
}, 600_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command while a file says something else. */
function coverage(file?: string, change: (text: string) => string = (text) => text) {
  const path = join(folder, file ?? 'traffic.ndjson');
  const before = readFileSync(path, 'utf8');
  const after = change(before);
  if (file !== undefined) expect(after).not.toBe(before);
  writeFileSync(path, after);
  const options = ['--dist', join(folder, 'dist'), '--facts', join(folder, 'facts')];
  options.push('--json', '--traffic', join(folder, 'traffic.ndjson'));
  const run = spawnSync(process.execPath, [join(root, 'scripts/coverage.mjs'), ...options], {
    encoding: 'utf8',
  });
  writeFileSync(path, before);
  const lines = run.stdout.trimEnd().split('\n');
  const report = JSON.parse(lines.pop() ?? '') as Record<
    string,
    { missing: { row: string; column: string }[] }
  >;
  const missing = Object.values(report).flatMap((area) => area.missing ?? []);
  return { status: run.status, lines, missing: missing.map(({ row, column }) => `${row} ${column}`) };
}

describe('coverage, after the tour', { timeout: 300_000 }, () => {
  it('is complete', () => {
    expect(coverage()).toEqual({
      status: 0,
      lines: [
        'openapi: 115/115 sdk, 115/115 simulator, 115/115 tested',
        'events: 59/59 sdk, 59/59 simulator, 59/59 tested',
        'objects: 527/527 sdk, 527/527 simulator, 527/527 tested',
        'errors: 348/348 known',
        'botgo: 1276/1276 answered',
      ],
      missing: [],
    });
  });

  it.each([
    {
      what: 'a method',
      file: 'dist/openapi/pins.d.ts',
      change: (text: string) => text.replace(/^ {4}cleanPins\(.*$/m, ''),
      missing: ['cleanPins sdk', 'openapi interfaceMethod PinsAPI.CleanPins answered'],
    },
    {
      what: 'an event',
      file: 'dist/dto/event-payloads.d.ts',
      change: (text: string) => text.replace('AUDIO_START: AudioAction;', ''),
      missing: ['AUDIO_START sdk'],
    },
    {
      what: 'a field',
      file: 'dist/dto/rich-text.d.ts',
      change: (text: string) => text.replace('video_id: string;', ''),
      missing: ['PlatVideo.video_id sdk'],
    },
    {
      what: 'an error code',
      file: 'dist/errs/platform-codes-table.js',
      change: (text: string) => text.replace(/\{\s*code: 304027,[^}]*\},/, ''),
      missing: ['304027 known'],
    },
    {
      what: 'an answer to one of BotGo',
      file: 'facts/botgo-answers.json',
      change: (text: string) => text.replace('"OPMeans":', '"OPMoons":'),
      missing: ['dto func OPMeans answered', 'dto func OPMoons facts'],
    },
    {
      what: 'what the simulator answers',
      file: 'traffic.ndjson',
      change: () => traffic.replace(/^.*"path":"\/users\/@me\/guilds".*\n/gm, ''),
      missing: ['meGuilds simulator', 'meGuilds tested'],
    },
    {
      what: 'an event of the simulator',
      file: 'traffic.ndjson',
      change: () => traffic.replace(/^.*"t":"ENTER_AIO".*\n/gm, ''),
      missing: ['ENTER_AIO simulator', 'ENTER_AIO tested'],
    },
    {
      what: 'a handler',
      file: 'traffic.ndjson',
      change: () => traffic.replaceAll('"type":"ENTER_AIO"', '"type":"LEAVE_AIO"'),
      missing: ['ENTER_AIO tested'],
    },
  ])('fails without $what', ({ file, change, missing }) => {
    const without = coverage(file, change);
    expect(without.missing).toEqual(expect.arrayContaining(missing));
    expect(without.lines.at(-1)).toBe('coverage: incomplete');
    expect(without.status).toBe(1);
  });
});
