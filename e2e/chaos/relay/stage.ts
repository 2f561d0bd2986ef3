import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Service, startKafka, startPulsar, startRedis } from '../../services/index.js';
import { Child } from '../child.js';
import { LineFile } from '../line-file.js';
import type { GuardMessage, PlatformConfig } from '../messages.js';
import { worldFor } from '../world.js';
import { untilProduced } from './broker-probe.js';
import type { RelayNodeConfig, RelayNodeStatus } from './messages.js';
import type { BrokerKind, RelayOptions } from './options.js';

export type Layer = 'access' | 'worker';

/** A process of either layer. */
export interface RelayNode {
  readonly layer: Layer;
  readonly child: Child;
  status: RelayNodeStatus | undefined;
  /** Its end is part of the run. */
  isDoomed: boolean;
}

const PARTITIONS = 12;
const HANDLER_MS = 20;
const REPLIES_PER_SECOND = 50;
const POLL_MS = 25;
const WELL_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 30_000;
/** Written before it is answered, so that a kill leaves everything behind; a write never waits for a flush that is under way, as with `everysec`. */
const PERSISTENT = { persist: true, args: ['--appendfsync', 'no'] } as const;

/** The processes of one relay run, and what can be done to them; whatever is done to one is written into the timeline. */
export class RelayStage {
  readonly nodes: RelayNode[] = [];
  /** Processes that ended although nobody had ended them. */
  readonly accidents: string[] = [];
  /** Workers that an event of the plan has killed. */
  selfInflicted = 0;
  /** Longest time for which the broker took nothing from a plain client, in milliseconds: it was killed and had to start. */
  brokerAwayMs = 0;
  readonly #timeline: LineFile;
  #started = 0;

  private constructor(
    readonly options: RelayOptions,
    readonly url: string,
    private readonly platform: Child,
    private readonly store: Service,
    private readonly broker: Service,
  ) {
    this.#timeline = new LineFile(join(options.out, 'timeline.ndjson'));
    for (const { pid } of [store, broker]) platform.send({ adopt: pid } satisfies GuardMessage);
  }

  static async open(options: RelayOptions): Promise<RelayStage> {
    mkdirSync(options.out, { recursive: true });
    // An earlier run's record would be judged with this one.
    for (const name of readdirSync(options.out))
      if (/\.(ndjson|log)$/.test(name)) rmSync(join(options.out, name));
    const { out, switches, shards, maxConcurrency } = options;
    const config: PlatformConfig = { out, seed: worldFor(shards, maxConcurrency), switches };
    const platform = new Child('./platform.js', config, join(out, 'platform.log'));
    const url = await new Promise<string>((resolve, reject) => {
      platform.onMessage(({ url }: { url: string }) => resolve(url));
      void platform.exited.then(() => reject(new Error('the simulator did not start: see platform.log')));
    });
    const store = await startRedis(PERSISTENT);
    const broker = await startBroker(options.broker).catch(async (error: unknown) => {
      await store.stop();
      throw error;
    });
    // The place of the probe is made before anybody strikes.
    await untilProduced(options.broker, broker.url);
    return new RelayStage(options, url, platform, store, broker);
  }

  living(layer: Layer): RelayNode[] {
    return this.nodes.filter((node) => node.layer === layer && !node.child.hasExited && !node.isDoomed);
  }

  async start(layer: Layer): Promise<void> {
    const { options } = this;
    const config: RelayNodeConfig = {
      out: options.out,
      url: this.url,
      broker: this.broker.url,
      store: this.store.url,
      stream: 'chaos',
      partitions: PARTITIONS,
      shards: options.shards,
      leaseMs: options.leaseMs,
      drainMs: 5_000,
      plan: {
        handlerMs: HANDLER_MS,
        replyEvery: Math.max(1, Math.round(options.rate / REPLIES_PER_SECOND)),
        poison: options.poison.map((n) => ({ n, afterMs: 0 })),
        slow: [],
        jam: undefined,
      },
    };
    const log = join(options.out, `${layer}-${++this.#started}.log`);
    const child = new Child(`./relay/${layer}-node.js`, config, log);
    const node: RelayNode = { layer, child, status: undefined, isDoomed: false };
    this.platform.send({ adopt: child.pid } satisfies GuardMessage);
    child.onMessage((status: RelayNodeStatus) => {
      node.status = status;
    });
    void child.exited.then(() => {
      this.platform.send({ release: child.pid } satisfies GuardMessage);
      this.#ended(node);
    });
    this.nodes.push(node);
  }

