import { describe, expect, it } from 'vitest';
import { GatewayMachine } from '../../test/support/gateway-machine.js';
import { CloseCode, OpCode } from '../dto/index.js';
import { BotgoError, GatewayError } from '../errs/index.js';
import { closePolicy, NO_OUTPUTS, RESUMABLE_CLOSE_CODE, step, takesEvents } from './index.js';

const error = new BotgoError('BOTGO_TOKEN', 'no token');

describe('opcodes', () => {
  const table: {
    name: keyof typeof OpCode;
    payload: { op: number; d?: unknown; t?: string };
    sends?: { op: number; d: unknown };
    cause?: string;
    isOdd?: true;
    /** Phase afterwards on a ready connection. */
    phase: string;
  }[] = [
    { name: 'dispatch', payload: { op: 0, t: 'GUILD_CREATE', d: {} }, phase: 'ready' },
    { name: 'heartbeat', payload: { op: 1 }, sends: { op: 1, d: 41 }, phase: 'ready' },
    { name: 'identify', payload: { op: 2, d: {} }, isOdd: true, phase: 'ready' },
    { name: 'resume', payload: { op: 6, d: {} }, isOdd: true, phase: 'ready' },
    { name: 'reconnect', payload: { op: 7 }, cause: 'reconnect-requested', phase: 'closing' },
    { name: 'invalidSession', payload: { op: 9, d: false }, cause: 'invalid-session', phase: 'closing' },
    { name: 'hello', payload: { op: 10, d: { heartbeat_interval: 1 } }, isOdd: true, phase: 'ready' },
    { name: 'heartbeatAck', payload: { op: 11 }, phase: 'ready' },
    { name: 'httpCallbackAck', payload: { op: 12, d: 0 }, isOdd: true, phase: 'ready' },
    { name: 'httpCallbackValidation', payload: { op: 13, d: {} }, isOdd: true, phase: 'ready' },
  ];

  it('has a row for each opcode of the platform', () => {
    expect(table.map(({ name }) => name).sort()).toEqual(Object.keys(OpCode).sort());
    for (const { name, payload } of table) expect(payload.op).toBe(OpCode[name]);
  });

  it.each(table)('op $payload.op $name on a ready connection', (row) => {
    const machine = new GatewayMachine().live();
    machine.storedSeq = 41;
    machine.take();
    machine.frame(row.payload);
    expect(machine.state.phase.name).toBe(row.phase);
    expect(machine.sent()).toEqual(row.sends ? [row.sends] : []);
    expect(machine.all('odd')).toHaveLength(row.isOdd ? 1 : 0);
    if (row.cause) expect(machine.state.phase).toMatchObject({ end: { cause: row.cause } });
  });

  it('an unknown op changes nothing but is told of', () => {
    const machine = new GatewayMachine().live();
    const { state } = machine;
    machine.take();
    machine.frame({ op: 99, d: 'what' });
    expect(machine.state).toEqual(state);
    expect(machine.all('odd')).toEqual([{ type: 'odd', message: 'unknown op 99' }]);
  });

  it('a second Hello does not identify again', () => {
    const machine = new GatewayMachine().live();
    machine.take();
    machine.hello(5);
    expect(machine.sent()).toEqual([]);
    expect(machine.state.phase).toMatchObject({ name: 'ready', heart: { intervalMs: 40_000 } });
  });
});

