import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { manualClock } from '../src/clock/index.js';
import { type Coordinator, memoryCoordinator } from '../src/session/index.js';
import { coordinatorContract } from './coordinator-contract.js';

const INFO = { appId: '102', intents: 1, shardCount: 1, stateVersion: 1, draining: false };
const LONG = { leaseMs: 600_000, info: INFO };

coordinatorContract('memory', [], async () => {
  const clock = manualClock();
  let shared: Coordinator | undefined;
  return {
    leaseMs: 10_000,
    // Processes of one memory are managers that share the object; a closed one is followed by another.
    open: () => (shared ??= memoryCoordinator({ clock })),
    pass: (ms) => clock.advance(ms),
    now: () => clock.now(),
    dispose: async () => shared?.close(),
  };
});

coordinatorContract('memory with a file', ['empty'], async () => {
  const clock = manualClock();
  const folder = await mkdtemp(join(tmpdir(), 'botgo-memory-'));
  const file = join(folder, 'state.json');
  let shared: Coordinator | undefined;
  return {
    leaseMs: 10_000,
    open: () => (shared ??= memoryCoordinator({ clock, file })),
    pass: (ms) => clock.advance(ms),
    now: () => clock.now(),
    empty: async () => {
      await shared?.close();
      await rm(file);
      await clock.advance(1);
      shared = undefined;
    },
    dispose: async () => {
      await shared?.close();
      await rm(folder, { recursive: true });
    },
  };
});

