import { type Clock, systemClock } from '../clock/index.js';
import { ConfigError } from '../errs/index.js';
import type {
  ClusterValue,
  ClusterView,
  Coordinator,
  JoinOptions,
  MemberInfo,
  Membership,
  OwnedResource,
  PermitAnswer,
  PermitRequest,
  Release,
  RenewResult,
  StateWrite,
} from './coordinator.js';
import {
  closedError,
  requireName,
  requirePermit,
  resolveJoinOptions,
  toJson,
  valueToJson,
} from './coordinator-input.js';
import { MemoryCluster, type MemoryWrite, type Stay } from './memory-cluster.js';
import type { StateFile } from './state-file.js';

export interface MemoryCoordinatorOptions {
  /** @defaultValue {@link systemClock} */
  readonly clock?: Clock | undefined;
  /**
   * Path of a file that keeps states, values, logs and permits, so that sessions outlive a restart of the process. Missing folders
   * are made. One process may use it at a time. @defaultValue none: everything ends with the process
   */
  readonly file?: string | undefined;
}

/**
 * A coordinator inside this process: for a bot of one process, and for several managers in one process that share the object.
 * Opens its file with the first call. @throws {ConfigError} on an empty file name
 */
export function memoryCoordinator(options: MemoryCoordinatorOptions = {}): Coordinator {
  if (options.file === '') throw new ConfigError('file must be a path, got an empty string');
  return new MemoryCoordinator(options.clock ?? systemClock, options.file);
}

class MemoryCoordinator implements Coordinator {
  readonly #clock: Clock;
  readonly #path: string | undefined;
  readonly #cluster: MemoryCluster;
  readonly #watchers = new Set<() => void>();
  #opening: Promise<StateFile | undefined> | undefined;
  #isNotifying = false;
  #closing: Promise<void> | undefined;

  constructor(clock: Clock, path: string | undefined) {
    this.#clock = clock;
    this.#path = path;
    this.#cluster = new MemoryCluster(clock, () => this.#notify());
  }

  async join(options: JoinOptions): Promise<Membership> {
    const resolved = resolveJoinOptions(options);
    const stay = await this.#change(() => this.#cluster.join(resolved));
    return new MemoryMembership(stay, this.#cluster, (step, mustSave) =>
      mustSave ? this.#change(step) : this.#read(step),
    );
  }

  view(): Promise<ClusterView> {
    return this.#read(() => this.#cluster.view());
  }

  watch(onChange: () => void): () => void {
    if (this.#closing) throw closedError();
    // A listener given twice is called twice, and each is ended by its own function.
    const watcher = (): void => onChange();
    this.#watchers.add(watcher);
    return () => void this.#watchers.delete(watcher);
  }

  async permit(request: PermitRequest): Promise<PermitAnswer> {
    const resolved = requirePermit(request);
    return await this.#change(() => this.#cluster.permit(resolved));
  }

  async getValue(name: string): Promise<ClusterValue | undefined> {
    requireName('name of a value', name);
    return await this.#read(() => this.#cluster.getValue(name));
  }

  async compareAndSet(name: string, expectedVersion: number, value: unknown): Promise<number | undefined> {
    const json = valueToJson(name, value);
    return await this.#change(() => this.#cluster.compareAndSet(name, expectedVersion, json));
  }

  async appendLog(name: string, entries: readonly string[]): Promise<void> {
    requireName('name of a log', name);
    if (entries.length > 0) await this.#change(() => this.#cluster.appendLog(name, entries));
  }

  async readLog(name: string, from: number, limit: number): Promise<{ entries: string[]; next: number }> {
    requireName('name of a log', name);
    return await this.#read(() => this.#cluster.readLog(name, from, limit));
  }

  async deleteLog(name: string): Promise<void> {
    requireName('name of a log', name);
    await this.#change(() => this.#cluster.deleteLog(name));
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#watchers.clear();
    this.#cluster.stop();
    const file = await this.#opening?.catch(() => undefined);
    await file?.close();
  }

  async #read<Result>(step: () => Result): Promise<Result> {
    await this.#open();
    return step();
  }

  /** One step, then the file: what was answered is on the disk. */
  async #change<Result>(step: () => Result): Promise<Result> {
    const file = await this.#open();
    const result = step();
    await file?.save();
    return result;
  }

  async #open(): Promise<StateFile | undefined> {
    if (this.#closing) throw closedError();
    const path = this.#path;
    if (path === undefined) return undefined;
    this.#opening ??= this.#load(path).catch((error: unknown) => {
      // The next call tries again: the other process may have ended.
      this.#opening = undefined;
      throw error;
    });
    const file = await this.#opening;
    if (this.#closing) throw closedError();
    return file;
  }

  async #load(path: string): Promise<StateFile> {
    // Most coordinators in memory have no file; its code stays unread then.
    const { StateFile } = await import('./state-file.js');
    const { file, loaded } = await StateFile.open(path, this.#clock, () => this.#cluster.toImage());
    if (loaded) this.#cluster.fromImage(loaded);
    return file;
  }

  #notify(): void {
    if (this.#isNotifying) return;
    this.#isNotifying = true;
    // Later, so that a listener sees the step complete, and once for all steps of this turn.
    queueMicrotask(() => {
      this.#isNotifying = false;
      for (const watcher of this.#watchers) queueMicrotask(watcher);
    });
  }
}

type RunStep = <Result>(step: () => Result, mustSave: boolean) => Promise<Result>;

class MemoryMembership implements Membership {
  readonly memberId: string;
  readonly leaseMs: number;
  readonly #stay: Stay;
  readonly #cluster: MemoryCluster;
  readonly #run: RunStep;
  #leaving: Promise<void> | undefined;

  constructor(stay: Stay, cluster: MemoryCluster, run: RunStep) {
    this.memberId = stay.memberId;
    this.leaseMs = stay.leaseMs;
    this.#stay = stay;
    this.#cluster = cluster;
    this.#run = run;
  }

  async renew(writes: readonly StateWrite[], info?: MemberInfo): Promise<RenewResult> {
    const encoded = writes.map(encode);
    const lost = await this.#run(() => this.#cluster.renew(this.#stay, encoded, info), writes.length > 0);
    return { lost };
  }

  async claim(names: readonly string[]): Promise<OwnedResource[]> {
    for (const name of names) requireName('name of a resource', name);
    return await this.#run(() => this.#cluster.claim(this.#stay, names), true);
  }

  async release(releases: readonly Release[]): Promise<void> {
    const encoded = releases.map((release) => ({ ...encode(release), to: release.to }));
    await this.#run(() => this.#cluster.release(this.#stay, encoded), true);
  }

  leave(): Promise<void> {
    this.#leaving ??= this.#run(() => this.#cluster.leave(this.#stay), true).catch((error: unknown) => {
      this.#leaving = undefined;
      throw error;
    });
    return this.#leaving;
  }
}

function encode({ name, token, state }: StateWrite): MemoryWrite {
  return { name: requireName('name of a resource', name), token, json: toJson(`state of ${name}`, state) };
}