describe('close codes', () => {
  /** What follows a close of a ready connection that holds a session. */
  const table: [
    code: number,
    verdict: 'resume' | 'identify' | 'fatal',
    refreshes?: 'token' | undefined,
    waitMs?: number,
  ][] = [
    [4000, 'identify'],
    [4001, 'fatal'],
    [4002, 'fatal'],
    [4003, 'identify'],
    [4004, 'resume', 'token'],
    [4005, 'identify'],
    [4006, 'identify'],
    [4007, 'identify'],
    [4008, 'resume', undefined, 60_000],
    [4009, 'resume'],
    [4010, 'fatal'],
    [4011, 'fatal'],
    [4012, 'fatal'],
    [4013, 'fatal'],
    [4014, 'fatal'],
    [4015, 'resume'],
    [4900, 'identify'],
    [4901, 'identify'],
    [4902, 'identify'],
    [4903, 'identify'],
    [4904, 'identify'],
    [4905, 'identify'],
    [4906, 'identify'],
    [4907, 'identify'],
    [4908, 'identify'],
    [4909, 'identify'],
    [4910, 'identify'],
    [4911, 'identify'],
    [4912, 'identify'],
    [4913, 'identify'],
    [4914, 'fatal'],
    [4915, 'fatal'],
    [1000, 'resume'],
    [1001, 'resume'],
    [1006, 'resume'],
    [1011, 'resume'],
    [3999, 'resume'],
    [4500, 'resume'],
  ];

  it('has a row for each code of the platform', () => {
    const codes = new Set(table.map(([code]) => code));
    for (const code of Object.values(CloseCode)) expect(codes).toContain(code);
  });

  it.each(table)('%i on a ready connection: %s', (code, verdict, refreshes, waitMs) => {
    const machine = new GatewayMachine().live().event().pass(10_000);
    machine.take();
    machine.closed(code, 'the reason');
    expect(closePolicy(code).verdict).toBe(verdict);
    expect(machine.all('disconnected')).toEqual([
      { type: 'disconnected', cause: 'closed', code, reason: 'the reason', next: verdict, attempt: 1 },
    ]);
    expect(machine.all('refresh-token')).toHaveLength(refreshes ? 1 : 0);
    expect(machine.all('connect')).toEqual([]);
    if (verdict === 'fatal') {
      expect(machine.state).toMatchObject({ phase: { name: 'stopped' }, sessionId: undefined });
      const [fatal] = machine.all('fatal');
      expect(fatal?.error).toBeInstanceOf(GatewayError);
      expect(fatal?.error).toMatchObject({
        code: 'BOTGO_GATEWAY_FATAL',
        closeCode: code,
        closeReason: 'the reason',
        shard: 1,
      });
      expect(fatal?.error.message).toContain(`close ${code} the reason`);
      expect(fatal?.error.message).toMatch(/: \S.*(update|check|start with|drop it|appeal)/);
      return;
    }
    expect(machine.state.phase).toMatchObject({
      name: 'waiting',
      kind: verdict,
      untilMs: machine.nowMs + 500 + (waitMs ?? 0),
    });
    expect(machine.state.sessionId).toBe(verdict === 'resume' ? 'session-1' : undefined);
  });

  it.each(table)('%i in answer to Identify: %s of a first session', (code, verdict) => {
    const machine = new GatewayMachine().start().permit().hello();
    machine.take();
    machine.closed(code);
    expect(machine.lastDisconnect()?.next).toBe(verdict === 'fatal' ? 'fatal' : 'identify');
    machine.pass(120_000);
    expect(machine.all('gap')).toEqual([]);
    expect(machine.all('acquire')).toEqual(
      verdict === 'fatal' ? [] : [{ type: 'acquire', kind: 'identify' }],
    );
  });

  it.each([
    ['the close alone', (machine: GatewayMachine) => machine.closed(4008)],
    ['op 9 and the close', (machine: GatewayMachine) => machine.invalidSession(false).closed(4008)],
  ])('4008 in answer to Identify waits for the next window of session starts: %s', (_what, answer) => {
    const machine = answer(new GatewayMachine().start().permit().hello());
    expect(machine.state.phase).toMatchObject({
      name: 'waiting',
      kind: 'identify',
      untilMs: machine.nowMs + 5_000 + 500,
    });
  });

  it.each(table)('%i in answer to Resume: %s', (code, verdict) => {
    const machine = new GatewayMachine().start('old').permit(7).hello();
    machine.take();
    machine.closed(code);
    expect(machine.lastDisconnect()?.next).toBe(verdict);
    if (verdict !== 'identify') return;
    machine.again().ready('new');
    expect(machine.all('gap')).toMatchObject([{ sessionId: 'old', reason: 'resume-refused' }]);
  });
});

