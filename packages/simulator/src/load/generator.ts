import type { Cancel } from '../clock.js';
import { FieldError, Fields } from '../json.js';
import type { Platform } from '../platform.js';
import type { Bot } from '../world/model.js';
import { EVENT_OF_KIND, LOAD_KINDS, type LoadKind, type Maker, makersOf } from './kinds.js';
import { createRandom } from './random.js';

/** A stream of numbered events. */
export interface GenerateInput {
  /** @defaultValue the first bot */
  readonly appId?: string;
  /** Events per second. @defaultValue as fast as the slowest client reads */
  readonly rate?: number;
  /** Stop after so many. @defaultValue no end */
  readonly count?: number;
  /** Stop after so many seconds. @defaultValue no end */
  readonly seconds?: number;
  /** Weights of the kinds. @defaultValue messages of all four scenes 3 each, the rest 1 each */
  readonly mix?: Partial<Record<LoadKind, number>>;
  /** Seed of the drawing. @defaultValue 1 */
  readonly seed?: number;
  /** Length of a message's text. @defaultValue short */
  readonly bytes?: number;
  /** Begin when every shard of a generation is connected. @defaultValue true */
  readonly waitReady?: boolean;
}

export interface GenerateStatus {
  readonly state: 'idle' | 'waiting' | 'running' | 'done';
  /** Number of the last event. */
  readonly n: number;
}

/** Called for each numbered event before it is sent. */
export type LoadListener = (event: { n: number; id: string; key: string; t: string }) => void;

const DEFAULT_MIX: Readonly<Record<LoadKind, number>> = {
  channel: 3,
  dm: 3,
  group: 3,
  c2c: 3,
  reaction: 1,
  member: 1,
  'channel-update': 1,
  interaction: 1,
};

const TICK_MS = 5;
const BURST = 1_000;
/** Bytes that may wait for the slowest client before a run without a rate pauses. */
const MAX_WAITING_BYTES = 8 * 1024 * 1024;

interface Plan {
  readonly bot: Bot;
  readonly rate: number | undefined;
  readonly count: number;
  readonly seconds: number | undefined;
  readonly weights: readonly (readonly [LoadKind, number])[];
  readonly random: () => number;
  readonly bytes: number;
}

/** Sends numbered events at a rate. One run at a time; numbers go on from run to run. */
export class Generator {
  #state: GenerateStatus['state'] = 'idle';
  #n = 0;
  #cancel: Cancel = () => {};
  #stopWaiting: () => void = () => {};
  #makers = new Map<LoadKind, Maker>();
  readonly #listeners = new Set<LoadListener>();

  /** @param waitingBytes - bytes that wait for the slowest client */
  constructor(
    private readonly platform: Platform,
    private readonly waitingBytes: () => number,
  ) {}

  get status(): GenerateStatus {
    return { state: this.#state, n: this.#n };
  }

  listen(listener: LoadListener): void {
    this.#listeners.add(listener);
  }

  /** @throws {FieldError} for a wrong field, or while a run is going on */
  start(value: unknown): GenerateStatus {
    if (this.#state === 'waiting' || this.#state === 'running') {
      throw new FieldError('generate', 'a run is going on; stop it first');
    }
    const input = Fields.of(value, 'generate');
    const plan = this.#plan(input);
    if (!input.boolean('waitReady', true) || this.platform.gateway.book.isComplete(plan.bot.appId)) {
      this.#run(plan);
      return this.status;
    }
    this.#state = 'waiting';
    this.#stopWaiting = this.platform.stream.subscribe(() => {
      if (!this.platform.gateway.book.isComplete(plan.bot.appId)) return;
      this.#stopWaiting();
      this.#run(plan);
    }, ['identify', 'resume']);
    return this.status;
  }

  /** Ends the run; the numbers stay. */
  stop(): GenerateStatus {
    this.#stopWaiting();
    this.#cancel();
    if (this.#state !== 'idle') this.#state = 'done';
    return this.status;
  }

  #plan(input: Fields): Plan {
    const { world } = this.platform;
    const appId = input.string('appId', [...world.bots.keys()][0] ?? '');
    const bot = world.bots.get(appId);
    if (bot === undefined) throw input.unknown('appId', 'bot');
    const mix = input.optionalObject('mix');
    const weights = LOAD_KINDS.map((kind): readonly [LoadKind, number] => {
      return [kind, mix === undefined ? DEFAULT_MIX[kind] : mix.intFrom(0, kind, 0)];
    });
    mix?.noOthers();
    const rate = input.has('rate') ? input.intFrom(1, 'rate') : undefined;
    const plan: Plan = {
      bot,
      rate,
      count: input.has('count') ? input.intFrom(1, 'count') : Number.POSITIVE_INFINITY,
      seconds: input.has('seconds') ? input.intFrom(1, 'seconds') : undefined,
      weights,
      random: createRandom(input.int('seed', 1)),
      bytes: input.intFrom(0, 'bytes', 0),
    };
    input.raw('waitReady');
    input.noOthers();
    return plan;
  }

  #run(plan: Plan): void {
    const { clock } = this.platform;
    this.#state = 'running';
    this.#makers = makersOf(this.platform, plan.bot, plan.random, plan.bytes);
    const startMs = clock.now();
    const firstN = this.#n;
    const tick = (): void => {
      const elapsedMs = clock.now() - startMs;
      const isOver = plan.seconds !== undefined && elapsedMs >= plan.seconds * 1_000;
      const wanted =
        plan.rate === undefined ? BURST : Math.floor((elapsedMs * plan.rate) / 1_000) - (this.#n - firstN);
      const left = plan.count - (this.#n - firstN);
      const isClogged = plan.rate === undefined && this.waitingBytes() > MAX_WAITING_BYTES;
      if (!isOver && !isClogged) this.#send(plan, Math.min(wanted, left));
      if (isOver || this.#n - firstN >= plan.count) {
        this.#state = 'done';
        return;
      }
      this.#cancel = clock.after(plan.rate === undefined && !isClogged ? 0 : TICK_MS, tick);
    };
    tick();
  }

  #send(plan: Plan, count: number): void {
    const { gateway } = this.platform;
    // Asked each time: a bot may change its intents while a run goes on.
    const open = plan.weights.filter(
      ([kind, weight]) =>
        weight > 0 && this.#makers.has(kind) && gateway.wants(plan.bot.appId, EVENT_OF_KIND[kind]),
    );
    const total = open.reduce((sum, [, weight]) => sum + weight, 0);
    if (total === 0) return;
    for (let sent = 0; sent < count; sent++) {
      let draw = plan.random() * total;
      const chosen = open.find(([, weight]) => {
        draw -= weight;
        return draw < 0;
      });
      const maker = this.#makers.get((chosen ?? open[0])?.[0] ?? 'channel');
      if (maker !== undefined) this.#emit(plan.bot, maker);
    }
  }

  #emit(bot: Bot, maker: Maker): void {
    const n = ++this.#n;
    const { t, d, id, key } = maker(n);
    for (const listener of this.#listeners) listener({ n, id, key, t });
    this.platform.publish({ t, d, id, n, appIds: [bot.appId] });
  }
}
