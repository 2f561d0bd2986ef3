import type { EventSink, Lane, LaneOptions, LaneOrigin } from '../event/index.js';

/** What holds for the events of a session that an earlier owner began; their marks mean nothing in another. */
export type TakenOver = Pick<LaneOptions, 'poison' | 'before' | 'solo' | 'onSettled'>;

/** How the lanes of a shard are opened. */
export interface SessionLanesOptions extends Omit<LaneOptions, 'origin' | keyof TakenOver> {
  /** The shard, and the fencing token under which it is owned. */
  readonly origin: Omit<LaneOrigin, 'sessionId'>;
  /** Called when the first lane wants reading to stop, and when none does any more. */
  readonly onPressure: (paused: boolean) => void;
}

/**
 * The lanes of one shard: one per session, since a checkpoint belongs to its session, and one for what belongs to none. A session
 * that ended leaves its lane behind until its handlers have returned.
 */
export class SessionLanes {
  /** READY, RESUMED and events without `s`. */
  readonly notices: Lane;
  readonly #sink: EventSink;
  readonly #options: LaneOptions;
  readonly #origin: SessionLanesOptions['origin'];
  readonly #old = new Set<Lane>();
  #current: Lane | undefined;
  #takenOver: TakenOver | undefined;
  /** The current lane when the shard began to be given up: it takes nothing any more. */
  #drained: Lane | undefined;
  /** Lanes that have as much as they can hold. */
  #full = 0;

  constructor(sink: EventSink, { origin, ...options }: SessionLanesOptions) {
    this.#sink = sink;
    this.#origin = origin;
    const onPressure = (paused: boolean): void => {
      this.#full += paused ? 1 : -1;
      if (this.#full === (paused ? 1 : 0)) options.onPressure(paused);
    };
    this.#options = { ...options, onPressure };
    const { name, guard } = options;
    this.notices = sink.openLane({ name, ordered: false, guard, onPressure });
  }

  /** The lane of the session that is held. */
  get current(): Lane | undefined {
    return this.#current;
  }

  /** A session begins, or an earlier owner's goes on: everything up to `startAfter` is settled. */
  begin(sessionId: string, startAfter: number | undefined, takenOver?: TakenOver): void {
    const old = this.#current;
    const origin = { ...this.#origin, sessionId };
    this.#current = this.#sink.openLane({ ...this.#options, ...takenOver, startAfter, origin });
    this.#takenOver = takenOver;
    if (!old) return;
    this.#old.add(old);
    // Its handlers may take as long as they are allowed to; only a stop waits for them.
    void old.drain(Number.POSITIVE_INFINITY).then(() => this.#old.delete(old));
  }

  async drain(timeoutMs: number): Promise<void> {
    this.#drained = this.#current;
    const lanes = this.#all();
    await Promise.all(lanes.map((lane) => lane.drain(timeoutMs)));
    // Of a session that ended meanwhile.
    const late = this.#all().filter((lane) => !lanes.includes(lane));
    await Promise.all(late.map((lane) => lane.drain(timeoutMs)));
  }

  /** A lane for what came last of the session that is held, and has ended. */
  forLate(): Lane | undefined {
    const lane = this.#current;
    if (!lane || lane !== this.#drained) return lane;
    const late = this.#sink.openLane({ ...this.#options, ...this.#takenOver, startAfter: lane.received });
    this.#old.add(late);
    return late;
  }

  revoke(reason: unknown): void {
    for (const lane of this.#all()) lane.revoke(reason);
  }

  #all(): Lane[] {
    return [this.notices, ...this.#old, ...(this.#current ? [this.#current] : [])];
  }
}