describe('the first frames', () => {
  it('asks for permit and token, then opens a socket, and waits for Hello before it says anything', () => {
    const machine = new GatewayMachine().start();
    expect(machine.take()).toEqual([{ type: 'acquire', kind: 'identify' }]);
    machine.permit();
    expect(machine.take()).toEqual([{ type: 'connect' }, { type: 'schedule', atMs: 11_000 }]);
    machine.feed({ type: 'opened' });
    expect(machine.sent()).toEqual([]);
    machine.hello();
    expect(machine.sent()).toHaveLength(1);
  });

  it('identifies with the full token, intents, shard and properties', () => {
    const machine = new GatewayMachine({ properties: { $os: 'linux' } }).start().permit().hello();
    expect(machine.sent()).toEqual([
      {
        op: 2,
        d: { token: 'QQBot token', intents: 513, shard: [1, 4], properties: { $os: 'linux' } },
      },
    ]);
  });

  it('resumes with the full token, the session and the last settled seq', () => {
    const machine = new GatewayMachine().start('abc').permit(17).hello();
    expect(machine.sent()).toEqual([{ op: 6, d: { token: 'QQBot token', session_id: 'abc', seq: 17 } }]);
    expect(machine.all('acquire')).toEqual([{ type: 'acquire', kind: 'resume' }]);
  });

  it('resumes with seq 0 when nothing was settled', () => {
    const machine = new GatewayMachine().start('abc').permit().hello();
    expect(machine.sent()).toMatchObject([{ op: 6, d: { seq: 0 } }]);
  });

  it('gives a socket that says no Hello up after helloTimeoutMs', () => {
    const machine = new GatewayMachine({ helloTimeoutMs: 300 }).start().permit();
    machine.frame({ op: 11 }).frame({ op: 0, t: 'READY', d: { session_id: 'x' } });
    expect(machine.state.phase.name).toBe('connecting');
    machine.pass(299);
    expect(machine.all('terminate')).toEqual([]);
    machine.pass(1);
    expect(machine.all('terminate')).toHaveLength(1);
    expect(machine.lastCause()).toBe('timeout');
  });

  it('takes op 7 and op 9 before Hello for what they are', () => {
    expect(new GatewayMachine().start().permit().frame({ op: 7 }).state.phase).toMatchObject({
      end: { cause: 'reconnect-requested' },
    });
    const machine = new GatewayMachine().start().permit().invalidSession(false).closed(4014, 'intents');
    expect(machine.all('fatal')[0]?.error.message).toContain('4014 intents');
  });

  it('reads RESUMED with an empty string as content', () => {
    const machine = new GatewayMachine().start('abc').permit(17).hello();
    machine.take();
    machine.resumed();
    expect(machine.all('ready')).toEqual([
      { type: 'ready', sessionId: 'abc', user: undefined, kind: 'resume' },
    ]);
  });

  it('takes READY without shard and without user', () => {
    const machine = new GatewayMachine().start().permit().hello();
    machine.frame({ op: 0, t: 'READY', d: { session_id: 'abc' } });
    expect(machine.all('ready')).toEqual([
      { type: 'ready', sessionId: 'abc', user: undefined, kind: 'identify' },
    ]);
  });

  it.each([undefined, null, '', 5, {}])('drops a READY whose session id is %j and identifies again', (id) => {
    const machine = new GatewayMachine().start().permit().hello();
    machine.frame({ op: 0, t: 'READY', d: { session_id: id } });
    expect(machine.all('ready')).toEqual([]);
    expect(machine.state.phase).toMatchObject({ name: 'closing', end: { cause: 'protocol' } });
    machine.closed(RESUMABLE_CLOSE_CODE);
    expect(machine.lastDisconnect()?.next).toBe('identify');
  });

  it('takes events while ready and during a replay, not before READY', () => {
    const machine = new GatewayMachine().start();
    const taken = [takesEvents(machine.state)];
    machine.permit();
    taken.push(takesEvents(machine.state));
    machine.hello();
    taken.push(takesEvents(machine.state));
    machine.ready();
    taken.push(takesEvents(machine.state));
    machine.closed(1006).again();
    taken.push(takesEvents(machine.state));
    machine.frame({ op: 7 });
    taken.push(takesEvents(machine.state));
    expect(taken).toEqual([false, false, false, true, true, false]);
  });

  it('reports a gap when the gateway answers a resume with another session', () => {
    const machine = new GatewayMachine().start('old').permit(3).hello().ready('new');
    expect(machine.all('gap')).toEqual([
      { type: 'gap', sessionId: 'old', reason: 'resume-refused', fromMs: 1_000, toMs: 1_000 },
    ]);
    expect(machine.all('ready')).toMatchObject([{ sessionId: 'new', kind: 'identify' }]);
  });

  it('reports no gap when the gateway answers a resume with READY of the same session', () => {
    const machine = new GatewayMachine().start('old').permit(3).hello().ready('old');
    expect(machine.all('gap')).toEqual([]);
  });

  it('gives up on an answer that does not come, however regular the ACKs are', () => {
    const machine = new GatewayMachine({ readyTimeoutMs: 5_000 }).start().permit().hello(1_000);
    for (let second = 0; second < 4; second++) machine.pass(1_000).ack();
    expect(machine.state.phase.name).toBe('handshaking');
    machine.pass(1_000).ack();
    expect(machine.lastCause()).toBe('timeout');
  });

  it('waits for a long replay as long as events come', () => {
    const machine = new GatewayMachine({ readyTimeoutMs: 5_000 }).start('abc').permit(3).hello(3_000);
    for (let n = 0; n < 20; n++) machine.pass(2_000).ack().event();
    expect(machine.state.phase.name).toBe('handshaking');
    machine.resumed();
    expect(machine.state.phase.name).toBe('ready');
  });
});

describe('heartbeats', () => {
  it('sends the first after a part of the interval that is drawn, the next ones after a whole one', () => {
    for (const random of [0, 0.25, 0.999]) {
      const machine = new GatewayMachine();
      machine.random = random;
      machine.live('s', 40_000);
      machine.take();
      machine.pass(40_000 * random - 1);
      expect(machine.sent()).toEqual([]);
      machine.pass(1);
      expect(machine.sent()).toHaveLength(1);
      machine.ack().pass(39_999);
      expect(machine.sent()).toHaveLength(1);
      machine.pass(1);
      expect(machine.sent()).toHaveLength(2);
    }
  });

  it('says null before anything is stored, then the last stored seq', () => {
    const machine = new GatewayMachine().live('s', 1_000);
    machine.take();
    machine.pass(500).ack();
    machine.storedSeq = 12;
    machine.pass(1_000);
    expect(machine.sent()).toEqual([
      { op: 1, d: null },
      { op: 1, d: 12 },
    ]);
  });

  it('goes on while a resume is under way', () => {
    const machine = new GatewayMachine().start('abc').permit(3).hello(1_000);
    machine.take();
    machine.pass(500).ack().event().pass(1_000);
    expect(machine.sent()).toHaveLength(2);
  });

  it('answers a heartbeat of the server at once, and keeps its own pace', () => {
    const machine = new GatewayMachine().live('s', 1_000);
    machine.take();
    machine.frame({ op: 1 });
    expect(machine.sent()).toEqual([{ op: 1, d: null }]);
    expect(machine.state.phase).toMatchObject({ heart: { sentMs: undefined, nextBeatMs: 1_500 } });
  });

  it('measures the latency of an ACK, and takes one that nobody asked for', () => {
    const machine = new GatewayMachine().live('s', 1_000).ack().pass(520).ack();
    expect(machine.all('acked')).toEqual([{ type: 'acked', latencyMs: 20 }]);
  });

  it.each([undefined, null, 0, -1, 0.001, '45000', Number.NaN, Number.POSITIVE_INFINITY, {}])(
    'takes 45 s when heartbeat_interval is %j',
    (interval) => {
      const machine = new GatewayMachine().start().permit();
      machine.frame({ op: 10, d: { heartbeat_interval: interval } }).ready();
      expect(machine.state.phase).toMatchObject({ heart: { intervalMs: 45_000 } });
    },
  );

  it('takes 45 s when Hello has no content', () => {
    const machine = new GatewayMachine().start().permit().frame({ op: 10 });
    expect(machine.state.phase).toMatchObject({ name: 'handshaking', heart: { intervalMs: 45_000 } });
  });

  it('asks for another tick when a timer fires early', () => {
    const machine = new GatewayMachine().live('s', 1_000);
    machine.take();
    machine.nowMs = 1_499.4;
    machine.tick();
    expect(machine.outputs).toEqual([{ type: 'schedule', atMs: 1_500 }]);
  });
});

