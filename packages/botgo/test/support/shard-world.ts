import type { EventEmitter } from 'node:events';
import { type ManualClock, manualClock } from '../../src/clock/index.js';
import { Delivery, type DeliveryOptions, type DeliveryProblem } from '../../src/delivery/index.js';
import { Connection, type ConnectionEvents, type ConnectionOptions } from '../../src/gateway/index.js';
import type { Logger } from '../../src/log/index.js';
import { AccessToken, type TokenSource } from '../../src/token/index.js';
import { BareGateway, type Peer } from './bare-gateway.js';

/** Tokens `token-1`, `token-2`, …: a new one after each refusal. */
export class CountedTokens implements TokenSource {
  readonly appId = '1';
  readonly refused: string[] = [];
  asked = 0;
  /** What the next tokens say about their end. */
  expiresAtMs = Number.POSITIVE_INFINITY;
  /** Thrown by {@link token} while it is set. */
  error: Error | undefined;
  #number = 1;

  async token(): Promise<AccessToken> {
    this.asked++;
    if (this.error) throw this.error;
    return new AccessToken('QQBot', `token-${this.#number}`, this.expiresAtMs);
  }

  invalidate(token: AccessToken): void {
    this.refused.push(token.value);
    this.#number++;
  }
}

export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface WorldOptions extends Partial<ConnectionOptions> {
  /** Default: records the event's content in `seen`. */
  readonly handle?: DeliveryOptions['handle'];
  readonly delivery?: Partial<DeliveryOptions>;
  readonly gateway?: BareGateway;
}

/** One connection with real handlers on a gateway that says what the test tells it; time passes when the test says so. */
export class ShardWorld implements AsyncDisposable {
  readonly gateway: BareGateway;
  readonly clock: ManualClock = manualClock();
  readonly tokens = new CountedTokens();
  readonly seen: string[] = [];
  readonly problems: DeliveryProblem[] = [];
  readonly logs: LogLine[] = [];
  readonly told: { [Name in keyof ConnectionEvents]: ConnectionEvents[Name][0][] } = {
    ready: [],
    disconnect: [],
    gap: [],
    refused: [],
    pressure: [],
  };
  readonly delivery: Delivery;
  readonly connection: Connection;
  /** What became of `run()`. */
  outcome: { readonly error?: unknown } | undefined;
  /** Drawn for jitter. */
  random = 0.5;
  #run: Promise<void> | undefined;

  private constructor(gateway: BareGateway, options: WorldOptions) {
    this.gateway = gateway;
    const { handle, delivery, gateway: _, ...connection } = options;
    this.delivery = new Delivery({
      handle: handle ?? ((event) => this.see(event)),
      wants: (type) => type !== 'READY' && type !== 'RESUMED',
      clock: this.clock,
      onError: (problem) => this.problems.push(problem),
      ...delivery,
    });
    this.connection = new Connection({
      url: gateway.url,
      shard: 0,
      shardCount: 1,
      intents: 1,
      tokenSource: this.tokens,
      sink: this.delivery,
      clock: this.clock,
      random: () => this.random,
      logger: this.#logger(),
      ...connection,
    });
    for (const name of ['ready', 'disconnect', 'gap', 'refused', 'pressure'] as const) {
      (this.connection as EventEmitter).on(name, (info: unknown) => {
        (this.told[name] as unknown[]).push(info);
      });
    }
  }

  /** A running connection. */
  static async start(options: WorldOptions = {}): Promise<ShardWorld> {
    const world = await ShardWorld.make(options);
    world.run();
    return world;
  }

  /** A connection that does not run yet. */
  static async make(options: WorldOptions = {}): Promise<ShardWorld> {
    return new ShardWorld(options.gateway ?? (await BareGateway.start()), options);
  }

  run(signal?: AbortSignal): void {
    this.#run = this.connection.run(signal).then(
      () => {
        this.outcome = {};
      },
      (error: unknown) => {
        this.outcome = { error };
      },
    );
  }

  see(event: { d: unknown }): void {
    this.seen.push((event.d as { content?: string } | undefined)?.content ?? '?');
  }

  /** Waits for what the network brings; no time passes on the connection's clock. */
  async until(what: string, condition: () => boolean): Promise<void> {
    const endMs = performance.now() + 15_000;
    for (let turns = 0; !condition(); turns++) {
      if (performance.now() > endMs) throw new Error(`never happened: ${what}`);
      await new Promise((resolve) => setTimeout(resolve, turns < 100 ? 0 : 2));
    }
  }

  /** Waits until a number has stopped changing. */
  async settled(read: () => number): Promise<void> {
    for (let last = Number.NaN, same = 0; same < 50; ) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      const value = read();
      same = value === last ? same + 1 : 0;
      last = value;
    }
  }

  /** Everything that is on its way over the loopback arrives: a frame there and back. */
  async settle(peer: Peer): Promise<void> {
    await new Promise<void>((resolve) => {
      peer.socket.once('pong', () => resolve());
      peer.socket.ping();
    });
    await new Promise((resolve) => setImmediate(resolve));
  }

  /** The next connection, past its Hello and up to the SDK's introduction. */
  async introduced(intervalMs: unknown = 40_000) {
    const peer = await this.gateway.peer();
    peer.hello(intervalMs);
    return { peer, introduction: await peer.introduction() };
  }

  /** The next connection, ready with a session. */
  async live(sessionId = 'session-1', intervalMs: unknown = 40_000): Promise<Peer> {
    const before = this.told.ready.length;
    const { peer } = await this.introduced(intervalMs);
    peer.ready(sessionId);
    await this.until('ready', () => this.told.ready.length > before);
    return peer;
  }

  /**
   * Waits until `times` sockets have been lost (all that there were), then lets the pause pass and no more time.
   * @returns The pause, to a quarter of a second.
   */
  async reconnects(times = this.gateway.peers.length): Promise<number> {
    await this.until(`${times} disconnects`, () => this.told.disconnect.length >= times);
    const isWaiting = (): boolean =>
      this.connection.status().phase === 'waiting' && this.told.disconnect.length === times;
    let pauseMs = 0;
    for (; isWaiting(); pauseMs += 250) await this.clock.advance(250);
    return pauseMs;
  }

  /** A message of a line in the log, if there is one. */
  logged(message: string | RegExp): LogLine[] {
    return this.logs.filter((line) =>
      new RegExp(message).test(`${line.message} ${JSON.stringify(line.fields)}`),
    );
  }

  /** Waits for {@link outcome}. */
  async ended(): Promise<unknown> {
    await this.#run;
    return this.outcome?.error;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.connection.revoke(new Error('the test is over'));
    await this.#run;
    await this.gateway[Symbol.asyncDispose]();
  }

  #logger(): Logger {
    const write =
      (level: LogLine['level']) =>
      (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
        this.logs.push({ level, message, fields });
      };
    return { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') };
  }
}
