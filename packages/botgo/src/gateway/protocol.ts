import { OpCode, type WSUser } from '../dto/index.js';
import type { BotgoError } from '../errs/index.js';
import { RESUMABLE_CLOSE_CODE } from './close-policy.js';
import { acknowledge, beat, heartbeat, heartDeadlineMs, startHeart } from './heart.js';
import type { ResolvedProtocolOptions } from './protocol-options.js';
import type { ConnectionEnd, ConnectKind, Input, Output, Phase, State } from './protocol-types.js';
import { ended, retreat } from './retreat.js';

/**
 * One shard's connection to the gateway, as a pure machine: no socket, timer, clock or randomness in here. `connection.ts` feeds it
 * what happens and does what it says.
 *
 *     idle ─> acquiring ─> connecting ─Hello─> handshaking ─READY/RESUMED─> ready
 *                ^ permit, token                    │ op 9, op 7, silence,      │
 *                │                                  v a dead socket, …          v
 *             waiting <──────────── retreat <── closing (for the close frame's reason)
 *                │ handlers behind                  │ a code that forbids to come back
 *              held                               stopped
 *
 * Events other than READY and RESUMED never come here: they change nothing about the connection. The time of the last frame and of
 * the last event comes with each tick instead.
 */
export interface Step {
  readonly state: State;
  readonly outputs: readonly Output[];
}

/** Shared by all steps that want nothing done. */
export const NO_OUTPUTS: readonly Output[] = Object.freeze([]);

/** How long a socket that we are done with may take to say why it closes. */
const CLOSE_FRAME_WAIT_MS = 1_000;

export function initialState(options: ResolvedProtocolOptions): State {
  return {
    options,
    phase: { name: 'idle' },
    sessionId: undefined,
    wholeMs: Number.NEGATIVE_INFINITY,
    lost: undefined,
    attempt: 0,
    refusedResumes: 0,
    brokenResumes: 0,
    invalidSessions: 0,
    authFailures: 0,
    pausedSinceMs: undefined,
    invalidReason: '',
  };
}

/** Moves a connection by one input. The only function that does. */
export function step(state: State, input: Input): Step {
  const next = move(state, input);
  const atMs = deadlineMs(next.state);
  // A tick has used its timer up, also one that came early: timers may fire a fraction of a millisecond before their time.
  if (atMs === undefined || (input.type !== 'tick' && atMs === deadlineMs(state))) return next;
  return { state: next.state, outputs: [...next.outputs, { type: 'schedule', atMs }] };
}

/** Whether events may come in this phase: during a replay and while ready. Before READY there is no session they could belong to. */
export function takesEvents({ phase }: State): boolean {
  return phase.name === 'ready' || (phase.name === 'handshaking' && phase.kind === 'resume');
}

function move(state: State, input: Input): Step {
  if (state.phase.name === 'stopped') return stay(state);
  switch (input.type) {
    case 'start':
      if (state.phase.name !== 'idle') return stay(state);
      return acquire({
        ...state,
        sessionId: input.sessionId,
        wholeMs: Math.min(input.wholeMs ?? input.nowMs, input.nowMs),
      });
    case 'permitted':
      if (state.phase.name !== 'acquiring') return stay(state);
      return connect(state, state.phase.kind, input);
    case 'refused':
      if (state.phase.name !== 'acquiring') return stay(state);
      return refused(state, input);
    case 'opened':
      return stay(state);
    case 'frame':
      return onFrame(state, input);
    case 'closed':
      return onClosed(state, input);
    case 'tick':
      return onTick(state, input);
    case 'paused':
      return stay({ ...state, pausedSinceMs: state.pausedSinceMs ?? input.nowMs });
    case 'unpaused':
      return unpause(state, input.nowMs);
    case 'stop':
      return stop(state, input);
    default:
      return input satisfies never;
  }
}

function stay(state: State): Step {
  return { state, outputs: NO_OUTPUTS };
}

function acquire(state: State): Step {
  const kind: ConnectKind = state.sessionId === undefined ? 'identify' : 'resume';
  return { state: { ...state, phase: { name: 'acquiring', kind } }, outputs: [{ type: 'acquire', kind }] };
}

