import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { createClock, type Simulator, type SimulatorOptions, startSimulator } from '../src/index.js';
import { Client, type Frame, post } from './client.js';

const undo: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function start(options: SimulatorOptions = {}): Promise<Simulator> {
  const simulator = await startSimulator(options);
  undo.push(() => simulator.close());
  return simulator;
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'simulator-'));
  undo.push(() => rm(path, { recursive: true }));
  return path;
}

async function lines(path: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(path, 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** The number of a generated event, as a handler finds it: in the payload or the outer id. */
function numberOf(frame: Frame): number {
  return Number(/~(\d+)~/.exec(JSON.stringify([frame.d, frame.id]))?.[1] ?? 0);
}

describe('a load run', () => {
  it('sends each number once, of every kind, and records it before it is sent', async () => {
    const record = await folder();
    const simulator = await start({ record });
    const { client } = await Client.identified(simulator);
    simulator.control.generate({ count: 2_000, seed: 7 });
    while (simulator.control.generated().state !== 'done') await client.settled();
    await client.settled();
    const events = client.frames.filter((frame) => frame.op === 0 && frame.t !== 'READY');
    expect(events.map(numberOf)).toEqual(Array.from({ length: 2_000 }, (_, index) => index + 1));
    expect(new Set(events.map((frame) => frame.t)).size).toBe(9);
    await simulator.close();
    const sent = await lines(join(record, 'sent.ndjson'));
    expect(sent.map((line) => line.n)).toEqual(events.map(numberOf));
    expect(sent.map((line) => line.id)).toEqual(events.map((frame) => frame.id));
    expect(sent[0]).toMatchObject({ key: expect.stringMatching(/^[\w-]+\/./), at: expect.any(Number) });
    expect(await lines(join(record, 'timeline.ndjson'))).toMatchObject([{ what: 'identify', shard: 0 }]);
  });

  it('makes the first and the third event of a reaction equal to the letter', async () => {
    const simulator = await start();
    const { client } = await Client.identified(simulator);
    simulator.control.generate({ count: 3, mix: { reaction: 1 } });
    const frames = [
      await client.next(isReaction),
      await client.next(isReaction),
      await client.next(isReaction),
    ];
    expect(frames.map((frame) => frame.t)).toEqual([
      'MESSAGE_REACTION_ADD',
      'MESSAGE_REACTION_REMOVE',
      'MESSAGE_REACTION_ADD',
    ]);
    expect(frames[0]?.d).toEqual(frames[2]?.d);
    expect(frames.map(numberOf)).toEqual([1, 2, 3]);
    simulator.control.switches({ eventIds: 'absent' });
    simulator.control.generate({ count: 1, mix: { reaction: 1 } });
    expect(numberOf(await client.next(isReaction))).toBe(4);
  });

  it('waits until all shards are there, keeps its rate, and ends after its seconds', async () => {
    const clock = createClock({ frozen: true });
    const simulator = await start({ clock });
    const first = await Client.identified(simulator, { shard: [0, 2] });
    simulator.control.generate({ rate: 100, seconds: 2 });
    clock.advance(1_000);
    expect(simulator.control.generated()).toEqual({ state: 'waiting', n: 0 });
    await Client.identified(simulator, { shard: [1, 2], token: first.token });
    clock.advance(1_000);
    expect(simulator.control.generated()).toEqual({ state: 'running', n: 100 });
    clock.advance(5_000);
    const { state, n } = simulator.control.generated();
    expect(state).toBe('done');
    expect(n).toBeGreaterThanOrEqual(199);
    expect(n).toBeLessThanOrEqual(200);
  });

  it('numbers only what the bot listens to', async () => {
    const simulator = await start();
    const { client } = await Client.identified(simulator, { intents: 1 << 26 });
    simulator.control.generate({ count: 20 });
    for (let n = 1; n <= 20; n++) {
      const frame = await client.next((got) => got.op === 0);
      expect([frame.t, numberOf(frame)]).toEqual(['INTERACTION_CREATE', n]);
    }
  });

  it('records what a refused Resume lost, what no session took, and why', async () => {
    const record = await folder();
    const simulator = await start({ record });
    const { client, sessionId, token } = await Client.identified(simulator, { intents: 1 << 30 });
    simulator.control.generate({ count: 3 });
    while (simulator.control.generated().state !== 'done') await client.settled();
    client.socket.terminate();
    simulator.control.fault({ kind: 'refuse-resume' });
    const again = await Client.open(simulator);
    again.send({ op: 6, d: { token, session_id: sessionId, seq: 2 } });
    await again.end();
    simulator.control.generate({ count: 1, waitReady: false });
    while (simulator.control.generated().state !== 'done')
      await new Promise((resolve) => setImmediate(resolve));
    await simulator.close();
    const refused = await lines(join(record, 'refused.ndjson'));
    expect(refused.map(({ n, reason }) => [n, reason])).toEqual([
      [2, 'resume-refused'],
      [3, 'resume-refused'],
      [4, 'no-session'],
    ]);
    const timeline = await lines(join(record, 'timeline.ndjson'));
    expect(timeline.map(({ what }) => what)).toEqual(['identify', 'session-ended']);
  });

  it('records what fell out of the buffer before any connection got it', async () => {
    const record = await folder();
    const simulator = await start({ record, switches: { replayEvents: 2 } });
    const { client } = await Client.identified(simulator, { intents: 1 << 30 });
    client.socket.terminate();
    while (simulator.control.sessions()[0]?.connected === true)
      await new Promise((resolve) => setImmediate(resolve));
    simulator.control.generate({ count: 5, waitReady: false });
    while (simulator.control.generated().state !== 'done')
      await new Promise((resolve) => setImmediate(resolve));
    await simulator.close();
    const refused = await lines(join(record, 'refused.ndjson'));
    expect(refused.map(({ n, reason }) => [n, reason])).toEqual([
      [1, 'buffer-ended'],
      [2, 'buffer-ended'],
      [3, 'buffer-ended'],
    ]);
  });

  it('records what fell out of the buffer of a silent connection when a Resume asks for it, and ends the session at the Identify after it', async () => {
    const record = await folder();
    const clock = createClock({ frozen: true });
    const simulator = await start({ record, clock, switches: { replayMs: 1_000, heartbeatMisses: 0 } });
    const { sessionId, token } = await Client.identified(simulator, { intents: 1 << 30 });
    simulator.control.fault({ kind: 'silent' });
    simulator.control.generate({ count: 2, waitReady: false });
    while (simulator.control.generated().state !== 'done') clock.advance(10);
    clock.advance(5_000);
    simulator.control.generate({ count: 1, waitReady: false });
    while (simulator.control.generated().state !== 'done') clock.advance(10);
    clock.advance(5_000);
    const second = await Client.open(simulator);
    second.send({ op: 6, d: { token, session_id: sessionId, seq: 1 } });
    expect((await second.end()).code).toBe(4007);
    await Client.identified(simulator, { intents: 1 << 30 });
    await simulator.close();
    const refused = await lines(join(record, 'refused.ndjson'));
    expect(new Set(refused.map(({ n }) => n))).toEqual(new Set([1, 2, 3]));
    const timeline = await lines(join(record, 'timeline.ndjson'));
    expect(timeline.filter(({ what }) => what === 'session-ended')).toMatchObject([{ session: sessionId }]);
  });

  it('records what a session that was ended had not settled, although a connection that does not answer the close is still there', async () => {
    const record = await folder();
    const clock = createClock({ frozen: true });
    const switches = { secondResume: 'refused', heartbeatMisses: 0 } as const;
    const simulator = await start({ record, clock, switches });
    const { client, sessionId, token } = await Client.identified(simulator, { intents: 1 << 30 });
    // As of a process that is stopped: nothing is read, so a close is not answered.
    client.socket.pause();
    simulator.control.generate({ count: 2, waitReady: false });
    while (simulator.control.generated().state !== 'done') clock.advance(10);
    simulator.control.fault({ kind: 'end-session' });
    const second = await Client.open(simulator);
    second.send({ op: 6, d: { token, session_id: sessionId, seq: 1 } });
    expect(await second.end()).toMatchObject({ code: 4006, reason: 'the session has ended' });
    await simulator.close();
    const refused = await lines(join(record, 'refused.ndjson'));
    expect(new Set(refused.map(({ n }) => n))).toEqual(new Set([1, 2]));
  });

  it('refuses a second run and unknown kinds', async () => {
    const simulator = await start();
    expect((await post(simulator, '/_sim/generate', { mix: { cats: 1 } })).body.path).toBe(
      'generate.mix.cats',
    );
    expect((await post(simulator, '/_sim/generate', { rate: 1 })).body).toEqual({ state: 'waiting', n: 0 });
    expect((await post(simulator, '/_sim/generate', { rate: 1 })).status).toBe(400);
    expect((await post(simulator, '/_sim/stop-generating', {})).body).toMatchObject({ state: 'done' });
  });

  it('answers to generated messages are accepted like those to users', async () => {
    const simulator = await start();
    const { client, token } = await Client.identified(simulator);
    simulator.control.generate({ count: 1, mix: { c2c: 1 } });
    const event = await client.next((frame) => frame.t === 'C2C_MESSAGE_CREATE');
    const path = '/v2/users/0A1B2C3D4E5F60718293A4B5C6D7E8F9/messages';
    expect((await post(simulator, path, { content: 'x', msg_id: event.d?.id }, { token })).status).toBe(200);
  });
});

function isReaction(frame: Frame): boolean {
  return frame.t?.startsWith('MESSAGE_REACTION') === true;
}
