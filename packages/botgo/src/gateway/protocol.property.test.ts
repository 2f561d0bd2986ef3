import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BotgoError } from '../errs/index.js';
import {
  deadlineMs,
  type IncomingPayload,
  type Input,
  initialState,
  type Output,
  resolveProtocolOptions,
  type State,
  step,
} from './index.js';

const RUNS = 12_000;
/** In the tests' names, so that a failure can be seen again: BOTGO_SEED=… */
const SEED = Number(process.env.BOTGO_SEED ?? Date.now() % 2 ** 31);

const HELLO: IncomingPayload = { op: 10, d: { heartbeat_interval: 1_000 } };

type Unclocked<T> = T extends unknown ? Omit<T, 'nowMs' | 'random'> : never;
/** Something from outside; `due`: the timer fires; `good`: what a well-behaved gateway and driver would do now. */
type Event = Unclocked<Input> | 'due' | 'good';
/** What happens next, and how long after what came before. */
interface Happening {
  afterMs: number;
  random: number;
  input: Event;
}

interface Life {
  sessionId: string | undefined;
  happenings: Happening[];
  stops: boolean;
}

const sessionIds = fc.constantFrom('a', 'b', 'c');
const payloads: fc.Arbitrary<IncomingPayload> = fc.oneof(
  { weight: 6, arbitrary: fc.constant(HELLO) },
  {
    weight: 6,
    arbitrary: sessionIds.map((id) => ({ op: 0, t: 'READY', d: { session_id: id, user: { id: '1' } } })),
  },
  { weight: 4, arbitrary: fc.constant({ op: 0, t: 'RESUMED', d: '' }) },
  { weight: 4, arbitrary: fc.constant({ op: 11 }) },
  { weight: 2, arbitrary: fc.constant({ op: 7 }) },
  { weight: 3, arbitrary: fc.boolean().map((d) => ({ op: 9, d })) },
  fc.constant({ op: 1 }),
  fc.record({ op: fc.integer({ min: -1, max: 15 }), t: fc.anything(), d: fc.anything() }),
);
const closeCodes = fc.oneof(
  fc.constantFrom(1000, 1001, 1006, 4004, 4006, 4008, 4009, 4902),
  fc.integer({ min: 4000, max: 4015 }),
  fc.integer({ min: 4900, max: 4916 }),
  fc.integer({ min: 1000, max: 4999 }),
);
const seqs = fc.option(fc.nat(), { nil: undefined });
const storedSeqs = fc.option(fc.nat());
const error = new BotgoError('BOTGO_TOKEN', 'no token');

const inputs: fc.Arbitrary<Event> = fc.oneof(
  { weight: 45, arbitrary: fc.constant('good' as const) },
  { weight: 12, arbitrary: fc.constant('due' as const) },
  {
    weight: 10,
    arbitrary: fc.record({
      type: fc.constant('permitted' as const),
      authorization: fc.constant('QQBot t'),
      seq: seqs,
    }),
  },
  {
    weight: 24,
    arbitrary: fc.record({ type: fc.constant('frame' as const), payload: payloads, storedSeq: storedSeqs }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      type: fc.constant('closed' as const),
      code: closeCodes,
      reason: fc.constantFrom('', 'why'),
    }),
  },
  fc.record({
    type: fc.constant('refused' as const),
    error: fc.constant(error),
    isFatal: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
  }),
  fc.constant({ type: 'opened' as const }),
  { weight: 4, arbitrary: fc.constant({ type: 'paused' as const }) },
  fc.constant({ type: 'unpaused' as const }),
  {
    weight: 3,
    arbitrary: fc.record({
      type: fc.constant('tick' as const),
      lastFrameMs: fc.nat(200_000),
      lastEventMs: fc.nat(200_000),
      storedSeq: storedSeqs,
    }),
  },
  fc.record({
    type: fc.constant('start' as const),
    sessionId: fc.option(sessionIds, { nil: undefined }),
  }),
);

const lives: fc.Arbitrary<Life> = fc.record({
  sessionId: fc.option(sessionIds, { nil: undefined }),
  happenings: fc.array(
    fc.record({
      afterMs: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 3_000 })),
      random: fc.double({ min: 0, max: 0.999, noNaN: true }),
      input: inputs,
    }),
    { minLength: 1, maxLength: 70 },
  ),
  stops: fc.boolean(),
});

