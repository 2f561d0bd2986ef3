import type { EventSink, IncomingEvent, Lane, LaneOptions, Outcome } from '../../src/event/index.js';

/** An {@link EventSink} whose events settle when the test says so. */
export interface FakeSink extends EventSink {
  readonly lanes: FakeLane[];
  /** The lane that was opened last. */
  readonly lane: FakeLane;
}

export interface FakeLane extends Lane {
  readonly options: LaneOptions;
  readonly events: { event: IncomingEvent; mark: number }[];
  readonly passed: number[];
  readonly revokedWith: unknown[];
  settle(mark: number, outcome: Outcome, error?: unknown): void;
}

export interface FakeSinkOptions {
  /** Settles events at once with this outcome; otherwise they wait for `settle`. */
  readonly settleAs?: Outcome;
  /** What `drain` waits for. Default: resolves at once with whether nothing is unsettled. */
  readonly drain?: (timeoutMs: number) => Promise<boolean>;
  readonly wants?: (type: string) => boolean;
}

export function fakeSink({ settleAs, drain, wants = () => true }: FakeSinkOptions = {}): FakeSink {
  const lanes: FakeLane[] = [];

  function openLane(options: LaneOptions): FakeLane {
    const abort = new AbortController();
    const open = new Set<number>();
    const lane: FakeLane = {
      options,
      events: [],
      passed: [],
      revokedWith: [],
      checkpoint: undefined,
      received: undefined,
      signal: abort.signal,
      get unsettled() {
        return open.size;
      },
      receive(event, mark) {
        lane.events.push({ event, mark });
        open.add(mark);
        if (settleAs) lane.settle(mark, settleAs);
      },
      pass(mark) {
        lane.passed.push(mark);
      },
      settle(mark, outcome, error) {
        open.delete(mark);
        options.onSettled?.(mark, outcome, error);
      },
      inFlight: (limit) => [...open].slice(0, limit),
      drain: drain ?? (async () => open.size === 0),
      revoke(reason) {
        lane.revokedWith.push(reason);
        abort.abort(reason);
      },
    };
    lanes.push(lane);
    return lane;
  }

  return {
    intents: 0,
    wants,
    openLane,
    lanes,
    get lane() {
      const last = lanes.at(-1);
      if (!last) throw new Error('no lane was opened');
      return last;
    },
  };
}