describe('a dead socket', () => {
  it('is noticed when a heartbeat was sent and nothing came for ackTimeoutMs', () => {
    const machine = new GatewayMachine({ ackTimeoutMs: 3_000 }).live('s', 10_000).pass(5_000);
    machine.take();
    machine.pass(2_999);
    expect(machine.outputs).toEqual([]);
    machine.pass(1);
    expect(machine.all('terminate')).toHaveLength(1);
    expect(machine.all('disconnected')).toMatchObject([{ cause: 'zombie', code: 1006, next: 'resume' }]);
    expect(machine.state.sessionId).toBe('s');
  });

  it('is noticed after one interval by default', () => {
    const machine = new GatewayMachine().live('s', 10_000).pass(14_999);
    expect(machine.all('disconnected')).toEqual([]);
    machine.pass(1);
    expect(machine.lastCause()).toBe('zombie');
  });

  it('is noticed by a time-out longer than the interval too, counted from the first heartbeat', () => {
    const machine = new GatewayMachine({ ackTimeoutMs: 25_000, maxMissedAcks: 9 }).live('s', 10_000);
    machine.pass(5_000 + 24_999);
    expect(machine.all('disconnected')).toEqual([]);
    machine.pass(1);
    expect(machine.lastCause()).toBe('zombie');
  });

  it('is noticed during a resume', () => {
    const machine = new GatewayMachine({ readyTimeoutMs: 600_000 }).start('s').permit(1).hello(1_000);
    machine.pass(1_500);
    expect(machine.lastCause()).toBe('zombie');
  });

  it('is noticed when three ACKs in a row are missing though events come', () => {
    const machine = new GatewayMachine().live('s', 1_000).pass(500);
    for (let beat = 0; beat < 2; beat++) machine.pass(1).event().pass(999);
    expect(machine.all('disconnected')).toEqual([]);
    machine.pass(1).event().pass(999);
    expect(machine.lastCause()).toBe('zombie');
    expect(machine.sent().filter(({ op }) => op === 1)).toHaveLength(3);
  });

  it('is not one whose ACKs come late: any frame counts', () => {
    const machine = new GatewayMachine({ ackTimeoutMs: 400 }).live('s', 1_000).pass(500);
    for (let beat = 0; beat < 50; beat++) machine.pass(300).event().pass(600).ack().pass(100);
    expect(machine.all('disconnected')).toEqual([]);
    expect(machine.state.phase.name).toBe('ready');
  });

  it('is not a busy one: one ACK in three is enough', () => {
    const machine = new GatewayMachine().live('s', 1_000).pass(500);
    for (let beat = 1; beat <= 60; beat++) {
      machine.pass(1).event();
      if (beat % 3 === 0) machine.ack();
      machine.pass(999);
    }
    expect(machine.all('disconnected')).toEqual([]);
  });

  it('is not one that we could not listen to, since the process was held up', () => {
    const machine = new GatewayMachine().live('s', 1_000).pass(500);
    machine.nowMs += 90_000;
    machine.tick();
    expect(machine.all('disconnected')).toEqual([]);
    machine.ack().pass(1_000);
    expect(machine.state.phase.name).toBe('ready');
  });

  it('is still noticed when the process was held up', () => {
    const machine = new GatewayMachine().live('s', 1_000).pass(500);
    machine.nowMs += 90_000;
    machine.tick().pass(1_000);
    expect(machine.lastCause()).toBe('zombie');
  });
});

