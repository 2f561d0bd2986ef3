import { describe, expect, it } from 'vitest';
import { BotgoError, ConfigError } from '../src/errs/index.js';
import { RESUMABLE_CLOSE_CODE } from '../src/gateway/index.js';
import { BareGateway } from './support/bare-gateway.js';
import { ShardWorld } from './support/shard-world.js';

/** A promise to settle by hand. */
function deferred() {
  let resolve: () => void = () => {};
  let reject: (error: unknown) => void = () => {};
  const promise = new Promise<void>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}

describe('a session that has to be stored', () => {
  it('has none of its events handled before onSession has resolved', async () => {
    const stored = deferred();
    const asked: unknown[] = [];
    await using world = await ShardWorld.start({
      onSession: (session) => {
        asked.push(session);
        return stored.promise;
      },
    });
    const { peer } = await world.introduced();
    peer.ready('s').messages(2, 6);
    await world.until('onSession', () => asked.length === 1);
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
    expect(asked).toEqual([{ id: 's', seq: 1 }]);
    expect(world.seen).toEqual([]);
    stored.resolve();
    await world.until('events', () => world.seen.length === 5);
    expect(world.seen).toEqual(['2', '3', '4', '5', '6']);
  });

  it('acknowledges nothing until then, and what storedSeq says afterwards', async () => {
    const stored = deferred();
    let storedSeq: number | null = 700;
    await using world = await ShardWorld.start({
      onSession: () => stored.promise,
      storedSeq: () => storedSeq,
    });
    const { peer } = await world.introduced(10_000);
    await world.clock.advance(5_000);
    expect(await peer.frame()).toEqual({ op: 1, d: null });
    peer.ready('s').ack();
    await world.until('ready', () => world.told.ready.length === 1);
    await world.clock.advance(10_000);
    expect(await peer.frame()).toEqual({ op: 1, d: null });
    storedSeq = 1;
    stored.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    peer.ack().messages(2, 9);
    await world.until('events', () => world.seen.length === 8);
    await world.clock.advance(10_000);
    expect(await peer.frame()).toEqual({ op: 1, d: 1 });
    storedSeq = 9;
    peer.send({ op: 1 });
    expect(await peer.frame()).toEqual({ op: 1, d: 9 });
  });

  it('that could not be stored is dropped, stored again, and only then resumed and handled', async () => {
    let attempts = 0;
    await using world = await ShardWorld.start({
      onSession: async () => {
        if (++attempts <= 2) throw new BotgoError('BOTGO_STORE', 'the store is away');
      },
    });
    const { peer: first } = await world.introduced();
    first.ready('s').messages(2, 4);
    expect(await first.closed()).toBe(1006);
    await world.reconnects();
    await world.until('refusal', () => world.told.refused.length === 1);
    expect(world.seen).toEqual([]);
    expect(world.gateway.peers).toHaveLength(1);
    await world.clock.advance(1_000);
    const { peer, introduction } = await world.introduced();
    expect(attempts).toBe(3);
    expect(introduction).toMatchObject({ op: 6, d: { session_id: 's', seq: 1 } });
    peer.messages(2, 5).resumed(6);
    await world.until('events', () => world.seen.length === 4);
    expect(world.logged('could not be stored')).toHaveLength(1);
  });

  it('is not handled over a resume either while its store is still awaited', async () => {
    const stored = deferred();
    await using world = await ShardWorld.start({ onSession: () => stored.promise });
    const { peer: first } = await world.introduced();
    first.ready('s').messages(2, 4);
    await world.until('ready', () => world.told.ready.length === 1);
    // A cut that shows only when something is written: the socket is not read.
    first.cut();
    await world.clock.advance(80_000);
    await world.until('the loss', () => !world.connection.status().isLive);
    await world.clock.advance(10_000);
    expect(world.gateway.peers).toHaveLength(1);
    expect(world.seen).toEqual([]);
    stored.resolve();
    await new Promise((resolve) => setImmediate(resolve));
    await world.clock.advance(1_000);
    const { peer, introduction } = await world.introduced();
    expect(introduction).toMatchObject({ op: 6, d: { session_id: 's', seq: 1 } });
    peer.messages(2, 4).resumed(5);
    await world.until('events', () => world.seen.length === 3);
  });

  it('never shows a new session with the checkpoint of the last, not even to a listener of the gap', async () => {
    const shown: unknown[] = [];
    await using world = await ShardWorld.make();
    world.connection.on('gap', () => shown.push(world.connection.session));
    world.connection.on('ready', () => shown.push(world.connection.session));
    world.run();
    const first = await world.live('old');
    first.messages(2, 500);
    await world.until('events', () => world.seen.length === 499);
    first.close(4006);
    await world.reconnects();
    expect(world.connection.session).toEqual({ id: 'old', seq: 500 });
    await world.live('new');
    expect(shown).toEqual([
      { id: 'old', seq: 1 },
      { id: 'new', seq: undefined },
      { id: 'new', seq: 1 },
    ]);
  });
});

