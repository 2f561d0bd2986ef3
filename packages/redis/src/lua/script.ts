import { createHash } from 'node:crypto';

/** A Lua script: one atomic step in the store. */
export interface Script {
  readonly name: string;
  readonly source: string;
  readonly sha: string;
  /** It declares no key that differs from call to call, or how many it takes. */
  readonly keyCount: number;
}

export function script(name: string, keyCount: number, source: string): Script {
  return { name, keyCount, source, sha: createHash('sha1').update(source).digest('hex') };
}