describe('a paused socket', () => {
  it('is not dead: it cannot be heard', () => {
    const machine = new GatewayMachine().live('s', 10_000).pass(5_000).feed({ type: 'paused' });
    machine.take();
    machine.pass(19_999);
    expect(machine.all('disconnected')).toEqual([]);
    expect(machine.sent()).toHaveLength(1);
  });

  it('is judged anew when it is read again', () => {
    const machine = new GatewayMachine({ silenceMs: 12_000 }).live('s', 10_000).pass(5_000);
    machine.feed({ type: 'paused' }).pass(19_000).feed({ type: 'unpaused' });
    expect(machine.state.phase).toMatchObject({ heart: { sentMs: undefined, unheardMs: undefined } });
    machine.pass(6_000).ack().pass(5_000);
    expect(machine.all('disconnected')).toEqual([]);
  });

  it('closes resumably after two intervals, and opens again only when there is room', () => {
    const machine = new GatewayMachine().live('s', 10_000).pass(1_000).feed({ type: 'paused' });
    machine.take();
    machine.pass(20_000);
    expect(machine.all('close')).toEqual([{ type: 'close', code: RESUMABLE_CLOSE_CODE }]);
    machine.closed(RESUMABLE_CLOSE_CODE);
    expect(machine.state.phase).toEqual({ name: 'held', kind: 'resume' });
    expect(machine.all('disconnected')).toMatchObject([{ cause: 'paused', next: 'resume' }]);
    machine.pass(3_600_000);
    expect(machine.all('acquire')).toEqual([]);
    machine.feed({ type: 'unpaused' });
    expect(machine.all('acquire')).toEqual([{ type: 'acquire', kind: 'resume' }]);
  });

  it('closes without a close frame in return too', () => {
    const machine = new GatewayMachine().live('s', 10_000).feed({ type: 'paused' }).pass(21_000);
    expect(machine.all('terminate')).toHaveLength(1);
    expect(machine.state.phase.name).toBe('held');
  });

  it('does not connect while handlers are behind', () => {
    const machine = new GatewayMachine().live().closed(1006).feed({ type: 'paused' }).pass(60_000);
    expect(machine.state.phase.name).toBe('held');
    expect(machine.all('connect')).toHaveLength(1);
  });

  it('may pause within a replay without an end to the resume', () => {
    const machine = new GatewayMachine({ readyTimeoutMs: 5_000 }).start('s').permit(1).hello(60_000).event();
    machine.feed({ type: 'paused' }).pass(29_000).feed({ type: 'unpaused' }).pass(4_999);
    expect(machine.all('disconnected')).toEqual([]);
    machine.pass(1);
    expect(machine.lastCause()).toBe('timeout');
  });

  it('never costs the session, however often slow handlers stop a replay', () => {
    const machine = new GatewayMachine().start('s').permit(1).hello(1_000);
    for (let round = 0; round < 30; round++) {
      machine.feed({ type: 'paused' }).pass(2_000).closed(RESUMABLE_CLOSE_CODE);
      expect(machine.state.phase).toEqual({ name: 'held', kind: 'resume' });
      machine.feed({ type: 'unpaused' }).permit(round).hello(1_000);
    }
    expect(machine.state.sessionId).toBe('s');
  });
});

describe('op 7', () => {
  it('closes with a code that keeps the session, once, and resumes', () => {
    const machine = new GatewayMachine().live().pass(10_000);
    machine.take();
    machine.frame({ op: 7 }).frame({ op: 7 });
    expect(machine.all('close')).toEqual([{ type: 'close', code: RESUMABLE_CLOSE_CODE }]);
    machine.closed(4009);
    expect(machine.all('disconnected')).toEqual([
      {
        type: 'disconnected',
        cause: 'reconnect-requested',
        code: 4009,
        reason: '',
        next: 'resume',
        attempt: 1,
      },
    ]);
    machine.closed(4009).again(5);
    expect(machine.all('acquire')).toEqual([{ type: 'acquire', kind: 'resume' }]);
    expect(machine.sent().at(-1)).toMatchObject({ op: 6, d: { session_id: 'session-1', seq: 5 } });
  });

  it('does not wait longer than a second for the close frame', () => {
    const machine = new GatewayMachine().live().frame({ op: 7 }).pass(999);
    expect(machine.all('terminate')).toEqual([]);
    machine.pass(1);
    expect(machine.all('terminate')).toHaveLength(1);
    expect(machine.lastDisconnect()).toMatchObject({ cause: 'reconnect-requested', next: 'resume' });
  });

  it('stops when the close that follows says so', () => {
    const machine = new GatewayMachine().live().frame({ op: 7 }).closed(4915, 'banned');
    expect(machine.all('fatal')[0]?.error.message).toContain('4915 banned');
  });
});