describe('memoryCoordinator with a file', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'botgo-memory-'));
    file = join(folder, 'deep', 'state.json');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('keeps states, values, logs and permits over a restart; a state not released comes back as after a crash', async () => {
    const clock = manualClock();
    const request = { name: 'identify', limit: 3, windowMs: 60_000 };
    let released = 0;
    {
      await using store = memoryCoordinator({ clock, file });
      const member = await store.join({ memberId: 'a', ...LONG });
      const owned = await member.claim(['shard/1/0', 'shard/1/1']);
      await member.renew(owned.map((o) => ({ ...o, state: { session: `s-${o.name}` } })));
      await member.release([{ ...owned[1]!, state: undefined }]);
      released = owned[1]!.token;
      await store.compareAndSet('generation', 0, { active: 1 });
      await store.appendLog('log', ['one', 'two']);
      await store.permit(request);
      await clock.advance(15_000);
      expect((await store.permit({ ...request, count: 2 })).granted).toBe(2);
    }
    const later = manualClock(clock.wallNow() + 20_000);
    await using store = memoryCoordinator({ clock: later, file });
    const view = await store.view();
    expect(view.members).toEqual([]);
    expect(view.resources.map((resource) => resource.owner)).toEqual([undefined, undefined]);
    expect((await store.getValue('generation'))?.value).toEqual({ active: 1 });
    expect(await store.readLog('log', 0, 9)).toEqual({ entries: ['one', 'two'], next: 2 });
    expect(await store.permit(request)).toEqual({ granted: 0, retryAfterMs: 25_000 });
    await later.advance(25_000);
    expect(await store.permit({ ...request, count: 2 })).toEqual({ granted: 1, retryAfterMs: 15_000 });
    const member = await store.join({ memberId: 'a', ...LONG });
    const [crashed, left] = await member.claim(['shard/1/0', 'shard/1/1']);
    expect(crashed).toMatchObject({ afterCrash: true, state: { session: 's-shard/1/0' } });
    expect(left).toMatchObject({ afterCrash: false, state: { session: 's-shard/1/1' } });
    expect(left!.token).toBeGreaterThan(released);
  });

  it('reads the permits of a release whose windows did not slide, and writes what such a release reads', async () => {
    const clock = manualClock();
    await mkdir(join(folder, 'deep'));
    const permits = [{ name: 'identify', taken: 2, endsAtMs: clock.wallNow() + 3_000 }];
    const old = { format: 'botgo-coordinator', version: 1, resources: [], values: [], permits, logs: [] };
    await writeFile(file, JSON.stringify(old));
    await using store = memoryCoordinator({ clock, file });
    const request = { name: 'identify', limit: 3, windowMs: 5_000, count: 2 };
    expect(await store.permit(request)).toEqual({ granted: 1, retryAfterMs: 3_000 });
    const written = JSON.parse(await readFile(file, 'utf8')) as typeof old;
    expect(written.permits).toMatchObject([
      { name: 'identify', taken: 3, endsAtMs: clock.wallNow() + 5_000 },
    ]);
  });

  it('has what it confirmed on the disk, in a file only its owner may read', async () => {
    await using store = memoryCoordinator({ file });
    const member = await store.join(LONG);
    const [owned] = await member.claim(['x']);
    for (let seq = 0; seq < 5; seq++) {
      await member.renew([{ ...owned!, state: { seq } }]);
      const stored = JSON.parse(await readFile(file, 'utf8')) as { resources: { state: unknown }[] };
      expect(stored.resources[0]?.state).toEqual({ seq });
    }
    expect((await stat(file)).mode & 0o077).toBe(0);
  });

  it('writes once for many calls made at once', async () => {
    await using store = memoryCoordinator({ file });
    await store.view();
    const before = (await stat(file).catch(() => undefined))?.ino;
    await Promise.all(Array.from({ length: 200 }, (_, index) => store.appendLog('log', [`${index}`])));
    expect(before).toBeUndefined();
    expect((await store.readLog('log', 0, 1_000)).entries).toHaveLength(200);
    const { logs } = JSON.parse(await readFile(file, 'utf8')) as { logs: { entries: string[] }[] };
    expect(logs[0]?.entries).toHaveLength(200);
  });

  it('leaves nothing but the file behind after close', async () => {
    const store = memoryCoordinator({ file });
    await store.appendLog('log', ['x']);
    await store.close();
    expect(await readdir(join(folder, 'deep'))).toEqual(['state.json']);
  });

  it('gives larger tokens after the file was deleted', async () => {
    const clock = manualClock();
    const token = async (): Promise<number> => {
      await using store = memoryCoordinator({ clock, file });
      const member = await store.join(LONG);
      return (await member.claim(['x']))[0]!.token;
    };
    const first = await token();
    await rm(file);
    await clock.advance(1);
    expect(await token()).toBeGreaterThan(first);
  });

  it('gives larger tokens when the wall clock was set back', async () => {
    const clock = manualClock();
    await using store = memoryCoordinator({ clock, file });
    const member = await store.join(LONG);
    const [first] = await member.claim(['x']);
    await member.release([first!]);
    clock.jumpWall(-3_600_000);
    expect((await member.claim(['x']))[0]!.token).toBeGreaterThan(first!.token);
  });

  it.each([
    ['an empty file', ''],
    ['half a file', '{"format":"botgo-coordinator","version":1,"resour'],
    ['a file of something else', '{"name":"botgo","version":1}'],
    ['no object', 'null'],
    ['a later format', '{"format":"botgo-coordinator","version":2}'],
    ['a part missing', '{"format":"botgo-coordinator","version":1,"resources":[],"values":[],"permits":[]}'],
    [
      'a wrong type',
      '{"format":"botgo-coordinator","version":1,"resources":[{"name":"x","token":"1","held":true}],"values":[],"permits":[],"logs":[]}',
    ],
  ])('refuses %s and leaves it as it is', async (_, text) => {
    file = join(folder, 'state.json');
    await writeFile(file, text);
    await using store = memoryCoordinator({ file });
    await expect(store.view()).rejects.toMatchObject({
      code: 'BOTGO_STORE',
      message: expect.stringContaining(file) as string,
    });
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('says what to do about a file of a newer release', async () => {
    file = join(folder, 'state.json');
    const text = '{"format":"botgo-coordinator","version":2,"everything":"elsewhere"}';
    await writeFile(file, text);
    await using store = memoryCoordinator({ file });
    await expect(store.view()).rejects.toMatchObject({
      code: 'BOTGO_STORE',
      message: `${file} has format version 2, this release reads 1: start the release that wrote it, or move it away to start without the sessions it may hold`,
    });
    expect(await readFile(file, 'utf8')).toBe(text);
  });

  it('reads a file with fields that this release does not know', async () => {
    file = join(folder, 'state.json');
    const resource = { name: 'shard/0', token: 3, held: false, state: { v: 1 }, zone: 'b' };
    const image = { resources: [resource], values: [], permits: [], logs: [], zones: ['a', 'b'] };
    await writeFile(file, JSON.stringify({ format: 'botgo-coordinator', version: 1, ...image }));
    await using store = memoryCoordinator({ file });
    expect((await store.view()).resources).toMatchObject([{ name: 'shard/0', token: 3 }]);
  });

  it('refuses a second coordinator on the same file while the first lives', async () => {
    const first = memoryCoordinator({ file });
    await first.view();
    await using second = memoryCoordinator({ file });
    await expect(second.view()).rejects.toMatchObject({
      code: 'BOTGO_STORE',
      message: expect.stringContaining(`process ${process.pid}`) as string,
    });
    await first.close();
    expect((await second.view()).members).toEqual([]);
  });

  it('takes over the lock of a process that died', async () => {
    await using first = memoryCoordinator({ file });
    await first.view();
    await first.close();
    const { pid } = spawnSync(process.execPath, ['-e', '']);
    const lock = { id: 'dead', pid, host: hostname(), birth: 'another boot/1' };
    await writeFile(`${file}.lock`, JSON.stringify(lock));
    await using second = memoryCoordinator({ file });
    expect((await second.view()).members).toEqual([]);
  });

  it('takes over the lock of a process whose number is used again', async () => {
    const lock = { id: 'dead', pid: process.pid, host: hostname(), birth: 'another boot/1' };
    file = join(folder, 'state.json');
    await writeFile(`${file}.lock`, JSON.stringify(lock));
    await using store = memoryCoordinator({ file });
    expect((await store.view()).members).toEqual([]);
  });

  it('takes over the lock of another machine only when nobody touches it any more', async () => {
    file = join(folder, 'state.json');
    await writeFile(`${file}.lock`, JSON.stringify({ id: 'far', pid: 1, host: 'another-host' }));
    const clock = manualClock((await stat(`${file}.lock`)).mtimeMs + 5_000);
    await using store = memoryCoordinator({ clock, file });
    await expect(store.view()).rejects.toMatchObject({ code: 'BOTGO_STORE' });
    await clock.advance(15_000);
    expect((await store.view()).members).toEqual([]);
  });

  it('writes nothing more once its lock was taken', async () => {
    await using store = memoryCoordinator({ file });
    await store.appendLog('log', ['mine']);
    const before = await readFile(file, 'utf8');
    await writeFile(`${file}.lock`, JSON.stringify({ id: 'thief', pid: 1, host: 'another-host' }));
    await expect(store.appendLog('log', ['late'])).rejects.toMatchObject({ code: 'BOTGO_STORE' });
    expect(await readFile(file, 'utf8')).toBe(before);
    await store.close();
    expect(await readFile(`${file}.lock`, 'utf8')).toContain('thief');
  });

  it('rejects a write that the disk refuses, and writes all of it with the next', async () => {
    await using store = memoryCoordinator({ file });
    await store.appendLog('log', ['one']);
    // A folder in the temporary file's place: opening it for writing fails, also for root.
    const { mkdir, rmdir } = await import('node:fs/promises');
    await mkdir(`${file}.tmp`);
    await expect(store.appendLog('log', ['two'])).rejects.toMatchObject({ code: 'BOTGO_STORE' });
    await rmdir(`${file}.tmp`);
    await store.appendLog('log', ['three']);
    const { logs } = JSON.parse(await readFile(file, 'utf8')) as { logs: { entries: string[] }[] };
    expect(logs[0]?.entries).toEqual(['one', 'two', 'three']);
  });

  it('refuses an empty file name', () => {
    expect(() => memoryCoordinator({ file: '' })).toThrow(expect.objectContaining({ code: 'BOTGO_CONFIG' }));
  });
});
