import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Child } from './child.js';
import { LineFile } from './line-file.js';
import type { GuardMessage, HandlerPlan, NodeConfig, NodeStatus, PlatformConfig } from './messages.js';
import type { Options } from './options.js';
import { type RunStore, type StoreLine, startStore } from './store.js';
import { worldFor } from './world.js';

/** Settings of a scenario's nodes that differ from the usual. */
export interface NodeSettings {
  readonly plan?: Partial<HandlerPlan> | undefined;
  readonly handlerTimeoutMs?: number | undefined;
  readonly concurrency?: number | undefined;
  readonly laneCapacity?: number | undefined;
  /** The store has a replica, and sentinels that promote it. */
  readonly hasReplica?: boolean | undefined;
}

/** A process of the bot. */
export interface Node {
  readonly child: Child;
  readonly line: StoreLine;
  status: NodeStatus | undefined;
  /** It had its shards up at some time. */
  wasReady: boolean;
  readonly startedMs: number;
  /** Its end is part of the scenario. */
  isDoomed: boolean;
  wasKilled: boolean;
  isPaused: boolean;
}

const HANDLER_MS = 20;
const REPLIES_PER_SECOND = 50;
const POLL_MS = 25;
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
/** What is under way when a store is cut off has arrived by then: the cut is written down for after it. */
const CUT_SETTLE_MS = 50;
/** A lease that a restart of the store does not outlast, on a busy machine. */
const LEAST_LEASE_MS = { memory: 0, redis: 2_000, etcd: 4_000 } as const;
/** A store that was started is found by then, also through connections that waited for it. */
const STORE_UP_MS = 1_000;

/** The processes of one run, and what can be done to them; whatever is done to one is written into the timeline. */
export class Stage {
  readonly nodes: Node[] = [];
  /** Processes that ended although nobody had ended them. */
  readonly accidents: string[] = [];
  readonly #timeline: LineFile;
  #started = 0;
  /** How many troubles cut a process from the store; 0 once they are over. */
  readonly #cuts = new Map<number, number>();
  /** When the store was last started. */
  #storeUpMs = 0;

  private constructor(
    readonly options: Options,
    readonly settings: NodeSettings,
    readonly url: string,
    readonly store: RunStore,
    private readonly platform: Child,
  ) {
    this.#timeline = new LineFile(join(options.out, 'timeline.ndjson'));
  }

  static async open(options: Options, settings: NodeSettings): Promise<Stage> {
    clearFolder(options.out);
    const config: PlatformConfig = {
      out: options.out,
      seed: worldFor(options.shards, options.maxConcurrency),
      switches: options.switches,
    };
    const platform = new Child('./platform.js', config, join(options.out, 'platform.log'));
    const url = await new Promise<string>((resolve, reject) => {
      platform.onMessage(({ url }: { url: string }) => resolve(url));
      void platform.exited.then(() => reject(new Error('the simulator did not start: see platform.log')));
    });
    const store = await startStore(options, settings.hasReplica ?? false, (pid) =>
      platform.send({ adopt: pid } satisfies GuardMessage),
    );
    return new Stage(options, settings, url, store, platform);
  }

  /** Nodes that should be well. */
  get living(): Node[] {
    return this.nodes.filter(({ child, isDoomed, isPaused }) => !child.hasExited && !isDoomed && !isPaused);
  }

  /** Those, and what is stopped for a while or on its way out: what happens to the store happens to each. */
  get running(): Node[] {
    return this.nodes.filter(({ child, wasKilled }) => !child.hasExited && !wasKilled);
  }

  note(what: string, pid: number): void {
    this.#timeline.write({ at: Date.now(), what, pid });
  }

