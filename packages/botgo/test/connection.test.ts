import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ConfigError, GatewayError } from '../src/errs/index.js';
import { RESUMABLE_CLOSE_CODE } from '../src/gateway/index.js';
import { BareGateway, messagePayload } from './support/bare-gateway.js';
import { ShardWorld } from './support/shard-world.js';

describe('a life', () => {
  it('identifies after Hello, gets events, and says where it stands', async () => {
    await using world = await ShardWorld.start();
    expect(world.connection.status()).toMatchObject({ isLive: false, sessionId: undefined });
    const { peer, introduction } = await world.introduced();
    expect(introduction).toEqual({
      op: 2,
      d: { token: 'QQBot token-1', intents: 1, shard: [0, 1], properties: {} },
    });
    expect(world.connection.status()).toMatchObject({ phase: 'handshaking', isLive: false });
    peer.ready('s').messages(2, 4);
    await world.until('events', () => world.seen.length === 3);
    expect(world.seen).toEqual(['2', '3', '4']);
    expect(world.connection.status()).toEqual({
      phase: 'ready',
      isLive: true,
      sessionId: 's',
      checkpoint: 4,
      received: 4,
      wholeAtMs: world.clock.wallNow(),
      unsettled: 0,
      attempt: 0,
      isPaused: false,
      error: undefined,
    });
    expect(world.told.ready).toMatchObject([{ sessionId: 's', user: { id: 'bot' }, resumed: false }]);
  });

  it('a cut TCP connection without a close frame resumes from the checkpoint: no event lost or doubled', async () => {
    await using world = await ShardWorld.start();
    const first = await world.live('s');
    first.messages(2, 6);
    await world.until('events', () => world.seen.length === 5);
    first.cut();
    await world.reconnects();
    const { peer, introduction } = await world.introduced();
    expect(introduction).toEqual({ op: 6, d: { token: 'QQBot token-1', session_id: 's', seq: 6 } });
    peer.messages(7, 9).resumed(10).message(11);
    await world.until('events', () => world.seen.length === 9);
    expect(world.seen).toEqual(['2', '3', '4', '5', '6', '7', '8', '9', '11']);
    expect(world.told.ready[1]).toMatchObject({ sessionId: 's', resumed: true });
    expect(world.told.disconnect).toMatchObject([{ cause: 'closed', code: 1006, next: 'resume' }]);
    expect(world.told.gap).toEqual([]);
  });

  it.each([1000, 1001, 1011, 4008, 4009])('a close with %i resumes', async (code) => {
    await using world = await ShardWorld.start();
    (await world.live('s')).close(code);
    await world.reconnects();
    expect((await world.introduced()).introduction).toMatchObject({ op: 6, d: { session_id: 's' } });
  });

  it('op 7 resumes once, although the gateway closes with 4009 afterwards', async () => {
    await using world = await ShardWorld.start();
    const first = await world.live('s');
    first.send({ op: 7 });
    first.close(4009);
    await first.closed();
    await world.reconnects();
    const { peer, introduction } = await world.introduced();
    expect(introduction.op).toBe(6);
    peer.resumed(2);
    await world.until('resumed', () => world.told.ready.length === 2);
    await world.clock.advance(10_000);
    await world.settle(peer);
    expect(world.gateway.peers).toHaveLength(2);
    expect(world.told.disconnect).toHaveLength(1);
  });

  it('events that come after op 7 on the socket being left are taken from the resume only', async () => {
    await using world = await ShardWorld.start();
    const first = await world.live('s');
    first.messages(2, 5).send({ op: 7 });
    first.messages(6, 8).resumed(9);
    await first.closed();
    expect(world.seen).toEqual(['2', '3', '4', '5']);
    await world.reconnects();
    const { peer, introduction } = await world.introduced();
    expect(introduction.d.seq).toBe(5);
    peer.messages(6, 8).resumed(9);
    await world.until('events', () => world.seen.length === 7);
    expect(world.seen).toEqual(['2', '3', '4', '5', '6', '7', '8']);
    expect(world.logged('unexpected')).toEqual([]);
  });

  it('takes an event with bytes that are no UTF-8: to close would bring it again with every resume', async () => {
    await using world = await ShardWorld.start();
    const peer = await world.live('s');
    const frame = Buffer.from(JSON.stringify(messagePayload(2)).replace('"content":"2"', '"content":"2?"'));
    frame[frame.indexOf('?')] = 0xff;
    peer.raw(frame);
    peer.message(3);
    await world.until('events', () => world.seen.length === 2);
    expect(world.seen).toEqual(['2\ufffd', '3']);
    expect(world.told.disconnect).toEqual([]);
  });

  it('4006 identifies anew and reports one gap', async () => {
    await using world = await ShardWorld.start();
    const first = await world.live('old');
    first.messages(2, 9);
    await world.until('events', () => world.seen.length === 8);
    const beforeMs = world.clock.wallNow();
    first.close(4006, 'session no longer valid');
    await world.reconnects();
    const { peer, introduction } = await world.introduced();
    expect(introduction.op).toBe(2);
    expect(world.told.gap).toEqual([]);
    peer.ready('new').message(12);
    await world.until('event', () => world.seen.length === 9);
    expect(world.told.gap).toEqual([
      {
        shard: 0,
        shardCount: 1,
        sessionId: 'old',
        lastSeq: 9,
        fromMs: beforeMs,
        toMs: world.clock.wallNow(),
        reason: 'session-ended',
      },
    ]);
    expect(world.logged('a session ended; events may be lost')).toHaveLength(1);
  });

  it('a resume refused three times identifies, and the gap says from where to where', async () => {
    await using world = await ShardWorld.start({ session: { id: 'old', seq: 41 } });
    for (let n = 1; n <= 3; n++) {
      const { peer, introduction } = await world.introduced();
      expect(introduction).toMatchObject({ op: 6, d: { session_id: 'old', seq: 41 } });
      peer.send({ op: 9, d: false });
      peer.close(1000);
      await world.reconnects(n);
    }
    const { peer, introduction } = await world.introduced();
    expect(introduction.op).toBe(2);
    peer.ready('new').message(2);
    await world.until('event', () => world.seen.length === 1);
    expect(world.told.gap).toMatchObject([{ sessionId: 'old', lastSeq: 41, reason: 'resume-refused' }]);
    expect(world.connection.session).toEqual({ id: 'new', seq: 2 });
  });

  it('a connection that breaks right after Identify is tried again', async () => {
    await using world = await ShardWorld.start();
    for (let n = 1; n <= 5; n++) {
      const { peer, introduction } = await world.introduced();
      expect(introduction.op).toBe(2);
      peer.cut();
      await world.reconnects(n);
    }
    await world.live('s');
    expect(world.connection.status().isLive).toBe(true);
  });

  it('has one socket at any time, however it is lost', async () => {
    await using world = await ShardWorld.start();
    let peer = await world.live('s', 1_000);
    const losses: (() => void | Promise<void>)[] = [
      () => peer.cut(),
      () => peer.close(4009),
      () => peer.send({ op: 7 }),
      () => peer.send({ op: 9, d: true }),
      () => world.clock.advance(1_500),
      () => peer.close(1000),
    ];
    for (const [at, lose] of losses.entries()) {
      await lose();
      if (at === 3) await world.clock.advance(1_000);
      await world.reconnects(at + 1);
      const next = await world.introduced(1_000);
      expect(next.introduction.op).toBe(6);
      await peer.closed();
      expect(world.gateway.open).toBe(1);
      peer = next.peer.resumed(2);
      await world.until('resumed', () => world.told.ready.length === at + 2);
    }
    expect(world.told.disconnect.map(({ cause }) => cause)).toEqual([
      'closed',
      'closed',
      'reconnect-requested',
      'invalid-session',
      'zombie',
      'closed',
    ]);
  });

  it('leaves nothing behind with each connection', async () => {
    await using world = await ShardWorld.start();
    const listeners = process.eventNames().map((name) => process.listenerCount(name));
    let peer = await world.live('s');
    const timers = world.clock.pending;
    for (let n = 1; n <= 30; n++) {
      peer.close(4009);
      await world.reconnects(n);
      peer = (await world.introduced()).peer.resumed(2);
      await world.until('resumed', () => world.told.ready.length === n + 1);
    }
    expect(process.eventNames().map((name) => process.listenerCount(name))).toEqual(listeners);
    expect(world.clock.pending).toBe(timers);
  });
});