  #ended({ layer, child: { pid, ending }, isDoomed }: RelayNode): void {
    if (isDoomed) return;
    // An event of the plan may kill its process: an orchestrator would start another.
    if (layer === 'worker' && ending === 'SIGKILL' && this.options.poison.length > 0) {
      this.#note('kill', pid);
      this.selfInflicted++;
      void sleep(this.options.restartMs).then(() => this.start('worker'));
    } else this.accidents.push(`${layer} ${pid} ended by itself (${ending})`);
  }

  /** kill -9, and an orchestrator that starts another. */
  async replace(node: RelayNode): Promise<void> {
    node.isDoomed = true;
    node.child.signal('SIGKILL');
    this.#note('kill', node.child.pid);
    await node.child.exited;
    await sleep(this.options.restartMs);
    await this.start(node.layer);
  }

  /** kill -9 of the broker and a start with its data; every process was cut from it meanwhile. */
  async restartBroker(): Promise<void> {
    const struck = [...this.living('access'), ...this.living('worker')].map(({ child }) => child.pid);
    this.platform.send({ release: this.broker.pid } satisfies GuardMessage);
    const killedMs = performance.now();
    const restarted = this.broker.restart();
    for (const pid of struck) this.#note('cut', pid);
    const produced = untilProduced(this.options.broker, this.broker.url).then(() => {
      this.brokerAwayMs = Math.max(this.brokerAwayMs, Math.round(performance.now() - killedMs));
      this.#note('broker-takes', this.broker.pid);
    });
    await restarted;
    for (const pid of struck) this.#note('heal', pid);
    this.platform.send({ adopt: this.broker.pid } satisfies GuardMessage);
    await produced;
  }

  /** Resolves when every shard and every partition is owned by a living process that is ready. */
  async untilWell(): Promise<void> {
    const untilMs = performance.now() + WELL_TIMEOUT_MS;
    while (!this.isWell) {
      if (this.accidents.length > 0) throw new Error(this.accidents.join('; '));
      if (performance.now() > untilMs)
        throw new Error(`the processes were not well within ${WELL_TIMEOUT_MS} ms`);
      await sleep(POLL_MS);
    }
  }

  get isWell(): boolean {
    const { shards, broker } = this.options;
    // Pulsar gives each member the subscription, not partitions.
    const enough = {
      access: shards,
      worker: broker === 'pulsar' ? this.living('worker').length : PARTITIONS,
    };
    return (['access', 'worker'] as const).every((layer) => {
      const living = this.living(layer);
      const owned = living.reduce((sum, { status }) => sum + (status?.owned ?? 0), 0);
      return owned === enough[layer] && living.every(({ status }) => status?.isReady === true);
    });
  }

  /** Calls the simulator's control API; without a body it only reads. */
  async control<Answer>(call: string, body?: object): Promise<Answer> {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    const response = await fetch(`${this.url}/_sim/${call}`, init);
    if (!response.ok) throw new Error(`${call}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  /** Ends every process of the run; those of both layers in order, unless something went wrong before. */
  async close(inOrder: boolean): Promise<void> {
    const left = this.nodes.filter(({ child }) => !child.hasExited);
    if (inOrder) await Promise.all(left.map((node) => this.#stop(node)));
    for (const node of left) {
      node.isDoomed = true;
      node.child.signal('SIGKILL');
      await node.child.exited;
    }
    await Promise.all([this.store.stop(), this.broker.stop()]);
    this.platform.signal('SIGTERM');
    await this.platform.exited;
  }

  /** SIGTERM, as an orchestrator sends it. */
  async #stop(node: RelayNode): Promise<void> {
    node.isDoomed = true;
    node.child.signal('SIGTERM');
    const timer = new AbortController();
    const late = sleep(STOP_TIMEOUT_MS, 'late', { signal: timer.signal }).catch(() => undefined);
    const first = await Promise.race([node.child.exited, late]);
    timer.abort();
    const { pid, ending } = node.child;
    if (first === 'late') this.accidents.push(`${node.layer} ${pid} did not stop in ${STOP_TIMEOUT_MS} ms`);
    else if (ending !== 0) this.accidents.push(`${node.layer} ${pid} did not stop in order (${ending})`);
  }

  #note(what: string, pid: number): void {
    this.#timeline.write({ at: Date.now(), what, pid });
  }
}

function startBroker(broker: BrokerKind): Promise<Service> {
  switch (broker) {
    case 'redis':
      return startRedis(PERSISTENT);
    case 'kafka':
      return startKafka();
    case 'pulsar':
      return startPulsar();
    default:
      return broker satisfies never;
  }
}