  async startNode(release?: string): Promise<Node> {
    const { options, settings } = this;
    const line = await this.store.connect();
    const config: NodeConfig = {
      out: options.out,
      url: this.url,
      store: line.address,
      shards: options.shards,
      leaseMs: options.leaseMs,
      drainMs: 5_000,
      handlerTimeoutMs: settings.handlerTimeoutMs ?? 60_000,
      concurrency: settings.concurrency ?? 256,
      laneCapacity: settings.laneCapacity ?? 1_000,
      release,
      plan: {
        handlerMs: HANDLER_MS,
        replyEvery: Math.max(1, Math.round(options.rate / REPLIES_PER_SECOND)),
        poison: [],
        slow: [],
        jam: undefined,
        ...settings.plan,
      },
    };
    const child = new Child('./node/main.js', config, join(options.out, `node-${++this.#started}.log`));
    const node: Node = {
      child,
      line,
      status: undefined,
      wasReady: false,
      startedMs: performance.now(),
      isDoomed: false,
      wasKilled: false,
      isPaused: false,
    };
    this.platform.send({ adopt: child.pid } satisfies GuardMessage);
    child.onMessage((status: NodeStatus) => {
      node.status = status;
      node.wasReady ||= status.isReady;
    });
    void child.exited.then(() => {
      this.platform.send({ release: child.pid } satisfies GuardMessage);
      void line.close();
      this.#onExit(node);
    });
    this.nodes.push(node);
    return node;
  }

  #onExit(node: Node): void {
    if (node.isDoomed) return;
    const { pid, ending } = node.child;
    // An event of the plan may kill its process, and one that finds no store does not start: an orchestrator would start another.
    const isPoisoned = ending === 'SIGKILL' && (this.settings.plan?.poison ?? []).length > 0;
    const foundNoStore = !node.wasReady && (this.#cuts.has(pid) || node.startedMs < this.#storeUpMs);
    if (isPoisoned || foundNoStore) {
      node.isDoomed = true;
      this.note('kill', pid);
      void sleep(this.options.restartMs).then(() => this.startNode());
    } else this.accidents.push(`process ${pid} ended by itself (${ending})`);
  }

  /** kill -9. */
  async kill(node: Node): Promise<void> {
    if (node.isDoomed) return;
    node.isDoomed = true;
    node.wasKilled = true;
    node.child.signal('SIGKILL');
    this.note('kill', node.child.pid);
    await node.child.exited;
  }

  /** SIGTERM, as an orchestrator sends it: the process hands over and ends. */
  async stop(node: Node): Promise<void> {
    if (node.isDoomed || node.isPaused) return;
    node.isDoomed = true;
    node.child.signal('SIGTERM');
    const timer = new AbortController();
    const late = sleep(STOP_TIMEOUT_MS, 'late', { signal: timer.signal }).catch(() => undefined);
    if ((await Promise.race([node.child.exited, late])) === 'late') {
      this.accidents.push(`process ${node.child.pid} did not stop within ${STOP_TIMEOUT_MS} ms`);
      node.child.signal('SIGKILL');
      await node.child.exited;
    }
    timer.abort();
    const { pid, ending } = node.child;
    // One that had not begun yet ends by the signal itself.
    const hadBegun = node.status !== undefined;
    if (ending !== 0 && (hadBegun || ending !== 'SIGTERM'))
      this.accidents.push(`process ${pid} did not stop in order (${ending})`);
  }

  pause(node: Node): void {
    node.isPaused = true;
    node.child.signal('SIGSTOP');
    this.note('pause', node.child.pid);
  }

  wake(node: Node): void {
    this.note('wake', node.child.pid);
    node.child.signal('SIGCONT');
    node.isPaused = false;
  }

  /** Cuts nodes from the store: what is sent either way vanishes. They still reach the platform. */
  async cut(nodes: readonly Node[]): Promise<void> {
    for (const { line } of nodes) line.cut();
    await sleep(CUT_SETTLE_MS);
    this.#noteCut(nodes);
  }