describe('a dead socket', () => {
  it('that answers no heartbeat and says nothing is noticed, replaced, and what it missed comes', async () => {
    await using world = await ShardWorld.start();
    const silent = await world.live('s', 10_000);
    await world.clock.advance(5_000);
    expect(await silent.frame()).toEqual({ op: 1, d: 1 });
    await world.clock.advance(9_999);
    expect(world.connection.status().isLive).toBe(true);
    await world.clock.advance(1);
    expect(world.connection.status().isLive).toBe(false);
    expect(await silent.closed()).toBe(1006);
    await world.reconnects(1);
    const { peer, introduction } = await world.introduced();
    expect(introduction).toMatchObject({ op: 6, d: { session_id: 's', seq: 1 } });
    peer.messages(2, 3).resumed(4);
    await world.until('events', () => world.seen.length === 2);
    expect(world.told.disconnect).toMatchObject([{ cause: 'zombie', next: 'resume' }]);
  });

  it('is not one that sends events but no ACKs for less than three beats: any frame counts', async () => {
    await using world = await ShardWorld.start();
    const peer = await world.live('s', 10_000);
    await world.clock.advance(5_000);
    for (let beat = 0; beat < 2; beat++) {
      await world.clock.advance(5_000);
      peer.message(2 + beat);
      await world.until('event', () => world.seen.length === beat + 1);
      await world.clock.advance(5_000);
    }
    expect(world.connection.status().isLive).toBe(true);
    peer.ack();
    await world.settle(peer);
    expect(world.told.disconnect).toEqual([]);
  });

  it('that never says Hello is given up', async () => {
    await using world = await ShardWorld.start({ helloTimeoutMs: 3_000 });
    const peer = await world.gateway.peer();
    await world.settle(peer);
    await world.clock.advance(3_000);
    expect(await peer.closed()).toBe(1006);
    expect(world.told.disconnect).toMatchObject([{ cause: 'timeout', next: 'identify' }]);
  });

  it('silent but alive: a shard without events for silenceMs resumes to find out', async () => {
    await using world = await ShardWorld.start({ silenceMs: 30_000 });
    const deaf = await world.live('s', 10_000);
    for (let n = 0; n < 6; n++) {
      await world.clock.advance(5_000);
      if (n < 5) {
        deaf.ack();
        await world.settle(deaf);
      }
    }
    expect(await deaf.closed()).toBe(RESUMABLE_CLOSE_CODE);
    await world.reconnects(1);
    const { peer, introduction } = await world.introduced();
    expect(introduction.op).toBe(6);
    peer.message(2).resumed(3);
    await world.until('event', () => world.seen.length === 1);
    expect(world.told.disconnect).toMatchObject([{ cause: 'silence' }]);
  });
});

