import { ConfigError } from '../errs/index.js';

/** What survives a restart. Times are Unix milliseconds. */
export interface ClusterImage {
  readonly appId: string | undefined;
  readonly resources: readonly {
    readonly name: string;
    readonly token: number;
    /** Its owner had not released it. */
    readonly held: boolean;
    readonly reservedFor?: string | undefined;
    readonly state?: unknown;
  }[];
  readonly values: readonly { readonly name: string; readonly version: number; readonly value: unknown }[];
  readonly permits: readonly {
    readonly name: string;
    readonly taken: number;
    /** When the last of them becomes free again: all that a release knows whose windows did not slide. */
    readonly endsAtMs: number;
    /** When each becomes free again, in order; not there in what such a release has written. */
    readonly freeAtMs?: readonly number[] | undefined;
  }[];
  readonly logs: readonly { readonly name: string; readonly entries: readonly string[] }[];
}

/** Reads a decoded file. @throws {ConfigError} when it is not of this form. */
export function toClusterImage(data: unknown): ClusterImage {
  const image = data as Partial<ClusterImage> | null;
  const { appId, resources, values, permits, logs } = image ?? {};
  const isApp = appId === undefined || typeof appId === 'string';
  if (
    isApp &&
    isList(resources, (entry) => isCount(entry.token) && typeof entry.held === 'boolean') &&
    isList(values, (entry) => isCount(entry.version) && entry.value !== undefined) &&
    isList(permits, isPermit) &&
    isList(logs, ({ entries }) => Array.isArray(entries) && entries.every((e) => typeof e === 'string'))
  )
    return image as ClusterImage;
  throw new ConfigError('a part is missing or has a wrong type');
}

function isList(list: unknown, isEntry: (entry: Record<string, unknown>) => boolean): boolean {
  return (
    Array.isArray(list) &&
    list.every(
      (entry: unknown) =>
        typeof entry === 'object' &&
        entry !== null &&
        typeof (entry as Record<string, unknown>).name === 'string' &&
        isEntry(entry as Record<string, unknown>),
    )
  );
}

function isPermit({ taken, endsAtMs, freeAtMs = [] }: Record<string, unknown>): boolean {
  return (
    isCount(taken) &&
    Number.isFinite(endsAtMs) &&
    Array.isArray(freeAtMs) &&
    freeAtMs.every((atMs) => Number.isFinite(atMs))
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