  heal(nodes: readonly Node[]): void {
    // What is cut twice is healed when both are over.
    for (const { line } of this.#noteHeal(nodes)) line.heal();
  }

  /**
   * Kills the store and starts it again, with its data or without. Without them only where that is over within a lease: those who hold
   * one put back what they know, and beyond its end nobody does.
   */
  restartStore({ empty }: { readonly empty: boolean }): Promise<void> {
    const isEmptied = empty && this.options.leaseMs >= LEAST_LEASE_MS[this.options.store];
    return this.#withoutStore(async () => {
      if (isEmptied) this.#timeline.write({ at: Date.now(), what: 'store-emptied' });
      await this.store.restart({ empty: isEmptied });
    });
  }

  /** Kills the server that takes the writes; its replica takes its place. */
  failOver(): Promise<void> {
    return this.#withoutStore(() => this.store.failOver());
  }

  async #withoutStore(work: () => Promise<void>): Promise<void> {
    const nodes = this.running;
    this.#noteCut(nodes);
    // A process that starts meanwhile may find none.
    this.#storeUpMs = Number.POSITIVE_INFINITY;
    try {
      await work();
    } finally {
      this.#storeUpMs = performance.now() + STORE_UP_MS;
    }
    this.#noteHeal(nodes);
  }

  #noteCut(nodes: readonly Node[]): void {
    for (const { child } of nodes) {
      const times = this.#cuts.get(child.pid) ?? 0;
      this.#cuts.set(child.pid, times + 1);
      if (times === 0) this.note('cut', child.pid);
    }
  }

  /** @returns Those that nothing cuts off any more. */
  #noteHeal(nodes: readonly Node[]): Node[] {
    return nodes.filter(({ child }) => {
      const times = (this.#cuts.get(child.pid) ?? 0) - 1;
      this.#cuts.set(child.pid, times);
      if (times === 0) this.note('heal', child.pid);
      return times === 0;
    });
  }

  /** Calls the simulator's control API; without a body it only reads. */
  async control<Answer>(call: string, body?: object): Promise<Answer> {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${this.url}/_sim/${call}`, init);
    if (!response.ok) throw new Error(`${call}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  /** Resolves when each living node has its shards up and all shards are owned. @throws after `timeoutMs` */
  async untilWell(timeoutMs = START_TIMEOUT_MS): Promise<void> {
    await this.until('all processes are well', () => this.isWell, timeoutMs);
  }

  /** Resolves when handlers have no more in hand than the load itself puts there. @throws after `timeoutMs` */
  async untilCaughtUp(timeoutMs = START_TIMEOUT_MS): Promise<void> {
    const most = Math.max(10, this.options.rate / 10);
    const inHand = (): number => this.living.reduce((sum, { status }) => sum + (status?.unsettled ?? 0), 0);
    await this.until('the backlog is handled', () => this.isWell && inHand() <= most, timeoutMs);
  }

  get isWell(): boolean {
    const { living } = this;
    const owned = living.reduce((sum, { status }) => sum + (status?.owned ?? 0), 0);
    return owned === this.options.shards && living.every(({ status }) => status?.isReady === true);
  }

  async until(what: string, isSo: () => boolean, timeoutMs: number): Promise<void> {
    const untilMs = performance.now() + timeoutMs;
    while (!isSo()) {
      if (this.accidents.length > 0) throw new Error(this.accidents.join('; '));
      if (performance.now() > untilMs) throw new Error(`waited ${timeoutMs} ms for this: ${what}`);
      await sleep(POLL_MS);
    }
  }

  /** Ends every process of the run; nodes in order, unless something went wrong before. */
  async close(inOrder: boolean): Promise<void> {
    for (const node of this.nodes) if (node.isPaused) this.wake(node);
    const left = this.nodes.filter(({ child }) => !child.hasExited);
    if (inOrder) await Promise.all(left.map((node) => this.stop(node)));
    for (const node of left) {
      node.isDoomed = true;
      node.child.signal('SIGKILL');
      await node.child.exited;
    }
    await this.store.close();
    this.platform.signal('SIGTERM');
    await this.platform.exited;
  }
}

/** An earlier run's record would be judged with this one. */
function clearFolder(folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const name of readdirSync(folder)) {
    if (/\.(ndjson|log)$|^state\.json/.test(name)) rmSync(join(folder, name), { recursive: true });
  }
}