describe('a gateway that cannot be had', () => {
  it('is tried for ever, ever more slowly up to a cap, and the status tells the truth', async () => {
    const gone = await BareGateway.start();
    const { url } = gone;
    await gone[Symbol.asyncDispose]();
    await using world = await ShardWorld.start({ url, backoffMaxMs: 16_000 });
    const pauses: number[] = [];
    for (let n = 1; n <= 12; n++) {
      pauses.push(await world.reconnects(n));
      expect(world.connection.status().isLive).toBe(false);
    }
    expect(pauses).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 8_000, 8_000, 8_000, 8_000, 8_000, 8_000, 8_000,
    ]);
    expect(world.told.disconnect[0]).toMatchObject({
      code: 1006,
      reason: expect.stringContaining('ECONNREFUSED'),
    });
    expect(world.connection.status().attempt).toBeGreaterThanOrEqual(12);
    expect(world.outcome).toBeUndefined();
  });

  it('accepts and closes: no connection a second, but back-off with jitter', async () => {
    let accepted = 0;
    const server = createServer((socket) => {
      accepted++;
      socket.on('error', () => {});
      socket.destroy();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using world = await ShardWorld.start({ url });
    world.random = 0.999;
    let totalMs = 0;
    for (let n = 1; n <= 6; n++) totalMs += await world.reconnects(n);
    expect(accepted).toBeLessThanOrEqual(7);
    expect(totalMs).toBeGreaterThan(60_000);
    await new Promise((resolve) => server.close(resolve));
  });

  it.each([
    '',
    'http://127.0.0.1/',
    'ws://',
    'ws://a b/',
    'ws://[::g]/',
    'ws://127.0.0.1/#part',
    'ws://127.0.0.1:99999/',
    'localhost:80',
  ])('has a wrong URL: %j is refused before anything is opened', async (url) => {
    await expect(ShardWorld.make({ url })).rejects.toMatchObject({
      code: 'BOTGO_URL_INVALID',
      message: expect.stringContaining('url of GET /gateway/bot'),
    });
  });

  it.each([
    { intents: 0 },
    { shard: 2, shardCount: 2 },
    { shardCount: 0 },
    { shard: -1 },
    { maxFrameBytes: 0 },
    { backoffMaxMs: Number.NaN },
    { helloTimeoutMs: -1 },
  ])('is asked for with a wrong option: %j', async (options) => {
    await expect(ShardWorld.make(options)).rejects.toBeInstanceOf(ConfigError);
  });
});

