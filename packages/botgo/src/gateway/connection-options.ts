import type { Agent } from 'node:http';
import { type Clock, systemClock } from '../clock/index.js';
import { ConfigError, errURLInvalid, newErr } from '../errs/index.js';
import type { EventSink, SoloEvents } from '../event/index.js';
import { type Logger, silentLogger } from '../log/index.js';
import type { TokenSource } from '../token/index.js';
import {
  type ProtocolOptions,
  type ResolvedProtocolOptions,
  resolveProtocolOptions,
} from './protocol-options.js';
import type { ConnectKind } from './protocol-types.js';

/** A session that is held: what a resume needs. */
export interface HeldSession {
  readonly id: string;
  /** The last `s` that is settled; `undefined` when nothing was received yet. */
  readonly seq: number | undefined;
}

/** How one shard is connected. */
export interface ConnectionOptions extends ProtocolOptions {
  /** `url` of `GET /gateway/bot`. */
  readonly url: string;
  readonly shard: number;
  readonly shardCount: number;
  readonly intents: number;
  readonly tokenSource: TokenSource;
  /** Where events go. */
  readonly sink: EventSink;
  /** A session to resume at start. */
  readonly session?: HeldSession | undefined;
  /** How long ago all that had been sent in {@link ConnectionOptions.session} was settled: a gap begins then if it cannot be resumed. Default 0. */
  readonly sessionAgeMs?: number | undefined;
  /** Waits until an identify or a resume may be made. A rejection is retried, unless it is `BOTGO_CONFIG`. Default: at once. */
  readonly permit?: ((kind: ConnectKind, signal: AbortSignal) => Promise<void>) | undefined;
  /**
   * A session begins or goes on; its first event waits until the returned promise resolves, so that the session can be stored before
   * anything of it is handled. A rejection drops the connection, which is then resumed. Return nothing when there is nothing to wait for.
   */
  readonly onSession?: ((session: HeldSession) => Promise<void> | undefined) | undefined;
  /** The last checkpoint that is stored: what a heartbeat may acknowledge. Default: the checkpoint itself. */
  readonly storedSeq?: (() => number | null) | undefined;
  /** Called when the checkpoint of the session moved, per event: keep it short. */
  readonly onCheckpoint?: (() => void) | undefined;
  /** See `LaneOptions.guard`. */
  readonly guard?: (() => unknown) | undefined;
  /** Fencing token under which the shard is owned. Default 0. */
  readonly epoch?: number | undefined;
  /** Member and fencing token, for the shared duplicate window. */
  readonly holder?: string | undefined;
  /** `s` of events of {@link ConnectionOptions.session} that are not given to a handler again. */
  readonly poison?: ReadonlySet<number> | undefined;
  /** See `LaneOptions.before`; for events of {@link ConnectionOptions.session} only. */
  readonly before?: ((mark: number, signal: AbortSignal) => Promise<void> | undefined) | undefined;
  /** See `LaneOptions.solo`; for events of {@link ConnectionOptions.session} only. */
  readonly solo?: SoloEvents | undefined;
  /** Called when an event of {@link ConnectionOptions.session} is settled. */
  readonly onSettled?: ((mark: number) => void) | undefined;
  /** Frames larger than this end the connection. Default 16 MiB. */
  readonly maxFrameBytes?: number | undefined;
  /** Proxy or TLS settings for the socket. Default: none. */
  readonly agent?: Agent | undefined;
  /** PEM certificates to trust instead of the system's. */
  readonly ca?: string | readonly string[] | undefined;
  readonly logger?: Logger | undefined;
  readonly clock?: Clock | undefined;
  /** A number from [0, 1), for jitter. Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

export interface ResolvedConnectionOptions {
  readonly url: string;
  readonly protocol: ResolvedProtocolOptions;
  readonly tokenSource: TokenSource;
  readonly sink: EventSink;
  readonly session: HeldSession | undefined;
  readonly sessionAgeMs: number;
  readonly permit: (kind: ConnectKind, signal: AbortSignal) => Promise<void>;
  readonly onSession: (session: HeldSession) => Promise<void> | undefined;
  readonly storedSeq: (() => number | null) | undefined;
  readonly onCheckpoint: (() => void) | undefined;
  readonly guard: (() => unknown) | undefined;
  readonly epoch: number;
  readonly holder: string | undefined;
  readonly poison: ReadonlySet<number> | undefined;
  readonly before: ConnectionOptions['before'];
  readonly solo: ConnectionOptions['solo'];
  readonly onSettled: ConnectionOptions['onSettled'];
  readonly maxFrameBytes: number;
  readonly agent: Agent | undefined;
  readonly ca: string[] | undefined;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly random: () => number;
}

export const CONNECTION_DEFAULTS = Object.freeze({ maxFrameBytes: 16 * 1024 * 1024 });

/** Fills in defaults and validates. @throws {BotgoError} `BOTGO_URL_INVALID` or `BOTGO_CONFIG`. */
export function resolveConnectionOptions(options: ConnectionOptions): ResolvedConnectionOptions {
  if (!isGatewayURL(options.url)) {
    throw newErr(
      errURLInvalid,
      `the gateway URL must be a ws:// or wss:// URL, got "${options.url}": pass the url of GET /gateway/bot`,
    );
  }
  const maxFrameBytes = options.maxFrameBytes ?? CONNECTION_DEFAULTS.maxFrameBytes;
  if (!(maxFrameBytes > 0))
    throw new ConfigError(`maxFrameBytes must be greater than 0, got ${maxFrameBytes}`);
  return {
    url: options.url,
    protocol: resolveProtocolOptions(options, options),
    tokenSource: options.tokenSource,
    sink: options.sink,
    session: options.session,
    sessionAgeMs: options.sessionAgeMs ?? 0,
    permit: options.permit ?? (async () => {}),
    onSession: options.onSession ?? (() => undefined),
    storedSeq: options.storedSeq,
    onCheckpoint: options.onCheckpoint,
    guard: options.guard,
    epoch: options.epoch ?? 0,
    holder: options.holder,
    poison: options.poison,
    before: options.before,
    solo: options.solo,
    onSettled: options.onSettled,
    maxFrameBytes,
    agent: options.agent,
    ca: options.ca === undefined ? undefined : [options.ca].flat(),
    logger: options.logger ?? silentLogger,
    clock: options.clock ?? systemClock,
    random: options.random ?? Math.random,
  };
}

function isGatewayURL(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, hash } = new URL(text);
  return (protocol === 'ws:' || protocol === 'wss:') && hash === '';
}