describe('a session that has ended', () => {
  it('is shown until its gap was told, so that the heir of a process that dies before that can tell it', async () => {
    await using gateway = await BareGateway.start();
    const first = await ShardWorld.start({ gateway });
    const peer = await first.live('old');
    peer.messages(2, 5);
    await first.until('events', () => first.seen.length === 4);
    peer.close(4006);
    await first.until('the end', () => first.told.disconnect.length === 1);
    const { session } = first.connection;
    first.connection.revoke(new BotgoError('BOTGO_LEASE_LOST', 'gone'));
    expect(first.told.gap).toEqual([]);
    const second = await ShardWorld.start({ gateway, session });
    const { peer: next, introduction } = await second.introduced();
    expect(introduction).toMatchObject({ op: 6, d: { session_id: 'old', seq: 5 } });
    next.close(4006);
    await second.reconnects(1);
    await second.live('new');
    expect(second.told.gap).toMatchObject([{ sessionId: 'old' }]);
    await second.connection.close();
  });

  it("is told at the latest when its shard is handed over, and then it is nobody's any more", async () => {
    await using world = await ShardWorld.start();
    const peer = await world.live('old');
    peer.close(4006);
    await world.until('the end', () => world.told.disconnect.length === 1);
    await world.connection.close();
    expect(world.told.gap).toMatchObject([{ sessionId: 'old' }]);
    expect(world.connection.session).toBeUndefined();
  });
});

describe('what still comes on a socket that is left', () => {
  it('is handled when the session ends with it, before the gap is told', async () => {
    await using world = await ShardWorld.start();
    const peer = await world.live('s');
    peer.message(2).send({ op: 9, d: false });
    peer.messages(3, 5).close(4006);
    await world.until('the end', () => world.told.disconnect.length === 1);
    expect(world.seen).toEqual(['2', '3', '4', '5']);
    expect(world.connection.session).toEqual({ id: 's', seq: 5 });
  });

  it('is left alone when it comes again, and handled once', async () => {
    await using world = await ShardWorld.start();
    const peer = await world.live('s');
    peer.message(2).send({ op: 7 });
    peer.messages(3, 4);
    await world.until('the end', () => world.told.disconnect.length === 1);
    expect(world.seen).toEqual(['2']);
    await world.reconnects();
    const { peer: next, introduction } = await world.introduced();
    expect(introduction).toMatchObject({ op: 6, d: { session_id: 's', seq: 2 } });
    next.messages(3, 4).resumed(5).message(6).close(4006);
    await world.until('the end', () => world.told.disconnect.length === 2);
    expect(world.seen).toEqual(['2', '3', '4', '6']);
  });
});