/** What a well-behaved gateway and driver do with a machine in that state; `n` counts sessions. */
function goodInput(state: State, n: number): Unclocked<Input> | 'due' {
  const frame = (payload: IncomingPayload): Unclocked<Input> => ({ type: 'frame', payload, storedSeq: null });
  switch (state.phase.name) {
    case 'idle':
      return { type: 'start' };
    case 'acquiring':
      return { type: 'permitted', authorization: 't', seq: 1 };
    case 'connecting':
      return frame(HELLO);
    case 'handshaking':
      if (state.phase.kind === 'resume') return frame({ op: 0, t: 'RESUMED', d: '' });
      return frame({ op: 0, t: 'READY', d: { session_id: `s${n}` } });
    case 'ready':
      return frame({ op: 11 });
    case 'closing':
      return { type: 'closed', code: 1000, reason: '' };
    case 'held':
      return { type: 'unpaused' };
    default:
      return 'due';
  }
}

/** Watches one life and complains about what may never be. */
class Watch {
  /** A socket is open or opening, as far as the driver knows. */
  hasSocket = false;
  isOver = false;
  /** Sessions that were held, in order, each until it was given up. */
  held: string | undefined;
  readonly gaps: string[] = [];
  owedGap: string | undefined;
  timerMs: number | undefined;

  before(input: Unclocked<Input>): void {
    if (input.type === 'closed') this.hasSocket = false;
    // The timer has fired, perhaps a little early.
    if (input.type === 'tick') this.timerMs = undefined;
  }

  after(from: State, to: State, outputs: readonly Output[]): void {
    if (this.isOver) {
      expect(outputs, 'an output after the end').toEqual([]);
      expect(to, 'the end is final').toBe(from);
    }
    for (const output of outputs) this.#see(output, to);
    this.#followSession(from, to, outputs);
    if (to.phase.name === 'stopped') this.isOver = true;
    const deadline = deadlineMs(to);
    const waitsForInput = ['idle', 'acquiring', 'held', 'stopped'].includes(to.phase.name);
    expect(deadline === undefined, `stuck in ${to.phase.name}`).toBe(waitsForInput);
    if (deadline === undefined) return;
    expect(Number.isFinite(deadline), `deadline ${deadline} in ${to.phase.name}`).toBe(true);
    // A timer that is set for later than the deadline would let it pass.
    expect(this.timerMs, `no timer in ${to.phase.name}`).toBeDefined();
    expect(this.timerMs).toBeLessThanOrEqual(deadline);
    if (to.phase.name === 'held') expect(to.pausedSinceMs).toBeDefined();
  }

  #see(output: Output, to: State): void {
    switch (output.type) {
      case 'connect':
        expect(this.hasSocket, 'a second socket').toBe(false);
        this.hasSocket = true;
        return;
      case 'send':
        expect(this.hasSocket, 'a send without a socket').toBe(true);
        if (output.payload.op === 6)
          expect((output.payload.d as { session_id: string }).session_id).toBe(this.held);
        return;
      case 'close':
        expect(this.hasSocket, 'a close without a socket').toBe(true);
        return;
      case 'terminate':
        expect(this.hasSocket, 'a cut without a socket').toBe(true);
        this.hasSocket = false;
        return;
      case 'schedule':
        this.timerMs = output.atMs;
        return;
      case 'gap':
        expect(output.fromMs).toBeLessThanOrEqual(output.toMs);
        this.gaps.push(output.sessionId);
        return;
      case 'fatal':
        expect(to.phase).toEqual({ name: 'stopped', error: output.error });
        return;
      default:
    }
  }

  /** A session that we lose without having closed it owes one gap, before the next one begins or the shard stops. */
  #followSession(from: State, to: State, outputs: readonly Output[]): void {
    const ready = outputs.find((output) => output.type === 'ready');
    const gaps = outputs.filter((output) => output.type === 'gap');
    const hadDebt = this.owedGap;
    if (from.sessionId !== undefined && to.sessionId !== from.sessionId) this.owedGap = from.sessionId;
    if (hadDebt !== undefined && this.owedGap !== hadDebt) expect.unreachable('a gap was forgotten');
    if (ready || to.phase.name === 'stopped') {
      expect(gaps.map(({ sessionId }) => sessionId)).toEqual(
        this.owedGap === undefined ? [] : [this.owedGap],
      );
      this.owedGap = undefined;
    } else expect(gaps).toEqual([]);
    this.held = to.sessionId;
  }
}