function connect(state: State, kind: ConnectKind, input: Input & { type: 'permitted' }): Step {
  const untilMs = input.nowMs + state.options.helloTimeoutMs;
  const phase: Phase = {
    name: 'connecting',
    kind,
    authorization: input.authorization,
    seq: input.seq,
    untilMs,
  };
  return { state: { ...state, phase }, outputs: [{ type: 'connect' }] };
}

function refused(state: State, input: Input & { type: 'refused' }): Step {
  if (input.isFatal) return fatal(state, input.nowMs, input.error);
  const attempt = state.attempt + 1;
  const { backoffBaseMs, backoffMaxMs } = state.options;
  const untilMs = input.nowMs + input.random * Math.min(backoffMaxMs, backoffBaseMs * 2 ** (attempt - 1));
  const kind: ConnectKind = state.sessionId === undefined ? 'identify' : 'resume';
  return stay({ ...state, attempt, phase: { name: 'waiting', kind, untilMs } });
}

function onFrame(state: State, input: Input & { type: 'frame' }): Step {
  const { phase } = state;
  const { op, d } = input.payload;
  if (phase.name === 'connecting') {
    if (op === OpCode.hello) return introduce(state, phase, d, input);
    if (op === OpCode.invalidSession)
      return closing(state, input.nowMs, endOf(state, input.nowMs, 'invalid-session', d === true));
    if (op === OpCode.reconnect)
      return closing(state, input.nowMs, endOf(state, input.nowMs, 'reconnect-requested', true));
    return odd(state, `op ${op} before Hello`);
  }
  if (phase.name !== 'handshaking' && phase.name !== 'ready') return stay(state);
  switch (op) {
    case OpCode.dispatch:
      return onDispatch(state, phase, input);
    case OpCode.heartbeat:
      return { state, outputs: [{ type: 'send', payload: heartbeat(input.storedSeq) }] };
    case OpCode.reconnect:
      return closing(state, input.nowMs, endOf(state, input.nowMs, 'reconnect-requested', true));
    case OpCode.invalidSession:
      return closing(state, input.nowMs, endOf(state, input.nowMs, 'invalid-session', d === true));
    case OpCode.hello:
      return odd(state, 'a second Hello');
    case OpCode.heartbeatAck: {
      const { sentMs } = phase.heart;
      // The answer follows everything that was sent before the question came. During a replay it says nothing of what is still to come.
      const wholeMs = phase.name === 'ready' ? (sentMs ?? state.wholeMs) : state.wholeMs;
      const next = { ...state, wholeMs, phase: { ...phase, heart: acknowledge(phase.heart) } };
      return sentMs === undefined
        ? stay(next)
        : { state: next, outputs: [{ type: 'acked', latencyMs: input.nowMs - sentMs }] };
    }
    default:
      return odd(state, `unknown op ${op}`);
  }
}

function odd(state: State, message: string): Step {
  return { state, outputs: [{ type: 'odd', message }] };
}

/** Hello came: identify, or resume the session that is held. */
function introduce(
  state: State,
  phase: Phase & { name: 'connecting' },
  hello: unknown,
  input: Input & { type: 'frame' },
): Step {
  const { options, sessionId } = state;
  const heart = startHeart(field(hello, 'heartbeat_interval'), input.nowMs, input.random);
  const payload =
    phase.kind === 'resume' && sessionId !== undefined
      ? { op: OpCode.resume, d: { token: phase.authorization, session_id: sessionId, seq: phase.seq ?? 0 } }
      : {
          op: OpCode.identify,
          d: {
            token: phase.authorization,
            intents: options.intents,
            shard: [options.shard, options.shardCount],
            properties: options.properties,
          },
        };
  const next: Phase = { name: 'handshaking', kind: phase.kind, sinceMs: input.nowMs, heart };
  return { state: { ...state, phase: next }, outputs: [{ type: 'send', payload }] };
}

function onDispatch(
  state: State,
  phase: Phase & { name: 'handshaking' | 'ready' },
  input: Input & { type: 'frame' },
): Step {
  const { t, d } = input.payload;
  if (phase.name === 'ready')
    return t === 'READY' || t === 'RESUMED' ? odd(state, `${t} on a ready connection`) : stay(state);
  if (t === 'RESUMED' && phase.kind === 'resume')
    return becomeReady(state, phase, input.nowMs, state.sessionId ?? '', undefined, 'resume');
  if (t !== 'READY') return stay(state);
  const sessionId = field(d, 'session_id');
  if (typeof sessionId !== 'string' || sessionId === '') {
    return closing(state, input.nowMs, endOf(state, input.nowMs, 'protocol', false));
  }
  return becomeReady(loseSession(state, sessionId), phase, input.nowMs, sessionId, userOf(d), 'identify');
}

