import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { cacheFolder } from '../services/cache-folder.js';
import { CannotHave, type ForeignBot } from './foreign-bot.js';

const run = promisify(execFile);

/** Seen from the compiled file. */
const SOURCES = fileURLToPath(new URL('../../interop/go/', import.meta.url));

/** The bot in `go/`, built into the user's cache. */
export function goBot(bot: Omit<ForeignBot, 'prepare'>): ForeignBot {
  return { ...bot, prepare: async () => ({ command: await built(), args: [] }) };
}

async function built(): Promise<string> {
  await run('go', ['version']).catch((cause: unknown) => {
    throw new CannotHave('There is no Go: install it so that `go` is on the PATH.', { cause });
  });
  const folder = cacheFolder('botgo-interop');
  await mkdir(folder, { recursive: true });
  const program = join(folder, process.platform === 'win32' ? 'botgo-bot.exe' : 'botgo-bot');
  await run('go', ['mod', 'download'], { cwd: SOURCES }).catch((cause: unknown) => {
    const { stderr = String(cause) } = cause as { stderr?: string };
    throw new CannotHave(
      `BotGo could not be fetched: Go needs a module proxy (GOPROXY names it).\n${stderr.slice(-1_500)}`,
      { cause },
    );
  });
  await run('go', ['build', '-o', program, '.'], { cwd: SOURCES });
  return program;
}
