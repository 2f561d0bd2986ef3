import { EventEmitter } from 'node:events';
import { CarefulStart, Turns } from '../delivery/index.js';
import type { WebsocketAP } from '../dto/index.js';
import {
  BotgoError,
  ConfigError,
  errURLInvalid,
  GatewayError,
  isBotgoError,
  newErr,
  toBotgoError,
} from '../errs/index.js';
import type { ConnectionEvents, ConnectionStatus, GapInfo } from '../gateway/index.js';
import type { TokenSource } from '../token/index.js';
import { holdProcess } from './hold-process.js';
import {
  type ResolvedManagerOptions,
  resolveManagerOptions,
  type SessionManagerOptions,
} from './manager-options.js';
import type { OwnedShard } from './owned-shard.js';
import { onTermination } from './process-signals.js';
import { checkSessionLimit } from './session-limit.js';
import { generationOf, shardName } from './shard-name.js';
import { POISON_DEATHS, STATE_VERSION } from './shard-state.js';
import { type StartBudget, StartPermits } from './start-permits.js';
import { Tenure, type TenureOwner } from './tenure.js';

/** Events a {@link SessionManager} emits; tuple = listener arguments. */
export interface SessionManagerEvents {
  ready: [info: { shard: number; sessionId: string; resumed: boolean }];
  disconnect: [info: { shard: number } & ConnectionEvents['disconnect'][0]];
  /** Events may have been lost. */
  gap: [info: GapInfo];
  /** A shard came to this process or left it. */
  ownership: [info: { shard: number; owned: boolean; token: number }];
  /** A write of this process was refused because the shard has another owner. */
  fencedWrite: [info: { shard: number; token: number }];
  /** A shard stopped for good. */
  fatal: [info: { shard: number; error: BotgoError }];
}

/** One shard of this process. */
export interface ShardStatus extends ConnectionStatus {
  readonly shard: number;
  readonly token: number;
}

/** What a manager can say about itself; made for a health endpoint. */
export interface SessionManagerStatus {
  readonly memberId: string | undefined;
  readonly shardCount: number;
  /** Shards of this process, by number. */
  readonly shards: readonly ShardStatus[];
  /** The process does its work or has a way back to it; when `false`, restart it. */
  readonly isLive: boolean;
  /** It has shards, or need have none, and each of them takes events; `false` while it stops or comes back into the cluster. */
  readonly isReady: boolean;
  readonly isStoreReachable: boolean;
  readonly budget: StartBudget | undefined;
}

/** Close codes that condemn every shard of the bot, not the one that got it. */
const BOT_WIDE_CODES: ReadonlySet<number> = new Set([4001, 4002, 4010, 4011, 4012, 4013, 4014, 4914, 4915]);

/** Pauses between attempts to come back into the cluster. */
const REJOIN_BASE_MS = 500;
const REJOIN_MAX_MS = 10_000;

/**
 * Starts every shard and keeps it running: alone, or with other processes that share a {@link Coordinator}. One manager for all of
 * BotGo's (local, remote, etcd); what differs is the coordinator.
 */
export class SessionManager extends EventEmitter<SessionManagerEvents> implements AsyncDisposable {
  readonly #options: ResolvedManagerOptions;
  readonly #stopped = new AbortController();
  #run: Run | undefined;

  /** @throws {ConfigError} on a bad option. */
  constructor(options: SessionManagerOptions) {
    super();
    this.#options = resolveManagerOptions(options);
  }