describe('a session that is handed over', () => {
  it('is resumed by its next owner from the checkpoint, without an identify', async () => {
    await using gateway = await BareGateway.start();
    const first = await ShardWorld.start({ gateway });
    const peer = await first.live('s');
    peer.messages(2, 5);
    await first.until('events', () => first.seen.length === 4);
    const session = await first.connection.drain(5_000);
    await first.connection.close();
    expect(await peer.closed()).toBe(RESUMABLE_CLOSE_CODE);
    expect(gateway.open).toBe(0);
    expect(session).toEqual({ id: 's', seq: 5 });
    const second = await ShardWorld.start({ gateway, session });
    const { peer: next, introduction } = await second.introduced();
    expect(introduction).toMatchObject({ op: 6, d: { session_id: 's', seq: 5 } });
    next.message(6).resumed(7);
    await second.until('event', () => second.seen.length === 1);
    expect(second.seen).toEqual(['6']);
    await second.connection.close();
  });

  it('lets handlers finish, handles nothing that comes meanwhile, and aborts what is too slow', async () => {
    const aborted: unknown[] = [];
    const finish = new Map<string, () => void>();
    await using world = await ShardWorld.start({
      handle: (event, context) => {
        world.see(event);
        const content = world.seen.at(-1) ?? '';
        context.signal.addEventListener('abort', () => aborted.push([content, context.signal.reason]));
        return new Promise<void>((resolve) => finish.set(content, resolve));
      },
    });
    const peer = await world.live('s');
    peer.message(2, 'a').message(3, 'b');
    await world.until('handlers', () => world.seen.length === 2);
    const draining = world.connection.drain(5_000);
    peer.message(4, 'c');
    finish.get('2')?.();
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(world.seen).toEqual(['2', '3']);
    await world.clock.advance(5_000);
    expect(await draining).toEqual({ id: 's', seq: 2 });
    expect(aborted).toContainEqual(['3', expect.objectContaining({ code: 'BOTGO_CLOSED' })]);
    finish.get('3')?.();
    await new Promise((resolve) => setImmediate(resolve));
    expect(world.connection.session).toEqual({ id: 's', seq: 2 });
  });

  it('has what comes while it drains left alone, though its lane has room again', async () => {
    const finish: (() => void)[] = [];
    await using world = await ShardWorld.start({
      handle: (event) => {
        world.see(event);
        return new Promise<void>((resolve) => finish.push(resolve));
      },
      delivery: { laneCapacity: 2 },
    });
    const peer = await world.live('s');
    peer.message(2, 'a').message(3, 'b');
    await world.until('the pause', () => world.connection.status().isPaused);
    const draining = world.connection.drain(5_000);
    peer.message(4, 'c');
    for (const done of finish) done();
    expect(await draining).toEqual({ id: 's', seq: 3 });
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(world.seen).toEqual(['2', '3']);
  });

  it('has what came while it drained handled here when it ends: nobody else gets that any more', async () => {
    const finish = new Map<string, () => void>();
    await using world = await ShardWorld.start({
      handle: (event) => {
        world.see(event);
        return new Promise<void>((resolve) => finish.set(world.seen.at(-1) ?? '', resolve));
      },
    });
    const peer = await world.live('s');
    peer.message(2, 'a');
    await world.until('a handler', () => world.seen.length === 1);
    let isDrained = false;
    const draining = world.connection.drain(5_000).then((session) => {
      isDrained = true;
      return session;
    });
    peer.message(3, 'b').message(4, 'a').close(4006);
    await world.until('the end', () => world.told.disconnect.length === 1);
    expect(world.seen).toEqual(['2', '3']);
    for (const content of ['2', '3', '4']) {
      await world.until('its turn', () => world.seen.includes(content));
      expect(isDrained).toBe(false);
      finish.get(content)?.();
    }
    expect(await draining).toEqual({ id: 's', seq: 2 });
    expect(world.seen).toEqual(['2', '3', '4']);
    await world.connection.close();
    expect(world.told.gap).toMatchObject([{ sessionId: 's' }]);
  });

  it('is not read any further when too much has come while it drains', async () => {
    const finish: (() => void)[] = [];
    await using world = await ShardWorld.start({
      handle: () => new Promise<void>((resolve) => finish.push(resolve)),
    });
    const peer = await world.live('s');
    peer.message(2, 'a');
    await world.until('a handler', () => finish.length === 1);
    const draining = world.connection.drain(5_000);
    peer.messages(3, 1_010);
    await world.until('the pause', () => world.connection.status().isPaused);
    finish[0]?.();
    expect(await draining).toEqual({ id: 's', seq: 2 });
    expect(finish).toHaveLength(1);
  });

  it('is given up at once when it is revoked: nothing its handlers still do counts', async () => {
    const finish: (() => void)[] = [];
    await using world = await ShardWorld.start({
      handle: (event) => {
        world.see(event);
        return new Promise<void>((resolve) => finish.push(resolve));
      },
    });
    const peer = await world.live('s');
    peer.message(2, 'a').message(3, 'b');
    await world.until('handlers', () => world.seen.length === 2);
    const reason = new BotgoError('BOTGO_LEASE_LOST', 'gone');
    world.connection.revoke(reason);
    expect(await world.ended()).toBe(reason);
    for (const done of finish) done();
    await new Promise((resolve) => setImmediate(resolve));
    expect(world.connection.session).toEqual({ id: 's', seq: 1 });
    expect(await peer.closed()).toBe(RESUMABLE_CLOSE_CODE);
  });

  it('skips what killed its process, in that session and in no other', async () => {
    await using world = await ShardWorld.start({ session: { id: 's', seq: 3 }, poison: new Set([4, 5]) });
    const { peer } = await world.introduced();
    peer.messages(4, 6).resumed(7);
    await world.until('event', () => world.seen.length === 1);
    expect(world.seen).toEqual(['6']);
    expect(world.problems.map(({ outcome, event }) => [outcome, event.id])).toEqual([
      ['poison', 'AT_MESSAGE_CREATE:m4'],
      ['poison', 'AT_MESSAGE_CREATE:m5'],
    ]);
    peer.close(4006);
    await world.reconnects();
    const next = await world.live('t');
    next.send({ op: 0, s: 4, t: 'AT_MESSAGE_CREATE', d: { id: 'other', channel_id: 'c', content: 'other' } });
    await world.until('event', () => world.seen.length === 2);
    expect(world.seen).toEqual(['6', 'other']);
  });

  it('is asked about before each event: an owner that may not act any more handles nothing', async () => {
    let reason: unknown;
    await using world = await ShardWorld.start({ guard: () => reason });
    const peer = await world.live('s');
    peer.message(2);
    await world.until('event', () => world.seen.length === 1);
    reason = new BotgoError('BOTGO_LEASE_LOST', 'gone');
    peer.messages(3, 5);
    await world.settle(peer);
    expect(world.seen).toEqual(['2']);
    expect(world.connection.session).toEqual({ id: 's', seq: 2 });
  });
});