describe('op 9', () => {
  it.each([false, undefined, null, 0, 'true'])('with d %j on a ready connection ends the session', (d) => {
    const machine = new GatewayMachine().live();
    const begunMs = machine.nowMs;
    machine.nowMs = 5_000;
    machine.invalidSession(d);
    machine.take();
    machine.closed(4009);
    expect(machine.all('disconnected')).toMatchObject([{ cause: 'invalid-session', next: 'identify' }]);
    expect(machine.all('gap')).toEqual([]);
    machine.again().ready('next');
    expect(machine.all('gap')).toEqual([
      { type: 'gap', sessionId: 'session-1', reason: 'session-ended', fromMs: begunMs, toMs: machine.nowMs },
    ]);
  });

  it('with d true on a ready connection keeps the session', () => {
    const machine = new GatewayMachine().live().invalidSession(true).closed(1000);
    expect(machine.lastDisconnect()?.next).toBe('resume');
    expect(machine.state.sessionId).toBe('session-1');
  });

  it.each([false, true])('with d %j in answer to Identify identifies again with a fresh token', (d) => {
    const machine = new GatewayMachine().start().permit().hello().invalidSession(d).closed(1000);
    expect(machine.all('refresh-token')).toHaveLength(1);
    expect(machine.lastDisconnect()).toMatchObject({ cause: 'invalid-session', next: 'identify' });
    expect(machine.all('gap')).toEqual([]);
  });

  it.each([false, true])(
    'with d %j in answer to Resume: three tries after 1 and 2 s with jitter, then Identify and a gap',
    (d) => {
      const machine = new GatewayMachine().start('old').permit(5).hello();
      const takenMs = machine.nowMs;
      machine.random = 0;
      machine.invalidSession(d).closed(1000);
      expect(machine.state.phase).toEqual({ name: 'waiting', kind: 'resume', untilMs: machine.nowMs + 500 });
      machine.again(5);
      machine.random = 1;
      machine.invalidSession(d).closed(1000);
      expect(machine.state.phase).toEqual({
        name: 'waiting',
        kind: 'resume',
        untilMs: machine.nowMs + 2_000,
      });
      machine.again(5).invalidSession(d).closed(1000);
      expect(machine.lastDisconnect()?.next).toBe('identify');
      expect(machine.all('gap')).toEqual([]);
      machine.again().ready('new');
      expect(machine.sent().map(({ op }) => op)).toEqual([6, 6, 6, 2]);
      expect(machine.all('gap')).toEqual([
        { type: 'gap', sessionId: 'old', reason: 'resume-refused', fromMs: takenMs, toMs: machine.nowMs },
      ]);
    },
  );

  it('with 4008 in answer to Resume says that there were too many: the session is kept, and resumed after the window of 5 s', () => {
    const machine = new GatewayMachine().start('old').permit(5).hello();
    for (let attempt = 1; attempt <= 12; attempt++) {
      machine.random = 0;
      machine.invalidSession(false).closed(4008, 'more session starts than max_concurrency in 5 s');
      expect(machine.lastDisconnect()?.next).toBe('resume');
      expect(machine.state.phase).toEqual({
        name: 'waiting',
        kind: 'resume',
        untilMs: machine.nowMs + 5_000,
      });
      machine.again(5);
    }
    machine.resumed();
    expect(machine.all('gap')).toEqual([]);
    expect(machine.state.sessionId).toBe('old');
  });

  it('waits for the close frame, and does not hide its reason by closing first', () => {
    const machine = new GatewayMachine().start().permit().hello();
    machine.take();
    machine.invalidSession(false);
    expect(machine.all('close')).toEqual([]);
    machine.closed(4014, 'disallowed intents');
    expect(machine.all('fatal')[0]?.error.message).toMatch(/intent.*\(close 4014 disallowed intents\)/);
  });

  it('cuts the socket when no close frame comes', () => {
    const machine = new GatewayMachine().start().permit().hello().invalidSession(false).pass(1_000);
    expect(machine.all('terminate')).toHaveLength(1);
    expect(machine.lastDisconnect()).toMatchObject({
      cause: 'invalid-session',
      code: 1006,
      next: 'identify',
    });
  });

  it('five times in a row stops the shard with a cause that names the close reason', () => {
    const machine = new GatewayMachine().start().permit().hello();
    for (let n = 0; n < 4; n++) machine.invalidSession(false).closed(4903, 'ip not in whitelist').again();
    expect(machine.all('fatal')).toEqual([]);
    machine.invalidSession(false).closed(4903, 'ip not in whitelist');
    const [fatal] = machine.all('fatal');
    expect(fatal?.error).toMatchObject({ closeCode: 4903, closeReason: 'ip not in whitelist' });
    expect(fatal?.error.message).toContain('op 9 5 times in a row');
    expect(fatal?.error.message).toContain('4903 ip not in whitelist');
    expect(machine.state.phase).toEqual({ name: 'stopped', error: fatal?.error });
    const connects = machine.all('connect').length;
    machine.pass(3_600_000);
    expect(machine.all('connect')).toHaveLength(connects);
  });

  it('counts answers in a row only: READY in between starts anew', () => {
    const machine = new GatewayMachine().start().permit().hello();
    for (let round = 0; round < 10; round++) {
      for (let n = 0; n < 4; n++) machine.invalidSession(false).closed(1000).again();
      machine.ready().closed(4006).again();
    }
    expect(machine.all('fatal')).toEqual([]);
  });

  it('counts refused resumes and refused identifies together, and reports the session that was lost', () => {
    const machine = new GatewayMachine().start('old').permit(5).hello();
    for (let n = 0; n < 4; n++) machine.invalidSession(false).closed(1000).again();
    machine.invalidSession(false).closed(1000);
    expect(machine.sent().map(({ op }) => op)).toEqual([6, 6, 6, 2, 2]);
    expect(machine.all('fatal')).toHaveLength(1);
    expect(machine.all('gap')).toMatchObject([{ sessionId: 'old', reason: 'resume-refused' }]);
  });
});