describe('a gateway that forbids to come back', () => {
  it.each([
    [4001, /opcode/],
    [4002, /payload/],
    [4010, /shard id and shard count/],
    [4011, /more shards/],
    [4012, /version/],
    [4013, /intents are not valid/],
    [4014, /not permitted/],
    [4914, /offline/],
    [4915, /banned/],
  ])('with %i rejects run() with the cause, and nothing connects again', async (code, cause) => {
    await using world = await ShardWorld.start();
    (await world.live('s')).close(code, 'the reason');
    const error = await world.ended();
    expect(error).toBeInstanceOf(GatewayError);
    expect(error).toMatchObject({
      code: 'BOTGO_GATEWAY_FATAL',
      closeCode: code,
      closeReason: 'the reason',
      shard: 0,
    });
    expect((error as Error).message).toMatch(cause);
    expect(world.connection.status()).toMatchObject({ phase: 'stopped', isLive: false, error });
    await world.clock.advance(3_600_000);
    expect(world.gateway.peers).toHaveLength(1);
  });

  it('by a bare op 9 five times stops with a cause that names what the close frame said', async () => {
    await using world = await ShardWorld.start();
    for (let n = 1; n <= 5; n++) {
      const { peer } = await world.introduced();
      peer.send({ op: 9, d: false });
      peer.close(4903, 'ip not in whitelist');
      if (n < 5) await world.reconnects(n);
    }
    const error = await world.ended();
    expect(error).toMatchObject({ code: 'BOTGO_GATEWAY_FATAL', closeReason: 'ip not in whitelist' });
    expect((error as Error).message).toContain('op 9 5 times in a row');
  });

  it('an op 9 whose close frame names the intents stops at once', async () => {
    await using world = await ShardWorld.start();
    const { peer } = await world.introduced();
    peer.send({ op: 9 });
    peer.close(4014, 'disallowed intents');
    expect(await world.ended()).toMatchObject({ closeCode: 4014, closeReason: 'disallowed intents' });
    expect(world.gateway.peers).toHaveLength(1);
  });
});