function live(life: Life): void {
  let state = initialState(
    resolveProtocolOptions({ shard: 0, shardCount: 1, intents: 1 }, { silenceMs: 20_000 }),
  );
  let nowMs = 0;
  let lastFrameMs = 0;
  const watch = new Watch();
  const feed = (input: Unclocked<Input>, random: number): void => {
    // A driver says `closed` only of the socket it has.
    if (input.type === 'closed' && !watch.hasSocket) return;
    if (input.type === 'frame' && !watch.hasSocket) return;
    if (input.type === 'frame') lastFrameMs = nowMs;
    watch.before(input);
    const from = state;
    const next = step(from, { ...input, nowMs, random } as Input);
    state = next.state;
    watch.after(from, state, next.outputs);
  };
  feed({ type: 'start', sessionId: life.sessionId }, 0);
  watch.held = life.sessionId;
  for (const { afterMs, random, input } of life.happenings) {
    nowMs += afterMs;
    const event = input === 'good' ? goodInput(state, nowMs) : input;
    if (event !== 'due') {
      feed(event, random);
      continue;
    }
    const dueMs = deadlineMs(state);
    if (dueMs !== undefined) nowMs = Math.max(nowMs, dueMs);
    feed({ type: 'tick', lastFrameMs, lastEventMs: lastFrameMs, storedSeq: null }, random);
  }
  if (life.stops) feed({ type: 'stop', resumable: true }, 0);
  const { phase } = state;
  if (life.stops) expect(phase.name).toBe('stopped');
  for (const { input } of life.happenings) if (watch.isOver && typeof input !== 'string') feed(input, 0);
}

describe(`whatever happens (seed ${SEED})`, () => {
  it(`one socket, one gap per lost session, never stuck, and the end is final (${RUNS} lives)`, () => {
    // On a failure fast-check prints the path and the shortest life that shows it.
    fc.assert(fc.property(lives, live), { seed: SEED, numRuns: RUNS });
  });

  it('happens in every phase, or the property would say nothing', () => {
    const seen: Record<string, number> = {};
    const count = (life: Life): void => {
      let state = initialState(resolveProtocolOptions({ shard: 0, shardCount: 1, intents: 1 }));
      let nowMs = 0;
      const feed = (input: Unclocked<Input>): void => {
        state = step(state, { ...input, nowMs, random: 0.5 } as Input).state;
      };
      feed({ type: 'start', sessionId: life.sessionId });
      for (const { afterMs, input } of life.happenings) {
        seen[state.phase.name] = (seen[state.phase.name] ?? 0) + 1;
        const event = input === 'good' ? goodInput(state, nowMs) : input;
        nowMs = event === 'due' ? Math.max(nowMs, deadlineMs(state) ?? 0) : nowMs + afterMs;
        feed(event === 'due' ? tick(nowMs) : event);
      }
    };
    fc.assert(fc.property(lives, count), { seed: 1, numRuns: 2_000 });
    const phases = [
      'acquiring',
      'closing',
      'connecting',
      'handshaking',
      'held',
      'ready',
      'stopped',
      'waiting',
    ];
    expect(Object.keys(seen).sort()).toEqual(phases);
    for (const phase of phases) expect(seen[phase], phase).toBeGreaterThan(100);
  });

  it('a well-behaved gateway brings it back to ready within 40 steps, unless it stopped', () => {
    fc.assert(
      fc.property(lives, (life) => {
        let state = initialState(resolveProtocolOptions({ shard: 0, shardCount: 1, intents: 1 }));
        let nowMs = 0;
        const feed = (event: Unclocked<Input> | 'due'): void => {
          if (event === 'due') nowMs = Math.max(nowMs, deadlineMs(state) ?? 0);
          const input = event === 'due' ? tick(nowMs) : event;
          state = step(state, { ...input, nowMs, random: 0.5 } as Input).state;
        };
        feed({ type: 'start', sessionId: life.sessionId });
        for (const { afterMs, input } of life.happenings) {
          nowMs += afterMs;
          feed(input === 'good' ? goodInput(state, nowMs) : input);
        }
        feed({ type: 'unpaused' });
        for (let n = 0; n < 40 && !['ready', 'stopped'].includes(state.phase.name); n++)
          feed(goodInput(state, nowMs));
        expect(['ready', 'stopped']).toContain(state.phase.name);
      }),
      { seed: SEED, numRuns: 3_000 },
    );
  });
});

function tick(nowMs: number): Unclocked<Input> {
  return { type: 'tick', lastFrameMs: nowMs, lastEventMs: nowMs, storedSeq: null };
}