/** READY in answer to a resume: the gateway gave another session instead. */
function loseSession(state: State, sessionId: string): State {
  if (state.sessionId === undefined || state.sessionId === sessionId) return state;
  return { ...state, lost: ended(state, state.sessionId, 'resume-refused') };
}

function becomeReady(
  state: State,
  phase: Phase & { name: 'handshaking' },
  nowMs: number,
  sessionId: string,
  user: WSUser | undefined,
  kind: ConnectKind,
): Step {
  const ready: Output = { type: 'ready', sessionId, user, kind };
  return {
    state: {
      ...state,
      phase: { name: 'ready', sinceMs: nowMs, quietSinceMs: nowMs, heart: phase.heart },
      sessionId,
      wholeMs: nowMs,
      lost: undefined,
      refusedResumes: 0,
      brokenResumes: 0,
      invalidSessions: 0,
      authFailures: 0,
      invalidReason: '',
    },
    outputs: state.lost ? [{ type: 'gap', ...state.lost, toMs: nowMs }, ready] : [ready],
  };
}

function onClosed(state: State, input: Input & { type: 'closed' }): Step {
  const { phase } = state;
  switch (phase.name) {
    case 'closing':
      return retreat(state, input, phase.end, input.code, input.reason);
    case 'connecting':
    case 'handshaking':
    case 'ready':
      return retreat(state, input, endOf(state, input.nowMs, 'closed', true), input.code, input.reason);
    default:
      // The socket of an earlier attempt: the driver drops those, and nothing depends on them here.
      return stay(state);
  }
}

function onTick(state: State, input: Input & { type: 'tick' }): Step {
  const { phase } = state;
  switch (phase.name) {
    case 'waiting':
      if (input.nowMs < phase.untilMs) return stay(state);
      return state.pausedSinceMs === undefined
        ? acquire(state)
        : stay({ ...state, phase: { name: 'held', kind: phase.kind } });
    case 'connecting':
      return input.nowMs < phase.untilMs
        ? stay(state)
        : cut(state, input, endOf(state, input.nowMs, 'timeout', true));
    case 'closing':
      return input.nowMs < phase.untilMs ? stay(state) : cut(state, input, phase.end);
    case 'handshaking':
    case 'ready':
      return onPulse(state, phase, input);
    default:
      return stay(state);
  }
}

function onPulse(
  state: State,
  phase: Phase & { name: 'handshaking' | 'ready' },
  input: Input & { type: 'tick' },
): Step {
  const { options, pausedSinceMs } = state;
  const { nowMs } = input;
  const isPaused = pausedSinceMs !== undefined;
  const pulse = beat(phase.heart, nowMs, input.lastFrameMs, input.storedSeq, { ...options, isPaused });
  if (pulse.isDead) return cut(state, input, endOf(state, nowMs, 'zombie', true));
  if (isPaused && nowMs - pausedSinceMs >= 2 * phase.heart.intervalMs)
    return closing(state, nowMs, endOf(state, nowMs, 'paused', true));
  const { heart, outputs } = pulse;
  if (phase.name === 'handshaking') {
    // A gateway that acknowledges heartbeats and never answers has not answered; a replay has, with each event.
    const sinceMs = phase.kind === 'resume' ? Math.max(phase.sinceMs, input.lastEventMs) : phase.sinceMs;
    if (!isPaused && nowMs - sinceMs >= options.readyTimeoutMs)
      return cut(state, input, endOf(state, nowMs, 'timeout', true));
    return { state: { ...state, phase: { ...phase, sinceMs: isPaused ? nowMs : sinceMs, heart } }, outputs };
  }
  const quietSinceMs = isPaused ? nowMs : Math.max(phase.quietSinceMs, input.lastEventMs);
  if (options.silenceMs !== undefined && nowMs - quietSinceMs >= options.silenceMs) {
    return closing(state, nowMs, endOf(state, nowMs, 'silence', true));
  }
  return { state: { ...state, phase: { ...phase, quietSinceMs, heart } }, outputs };
}

