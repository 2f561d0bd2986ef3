import { EventEmitter } from 'node:events';
import type { Cancel } from '../clock/index.js';
import { BotgoError, isBotgoError, toBotgoError } from '../errs/index.js';
import type { Lane } from '../event/index.js';
import { RESUMABLE_CLOSE_CODE } from './close-policy.js';
import type { ConnectionEvents, ConnectionStatus } from './connection-events.js';
import {
  type ConnectionOptions,
  type HeldSession,
  type ResolvedConnectionOptions,
  resolveConnectionOptions,
} from './connection-options.js';
import { ConnectionReport } from './connection-report.js';
import { type FrameHead, type NameHint, scanFrame } from './frame.js';
import { HeldToken } from './held-token.js';
import { decodePayload, isEvent, isNotice, markOf } from './incoming.js';
import { LateEvents } from './late-events.js';
import { initialState, step, takesEvents } from './protocol.js';
import type { ConnectKind, Input, Output, State } from './protocol-types.js';
import { SessionLanes } from './session-lanes.js';
import { ShardSocket } from './shard-socket.js';

/** Why nothing is read: handlers are behind, the session is being stored, or the shard is being given up and enough has come meanwhile. */
type PauseReason = 'pressure' | 'storing' | 'draining';

/**
 * One shard's connection. It feeds the machine of `protocol.ts` what happens and does what it says, and hands events past the machine
 * straight to the lane of their session.
 */
export class Connection extends EventEmitter<ConnectionEvents> implements AsyncDisposable {
  readonly #options: ResolvedConnectionOptions;
  readonly #name: string;
  readonly #abort = new AbortController();
  readonly #lanes: SessionLanes;
  readonly #report: ConnectionReport;
  readonly #token: HeldToken;
  readonly #socket: ShardSocket;
  #state: State;
  #cancelTimer: Cancel | undefined;
  /** Name of the last event: most are alike. */
  #lastName: NameHint | undefined;
  /** Whether a frame, and an event, came since the last tick: flags, because reading the clock per event costs more than its lane. */
  #heardFrame = false;
  #heardEvent = false;
  #lastFrameMs = 0;
  #lastEventMs = 0;
  readonly #pauses = new Set<PauseReason>();
  /** Frames that came while `onSession` was awaited. */
  #held: Buffer[] | undefined;
  /** Events that may never come again, though nobody handles them now. */
  readonly #late = new LateEvents();
  #isDraining = false;
  /** The session whose lane is the current one. */
  #laneOf: string | undefined;
  /** `s` of the READY that is being looked at. */
  #readySeq: number | undefined;
  /** `onSession` has resolved for the session that is held. */
  #isStored = true;
  #isRevoked = false;
  #finish: { resolve: () => void; reject: (error: unknown) => void } | undefined;
  #closing: Promise<void> | undefined;

