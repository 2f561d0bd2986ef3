import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, inject, it } from 'vitest';
import { startRedis } from '../services/index.js';

/** One inline command on a connection of its own; `undefined` when nothing listens. */
async function ask(url: string, command: string): Promise<string | undefined> {
  const socket = connect(Number(new URL(url).port), '127.0.0.1');
  try {
    await once(socket, 'connect');
    socket.write(`${command}\r\n`);
    const [chunk] = (await once(socket, 'data')) as [Buffer];
    return chunk.toString().trim();
  } catch {
    return undefined;
  } finally {
    socket.destroy();
  }
}

describe('Redis for tests', () => {
  it('runs for the whole run', async () => {
    expect(await ask(inject('redisUrl'), 'PING')).toMatch(/^(\+PONG|-NOAUTH)/);
  });

  it('forgets its data at a restart unless told to keep them', async () => {
    for (const persist of [false, true]) {
      const redis = await startRedis({ persist });
      await ask(redis.url, 'SET key value');
      await redis.restart();
      expect(await ask(redis.url, 'EXISTS key')).toBe(persist ? ':1' : ':0');
      await redis.stop();
      expect(await ask(redis.url, 'PING')).toBeUndefined();
    }
  });

  it('stops answering while it is paused, and is gone when killed', async () => {
    const redis = await startRedis();
    redis.pause();
    let hasAnswered = false;
    const answer = ask(redis.url, 'PING').then((text) => {
      hasAnswered = true;
      return text;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(hasAnswered).toBe(false);
    redis.wake();
    expect(await answer).toBe('+PONG');
    await redis.kill();
    expect(await ask(redis.url, 'PING')).toBeUndefined();
    await redis.restart();
    expect(await ask(redis.url, 'PING')).toBe('+PONG');
    await redis.stop();
  });
});
