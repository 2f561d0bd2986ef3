import { describe, expect, it, vi } from 'vitest';
import type { DeliveredEvent, HandlingContext } from '../src/delivery/index.js';
import { RESUMABLE_CLOSE_CODE } from '../src/gateway/index.js';
import { messagePayload } from './support/bare-gateway.js';
import { ShardWorld } from './support/shard-world.js';

/** Handlers that return when told to. */
function gates() {
  const open = new Map<string, () => void>();
  const started: string[] = [];
  const handle = (event: DeliveredEvent, _context: HandlingContext): Promise<void> => {
    const { content } = event.d as { content: string };
    started.push(content);
    return new Promise((resolve) => open.set(content, resolve));
  };
  const pass = async (...contents: (string | number)[]): Promise<void> => {
    for (const content of contents) open.get(String(content))?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { started, handle, pass };
}

describe('checkpoint and replay', () => {
  it('an event whose handler has not returned is asked for again, and not handled twice in this process', async () => {
    const { started, handle, pass } = gates();
    await using world = await ShardWorld.start({ handle });
    const first = await world.live('s');
    for (const s of [2, 3, 4, 5]) first.message(s, `channel ${s}`);
    await world.until('handlers', () => started.length === 4);
    await pass(2, 4, 5);
    expect(world.connection.session).toEqual({ id: 's', seq: 2 });
    expect(world.connection.inFlight(9)).toEqual([3]);
    first.cut();
    await world.reconnects();
    const { peer, introduction } = await world.introduced();
    expect(introduction.d.seq).toBe(2);
    for (const s of [3, 4, 5, 6]) peer.message(s, `channel ${s}`);
    peer.resumed(7);
    await world.until('handlers', () => started.length === 5);
    await pass(3, 6);
    expect(started).toEqual(['2', '3', '4', '5', '6']);
    expect(world.connection.session?.seq).toBe(7);
  });

  it('ten events before a slow handler, op 7 in the middle: each is handled once', async () => {
    const { started, handle, pass } = gates();
    await using world = await ShardWorld.start({ handle });
    const first = await world.live('s');
    first.messages(2, 6).send({ op: 7 });
    await first.closed();
    await world.reconnects();
    const { peer, introduction } = await world.introduced();
    expect(introduction.d.seq).toBe(1);
    peer.messages(2, 11).resumed(12);
    await world.until('resumed', () => world.told.ready.length === 2);
    for (let s = 2; s <= 11; s++) {
      await world.until(`event ${s}`, () => started.includes(String(s)));
      await pass(s);
    }
    expect(started).toEqual(['2', '3', '4', '5', '6', '7', '8', '9', '10', '11']);
    expect(world.connection.session?.seq).toBe(12);
  });

  it('a handler that throws is reported with its event; the connection and the checkpoint go on', async () => {
    const failure = new Error('boom');
    await using world = await ShardWorld.start({
      handle: (event) => {
        world.see(event);
        if (world.seen.length === 1) throw failure;
      },
    });
    const peer = await world.live('s');
    peer.messages(2, 3);
    await world.until('events', () => world.seen.length === 2);
    expect(world.problems).toMatchObject([
      { error: failure, outcome: 'failed', event: { id: 'AT_MESSAGE_CREATE:m2' }, lane: 'shard 0/1' },
    ]);
    expect(world.connection.status()).toMatchObject({ isLive: true, checkpoint: 3 });
  });

  it('a handler that never returns is reported with its event and stops nobody else', async () => {
    const { started, handle } = gates();
    await using world = await ShardWorld.start({ handle, delivery: { handlerTimeoutMs: 3_000 } });
    const peer = await world.live('s');
    peer.message(2, 'stuck').message(3, 'stuck').message(4, 'other');
    await world.until('handlers', () => started.length === 2);
    await world.clock.advance(3_000);
    expect(started).toEqual(['2', '4', '3']);
    expect(world.problems[0]).toMatchObject({
      outcome: 'timed-out',
      event: { id: 'AT_MESSAGE_CREATE:m2' },
      error: { code: 'BOTGO_HANDLER_TIMEOUT', message: expect.stringContaining('AT_MESSAGE_CREATE:m2') },
    });
    expect(world.connection.session?.seq).toBe(2);
  });

  it('a slow handler of one conversation keeps neither others nor op 7 waiting', async () => {
    const { started, handle } = gates();
    await using world = await ShardWorld.start({ handle });
    const peer = await world.live('s');
    peer.message(2, 'slow').messages(3, 40, 'slow').message(41, 'quick').send({ op: 7 });
    await peer.closed();
    expect(started).toEqual(['2', '41']);
    await world.until('disconnect', () => world.told.disconnect.length === 1);
    expect(world.told.disconnect).toMatchObject([{ cause: 'reconnect-requested', next: 'resume' }]);
  });

  it('a replay that doubles what was handled runs no handler twice', async () => {
    await using world = await ShardWorld.start();
    const peer = await world.live('s');
    peer.messages(2, 5).messages(2, 5).messages(4, 7);
    await world.until('events', () => world.seen.length >= 6);
    await world.settle(peer);
    expect(world.seen).toEqual(['2', '3', '4', '5', '6', '7']);
  });

  it('a copy under another s or of another session is recognised by its id', async () => {
    await using world = await ShardWorld.start();
    const first = await world.live('s');
    first.message(2).send({ ...messagePayload(2), s: 3 });
    first.close(4006);
    await world.reconnects();
    const second = await world.live('t');
    second.send({ ...messagePayload(2), s: 2 });
    second.message(3);
    await world.until('event 3', () => world.seen.includes('3'));
    expect(world.seen).toEqual(['2', '3']);
    expect(world.connection.session).toEqual({ id: 't', seq: 3 });
  });

  it('sequence numbers need not be without holes', async () => {
    await using world = await ShardWorld.start();
    const first = await world.live('s');
    first.message(10).message(200).message(201);
    await world.until('events', () => world.seen.length === 3);
    first.cut();
    await world.reconnects();
    expect((await world.introduced()).introduction.d.seq).toBe(201);
  });

  it('RESUMED is told apart: the end of the replay is known, and handlers may have it', async () => {
    const names: string[] = [];
    await using world = await ShardWorld.start({
      session: { id: 's', seq: 4 },
      delivery: { wants: () => true },
      handle: (event) => void names.push(event.t),
    });
    const { peer } = await world.introduced();
    peer.message(5);
    await world.until('event', () => names.length === 1);
    expect(world.connection.status().phase).toBe('handshaking');
    peer.resumed(6);
    await world.until('resumed', () => world.told.ready.length === 1);
    expect(names).toEqual(['AT_MESSAGE_CREATE', 'RESUMED']);
    expect(world.told.ready).toMatchObject([{ sessionId: 's', resumed: true }]);
  });
});

describe('under load', () => {
  it('reading really stops while handlers are behind, then goes on, and nothing is lost', async () => {
    const events = 1_500;
    const { started, handle, pass } = gates();
    await using world = await ShardWorld.start({ handle, delivery: { laneCapacity: 50 } });
    const peer = await world.live('s');
    const padding = 'x'.repeat(20_000);
    for (let s = 2; s < events + 2; s++) {
      const payload = messagePayload(s) as { d: object };
      peer.send({ ...payload, d: { ...payload.d, padding } });
    }
    await world.until('the pause', () => world.connection.status().isPaused);
    // 30 MB do not fit into the buffers of the loopback: what the gateway cannot send any more waits on its side.
    await world.settled(() => peer.socket.bufferedAmount);
    expect(peer.socket.bufferedAmount).toBeGreaterThan(10_000_000);
    const { unsettled } = world.connection.status();
    expect(unsettled).toBeGreaterThanOrEqual(50);
    expect(unsettled).toBeLessThan(200);
    expect(world.connection.status().unsettled).toBe(unsettled);
    for (let s = 2; s < events + 2; s++) {
      await world.until(`event ${s}`, () => started.length >= s - 1);
      await pass(s);
    }
    expect(started).toEqual(Array.from({ length: events }, (_, at) => String(at + 2)));
    expect(peer.socket.bufferedAmount).toBe(0);
    expect(world.connection.status()).toMatchObject({
      isPaused: false,
      unsettled: 0,
      checkpoint: events + 1,
    });
    expect(world.told.disconnect).toEqual([]);
  });

  it('a socket paused for two intervals is closed resumably, and resumed when there is room', async () => {
    const { started, handle, pass } = gates();
    await using world = await ShardWorld.start({
      handle,
      delivery: { laneCapacity: 4, handlerTimeoutMs: 999_000 },
    });
    const first = await world.live('s', 10_000);
    for (let s = 2; s <= 5; s++) first.message(s, `channel ${s}`);
    await world.until('the pause', () => world.connection.status().isPaused);
    await world.clock.advance(20_000);
    expect(await first.closed()).toBe(RESUMABLE_CLOSE_CODE);
    await world.until('disconnect', () => world.told.disconnect.length === 1);
    await world.clock.advance(100_000);
    expect(world.connection.status()).toMatchObject({ phase: 'held', isPaused: true });
    expect(world.gateway.peers).toHaveLength(1);
    await pass(2, 3);
    const { peer, introduction } = await world.introduced();
    expect(introduction).toMatchObject({ op: 6, d: { seq: 3 } });
    for (let s = 4; s <= 6; s++) peer.message(s, `channel ${s}`);
    peer.resumed(7);
    await world.until('event 6', () => started.includes('6'));
    expect(started).toEqual(['2', '3', '4', '5', '6']);
    expect(world.told.disconnect).toMatchObject([{ cause: 'paused', next: 'resume' }]);
  });

  it('a paused socket is not taken for dead, and its heartbeats go on', async () => {
    const { handle } = gates();
    await using world = await ShardWorld.start({
      handle,
      delivery: { laneCapacity: 1, handlerTimeoutMs: 999_000 },
    });
    const peer = await world.live('s', 10_000);
    peer.message(2);
    await world.until('the pause', () => world.connection.status().isPaused);
    await world.clock.advance(19_000);
    expect(await peer.frame()).toEqual({ op: 1, d: 1 });
    expect(await peer.frame()).toEqual({ op: 1, d: 1 });
    expect(world.told.disconnect).toEqual([]);
  });

  it('events without s are held back too', async () => {
    const { started, handle, pass } = gates();
    await using world = await ShardWorld.start({ handle, delivery: { laneCapacity: 3 } });
    const peer = await world.live('s');
    for (let n = 0; n < 3; n++) peer.send({ ...messagePayload(n, `channel ${n}`), s: undefined });
    await world.until('the pause', () => world.connection.status().isPaused);
    await pass(0, 1);
    expect(started).toEqual(['0', '1', '2']);
    expect(world.connection.status().isPaused).toBe(false);
  });

  it('a lane that is done does not wake a shard that another lane has stopped', async () => {
    const { started, handle, pass } = gates();
    await using world = await ShardWorld.start({ handle, delivery: { laneCapacity: 2 } });
    const first = await world.live('old');
    first.message(2, 'channel 2').message(3, 'channel 3');
    await world.until('the pause', () => world.connection.status().isPaused);
    await pass(2);
    expect(world.connection.status().isPaused).toBe(false);
    first.close(4006);
    await world.reconnects();
    const second = await world.live('new');
    second.message(12, 'channel 12').message(13, 'channel 13');
    await world.until('the pause', () => world.connection.status().isPaused);
    await pass(3);
    expect(world.connection.status().isPaused).toBe(true);
    await pass(12);
    expect(world.connection.status().isPaused).toBe(false);
    expect(started).toEqual(['2', '3', '12', '13']);
  });
});

describe('bad input', () => {
  it('a frame of 10 MiB is an event like any other', async () => {
    await using world = await ShardWorld.start();
    const peer = await world.live('s');
    const content = 'x'.repeat(10 * 1024 * 1024);
    peer.send({ op: 0, s: 2, t: 'AT_MESSAGE_CREATE', id: 'e', d: { id: 'm', channel_id: 'c', content } });
    await world.until('event', () => world.seen.length === 1);
    expect(world.seen[0]).toHaveLength(content.length);
    expect(world.connection.status().isLive).toBe(true);
  });

  it('a frame beyond maxFrameBytes ends the connection with a reason, which then resumes', async () => {
    await using world = await ShardWorld.start({ maxFrameBytes: 100_000 });
    const first = await world.live('s');
    first.message(2).send({ op: 0, s: 3, t: 'X', d: 'x'.repeat(200_000) });
    await world.reconnects();
    expect(world.told.disconnect).toMatchObject([{ reason: 'Max payload size exceeded', next: 'resume' }]);
    expect((await world.introduced()).introduction).toMatchObject({ op: 6, d: { seq: 2 } });
  });

  it.each([
    ['an unknown op', '{"op":99,"d":1}'],
    ['no JSON', 'hello'],
    ['JSON that ends early', '{"op":0,"s":5,"t":"AT_MESSAGE_CREATE","d":{"id"'],
    ['JSON that is no object', '[1]'],
    ['null', 'null'],
    ['an empty frame', ''],
    ['no op', '{"s":5,"t":"X","d":{}}'],
    ['op as text', '{"op":"0","s":5,"t":"X"}'],
    ['an event without a name', '{"op":0,"s":2,"d":{}}'],
    ['a name that is no text', '{"op":0,"s":2,"t":{},"d":{}}'],
    ['a second READY', '{"op":0,"s":9,"t":"READY","d":{"session_id":"other"}}'],
    ['a second RESUMED', '{"op":0,"t":"RESUMED","d":""}'],
    ['a second Hello', '{"op":10,"d":{"heartbeat_interval":1}}'],
  ])('%s is logged with the shard, costs nothing, and later events are handled', async (_, text) => {
    await using world = await ShardWorld.start();
    const peer = await world.live('s');
    peer.raw(text);
    peer.message(3);
    await world.until('event', () => world.seen.length === 1);
    expect(world.seen).toEqual(['3']);
    expect(world.logged('unexpected gateway frame')).toMatchObject([{ level: 'warn', fields: { shard: 0 } }]);
    expect(world.connection.status()).toMatchObject({ isLive: true, sessionId: 's' });
    expect(world.told.disconnect).toEqual([]);
  });

  it('an event that cannot be read is logged with its name and s', async () => {
    await using world = await ShardWorld.start();
    const peer = await world.live('s');
    peer.raw('{"op":0,"s":5,"t":"AT_MESSAGE_CREATE","id":"e","d":{"content":"private');
    await world.until('the log', () => world.logged('unexpected').length === 1);
    expect(world.logs.at(-1)?.fields).toMatchObject({ seq: 5, type: 'AT_MESSAGE_CREATE' });
    expect(JSON.stringify(world.logs)).not.toContain('private');
  });

  it('an event before READY is not taken', async () => {
    await using world = await ShardWorld.start();
    const { peer } = await world.introduced();
    peer.message(9).ready('s').message(10);
    await world.until('event', () => world.seen.length === 1);
    expect(world.seen).toEqual(['10']);
    expect(world.logged('before READY')).toHaveLength(1);
  });

  it.each([undefined, null, '5', -1, 1.5, 1e300])(
    'an event whose s is %j is handled and moves no checkpoint',
    async (s) => {
      await using world = await ShardWorld.start();
      const peer = await world.live('s');
      peer.message(2).send({ ...messagePayload(77), s });
      peer.message(3);
      await world.until('events', () => world.seen.length === 3);
      expect(world.seen).toEqual(['2', '77', '3']);
      expect(world.connection.session?.seq).toBe(3);
    },
  );

  it('READY without shard, user and s begins a session all the same', async () => {
    await using world = await ShardWorld.start();
    const { peer } = await world.introduced();
    peer.send({ op: 0, t: 'READY', d: { session_id: 's' } });
    peer.message(1).message(2);
    await world.until('events', () => world.seen.length === 2);
    expect(world.connection.session).toEqual({ id: 's', seq: 2 });
  });

  it('READY of another session without s does not inherit the checkpoint of the last', async () => {
    await using world = await ShardWorld.start();
    const first = await world.live('old');
    first.message(900);
    await world.until('event', () => world.seen.length === 1);
    first.close(4006);
    await world.reconnects();
    const { peer } = await world.introduced();
    peer.send({ op: 0, t: 'READY', d: { session_id: 'new' } });
    peer.message(2);
    await world.until('event', () => world.seen.length === 2);
    expect(world.connection.session).toEqual({ id: 'new', seq: 2 });
  });

  it('heartbeat_interval 0 is no reason to panic', async () => {
    await using world = await ShardWorld.start();
    const peer = await world.live('s', 0);
    await world.clock.advance(22_500);
    expect(await peer.frame()).toEqual({ op: 1, d: 1 });
  });

  it('a listener that throws is logged and breaks nothing', async () => {
    await using world = await ShardWorld.make();
    world.connection.on('ready', () => {
      throw new Error('listener');
    });
    world.run();
    const peer = await world.live('s');
    peer.message(2);
    await world.until('event', () => world.seen.length === 1);
    expect(world.logged('a listener threw')).toHaveLength(1);
  });
});

describe('parsing', () => {
  it('an event is parsed once, and one that nobody handles not at all', async () => {
    await using world = await ShardWorld.start({
      delivery: { wants: (type) => type === 'AT_MESSAGE_CREATE' },
    });
    const peer = await world.live('s');
    const frames = [messagePayload(2), { op: 0, s: 3, t: 'GUILD_CREATE', d: { id: 'g' } }].map((payload) =>
      JSON.stringify(payload),
    );
    const parse = vi.spyOn(JSON, 'parse');
    try {
      for (const frame of frames) peer.raw(frame);
      await world.until('checkpoint', () => world.connection.session?.seq === 3);
      const parsed = parse.mock.calls.map(([text]) => text);
      expect(parsed.filter((text) => text === frames[0])).toHaveLength(1);
      expect(parsed.filter((text) => text === frames[1])).toHaveLength(0);
    } finally {
      parse.mockRestore();
    }
    expect(world.seen).toEqual(['2']);
  });

  it('no broken content can hurt an event that nobody handles', async () => {
    await using world = await ShardWorld.start({ delivery: { wants: () => false } });
    const peer = await world.live('s');
    peer.raw('{"op":0,"s":2,"t":"GUILD_CREATE","d":{broken');
    await world.until('checkpoint', () => world.connection.session?.seq === 2);
    expect(world.logged('unexpected')).toEqual([]);
  });
});