/** How the present connection ends. */
function endOf(
  state: State,
  nowMs: number,
  cause: ConnectionEnd['cause'],
  keepsSession: boolean,
): ConnectionEnd {
  const { phase, options } = state;
  const wasStable = phase.name === 'ready' && nowMs - phase.sinceMs >= options.stableAfterMs;
  const isIntroduced = phase.name === 'ready' || phase.name === 'handshaking';
  const was = phase.name === 'handshaking' || phase.name === 'connecting' ? phase.kind : 'ready';
  return { cause, was, wasStable, isIntroduced, keepsSession };
}

/** Says goodbye and waits a moment for the close frame. */
function closing(state: State, nowMs: number, end: ConnectionEnd): Step {
  const invalidSessions = end.cause === 'invalid-session' ? state.invalidSessions + 1 : state.invalidSessions;
  const phase: Phase = { name: 'closing', untilMs: nowMs + CLOSE_FRAME_WAIT_MS, end };
  // After op 9 the gateway closes by itself, and its close code names the reason: a close of ours would hide it.
  const outputs: readonly Output[] =
    end.cause === 'invalid-session' ? NO_OUTPUTS : [{ type: 'close', code: RESUMABLE_CLOSE_CODE }];
  return { state: { ...state, invalidSessions, phase }, outputs };
}

/** Drops a socket from which nothing more is expected. */
function cut(state: State, input: Input, end: ConnectionEnd): Step {
  const next = retreat(state, input, end, 1006, '');
  return { state: next.state, outputs: [{ type: 'terminate' }, ...next.outputs] };
}

function unpause(state: State, nowMs: number): Step {
  const { phase } = state;
  const next = { ...state, pausedSinceMs: undefined };
  if (phase.name === 'held') return acquire(next);
  // What was not read could not be heard: everything that measures silence begins anew.
  if (phase.name === 'handshaking')
    return stay({ ...next, phase: { ...phase, sinceMs: nowMs, heart: acknowledge(phase.heart) } });
  if (phase.name === 'ready')
    return stay({ ...next, phase: { ...phase, quietSinceMs: nowMs, heart: acknowledge(phase.heart) } });
  return stay(next);
}

function stop(state: State, input: Input & { type: 'stop' }): Step {
  const { name } = state.phase;
  const hasSocket = name === 'connecting' || name === 'handshaking' || name === 'ready' || name === 'closing';
  const outputs: Output[] = [];
  if (state.lost) outputs.push({ type: 'gap', ...state.lost, toMs: input.nowMs });
  if (hasSocket) outputs.push({ type: 'close', code: input.resumable ? RESUMABLE_CLOSE_CODE : 1000 });
  return { state: { ...state, lost: undefined, phase: { name: 'stopped', error: undefined } }, outputs };
}

function fatal(state: State, nowMs: number, error: BotgoError): Step {
  const outputs: Output[] = state.lost ? [{ type: 'gap', ...state.lost, toMs: nowMs }] : [];
  return {
    state: { ...state, lost: undefined, phase: { name: 'stopped', error } },
    outputs: [...outputs, { type: 'fatal', error }],
  };
}

/** When the machine wants its next tick. */
export function deadlineMs(state: State): number | undefined {
  const { phase, options, pausedSinceMs } = state;
  switch (phase.name) {
    case 'waiting':
    case 'connecting':
    case 'closing':
      return phase.untilMs;
    case 'handshaking':
    case 'ready': {
      const isPaused = pausedSinceMs !== undefined;
      let atMs = heartDeadlineMs(phase.heart, options.ackTimeoutMs, isPaused);
      if (isPaused) atMs = Math.min(atMs, pausedSinceMs + 2 * phase.heart.intervalMs);
      else if (phase.name === 'handshaking') atMs = Math.min(atMs, phase.sinceMs + options.readyTimeoutMs);
      else if (options.silenceMs !== undefined) atMs = Math.min(atMs, phase.quietSinceMs + options.silenceMs);
      return atMs;
    }
    default:
      return undefined;
  }
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function userOf(ready: unknown): WSUser | undefined {
  const user = field(ready, 'user');
  return typeof user === 'object' && user !== null ? (user as WSUser) : undefined;
}
