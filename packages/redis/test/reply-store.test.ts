import { fork } from 'node:child_process';
import { once } from 'node:events';
import { createClock, startSimulator } from '@botgo/simulator';
import { Redis } from 'ioredis';
import { describe, expect, inject, it } from 'vitest';
import { replyStoreContract } from '../../botgo/test/reply-store-contract.js';
import { redisReplyStore } from '../src/index.js';
import { disposer, newPrefix } from './own-redis.js';

const world = newPrefix();
replyStoreContract('redis', (space) => {
  const store = redisReplyStore({ url: inject('redisUrl'), prefix: `${world}-${space}` });
  return { store, close: () => store.close() };
});

describe('two processes', () => {
  const keep = disposer();

  it.each([
    ['group', '5566778899AABBCCDDEEFF0011223344', 'group_openid', 5],
    ['c2c', '0A1B2C3D4E5F60718293A4B5C6D7E8F9', 'user_openid', 4],
  ] as const)('answer one message of a %s within its budget', async (scene, target, field, budget) => {
    const sim = keep(await startSimulator({ clock: createClock() }), (running) => running.close());
    const refusals: string[] = [];
    sim.control.subscribe(
      (event) => {
        if (event.type === 'call' && event.path.endsWith('/messages') && event.status !== 200)
          refusals.push(`${event.status} ${event.code}`);
      },
      ['call'],
    );
    const prefix = newPrefix();
    const { messageId } = sim.control.say({ scene, target, content: 'hi' });
    const place = scene === 'group' ? { [field]: target } : { author: { [field]: target } };
    const event = {
      t: scene === 'group' ? 'GROUP_AT_MESSAGE_CREATE' : 'C2C_MESSAGE_CREATE',
      id: 'E',
      d: { id: messageId, ...place },
    };
    const processes = [1, 2].map(() =>
      keep(fork(new URL('answering-process.mjs', import.meta.url)), (child) => child.kill('SIGKILL')),
    );
    for (const child of processes) {
      child.send({ redisUrl: inject('redisUrl'), prefix, simUrl: sim.url, event, count: 100 });
      expect(await once(child, 'message')).toEqual([{ ready: true }, undefined]);
    }
    const results = processes.map((child) => once(child, 'message'));
    for (const child of processes) child.send({ go: true });
    const [first, second] = (await Promise.all(results)).map(([result]) => result);
    expect(first.sent + second.sent).toBe(budget);
    expect(first.refused + second.refused).toBe(200 - budget);
    expect([...first.errors, ...second.errors]).toEqual([]);
    expect(refusals).toEqual([]);
    const numbers = sim.control.outbox().map(({ body }) => body.msg_seq as number);
    expect(numbers.sort()).toEqual(Array.from({ length: budget }, (_, index) => index + 1));
  });
});

it('keeps everything of a bot under its prefix, and nothing for ever', async () => {
  const keepOpen: (() => unknown)[] = [];
  try {
    const prefix = newPrefix();
    const url = inject('redisUrl');
    const store = redisReplyStore({ url, prefix });
    keepOpen.push(() => store.close());
    await store.claim([{ key: 'm', max: 4, windowMs: 60_000 }]);
    await store.exhaust({ key: 'n', max: 4, windowMs: 60_000 });
    await store.pace([{ key: 'p', max: 4, windowMs: 60_000 }], 0);
    await store.hold(['p'], 60_000);
    await store.remember('audit A', 'text', 60_000);
    expect(await store.recall('audit A')).toBe('text');
    expect(await store.recall('audit B')).toBeUndefined();
    const admin = new Redis(url);
    keepOpen.push(() => admin.disconnect());
    const keys = await admin.keys(`botgo:{${prefix}}:*`);
    expect(keys).toHaveLength(5);
    for (const key of keys) expect(await admin.pttl(key)).toBeGreaterThan(0);
  } finally {
    for (const end of keepOpen) await end();
  }
});

it('sends nothing while Redis cannot be reached', async () => {
  const store = redisReplyStore({ url: 'redis://127.0.0.1:1', prefix: newPrefix(), timeoutMs: 200 });
  await expect(store.claim([{ key: 'm', max: 4, windowMs: 60_000 }])).rejects.toMatchObject({
    code: 'BOTGO_STORE',
  });
  await store.close();
});