  /** @throws {BotgoError} `BOTGO_URL_INVALID` or `BOTGO_CONFIG`. */
  constructor(options: ConnectionOptions) {
    super();
    this.#options = resolveConnectionOptions(options);
    const { url, maxFrameBytes, agent, ca, protocol, tokenSource, sink, logger, clock } = this.#options;
    this.#name = `shard ${protocol.shard}/${protocol.shardCount}`;
    this.#state = initialState(protocol);
    this.#report = new ConnectionReport(logger, protocol, clock);
    this.#token = new HeldToken(tokenSource, this.#abort.signal);
    this.#socket = new ShardSocket({
      ...{ url, maxFrameBytes, agent, ca, clock, handshakeTimeoutMs: protocol.helloTimeoutMs },
      onMessage: (data) => this.#onMessage(data),
      onClosed: (code, reason) => this.#onClosed(code, reason),
    });
    const { epoch, holder, guard, onCheckpoint, session, poison, before, solo, onSettled } = this.#options;
    const onPressure = (paused: boolean): void => this.#setPaused('pressure', paused);
    const origin = { shard: protocol.shard, shardCount: protocol.shardCount, epoch };
    this.#lanes = new SessionLanes(sink, {
      name: this.#name,
      origin,
      holder,
      guard,
      onCheckpoint,
      onPressure,
    });
    if (!session) return;
    this.#lanes.begin(session.id, session.seq, { poison, before, solo, onSettled });
    this.#laneOf = session.id;
  }

  get shard(): number {
    return this.#options.protocol.shard;
  }

  /**
   * The session as it stands: what a later owner needs to resume it. One that has ended is shown until its gap was told: if this
   * process dies before that, the next owner has to find out, by a resume that is refused, and tell.
   */
  get session(): HeldSession | undefined {
    const id = this.#state.sessionId ?? this.#state.lost?.sessionId;
    if (id === undefined) return undefined;
    return { id, seq: id === this.#laneOf ? this.#lanes.current?.checkpoint : undefined };
  }

  /** Marks of events whose handler runs, oldest first. */
  inFlight(limit: number): number[] {
    return this.#lanes.current?.inFlight(limit) ?? [];
  }

  status(): ConnectionStatus {
    const { phase, sessionId, attempt, wholeMs } = this.#state;
    const { clock } = this.#options;
    return {
      phase: phase.name,
      isLive: phase.name === 'ready',
      sessionId,
      checkpoint: this.#lanes.current?.checkpoint,
      received: this.#lanes.current?.received,
      wholeAtMs: Number.isFinite(wholeMs) ? Math.round(wholeMs + clock.wallNow() - clock.now()) : undefined,
      unsettled: this.#lanes.current?.unsettled ?? 0,
      attempt,
      isPaused: this.#pauses.size > 0,
      error: phase.name === 'stopped' ? phase.error : undefined,
    };
  }

  /**
   * Connects and stays connected, for ever if need be. Resolves after {@link close}; rejects with a `GatewayError` when the gateway
   * forbids to come back, with `signal.reason` when aborted.
   */
  async run(signal?: AbortSignal): Promise<void> {
    if (this.#finish || this.#state.phase.name === 'stopped') {
      throw new BotgoError('BOTGO_CLOSED', `${this.#name} was run or closed before: make a new connection`);
    }
    signal?.throwIfAborted();
    const onAbort = (): void => this.revoke(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await new Promise<void>((resolve, reject) => {
        this.#finish = { resolve, reject };
        const { session, sessionAgeMs } = this.#options;
        const now = this.#now();
        this.#feed({ type: 'start', sessionId: session?.id, wholeMs: now.nowMs - sessionAgeMs, ...now });
      });
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Handles nothing that comes from now on, unless its session ends, and lets handlers finish for at most `timeoutMs`; heartbeats go on.
   * What has not returned by then is aborted and stays unsettled. @returns The session to hand over, with its last checkpoint.
   */
  async drain(timeoutMs: number): Promise<HeldSession | undefined> {
    this.#isDraining = true;
    await this.#lanes.drain(timeoutMs);
    return this.session;
  }

  /**
   * Closes the socket; with `resumable` (default) in a way that keeps the session for a later resume. Resolves when the socket is
   * gone, so that a later owner's is the only one. Idempotent.
   */
  async close(options: { resumable?: boolean } = {}): Promise<void> {
    if (this.#state.phase.name !== 'stopped') {
      this.#feed({ type: 'stop', resumable: options.resumable ?? true, ...this.#now() });
      this.#end();
    }
    await this.#closing;
    this.#finish?.resolve();
  }

  /**
   * Gives the shard up at once: handlers are aborted with `reason` and nothing they still do counts. A gap that was not told yet is the
   * next owner's to tell.
   */
  revoke(reason: unknown): void {
    if (this.#state.phase.name === 'stopped') return;
    this.#isRevoked = true;
    this.#lanes.revoke(reason);
    this.#feed({ type: 'stop', resumable: true, ...this.#now() });
    this.#end();
    this.#finish?.reject(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Emits an event; a listener that throws must not leave the connection half way between two states. */
  #tell<Name extends keyof ConnectionEvents>(name: Name, ...args: ConnectionEvents[Name]): void {
    try {
      // The emitter's own types do not resolve its map for a generic name.
      (this as EventEmitter).emit(name, ...args);
    } catch (error) {
      this.#report.listenerThrew(name, error);
    }
  }

  #now(): { nowMs: number; random: number } {
    return { nowMs: this.#options.clock.now(), random: this.#options.random() };
  }

  #feed(input: Input): void {
    const before = this.#state.phase.name;
    const { state, outputs } = step(this.#state, input);
    this.#state = state;
    if (before !== state.phase.name) this.#report.phase(state);
    for (const output of outputs) this.#perform(output);
  }

  #perform(output: Output): void {
    switch (output.type) {
      case 'acquire':
        void this.#acquire(output.kind);
        return;
      case 'connect':
        return this.#socket.open();
      case 'send':
        return this.#socket.send(output.payload);
      case 'close':
        return this.#socket.close(output.code);
      case 'terminate':
        return this.#dropSocket();
      case 'schedule':
        return this.#schedule(output.atMs);
      case 'refresh-token':
        return this.#token.refuse();
      case 'ready':
        return this.#onReady(output);
      case 'acked':
        return this.#report.acked(output.latencyMs);
      case 'gap':
        if (this.#isRevoked) return;
        // The lane of the next session is opened after this.
        this.#tell('gap', this.#report.gap(output, this.#lanes.current?.received));
        return;
      case 'disconnected':
        return this.#onDisconnected(output);
      case 'odd':
        return this.#report.odd(output.message);
      case 'fatal':
        this.#end();
        this.#finish?.reject(output.error);
        return;
      default:
        return output satisfies never;
    }
  }

  async #acquire(kind: ConnectKind): Promise<void> {
    const { signal } = this.#abort;
    try {
      // A session whose begin could not be stored is stored before its events come again.
      if (kind === 'resume' && !this.#isStored && this.session) {
        await this.#options.onSession(this.session);
        this.#isStored = true;
      }
      await this.#options.permit(kind, signal);
      await this.#token.fetch();
    } catch (cause) {
      if (signal.aborted) return;
      const error = toBotgoError(cause);
      this.#report.refused(kind, error);
      this.#tell('refused', error);
      this.#feed({ type: 'refused', error, isFatal: isBotgoError(error, 'BOTGO_CONFIG'), ...this.#now() });
      return;
    }
    if (signal.aborted) return;
    const { authorization } = this.#token;
    this.#feed({ type: 'permitted', authorization, seq: this.session?.seq, ...this.#now() });
  }

  #onClosed(code: number, reason: string): void {
    this.#held = undefined;
    this.#feed({ type: 'closed', code, reason, ...this.#now() });
  }

  #onMessage(data: Buffer): void {
    this.#heardFrame = true;
    if (this.#held) {
      this.#held.push(data);
      return;
    }
    const head = scanFrame(data, this.#lastName);
    if (head?.t !== undefined && head.t !== this.#lastName?.text)
      this.#lastName = { text: head.t, bytes: Buffer.from(head.t) };
    if (head === undefined || head.op !== 0 || isNotice(head.t)) return this.#onControl(data);
    this.#onDispatch(data, head, 'an event before READY');
  }

  /** An event by its head. @param odd - What is said of one that comes where there is no session. */
  #onDispatch(data: Buffer, head: FrameHead, odd: string): void {
    const { phase } = this.#state;
    if (phase.name === 'closing') {
      // What still comes on a socket we are leaving is sent again after the resume.
      if (phase.end.was !== 'identify' && head.t !== undefined) this.#late.keep(data, head);
      return;
    }
    if (head.t === undefined || !takesEvents(this.#state))
      return this.#report.oddFrame(odd, data.length, head);
    this.#heardEvent = true;
    if (!this.#isDraining) return this.#onEvent(data, head, this.#lanes.current);
    this.#late.keep(data, head);
    if (this.#late.isFull) this.#setPaused('draining', true);
  }

  #onEvent(data: Buffer, head: FrameHead, lane: Lane | undefined): void {
    if (head.t !== undefined && !this.#options.sink.wants(head.t)) {
      if (head.s !== undefined) lane?.pass(head.s);
      return;
    }
    if (lane?.receiveFrame && head.s !== undefined && head.t !== undefined)
      return lane.receiveFrame(data, head.t, head.s, head.nameEnd);
    const event = decodePayload(data, head.t);
    if (!event || !isEvent(event))
      return this.#report.oddFrame('an event that cannot be read', data.length, head);
    if (lane && head.s !== undefined) lane.receive(event, head.s);
    // An event without `s` is handled, and no checkpoint knows of it.
    else this.#lanes.notices.receive(event, 0);
  }

  /** Everything but an ordinary event: heartbeats, READY, op 7 and 9, and what could not be told apart without parsing. */
  #onControl(data: Buffer): void {
    const payload = decodePayload(data);
    if (!payload) return this.#report.oddFrame('not a payload', data.length);
    const { op, t } = payload;
    const s = markOf(payload.s);
    if (op === 0 && !isNotice(t)) {
      const head = { op, t: typeof t === 'string' ? t : undefined, s };
      return this.#onDispatch(data, head, 'an event without a name or before READY');
    }
    // Where no events are taken, passing it would skip those that came before it.
    if (t === 'RESUMED' && s !== undefined && takesEvents(this.#state)) this.#lanes.current?.pass(s);
    this.#readySeq = s;
    this.#feed({ type: 'frame', payload, storedSeq: this.#storedSeq(), ...this.#now() });
    if (op !== 0 || !isEvent(payload) || this.#state.phase.name !== 'ready') return;
    if (this.#options.sink.wants(payload.t)) this.#lanes.notices.receive(payload, 0);
  }

  #onReady(ready: Output & { type: 'ready' }): void {
    const { sessionId, user, kind } = ready;
    this.#lastEventMs = this.#options.clock.now();
    if (kind === 'identify') {
      this.#lanes.begin(sessionId, this.#readySeq);
      this.#laneOf = sessionId;
    } else if (!this.#isDraining) this.#late.take();
    this.#report.ready(kind);
    const waiting = this.#options.onSession({ id: sessionId, seq: this.#lanes.current?.checkpoint });
    if (waiting) void this.#holdUntil(waiting);
    this.#tell('ready', { sessionId, user, resumed: kind === 'resume' });
  }

  /** Keeps frames back until the session is stored. */
  async #holdUntil(stored: Promise<void>): Promise<void> {
    const socket = this.#socket.current;
    const held: Buffer[] = [];
    this.#held = held;
    this.#isStored = false;
    this.#setPaused('storing', true);
    try {
      await stored;
      this.#isStored = true;
    } catch (error) {
      this.#report.notStored(error);
      if (socket === this.#socket.current) this.#dropSocket(true);
    }
    if (this.#held === held) this.#held = undefined;
    for (const data of held) if (socket === this.#socket.current) this.#onMessage(data);
    this.#setPaused('storing', false);
  }

  #onDisconnected(info: Output & { type: 'disconnected' }): void {
    const { cause, code, reason, next, attempt } = info;
    const told = { cause, code, reason, next, attempt };
    this.#report.disconnected(told);
    this.#tell('disconnect', told);
    if (this.#state.sessionId !== this.#laneOf && !this.#isRevoked) this.#handleLate();
  }

  /** The session has ended: what it brought last comes to nobody any more. */
  #handleLate(): void {
    const events = this.#late.take();
    if (events.length === 0) return;
    const lane = this.#lanes.forLate();
    for (const { data, head } of events) this.#onEvent(data, head, lane);
  }

  /** @param report - Tell the machine, which has not decided this itself. */
  #dropSocket(report = false): void {
    if (!this.#socket.drop()) return;
    this.#held = undefined;
    if (report) this.#feed({ type: 'closed', code: RESUMABLE_CLOSE_CODE, reason: '', ...this.#now() });
  }

  #schedule(atMs: number): void {
    this.#cancelTimer?.();
    if (this.#state.phase.name === 'stopped') return;
    this.#cancelTimer = this.#options.clock.after(atMs - this.#options.clock.now(), () => this.#tick());
  }

  #tick(): void {
    this.#token.warm(this.#options.clock.wallNow());
    const now = this.#now();
    // What was heard since the last tick came after the heartbeat of that tick: it is a sign of life whatever its exact time.
    if (this.#heardFrame) this.#lastFrameMs = now.nowMs;
    if (this.#heardEvent) this.#lastEventMs = now.nowMs;
    this.#heardFrame = false;
    this.#heardEvent = false;
    this.#feed({
      type: 'tick',
      lastFrameMs: this.#lastFrameMs,
      lastEventMs: this.#lastEventMs,
      storedSeq: this.#storedSeq(),
      ...now,
    });
  }

  /** What a heartbeat may acknowledge. A session that is not stored yet, or not even there, has nothing. */
  #storedSeq(): number | null {
    const { phase } = this.#state;
    if (!this.#isStored || (phase.name === 'handshaking' && phase.kind === 'identify')) return null;
    const { storedSeq } = this.#options;
    return storedSeq ? storedSeq() : (this.#lanes.current?.checkpoint ?? null);
  }

  #setPaused(reason: PauseReason, paused: boolean): void {
    const wasPaused = this.#pauses.size > 0;
    if (paused) this.#pauses.add(reason);
    else this.#pauses.delete(reason);
    const isPaused = this.#pauses.size > 0;
    if (reason === 'pressure') this.#tell('pressure', { isPaused: paused });
    if (isPaused === wasPaused) return;
    this.#socket.setPaused(isPaused);
    this.#feed({ type: isPaused ? 'paused' : 'unpaused', ...this.#now() });
  }

  /** Nothing more is waited for or sent. */
  #end(): void {
    this.#cancelTimer?.();
    this.#abort.abort();
    this.#held = undefined;
    this.#closing ??= this.#socket.end();
  }
}