  /**
   * Runs until {@link stop}: BotGo's `Start`. Resolves when stopped and drained.
   * @param ap - Answer of `GET /gateway/bot`; set `shards` to another count if you mean to.
   * @param intents - What `registerHandlers` returned.
   * @throws {BotgoError} `BOTGO_URL_INVALID`, `BOTGO_SESSION_LIMIT`, `BOTGO_CONFIG`, `BOTGO_CLUSTER_MISMATCH`, `BOTGO_TOKEN`,
   *   `BOTGO_STORE` before anything is connected; a `GatewayError` when the platform forbids to come back; `signal.reason`.
   */
  async start(
    ap: WebsocketAP,
    tokenSource: TokenSource,
    intents: number,
    options: { signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    if (this.#run || this.#stopped.signal.aborted) {
      throw new BotgoError('BOTGO_CLOSED', 'this session manager was started before: make a new one');
    }
    checkAccessPoint(ap, intents);
    options.signal?.throwIfAborted();
    const run = new Run(this, this.#options, ap, tokenSource, intents);
    this.#run = run;
    const onAbort = (): void => run.abandon(options.signal?.reason);
    options.signal?.addEventListener('abort', onAbort, { once: true });
    const hard = (): void => run.abandon(new BotgoError('BOTGO_ABORTED', 'stopped hard by a second signal'));
    const removeSignals = this.#options.handleSignals
      ? onTermination(this.#options.clock, () => void this.stop(), hard)
      : undefined;
    const letProcessEnd = holdProcess();
    try {
      await run.serve();
    } finally {
      letProcessEnd();
      removeSignals?.();
      options.signal?.removeEventListener('abort', onAbort);
      if (this.#options.ownsCoordinator) await this.#options.coordinator.close();
    }
  }

  /** Hands shards over or drains them within `drainMs`, closes every socket and leaves the cluster. Idempotent. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#run?.stop();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  status(): SessionManagerStatus {
    return this.#run?.status() ?? NOT_STARTED;
  }
}

/** Ends a run that was stopped before it had anything to drain. */
const STOPPED: unique symbol = Symbol('stopped');

const NOT_STARTED: SessionManagerStatus = Object.freeze({
  memberId: undefined,
  shardCount: 0,
  shards: [],
  isLive: true,
  isReady: false,
  isStoreReachable: true,
  budget: undefined,
});

function checkAccessPoint(ap: WebsocketAP, intents: number): void {
  if (!/^wss?:\/\/./.test(ap.url)) {
    throw newErr(
      errURLInvalid,
      `the gateway URL must begin with ws:// or wss://, got "${ap.url}": pass the answer of ws()`,
    );
  }
  if (!Number.isInteger(ap.shards) || ap.shards < 1)
    throw new ConfigError(`shards must be at least 1, got ${ap.shards}`);
  if (!Number.isInteger(intents) || intents <= 0) {
    throw new ConfigError(
      `intents must be a positive bit mask, got ${intents}: register a handler before the start`,
    );
  }
}

/** One start of a manager: tenures in the cluster, one after the other, and the connections of the shards they bring. */
class Run implements TenureOwner {
  readonly options: ResolvedManagerOptions;
  readonly generation: string;
  readonly resources: readonly string[];
  readonly info;
  readonly #manager: SessionManager;
  readonly #ap: WebsocketAP;
  readonly #tokenSource: TokenSource;
  readonly #intents: number;
  readonly #over = new AbortController();
  readonly #turns = new Turns();
  #permits: StartPermits | undefined;
  #tenure: Tenure | undefined;
  #isStopping = false;
  /** Shards that stopped for good, by number. */
  readonly #fatal = new Map<number, BotgoError>();
  #done: Promise<void> | undefined;

  constructor(
    manager: SessionManager,
    options: ResolvedManagerOptions,
    ap: WebsocketAP,
    tokenSource: TokenSource,
    intents: number,
  ) {
    this.#manager = manager;
    this.options = options;
    this.#ap = ap;
    this.#tokenSource = tokenSource;
    this.#intents = intents;
    this.generation = generationOf(ap.shards, intents);
    this.resources = Array.from({ length: ap.shards }, (_, shard) => shardName(this.generation, shard));
    this.info = { appId: tokenSource.appId, intents, shardCount: ap.shards, stateVersion: STATE_VERSION };
  }

  serve(): Promise<void> {
    this.#done = this.#serve();
    return this.#done;
  }

  async #serve(): Promise<void> {
    const { signal } = this.#over;
    try {
      // A wrong secret or a dead host shows here, before a shard is claimed.
      await this.#tokenSource.token({ signal });
      for (let tenure = await this.#firstTenure(); ; tenure = await this.#nextTenure()) {
        if (this.#isStopping) return await tenure.leave();
        this.#tenure = tenure;
        try {
          return await tenure.run();
        } catch (error) {
          signal.throwIfAborted();
          if (!isBotgoError(error, 'BOTGO_LEASE_LOST')) throw error;
        }
      }
    } catch (error) {
      if (error !== STOPPED) throw error;
    }
  }

  async #firstTenure(): Promise<Tenure> {
    const tenure = new Tenure(this);
    const view = await tenure.join();
    try {
      for (const { memberId, info } of view.members) {
        if (info.shardCount === this.#ap.shards && info.intents === this.#intents) continue;
        throw new BotgoError(
          'BOTGO_CLUSTER_MISMATCH',
          `member ${memberId} runs ${info.shardCount} shards with intents ${info.intents}, this process ${this.#ap.shards} with ${this.#intents}: all members must agree`,
        );
      }
      // What was ever claimed has a session to resume, or an owner; only the others need a start.
      const known = new Set(view.resources.map(({ name }) => name));
      const serves = this.options.coordinator.serves ?? (() => true);
      const needed = this.resources.filter((name) => serves(name) && !known.has(name)).length;
      checkSessionLimit(this.#ap, needed);
      const {
        coordinator,
        clock,
        random,
        refreshAccessPoint: refresh,
        identifyReserve: reserve,
      } = this.options;
      this.#permits = new StartPermits(
        { coordinator, clock, random, accessPoint: this.#ap, refresh, reserve },
        needed,
      );
    } catch (error) {
      await tenure.leave();
      throw error;
    }
    return tenure;
  }

  /** Comes back into the cluster after the lease was lost, for as long as it takes. */
  async #nextTenure(): Promise<Tenure> {
    const { clock, random, logger } = this.options;
    const { signal } = this.#over;
    for (let failures = 0; ; failures++) {
      await clock.sleep(random() * Math.min(REJOIN_MAX_MS, REJOIN_BASE_MS * 2 ** failures), signal);
      const tenure = new Tenure(this);
      try {
        await tenure.join();
        return tenure;
      } catch (error) {
        signal.throwIfAborted();
        logger.warn('cannot join the cluster yet', { error: toBotgoError(error).message });
      }
    }
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    if (this.#tenure) await this.#tenure.leave();
    // Between two tenures, or before the first, nothing is held and nothing needs draining.
    this.#over.abort(STOPPED);
    await this.#done?.catch(() => {});
  }

  abandon(reason: unknown): void {
    this.#isStopping = true;
    this.#over.abort(reason);
    this.#tenure?.abandon(reason);
  }

  open(owned: OwnedShard, tenure: Tenure): void {
    const { options } = this;
    const tooOld = owned.taken.session !== undefined && owned.taken.ageMs > options.sessionMaxAgeMs;
    const careful = owned.taken.isSuspect
      ? new CarefulStart({
          deaths: owned.taken.deaths,
          poisonDeaths: POISON_DEATHS,
          turns: this.#turns,
          store: () => tenure.flush(),
          clock: options.clock,
        })
      : undefined;
    owned.careful = careful;
    const connection = options.createConnection({
      ...options.connection,
      ...(tooOld && { maxResumeAttempts: 1 }),
      url: this.#ap.url,
      shard: owned.shard,
      shardCount: this.#ap.shards,
      intents: this.#intents,
      tokenSource: this.#tokenSource,
      sink: options.sink,
      session: owned.taken.session,
      permit: (kind, signal) => this.#permits?.take(kind, signal) ?? Promise.resolve(),
      onSession: () => tenure.flush(),
      storedSeq: () => owned.storedSeq,
      onCheckpoint: () => {
        if (++owned.moved === options.writeEveryEvents) tenure.flush().catch(() => {});
      },
      guard: tenure.guard,
      epoch: owned.token,
      holder: `${tenure.memberId} ${owned.token}`,
      poison: owned.taken.poison,
      ...(careful && {
        before: (mark: number, signal: AbortSignal) => careful.before(mark, signal),
        onSettled: (mark: number) => careful.settled(mark),
      }),
      logger: options.logger,
      clock: options.clock,
      random: options.random,
    });
    owned.attach(connection);
    const { shard } = owned;
    connection.on('ready', ({ sessionId, resumed }) => {
      careful?.caughtUp(connection.status().received ?? Number.NEGATIVE_INFINITY);
      this.#manager.emit('ready', { shard, sessionId, resumed });
    });
    connection.on('disconnect', (info) => this.#manager.emit('disconnect', { shard, ...info }));
    connection.on('gap', (info) => this.#manager.emit('gap', info));
    connection.run().catch((error: unknown) => {
      // Given up by us, or taken away: told where that was decided.
      if (isBotgoError(error, 'BOTGO_LEASE_LOST') || this.#isStopping || !tenure.owned.has(owned.name))
        return;
      void this.#onFatal(owned, toBotgoError(error));
    });
  }

  changed(shard: OwnedShard, owned: boolean): void {
    this.#manager.emit('ownership', { shard: shard.shard, owned, token: shard.token });
  }

  fenced(shard: OwnedShard): void {
    this.#manager.emit('fencedWrite', { shard: shard.shard, token: shard.token });
  }

  /**
   * A shard stopped for good. It stays ours, so that no other process burns a session start on it; when the cause is the bot's or
   * no shard is left, the whole run ends with it.
   */
  async #onFatal(owned: OwnedShard, cause: BotgoError): Promise<void> {
    const error = await this.#explain(cause, owned.shard);
    this.#fatal.set(owned.shard, error);
    this.options.logger.error('shard stopped', { shard: owned.shard, error: error.message });
    this.#manager.emit('fatal', { shard: owned.shard, error });
    const isBotWide = error instanceof GatewayError && BOT_WIDE_CODES.has(error.closeCode ?? 0);
    const shards = [...(this.#tenure?.owned.values() ?? [])];
    const isLast = shards.every(({ shard }) => this.#fatal.has(shard));
    if (isBotWide || isLast) this.abandon(error);
  }

  /** After 4011: how many shards the platform recommends now. */
  async #explain(error: BotgoError, shard: number): Promise<BotgoError> {
    const { refreshAccessPoint } = this.options;
    if (!(error instanceof GatewayError) || error.closeCode !== 4011 || !refreshAccessPoint) return error;
    try {
      const { shards } = await refreshAccessPoint();
      const { closeCode, closeReason } = error;
      const message = `${error.message}; the platform recommends ${shards} shards now`;
      return new GatewayError(message, {
        closeCode,
        closeReason,
        shard,
        recommendedShards: shards,
        cause: error,
      });
    } catch {
      return error;
    }
  }

  status(): SessionManagerStatus {
    const shards: ShardStatus[] = [];
    for (const owned of this.#tenure?.owned.values() ?? []) {
      const status = owned.status();
      if (!status) continue;
      const error = this.#fatal.get(owned.shard) ?? status.error;
      shards.push({ ...status, error, shard: owned.shard, token: owned.token });
    }
    shards.sort((a, b) => a.shard - b.shard);
    return {
      memberId: this.#tenure?.memberId,
      shardCount: this.#ap.shards,
      shards,
      isLive: !this.#over.signal.aborted,
      isReady: !this.#isStopping && this.#tenure?.hasLooked === true && shards.every(({ isLive }) => isLive),
      isStoreReachable: this.#tenure?.isStoreReachable ?? true,
      budget: this.#permits?.budget,
    };
  }
}
