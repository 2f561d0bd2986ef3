import { type BotgoError, GatewayError } from '../errs/index.js';
import { type ClosePolicy, closePolicy } from './close-policy.js';
import type { ConnectionEnd, ConnectKind, Input, Output, Phase, State } from './protocol-types.js';

/** Resumes that the network broke before the gateway answered, after which the session is given up too. */
const MAX_BROKEN_RESUMES = 10;

/** The platform counts session starts in windows of this length. Source: gateway.md, `max_concurrency`. */
const START_WINDOW_MS = 5_000;

/** Pause before a refused resume is tried again; doubles. */
const REFUSED_RESUME_BASE_MS = 1_000;

interface Plan {
  readonly state: State;
  readonly next: ConnectKind | 'fatal';
  readonly error?: BotgoError;
  /** Pause, when it is not the usual back-off. */
  readonly pauseMs?: number;
  /** Comes before the usual back-off. */
  readonly waitMs?: number;
  /** The shard stops for a reason that is not its session's. */
  readonly keepsSession?: true;
}

/**
 * A connection has ended: decides what comes next, by the close code's policy and by how often it went wrong before, and pauses
 * with full jitter, so that a fleet cut at once does not come back at once.
 */
export function retreat(
  state: State,
  input: Input,
  end: ConnectionEnd,
  code: number,
  reason: string,
): { state: State; outputs: readonly Output[] } {
  const policy = closePolicy(code);
  // A token that was withdrawn is answered by 4004, or by a bare op 9 to Identify.
  const isTokenSuspect = policy.refreshToken || (end.cause === 'invalid-session' && end.was === 'identify');
  const outputs: Output[] = isTokenSuspect ? [{ type: 'refresh-token' }] : [];
  const counted = count(state, end, code, policy, reason);
  const plan = decide(counted, input, end, code, reason, policy);
  const attempt = end.wasStable ? 1 : state.attempt + 1;
  outputs.push({ type: 'disconnected', cause: end.cause, code, reason, next: plan.next, attempt });
  if (plan.next === 'fatal') {
    const { error } = plan;
    const sessionId = plan.keepsSession ? state.sessionId : undefined;
    let { lost } = plan.state;
    // A session that ends with the shard has no next one to report that.
    if (!plan.keepsSession && state.sessionId !== undefined)
      lost ??= ended(state, state.sessionId, 'session-ended');
    if (lost) outputs.push({ type: 'gap', ...lost, toMs: input.nowMs });
    if (error) outputs.push({ type: 'fatal', error });
    return {
      state: { ...plan.state, sessionId, lost: undefined, phase: { name: 'stopped', error } },
      outputs,
    };
  }
  const phase: Phase =
    end.cause === 'paused' && state.pausedSinceMs !== undefined
      ? { name: 'held', kind: plan.next }
      : { name: 'waiting', kind: plan.next, untilMs: input.nowMs + pauseMs(plan, attempt, input.random) };
  return { state: { ...plan.state, attempt, phase }, outputs };
}

/** Counts what must not go on for ever. */
function count(state: State, end: ConnectionEnd, code: number, policy: ClosePolicy, reason: string): State {
  const wasResume = end.was === 'resume';
  const isLimited = isResumeLimited(end, policy);
  // A token that ran out and a limit on payloads say nothing about the session.
  const isAboutSession = code >= 4000 && policy.waitMs === undefined;
  const isRefusal =
    wasResume &&
    !policy.refreshToken &&
    !isLimited &&
    (end.cause === 'invalid-session' || (end.cause === 'closed' && end.isIntroduced && isAboutSession));
  // Handlers that fall behind during a long replay are no failure of the resume.
  const isBroken = wasResume && end.isIntroduced && !isRefusal && !isLimited && end.cause !== 'paused';
  return {
    ...state,
    refusedResumes: state.refusedResumes + (isRefusal ? 1 : 0),
    brokenResumes: state.brokenResumes + (isBroken ? 1 : 0),
    invalidSessions: state.invalidSessions - (isLimited ? 1 : 0),
    authFailures: state.authFailures + (policy.refreshToken ? 1 : 0),
    invalidReason: end.cause === 'invalid-session' ? describe(code, reason) : state.invalidReason,
  };
}

