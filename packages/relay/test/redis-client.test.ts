import { manualClock } from 'botgo/clock';
import { silentLogger } from 'botgo/log';
import { describe, expect, it } from 'vitest';
import { startLoadingRedis, startRedis } from '../../../e2e/services/index.js';
import { StreamClient } from '../src/redis/client.js';

describe('the connection of an adapter on Redis', () => {
  /** A client that knows that its server has been killed. */
  async function orphan() {
    const server = await startRedis();
    const clock = manualClock();
    const failures: string[] = [];
    const debug = (message: string): void => void failures.push(message);
    const client = new StreamClient({ url: server.url }, { ...silentLogger, debug }, clock);
    await client.open();
    await server.kill();
    await expect.poll(() => failures.length).toBeGreaterThan(0);
    return { server, clock, client };
  }

  it('has commands and new connections wait for a server that comes back, instead of refusing them', async () => {
    const { server, client } = await orphan();
    const asked = client.run('ask', (redis) => redis.ping());
    const connected = client.connect();
    await server.restart();
    expect(await asked).toBe('PONG');
    const another = await connected;
    expect(another.status).toBe('ready');
    another.disconnect();
    client.close();
    await server.stop();
  });

  it('refuses a command when the server has not come back after a while, and at once when it was closed', async () => {
    const { server, clock, client } = await orphan();
    const refused = client.run('ask', (redis) => redis.ping()).catch((caught: unknown) => caught);
    await clock.advance(2_000);
    expect(await refused).toMatchObject({ code: 'BOTGO_BROKER' });
    const waiting = client.run('ask', (redis) => redis.ping()).catch((caught: unknown) => caught);
    client.close();
    expect(await waiting).toMatchObject({ code: 'BOTGO_BROKER' });
    await expect(client.run('ask', (redis) => redis.ping())).rejects.toMatchObject({ code: 'BOTGO_BROKER' });
    await server.stop();
  });

  it('does not believe a server that is reading its data how long that will take', async () => {
    const server = await startLoadingRedis(5);
    const client = new StreamClient({ url: server.url }, silentLogger);
    // Five such guesses would be longer than this test may take.
    await client.open();
    expect(server.asked).toBe(5);
    client.close();
    server.close();
  });
});
