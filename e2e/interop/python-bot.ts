import { fileURLToPath } from 'node:url';
import type { ForeignBot } from './foreign-bot.js';
import { pythonWith, SOURCES } from './python-venv.js';

/** A bot whose program is a file in `python/`, on the SDKs of `python/requirements.txt`. */
export function pythonBot(bot: Omit<ForeignBot, 'prepare'>, file: string): ForeignBot {
  return {
    ...bot,
    prepare: async (say) => ({
      command: await pythonWith('requirements.txt', say),
      args: ['-u', fileURLToPath(new URL(file, SOURCES))],
    }),
  };
}
