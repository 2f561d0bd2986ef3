import { type Clock, systemClock } from '../clock/index.js';
import type { WebsocketAP } from '../dto/index.js';
import { ConfigError } from '../errs/index.js';
import type { EventSink } from '../event/index.js';
import { Connection, type ConnectionOptions, type ProtocolOptions } from '../gateway/index.js';
import { type Logger, silentLogger } from '../log/index.js';
import type { Coordinator } from './coordinator.js';
import { memoryCoordinator } from './memory-coordinator.js';
import type { ConnectionFactory } from './owned-shard.js';

/** How a {@link SessionManager} runs. All times in milliseconds. */
export interface SessionManagerOptions {
  /** Where events go. */
  readonly sink: EventSink;
  /** How processes share the shards. Default: a memory coordinator of its own, for a bot of one process. */
  readonly coordinator?: Coordinator | undefined;
  /** Unique among living members of the cluster. Default: random. */
  readonly memberId?: string | undefined;
  /**
   * What code this process runs, e.g. the tag of its image. While living processes say different things a deployment is under way:
   * shards go from a stopping process to one of the other release and are not balanced, so that each moves once. Default: not said.
   */
  readonly release?: string | undefined;
  /** How long shards stay with a process that is not heard of. Default 10,000. */
  readonly leaseMs?: number | undefined;
  /** How long handlers may go on when a shard is handed over or the manager stops. Default 5,000. */
  readonly drainMs?: number | undefined;
  /** Shards move between living processes after this long without a change of membership. Default 1,000. */
  readonly quietMs?: number | undefined;
  /** A stored session older than this gets one try to resume. Default 300,000; the platform publishes no number. */
  readonly sessionMaxAgeMs?: number | undefined;
  /** Longest time between two writes of states while checkpoints move. Default 250. */
  readonly writeIntervalMs?: number | undefined;
  /** Events settled on a shard after which its state is written at once. Default 500. */
  readonly writeEveryEvents?: number | undefined;
  /** When the store cannot be reached until the lease ends: give the shards up, or go on and risk two owners. Default `stop`. */
  readonly onStoreLoss?: 'stop' | 'continue' | undefined;
  /** Part of the day's session starts that run-time identifies leave for a restart by hand. Default 0.1. */
  readonly identifyReserve?: number | undefined;
  /** Asks the platform anew: how many starts are left, and how many shards it recommends after 4011. Default: not asked. */
  readonly refreshAccessPoint?: (() => Promise<WebsocketAP>) | undefined;
  /** Stop on SIGTERM and SIGINT, hard on the second. Default `true`. */
  readonly handleSignals?: boolean | undefined;
  /** Settings of each connection. */
  readonly connection?:
    | (ProtocolOptions & Pick<ConnectionOptions, 'agent' | 'ca' | 'maxFrameBytes'>)
    | undefined;
  /** Makes connections. Default: {@link Connection}. */
  readonly createConnection?: ConnectionFactory | undefined;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
  /** A number from [0, 1), for jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

export const SESSION_DEFAULTS = Object.freeze({
  leaseMs: 10_000,
  drainMs: 5_000,
  quietMs: 1_000,
  sessionMaxAgeMs: 300_000,
  writeIntervalMs: 250,
  writeEveryEvents: 500,
  identifyReserve: 0.1,
});

export interface ResolvedManagerOptions {
  readonly sink: EventSink;
  readonly coordinator: Coordinator;
  /** It was made here and is closed with the manager. */
  readonly ownsCoordinator: boolean;
  readonly memberId: string | undefined;
  readonly release: string | undefined;
  readonly leaseMs: number;
  readonly drainMs: number;
  readonly quietMs: number;
  readonly sessionMaxAgeMs: number;
  readonly writeIntervalMs: number;
  readonly writeEveryEvents: number;
  readonly onStoreLoss: 'stop' | 'continue';
  readonly identifyReserve: number;
  readonly refreshAccessPoint: (() => Promise<WebsocketAP>) | undefined;
  readonly handleSignals: boolean;
  readonly connection: ProtocolOptions & Pick<ConnectionOptions, 'agent' | 'ca' | 'maxFrameBytes'>;
  readonly createConnection: ConnectionFactory;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
}

/** Fills in defaults and validates. @throws {ConfigError} on a bad value. */
export function resolveManagerOptions(options: SessionManagerOptions): ResolvedManagerOptions {
  const d = SESSION_DEFAULTS;
  const clock = options.clock ?? systemClock;
  const identifyReserve = options.identifyReserve ?? d.identifyReserve;
  if (!(identifyReserve >= 0 && identifyReserve < 1)) {
    throw new ConfigError(`identifyReserve must be from 0 to less than 1, got ${identifyReserve}`);
  }
  return {
    sink: options.sink,
    coordinator: options.coordinator ?? memoryCoordinator({ clock }),
    ownsCoordinator: options.coordinator === undefined,
    memberId: options.memberId,
    release: options.release,
    leaseMs: atLeast('leaseMs', options.leaseMs ?? d.leaseMs, 1),
    drainMs: atLeast('drainMs', options.drainMs ?? d.drainMs, 0),
    quietMs: atLeast('quietMs', options.quietMs ?? d.quietMs, 0),
    sessionMaxAgeMs: atLeast('sessionMaxAgeMs', options.sessionMaxAgeMs ?? d.sessionMaxAgeMs, 0),
    writeIntervalMs: atLeast('writeIntervalMs', options.writeIntervalMs ?? d.writeIntervalMs, 1),
    writeEveryEvents: atLeast('writeEveryEvents', options.writeEveryEvents ?? d.writeEveryEvents, 1),
    onStoreLoss: options.onStoreLoss ?? 'stop',
    identifyReserve,
    refreshAccessPoint: options.refreshAccessPoint,
    handleSignals: options.handleSignals ?? true,
    connection: options.connection ?? {},
    createConnection: options.createConnection ?? ((given) => new Connection(given)),
    logger: options.logger ?? silentLogger,
    clock,
    random: options.random ?? Math.random,
  };
}

function atLeast(name: string, value: number, least: number): number {
  if (!(value >= least)) throw new ConfigError(`${name} must be at least ${least}, got ${value}`);
  return value;
}
