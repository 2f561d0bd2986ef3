import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where fetched servers stay between runs. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'botgo-services');
}
