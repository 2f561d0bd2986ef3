import type { EventEmitter } from 'node:events';
import { CarefulStart } from '../delivery/index.js';
import type { WebsocketAP } from '../dto/index.js';
import { BotgoError, GatewayError, isBotgoError, toBotgoError } from '../errs/index.js';
import type { TokenSource } from '../token/index.js';
import { reportForeign } from './foreign-state.js';
import type { SessionManagerEvents, SessionManagerStatus, ShardStatus } from './manager-events.js';
import type { ResolvedManagerOptions } from './manager-options.js';
import type { OwnedShard } from './owned-shard.js';
import { checkSessionLimit } from './session-limit.js';
import { generationOf, shardName } from './shard-name.js';
import { STATE_VERSION } from './shard-state.js';
import { StartPermits } from './start-permits.js';
import { Tenure, type TenureOwner } from './tenure.js';

/** Close codes that condemn every shard of the bot, not the one that got it. */
const BOT_WIDE_CODES: ReadonlySet<number> = new Set([4001, 4002, 4010, 4011, 4012, 4013, 4014, 4914, 4915]);

/** Pauses between attempts to come back into the cluster. */
const REJOIN_BASE_MS = 500;
const REJOIN_MAX_MS = 10_000;

/** Ends a run that was stopped before it had anything to drain. */
const STOPPED: unique symbol = Symbol('stopped');

/** One start of a manager: tenures in the cluster, one after the other, and the connections of the shards they bring. */
export class ManagerRun implements TenureOwner {
  readonly options: ResolvedManagerOptions;
  readonly generation: string;
  readonly resources: readonly string[];
  readonly info;
  readonly outlived = new Map<string, number>();
  readonly #events: EventEmitter<SessionManagerEvents>;
  readonly #ap: WebsocketAP;
  readonly #tokenSource: TokenSource;
  readonly #intents: number;
  readonly #over = new AbortController();
  #permits: StartPermits | undefined;
  #tenure: Tenure | undefined;
  #isStopping = false;
  /** The last exchange with the store succeeded. */
  #isStoreReachable = true;
  /** Shards that stopped for good, by number. */
  readonly #fatal = new Map<number, BotgoError>();
  #done: Promise<void> | undefined;

  constructor(
    events: EventEmitter<SessionManagerEvents>,
    options: ResolvedManagerOptions,
    ap: WebsocketAP,
    tokenSource: TokenSource,
    intents: number,
  ) {
    this.#events = events;
    this.options = options;
    this.#ap = ap;
    this.#tokenSource = tokenSource;
    this.#intents = intents;
    this.generation = generationOf(ap.shards, intents);
    this.resources = Array.from({ length: ap.shards }, (_, shard) => shardName(this.generation, shard));
    this.info = {
      appId: tokenSource.appId,
      intents,
      shardCount: ap.shards,
      stateVersion: STATE_VERSION,
      release: options.release,
    };
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
          `member ${memberId} runs ${info.shardCount} shards with intents ${info.intents}, this process ${this.#ap.shards} with ${this.#intents}: start all processes with the same shard count, and with the same handlers or the same \`intents\``,
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
        {
          ...{ appId: this.#tokenSource.appId, coordinator, clock, random },
          ...{ accessPoint: this.#ap, refresh, reserve },
          onWaiting: (budget) => this.#events.emit('budget', budget),
        },
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
        const cause = toBotgoError(error);
        logger.warn('cannot join the cluster yet', { error: cause.message });
        this.reached(false, cause);
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
    const { suspects, deaths } = owned.taken;
    const careful =
      suspects === 'none'
        ? undefined
        : new CarefulStart({ deaths, store: tenure.flush, clock: options.clock });
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
      sessionAgeMs: owned.taken.settledAgeMs,
      poison: owned.taken.poison,
      ...(careful && {
        before: (mark: number, signal: AbortSignal) => careful.before(mark, signal),
        solo: careful,
        onSettled: (mark: number) => careful.settled(mark),
      }),
      logger: options.logger,
      clock: options.clock,
      random: options.random,
    });
    owned.attach(connection);
    const { shard, taken } = owned;
    if (taken.foreign) {
      const where = { shard, shardCount: this.#ap.shards };
      this.#events.emit('gap', reportForeign(taken.foreign, where, options.clock.wallNow(), options.logger));
    }
    connection.on('ready', ({ sessionId, resumed }) => {
      careful?.caughtUp(connection.status().received ?? Number.NEGATIVE_INFINITY);
      this.#events.emit('ready', { shard, sessionId, resumed });
    });
    connection.on('disconnect', (info) => this.#events.emit('disconnect', { shard, ...info }));
    connection.on('gap', (info) => this.#events.emit('gap', info));
    connection.on('refused', (error) => this.#events.emit('refused', { shard, error }));
    connection.on('pressure', ({ isPaused }) => this.#events.emit('pressure', { shard, isPaused }));
    connection.run().catch((error: unknown) => {
      // Given up by us, or taken away: told where that was decided.
      if (isBotgoError(error, 'BOTGO_LEASE_LOST') || this.#isStopping || !tenure.owned.has(owned.name))
        return;
      void this.#onFatal(owned, toBotgoError(error));
    });
  }

  stayed(memberId: string, state: 'joined' | 'left' | 'lost', error?: BotgoError): void {
    if (state === 'joined') this.reached(true);
    this.#events.emit('membership', { memberId, state, ...(error && { error }) });
  }

  reached(isReachable: boolean, error?: BotgoError): void {
    if (this.#isStoreReachable === isReachable) return;
    this.#isStoreReachable = isReachable;
    this.#events.emit('store', { isReachable, ...(error && { error }) });
  }

  changed(shard: OwnedShard, owned: boolean): void {
    this.#events.emit('ownership', { shard: shard.shard, owned, token: shard.token });
  }

  fenced(shard: OwnedShard): void {
    this.#events.emit('fencedWrite', { shard: shard.shard, token: shard.token });
  }

  /**
   * A shard stopped for good. It stays ours, so that no other process burns a session start on it; when the cause is the bot's or
   * no shard is left, the whole run ends with it.
   */
  async #onFatal(owned: OwnedShard, cause: BotgoError): Promise<void> {
    const error = await this.#explain(cause, owned.shard);
    this.#fatal.set(owned.shard, error);
    this.options.logger.error('shard stopped', { shard: owned.shard, error: error.message });
    this.#events.emit('fatal', { shard: owned.shard, error });
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
      isStoreReachable: this.#isStoreReachable,
      budget: this.#permits?.budget,
    };
  }
}
