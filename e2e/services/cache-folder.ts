import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where what was fetched stays between runs: servers unless another name is given. */
export function cacheFolder(name = 'botgo-services'): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), name);
}
