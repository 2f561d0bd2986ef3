import {
  type DisconnectCause,
  type IncomingPayload,
  type Input,
  initialState,
  type Output,
  type ProtocolOptions,
  resolveProtocolOptions,
  type State,
  step,
} from '../../src/gateway/index.js';

/** One output by its type. */
export type OutputOf<Type extends Output['type']> = Extract<Output, { type: Type }>;

type Unclocked<T> = T extends unknown ? Omit<T, 'nowMs' | 'random'> : never;

/** The machine with a clock that the test holds: feeds inputs and keeps what came out. */
export class GatewayMachine {
  state: State;
  nowMs = 1_000;
  /** Drawn for every input. */
  random = 0.5;
  storedSeq: number | null = null;
  lastFrameMs = 0;
  lastEventMs = 0;
  /** When the timer of the last `schedule` fires. */
  dueMs: number | undefined;
  /** All outputs since the last {@link take}. */
  outputs: Output[] = [];

  constructor(options: ProtocolOptions = {}, target = { shard: 1, shardCount: 4, intents: 513 }) {
    this.state = initialState(resolveProtocolOptions(target, options));
  }

  /** Outputs so far, which are forgotten. */
  take(): Output[] {
    return this.outputs.splice(0);
  }

  /** Outputs of one type so far. */
  all<Type extends Output['type']>(type: Type): OutputOf<Type>[] {
    return this.outputs.filter((output): output is OutputOf<Type> => output.type === type);
  }

  feed(input: Unclocked<Input>): this {
    const next = step(this.state, { ...input, nowMs: this.nowMs, random: this.random } as Input);
    this.state = next.state;
    this.outputs.push(...next.outputs);
    for (const output of next.outputs) if (output.type === 'schedule') this.dueMs = output.atMs;
    return this;
  }

  frame(payload: IncomingPayload): this {
    this.lastFrameMs = this.nowMs;
    return this.feed({ type: 'frame', payload, storedSeq: this.storedSeq });
  }

  /** An event, which the driver keeps from the machine but tells it the time of. */
  event(): this {
    this.lastFrameMs = this.nowMs;
    this.lastEventMs = this.nowMs;
    return this;
  }

  tick(): this {
    const { lastFrameMs, lastEventMs, storedSeq } = this;
    return this.feed({ type: 'tick', lastFrameMs, lastEventMs, storedSeq });
  }

  /** Lets time pass and ticks when the machine has asked for it. */
  pass(byMs: number): this {
    const untilMs = this.nowMs + byMs;
    for (let ticks = 0; this.dueMs !== undefined && this.dueMs <= untilMs; ticks++) {
      if (ticks > 100_000) throw new Error(`the machine asks for ticks without end, now for ${this.dueMs}`);
      this.nowMs = Math.max(this.nowMs, this.dueMs);
      this.dueMs = undefined;
      this.tick();
    }
    this.nowMs = untilMs;
    return this;
  }

  start(sessionId?: string): this {
    return this.feed({ type: 'start', sessionId });
  }

  permit(seq?: number): this {
    return this.feed({ type: 'permitted', authorization: 'QQBot token', seq });
  }

  hello(intervalMs: unknown = 40_000): this {
    return this.frame({ op: 10, d: { heartbeat_interval: intervalMs } });
  }

  ready(sessionId = 'session-1'): this {
    return this.frame({
      op: 0,
      t: 'READY',
      d: {
        version: 1,
        session_id: sessionId,
        user: { id: 'bot', username: 'bot', bot: true },
        shard: [1, 4],
      },
    });
  }

  resumed(): this {
    return this.frame({ op: 0, t: 'RESUMED', d: '' });
  }

  ack(): this {
    return this.frame({ op: 11 });
  }

  invalidSession(d?: unknown): this {
    return this.frame({ op: 9, d });
  }

  closed(code: number, reason = ''): this {
    return this.feed({ type: 'closed', code, reason });
  }

  /** From nothing to ready with a session. */
  live(sessionId = 'session-1', intervalMs = 40_000): this {
    return this.start().permit().hello(intervalMs).ready(sessionId);
  }

  /** Waits out the pause, gets a permit and says hello: up to where the gateway would answer. */
  again(seq?: number): this {
    return this.pass(60_000 + 60_000)
      .permit(seq)
      .hello();
  }

  /** The last disconnect. */
  lastDisconnect(): OutputOf<'disconnected'> | undefined {
    return this.all('disconnected').at(-1);
  }

  lastCause(): DisconnectCause | undefined {
    return this.lastDisconnect()?.cause;
  }

  /** Payloads sent. */
  sent(): { op: number; d: unknown }[] {
    return this.all('send').map(({ payload }) => payload);
  }
}
