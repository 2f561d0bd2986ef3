import { EventEmitter } from 'node:events';
import type { WebsocketAP } from '../dto/index.js';
import { BotgoError, ConfigError, errURLInvalid, newErr } from '../errs/index.js';
import type { TokenSource } from '../token/index.js';
import { holdProcess } from './hold-process.js';
import type { SessionManagerEvents, SessionManagerStatus } from './manager-events.js';
import {
  type ResolvedManagerOptions,
  resolveManagerOptions,
  type SessionManagerOptions,
} from './manager-options.js';
import { ManagerRun } from './manager-run.js';
import { onTermination } from './process-signals.js';

/**
 * Starts every shard and keeps it running: alone, or with other processes that share a {@link Coordinator}. One manager for all of
 * BotGo's (local, remote, etcd); what differs is the coordinator.
 */
export class SessionManager extends EventEmitter<SessionManagerEvents> implements AsyncDisposable {
  readonly #options: ResolvedManagerOptions;
  readonly #stopped = new AbortController();
  #run: ManagerRun | undefined;

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
    const run = new ManagerRun(this, this.#options, ap, tokenSource, intents);
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