describe('a refused resume', () => {
  it('by 4009 three times in a row gives the session up', () => {
    const machine = new GatewayMachine().start('old').permit(5).hello();
    for (let n = 0; n < 2; n++) {
      machine.closed(4009);
      expect(machine.lastDisconnect()?.next).toBe('resume');
      machine.again(5);
    }
    machine.closed(4009);
    expect(machine.lastDisconnect()?.next).toBe('identify');
    machine.again().ready('new');
    expect(machine.all('gap')).toMatchObject([{ sessionId: 'old', reason: 'resume-refused' }]);
  });

  it('is not a connection that broke before the gateway answered, up to ten in a row', () => {
    const machine = new GatewayMachine().start('old').permit(5).hello();
    for (let n = 0; n < 9; n++) {
      machine.closed(1006).again(5);
      expect(machine.state.sessionId).toBe('old');
    }
    machine.closed(1006);
    expect(machine.lastDisconnect()?.next).toBe('identify');
  });

  it('is not a host that cannot be reached, however long', () => {
    const machine = new GatewayMachine().start('old').permit(5);
    for (let n = 0; n < 500; n++) machine.closed(1006, 'connect ECONNREFUSED').pass(60_000).permit(5);
    expect(machine.state.sessionId).toBe('old');
    machine.hello().resumed();
    expect(machine.all('gap')).toEqual([]);
  });

  it('is not a close before the session was named, nor a limit on payloads, nor an old token', () => {
    const machine = new GatewayMachine({ maxAuthFailures: 99 }).start('old').permit(5);
    for (let n = 0; n < 5; n++) machine.closed(4009).pass(120_000).permit(5);
    machine.hello();
    for (let n = 0; n < 4; n++) machine.closed(4008).again(5);
    for (let n = 0; n < 4; n++) machine.closed(4004).again(5);
    expect(machine.state.sessionId).toBe('old');
  });

  it('counts anew after the session went on', () => {
    const machine = new GatewayMachine().start('old').permit(5).hello();
    for (let round = 0; round < 10; round++) {
      machine.closed(4009).again(5).closed(4009).again(5).resumed().closed(1006).again(5);
    }
    expect(machine.state.sessionId).toBe('old');
    expect(machine.all('gap')).toEqual([]);
  });
});

describe('4004', () => {
  it('gets a new token and resumes', () => {
    const machine = new GatewayMachine().live();
    machine.take();
    machine.closed(4004, 'token expired');
    expect(machine.outputs.map(({ type }) => type)).toEqual(['refresh-token', 'disconnected', 'schedule']);
    machine.again(9);
    expect(machine.sent()).toMatchObject([{ op: 6, d: { session_id: 'session-1' } }]);
  });

  it('stops after five in a row with a cause, and keeps the session: it has not ended', () => {
    const machine = new GatewayMachine().live();
    for (let n = 0; n < 4; n++) machine.closed(4004).again(9);
    expect(machine.all('fatal')).toEqual([]);
    machine.closed(4004, 'bad token');
    expect(machine.all('fatal')[0]?.error.message).toMatch(/token 5 times.*4004 bad token/);
    expect(machine.all('gap')).toEqual([]);
    expect(machine.state.sessionId).toBe('session-1');
  });
});