/** Op 9 and a limit in answer to Resume: there were too many at a time, which says nothing about the session. */
function isResumeLimited(end: ConnectionEnd, policy: ClosePolicy): boolean {
  return end.was === 'resume' && end.cause === 'invalid-session' && policy.waitMs !== undefined;
}

function decide(
  state: State,
  input: Input,
  end: ConnectionEnd,
  code: number,
  reason: string,
  policy: ClosePolicy,
): Plan {
  const { options, sessionId } = state;
  if (policy.verdict === 'fatal')
    return stopped(state, `${policy.advice} (close ${describe(code, reason)})`, code, reason);
  if (state.authFailures >= options.maxAuthFailures) {
    const text = `the gateway refused the token ${state.authFailures} times in a row: check app id and secret`;
    return {
      ...stopped(state, `${text} (close ${describe(code, reason)})`, code, reason),
      keepsSession: true,
    };
  }
  if (state.invalidSessions >= options.maxInvalidSessions) {
    const text = `the gateway answered op 9 ${state.invalidSessions} times in a row: check that every intent is permitted, the token and the shard`;
    return stopped(state, `${text} (last close ${state.invalidReason})`, code, reason);
  }
  // A connection that has sent nothing but Identify sent no payloads too fast: what was too fast is the start of a session.
  if (sessionId === undefined && policy.waitMs !== undefined && end.was === 'identify')
    return { state, next: 'identify', waitMs: START_WINDOW_MS };
  if (sessionId === undefined) return { state, next: 'identify', ...wait(policy) };
  if (policy.verdict === 'identify') {
    const why = end.was === 'resume' ? 'resume-refused' : 'session-ended';
    return { state: giveUp(state, sessionId, why), next: 'identify' };
  }
  if (isResumeLimited(end, policy)) return { state, next: 'resume', waitMs: START_WINDOW_MS };
  if (
    end.was === 'resume' &&
    end.cause === 'invalid-session' &&
    state.refusedResumes < options.maxResumeAttempts
  ) {
    const ceilingMs = REFUSED_RESUME_BASE_MS * 2 ** (state.refusedResumes - 1);
    return { state, next: 'resume', pauseMs: ceilingMs * (0.5 + input.random / 2) };
  }
  const isRefused =
    state.refusedResumes >= options.maxResumeAttempts || state.brokenResumes >= MAX_BROKEN_RESUMES;
  const isInvalid = end.cause === 'invalid-session' && end.was !== 'resume' && !end.keepsSession;
  if (isRefused) return { state: giveUp(state, sessionId, 'resume-refused'), next: 'identify' };
  if (isInvalid) return { state: giveUp(state, sessionId, 'session-ended'), next: 'identify' };
  return { state, next: 'resume', ...wait(policy) };
}

function wait(policy: ClosePolicy): { waitMs?: number } {
  return policy.waitMs === undefined ? {} : { waitMs: policy.waitMs };
}

function stopped(state: State, message: string, closeCode: number, closeReason: string): Plan {
  const { shard, shardCount } = state.options;
  const error = new GatewayError(`shard ${shard} of ${shardCount} stopped: ${message}`, {
    closeCode,
    closeReason,
    shard,
  });
  return { state, next: 'fatal', error };
}

/** What is lost with a session: whatever was sent since it was last known to be whole. */
export function ended(
  { wholeMs }: State,
  sessionId: string,
  reason: 'resume-refused' | 'session-ended',
): NonNullable<State['lost']> {
  return { sessionId, reason, fromMs: wholeMs };
}

function giveUp(state: State, sessionId: string, reason: 'resume-refused' | 'session-ended'): State {
  return {
    ...state,
    sessionId: undefined,
    refusedResumes: 0,
    brokenResumes: 0,
    lost: ended(state, sessionId, reason),
  };
}

function pauseMs(plan: Plan, attempt: number, random: number): number {
  const { backoffBaseMs, backoffMaxMs } = plan.state.options;
  const backoffMs = random * Math.min(backoffMaxMs, backoffBaseMs * 2 ** (attempt - 1));
  return plan.pauseMs ?? (plan.waitMs ?? 0) + backoffMs;
}

function describe(code: number, reason: string): string {
  return reason === '' ? String(code) : `${code} ${reason}`;
}
