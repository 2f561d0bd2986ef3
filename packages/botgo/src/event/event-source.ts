/**
 * The seam between transports and handlers. A transport (gateway shards, HTTP callback, broker) is an {@link EventSource}: it pushes
 * what it receives into lanes that it opens on an {@link EventSink}. The sink (`delivery/`) keeps order, settles and says what is
 * settled up to where; it knows no socket and no broker. A source decides what a settled event means: a checkpoint for a shard, an
 * op 12 for a callback, a committed offset for a broker.
 */

/** One event as the platform sent it: the gateway's op 0 payload, or the body of a callback. */
export interface IncomingEvent {
  /** Event name, e.g. `AT_MESSAGE_CREATE`. */
  readonly t: string;
  /** Event id, used as `event_id` in replies. Missing on READY, RESUMED and on old platforms. */
  readonly id?: string | undefined;
  /** Sequence number within its session; gateway only. */
  readonly s?: number | undefined;
  /** The event's content; its shape depends on `t`. */
  readonly d: unknown;
}

/**
 * How an event was settled: its handler returned (`handled`), threw (`failed`) or did not return in time (`timed-out`); it was a
 * `duplicate`; nobody listens (`unhandled`); or it killed its process before (`poison`).
 */
export type Outcome = 'handled' | 'failed' | 'timed-out' | 'duplicate' | 'unhandled' | 'poison';

/** How often and after which pauses a failed event is handled again. */
export interface RetryPolicy {
  /** Tries in all, the first included; at least 1. */
  readonly maxAttempts: number;
  /** Pause before try `attempt` (the second is 2), in milliseconds. */
  delayMs(attempt: number): number;
}

/** Where a lane's events come from: for sinks that pass them on to other processes. */
export interface LaneOrigin {
  /** Gateway session. Half of what a resume needs: store or send a hash of it only. */
  readonly sessionId: string;
  readonly shard: number;
  readonly shardCount: number;
  /** Fencing token under which this process owns the shard; 0 without a cluster. */
  readonly epoch: number;
}

/** Events of which one may have killed its process: nothing else is handled beside them, so that nothing else is taken for it. */
export interface SoloEvents {
  /** Asked before each event is handled. */
  has(mark: number): boolean;
  /** One of them is not in flight any more; awaited before anything else is begun, but see {@link record}. */
  ended(mark: number, signal: AbortSignal): Promise<void>;
  /**
   * Where it is written down what is in flight, the same object for lanes that write it together: when the next event to be handled alone
   * has it too, what is awaited before that one says that the last has ended. @defaultValue none
   */
  readonly record?: object | undefined;
}

/** How a source opens a lane. */
export interface LaneOptions {
  /** For logs and diagnostics, e.g. `shard 3`. */
  readonly name: string;
  /**
   * Marks grow from event to event (a session's `s`, a partition's offset), and a mark not above the highest received is a replay
   * that is dropped. `false` where order says nothing (callbacks, Pulsar). Default `true`.
   */
  readonly ordered?: boolean | undefined;
  /** The mark everything up to which counts as settled and received. Default: nothing. */
  readonly startAfter?: number | undefined;
  /** Marks of events that are not given to a handler again: settled as `poison` and reported. */
  readonly poison?: ReadonlySet<number> | undefined;
  /**
   * Asked before each event is handled: what it returns is awaited first, and a rejection fails the event. For a source that has to
   * write down what is about to run. Default: nothing.
   */
  readonly before?: ((mark: number, signal: AbortSignal) => Promise<void> | undefined) | undefined;
  /**
   * Events that are handled while no other handler of the sink runs. It waits for those that run, for at most 5 s, and keeps others
   * waiting for at most 5 s. Its {@link before} is asked when its turn has come. Default: none.
   */
  readonly solo?: SoloEvents | undefined;
  /** Called when {@link Lane.checkpoint} moved, at once; keep it short. */
  readonly onCheckpoint?: ((checkpoint: number) => void) | undefined;
  /** Called when one event is settled, after its outcome was reported to `onError` where that applies. */
  readonly onSettled?: ((mark: number, outcome: Outcome, error: unknown) => void) | undefined;
  /** Called with `true` when the source should stop reading, with `false` when it may read on. */
  readonly onPressure?: ((paused: boolean) => void) | undefined;
  /** Runs a handler again after it threw or timed out, keeping the event's key meanwhile. Default: never. */
  readonly retry?: RetryPolicy | undefined;
  /**
   * Whoever sent an event sends it again after a failure (callbacks): a failed event is not remembered as a duplicate.
   * Default `false`.
   */
  readonly redelivers?: boolean | undefined;
  /**
   * Asked before each event is handled and whenever a handler reads its signal: `undefined` while this process may handle events of
   * the lane, else why not; the lane is revoked with it then. Called per event: keep it cheap. Default: always.
   */
  readonly guard?: (() => unknown) | undefined;
  /** Set by a gateway for the lanes of its sessions. */
  readonly origin?: LaneOrigin | undefined;
  /** Who handles, for a shared duplicate window: claims carry it and are void when it no longer holds. */
  readonly holder?: string | undefined;
}