describe('back-off', () => {
  const pauses = (random: number, tries: number): number[] => {
    const machine = new GatewayMachine().start().permit();
    machine.random = random;
    return Array.from({ length: tries }, () => {
      machine.closed(1006);
      const { phase } = machine.state;
      const pauseMs = phase.name === 'waiting' ? phase.untilMs - machine.nowMs : Number.NaN;
      machine.pass(120_000).permit();
      return pauseMs;
    });
  };

  it('doubles up to the cap', () => {
    expect(pauses(1, 9)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('is drawn from nothing to its ceiling', () => {
    expect(pauses(0, 4)).toEqual([0, 0, 0, 0]);
    expect(pauses(0.5, 4)).toEqual([500, 1_000, 2_000, 4_000]);
  });

  it('never becomes anything but a number, after however many tries', () => {
    expect(pauses(1, 1_200).at(-1)).toBe(60_000);
  });

  it('starts anew after a connection that was stable, not after one that opened and broke', () => {
    const machine = new GatewayMachine({ stableAfterMs: 5_000 }).live();
    machine.closed(1006).again().resumed().pass(4_999).closed(1006);
    expect(machine.lastDisconnect()?.attempt).toBe(2);
    machine.again().resumed().pass(5_000).closed(1006);
    expect(machine.lastDisconnect()?.attempt).toBe(1);
  });

  it('counts refused permits and tokens', () => {
    const machine = new GatewayMachine().start();
    machine.random = 1;
    machine.feed({ type: 'refused', error, isFatal: false });
    expect(machine.state.phase).toEqual({ name: 'waiting', kind: 'identify', untilMs: 2_000 });
    machine.pass(1_000).feed({ type: 'refused', error, isFatal: false });
    expect(machine.state.phase).toEqual({ name: 'waiting', kind: 'identify', untilMs: 4_000 });
    machine.pass(2_000);
    expect(machine.all('acquire')).toHaveLength(3);
  });
});

describe('silent but alive', () => {
  it('is probed by a resume after silenceMs without an event, ACKs or not', () => {
    const machine = new GatewayMachine({ silenceMs: 30_000 }).live('s', 10_000);
    for (let n = 0; n < 5; n++) machine.pass(5_000).ack();
    machine.event();
    for (let n = 0; n < 5; n++) machine.pass(5_000).ack();
    expect(machine.all('close')).toEqual([]);
    machine.pass(5_000);
    expect(machine.all('close')).toEqual([{ type: 'close', code: RESUMABLE_CLOSE_CODE }]);
    machine.closed(RESUMABLE_CLOSE_CODE);
    expect(machine.lastDisconnect()).toMatchObject({ cause: 'silence', next: 'resume' });
  });

  it('is not probed by default: a quiet bot is no deaf one', () => {
    const machine = new GatewayMachine().live('s', 10_000);
    for (let n = 0; n < 1_000; n++) machine.pass(10_000).ack();
    expect(machine.all('disconnected')).toEqual([]);
  });
});

describe('a stop', () => {
  it.each([
    [true, RESUMABLE_CLOSE_CODE],
    [false, 1_000],
  ])('with resumable %j closes with %i and does nothing more', (resumable, code) => {
    const machine = new GatewayMachine().live();
    machine.take();
    machine.feed({ type: 'stop', resumable });
    expect(machine.take()).toEqual([{ type: 'close', code }]);
    machine.closed(1000).tick().permit().hello().ready().feed({ type: 'unpaused' }).start();
    machine.feed({ type: 'stop', resumable });
    expect(machine.outputs).toEqual([]);
    expect(machine.state.phase).toEqual({ name: 'stopped', error: undefined });
  });

  it('before the start or between two sockets closes nothing', () => {
    expect(new GatewayMachine().feed({ type: 'stop', resumable: true }).outputs).toEqual([]);
    const machine = new GatewayMachine().live().closed(1006);
    machine.take();
    expect(machine.feed({ type: 'stop', resumable: true }).outputs).toEqual([]);
    expect(machine.state.sessionId).toBe('session-1');
  });

  it('reports a session that was lost and has no successor', () => {
    const machine = new GatewayMachine().live().closed(4006).feed({ type: 'stop', resumable: true });
    expect(machine.all('gap')).toMatchObject([{ sessionId: 'session-1', reason: 'session-ended' }]);
  });
});

describe('a gap', () => {
  it('is reported once for one session, however many identifies fail in between', () => {
    const machine = new GatewayMachine().live().closed(4902);
    for (let n = 0; n < 6; n++) machine.again().closed(1006);
    machine.again().ready('new');
    expect(machine.all('gap')).toHaveLength(1);
  });

  it('is reported with a fatal code that ends a session', () => {
    const machine = new GatewayMachine().live().closed(4914);
    expect(machine.all('gap')).toMatchObject([{ sessionId: 'session-1', reason: 'session-ended' }]);
  });

  describe('begins when the session was last known to be whole', () => {
    const from = (machine: GatewayMachine): number | undefined => machine.all('gap')[0]?.fromMs;

    it('at the last heartbeat that was acknowledged, whatever else was heard', () => {
      const machine = new GatewayMachine().live();
      machine.take();
      machine.pass(50_000);
      const sent = machine.state.phase.name === 'ready' ? machine.state.phase.heart.sentMs : undefined;
      expect(machine.sent().map(({ op }) => op)).toContain(1);
      machine.ack().event().pass(10_000).closed(4006);
      machine.again().ready('new');
      expect(from(machine)).toBe(sent);
      expect(sent).toBeGreaterThan(0);
    });

    it('at its begin or resume, before the first', () => {
      const machine = new GatewayMachine().live().pass(1_000).closed(1006);
      const resumedMs = machine.again(3).resumed().nowMs;
      machine.event().pass(500).closed(4006);
      machine.again().ready('new');
      expect(from(machine)).toBe(resumedMs);
    });

    it('not at a heartbeat that was acknowledged while a replay was due', () => {
      const machine = new GatewayMachine().feed({ type: 'start', sessionId: 'old', wholeMs: -7_000 });
      machine.permit(5).hello(1_000).pass(1_500).ack().closed(4006);
      machine.again().ready('new');
      expect(from(machine)).toBe(-7_000);
    });

    it('when its last owner stored it, but not in the future, whatever the clocks of two machines say', () => {
      for (const [wholeMs, expected] of [
        [-60_000, -60_000],
        [99_000, 0],
      ]) {
        const machine = new GatewayMachine();
        machine.nowMs = 0;
        machine.feed({ type: 'start', sessionId: 'old', wholeMs }).permit(5).hello().closed(4006);
        machine.again().ready('new');
        expect(from(machine)).toBe(expected);
      }
    });
  });

  it('is not reported for a session that was never there', () => {
    const machine = new GatewayMachine().start().permit().hello().closed(4914);
    expect(machine.all('gap')).toEqual([]);
  });

  it('is reported when the permit is refused for good', () => {
    const machine = new GatewayMachine().live().closed(4006).pass(60_000);
    machine.feed({ type: 'refused', error, isFatal: true });
    expect(machine.all('gap')).toHaveLength(1);
    expect(machine.all('fatal')).toEqual([{ type: 'fatal', error }]);
  });
});

describe('inputs that come at the wrong time', () => {
  it('change nothing', () => {
    const machine = new GatewayMachine().live();
    const { state } = machine;
    machine.take();
    machine.start('other').permit(5).feed({ type: 'refused', error, isFatal: true }).feed({ type: 'opened' });
    expect(machine.outputs).toEqual([]);
    expect(machine.state).toBe(state);
  });

  it('a closed socket of an earlier attempt', () => {
    const machine = new GatewayMachine().live().closed(1006);
    const { phase } = machine.state;
    machine.closed(4014);
    expect(machine.state.phase).toBe(phase);
  });

  it('a step without outputs shares one constant', () => {
    const { state } = new GatewayMachine();
    expect(step(state, { type: 'opened', nowMs: 0, random: 0 }).outputs).toBe(NO_OUTPUTS);
  });
});
