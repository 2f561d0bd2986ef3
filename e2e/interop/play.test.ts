import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { play } from './play.js';

const DIST = new URL('../dist/interop/', import.meta.url);

it('takes a bot on our own SDK through every step, and it resumes wherever that is possible', {
  timeout: 300_000,
}, async () => {
  const lines: string[] = [];
  const program = { command: process.execPath, args: [fileURLToPath(new URL('own-bot.js', DIST))] };
  await play({ name: 'ours', unread: [] }, program, (line) => lines.push(line));
  expect(lines).toEqual([
    'ours: logged in',
    'ours: channel: heard and answered',
    'ours: dm: heard and answered',
    'ours: group: heard and answered',
    'ours: c2c: heard and answered',
    expect.stringMatching(/^ours: understood (\d+) of \1 kinds of events$/),
    'ours: its connection is cut: it resumed, and answered what was said meanwhile; it answers in every scene',
    'ours: it is told to reconnect: it resumed, and answered what was said meanwhile; it answers in every scene',
    'ours: its session is ended: it identified anew; it answers in every scene',
  ]);
});

it('says which step went wrong, and shows what the bot wrote', async () => {
  const program = { command: process.execPath, args: ['-e', 'console.log("no such host"); process.exit(3)'] };
  await expect(play({ name: 'broken', unread: [] }, program, () => {})).rejects.toThrow(
    /ended before it was ready:\nno such host/,
  );
});