describe('token and permit', () => {
  it('a token refused with 4004 is replaced before the resume', async () => {
    await using world = await ShardWorld.start();
    const first = await world.live('s');
    first.close(4004, 'token expired');
    await world.reconnects();
    const { introduction } = await world.introduced();
    expect(introduction).toEqual({ op: 6, d: { token: 'QQBot token-2', session_id: 's', seq: 1 } });
    expect(world.tokens.refused).toEqual(['token-1']);
  });

  it('4004 five times in a row stops with a cause instead of burning session starts', async () => {
    await using world = await ShardWorld.start();
    for (let n = 1; n <= 5; n++) {
      const { peer } = await world.introduced();
      peer.close(4004);
      if (n < 5) await world.reconnects(n);
    }
    expect(await world.ended()).toMatchObject({
      code: 'BOTGO_GATEWAY_FATAL',
      closeCode: 4004,
      message: expect.stringContaining('check app id and secret'),
    });
  });

  it('a bare op 9 to Identify is answered with a fresh token', async () => {
    await using world = await ShardWorld.start();
    const { peer } = await world.introduced();
    peer.send({ op: 9, d: false });
    peer.close(1000);
    await world.reconnects();
    expect((await world.introduced()).introduction.d.token).toBe('QQBot token-2');
  });

  it('a token that cannot be had is asked for again with back-off, and said', async () => {
    await using world = await ShardWorld.make();
    const error = new BotgoError('BOTGO_TOKEN', 'the endpoint is down');
    world.tokens.error = error;
    world.run();
    for (const [n, pauseMs] of [500, 1_000, 2_000].entries()) {
      await world.until('refusal', () => world.told.refused.length === n + 1);
      await world.clock.advance(pauseMs - 1);
      expect(world.tokens.asked).toBe(n + 1);
      await world.clock.advance(1);
    }
    world.tokens.error = undefined;
    await world.clock.advance(4_000);
    await world.live('s');
    expect(world.told.refused[0]).toBe(error);
    expect(world.gateway.peers).toHaveLength(1);
  });

  it('a token is asked for ahead of its end, with a heartbeat', async () => {
    await using world = await ShardWorld.make();
    world.tokens.expiresAtMs = world.clock.wallNow() + 100_000;
    world.run();
    const peer = await world.live('s', 30_000);
    await world.clock.advance(15_000);
    peer.ack();
    await world.settle(peer);
    expect(world.tokens.asked).toBe(1);
    await world.clock.advance(30_000);
    expect(world.tokens.asked).toBe(2);
  });

  it('a permit is awaited for each identify and each resume, and no socket is opened before', async () => {
    const kinds: string[] = [];
    const gates = [deferred(), deferred()];
    await using world = await ShardWorld.start({
      permit: (kind) => {
        kinds.push(kind);
        return gates[kinds.length - 1]?.promise ?? Promise.resolve();
      },
    });
    await world.clock.advance(60_000);
    expect(world.gateway.peers).toHaveLength(0);
    gates[0]?.resolve();
    const first = await world.live('s');
    first.cut();
    await world.until('disconnect', () => world.told.disconnect.length === 1);
    await world.clock.advance(60_000);
    expect(kinds).toEqual(['identify', 'resume']);
    expect(world.gateway.peers).toHaveLength(1);
    gates[1]?.resolve();
    expect((await world.introduced()).introduction.op).toBe(6);
  });

  it('a permit that can never be had ends the run with its cause', async () => {
    const error = new ConfigError('no budget');
    await using world = await ShardWorld.start({ permit: () => Promise.reject(error) });
    expect(await world.ended()).toBe(error);
  });

  it('a close while a permit is awaited aborts the wait', async () => {
    let reason: unknown;
    await using world = await ShardWorld.start({
      permit: (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            reason = signal.reason;
            reject(signal.reason);
          });
        }),
    });
    await world.connection.close();
    expect(await world.ended()).toBeUndefined();
    expect(reason).toBeDefined();
    expect(world.told.refused).toEqual([]);
  });

  it('neither token nor message shows in a log, an error or a status', async () => {
    await using world = await ShardWorld.start();
    const first = await world.live('s');
    first.send({
      op: 0,
      s: 2,
      t: 'AT_MESSAGE_CREATE',
      d: { id: 'm', channel_id: 'c', content: 'private words' },
    });
    first.raw('{"private words');
    await world.until('event', () => world.seen.length === 1);
    first.close(4004);
    await world.reconnects();
    const { peer } = await world.introduced();
    peer.send({ op: 9 });
    peer.close(4014, 'intents');
    const error = await world.ended();
    const text = JSON.stringify([world.logs, world.told, world.connection.status(), String(error), error]);
    expect(world.logs.length).toBeGreaterThan(3);
    expect(text).not.toMatch(/token-\d/);
    expect(text).not.toContain('private words');
  });
});
