/** One comparison: our code against the least that does the same work. */
export interface BenchCase {
  readonly name: string;
  /** What a cost is, e.g. `µs CPU per request`. */
  readonly unit: string;
  /** The ratio not to be exceeded; `null` where none was set. */
  readonly goal: number | null;
  /** Starts what both sides need. */
  setup(): Promise<RunningCase>;
}

/** A case that is ready. Both sides do the same work in a round and return its cost; they reject when a count is wrong. */
export interface RunningCase extends AsyncDisposable {
  ours(): Promise<number>;
  limit(): Promise<number>;
}

/** Runs `work` and returns the CPU time of this process per operation, in microseconds. */
export async function cpuPerOperation(operations: number, work: () => Promise<void>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / operations;
}
