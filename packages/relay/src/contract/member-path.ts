import { fileURLToPath } from 'node:url';

/**
 * The member's program beside a file of this folder. Plain Node runs it, so this package's own tests, which run from the sources, take
 * the compiled one.
 * @param here - `import.meta.url`.
 */
export function memberPath(here: string): string {
  const path = fileURLToPath(new URL('./member-process.js', here));
  return path.replace(/([\\/])src([\\/]contract[\\/]member-process\.js)$/, '$1dist$2');
}