describe('close, revoke and abort', () => {
  it.each([
    [undefined, RESUMABLE_CLOSE_CODE],
    [true, RESUMABLE_CLOSE_CODE],
    [false, 1000],
  ])('close with resumable %j says %i and resolves run()', async (resumable, code) => {
    await using world = await ShardWorld.start();
    const peer = await world.live('s');
    await world.connection.close(resumable === undefined ? {} : { resumable });
    expect(await peer.closed()).toBe(code);
    expect(await world.ended()).toBeUndefined();
    await world.connection.close();
    expect(world.connection.status()).toMatchObject({ phase: 'stopped', isLive: false, error: undefined });
  });

  it('close resolves when the socket is gone, if need be by force', async () => {
    await using world = await ShardWorld.start();
    const peer = await world.live('s');
    // The peer reads nothing any more: our close frame gets no answer.
    peer.socket.pause();
    let isClosed = false;
    const closing = world.connection.close().then(() => {
      isClosed = true;
    });
    await world.clock.advance(999);
    expect(isClosed).toBe(false);
    await world.clock.advance(1);
    await closing;
    expect(world.clock.pending).toBe(0);
  });

  it('close before run, twice, and run afterwards', async () => {
    await using world = await ShardWorld.make();
    await world.connection.close();
    await world.connection.close();
    await expect(world.connection.run()).rejects.toMatchObject({ code: 'BOTGO_CLOSED' });
  });

  it('run twice is refused', async () => {
    await using world = await ShardWorld.start();
    await expect(world.connection.run()).rejects.toMatchObject({ code: 'BOTGO_CLOSED' });
  });

  it('close while it connects or waits opens nothing more', async () => {
    await using world = await ShardWorld.start();
    (await world.live('s')).cut();
    await world.until('disconnect', () => world.told.disconnect.length === 1);
    await world.connection.close();
    await world.clock.advance(600_000);
    expect(world.gateway.peers).toHaveLength(1);
    expect(world.clock.pending).toBe(0);
    expect(await world.ended()).toBeUndefined();
  });

  it('a handler may close the connection: what was read with its event is ignored', async () => {
    await using world = await ShardWorld.start({
      handle: (event) => {
        world.see(event);
        if (world.seen.length === 2) void world.connection.close();
      },
    });
    const peer = await world.live('s');
    peer.messages(2, 40);
    expect(await peer.closed()).toBe(RESUMABLE_CLOSE_CODE);
    expect(world.seen).toEqual(['2', '3']);
    expect(world.connection.session).toMatchObject({ id: 's' });
  });

  it('an aborted signal rejects run() with its reason and aborts handlers', async () => {
    const reasons: unknown[] = [];
    await using world = await ShardWorld.make({
      handle: (event, context) => {
        world.see(event);
        context.signal.addEventListener('abort', () => reasons.push(context.signal.reason));
        return new Promise(() => {});
      },
    });
    const abort = new AbortController();
    world.run(abort.signal);
    const peer = await world.live('s');
    peer.message(2);
    await world.until('event', () => world.seen.length === 1);
    const reason = new Error('enough');
    abort.abort(reason);
    expect(await world.ended()).toBe(reason);
    expect(reasons).toEqual([reason]);
    expect(await peer.closed()).toBe(RESUMABLE_CLOSE_CODE);
    expect(world.connection.session).toEqual({ id: 's', seq: 1 });
  });

  it('an aborted signal before run opens nothing', async () => {
    await using world = await ShardWorld.make();
    const reason = new Error('no');
    world.run(AbortSignal.abort(reason));
    expect(await world.ended()).toBe(reason);
    expect(world.gateway.peers).toEqual([]);
  });
});