/** One stream of events with a checkpoint of its own: a shard's session, a partition, the callback endpoint. */
export interface Lane {
  /** Takes an event somebody listens to. Never throws; the handler may run before this returns. */
  receive(event: IncomingEvent, mark: number): void;
  /**
   * Takes an event as the bytes that came, unparsed; a gateway gives events this way to a lane that has it, instead of
   * {@link receive}. For sinks that pass events on, such as the relay.
   * @param type - The frame's `t`, read off it without parsing.
   * @param nameEnd - Where the closing quote of `t` stands, when nothing but `op` and `s` is before it: whoever reads on may begin there.
   */
  receiveFrame?(frame: Buffer, type: string, mark: number, nameEnd?: number): void;
  /** Takes an event nobody listens to, unparsed: it settles at once. */
  pass(mark: number): void;
  /** The highest mark at or below which everything received is settled; `undefined` before the first. */
  readonly checkpoint: number | undefined;
  /** The highest mark received; `undefined` before the first. */
  readonly received: number | undefined;
  /** Events received and not settled. */
  readonly unsettled: number;
  /** Marks of events whose handler has started (or what is awaited before it) and not settled, oldest first; at most `limit`. */
  inFlight(limit: number): number[];
  /** Aborted when the lane's events are no longer ours to handle; handlers see it as `ctx.signal`. */
  readonly signal: AbortSignal;
  /**
   * Lets what was received settle, for at most `timeoutMs`; what has not returned by then is aborted through its signal and stays
   * unsettled. The lane takes nothing afterwards. @returns Whether everything settled.
   */
  drain(timeoutMs: number): Promise<boolean>;
  /** Ends the lane at once: aborts running handlers with `reason`, drops what waits, settles nothing more. */
  revoke(reason: unknown): void;
}

/** What a source pushes into. */
export interface EventSink {
  /** The intents that the registered handlers need, as a bit mask. */
  readonly intents: number;
  /** Whether anybody listens to events of that name. Sources need not parse the others. */
  wants(type: string): boolean;
  openLane(options: LaneOptions): Lane;
}

/** What any source can say about itself. */
export interface SourceStatus {
  /** It takes events now, or has none to take. */
  readonly isReady: boolean;
}

/** A transport: gateway sessions, HTTP callback, or a broker behind the relay. */
export interface EventSource {
  /**
   * Receives events into `sink` until stopped. Resolves after {@link stop}; rejects when it cannot go on (a fatal close code, a
   * refused configuration), with every lane ended.
   * @param signal - Aborting it is a stop without a drain.
   */
  run(sink: EventSink, signal?: AbortSignal): Promise<void>;
  /** Stops taking events, lets handlers finish within the source's drain time, then gives up its connections. Idempotent. */
  stop(): Promise<void>;
  /** How it is doing, for a health endpoint. Default: it takes events from the moment it runs. */
  status?(): SourceStatus;
}
