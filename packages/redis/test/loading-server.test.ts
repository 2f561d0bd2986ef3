import { expect, it } from 'vitest';
import { startLoadingRedis } from '../../../e2e/services/index.js';
import { Connection } from '../src/connection.js';

it('does not believe a server that is reading its data how long that will take', async () => {
  const server = await startLoadingRedis(5);
  const connection = new Connection({ url: server.url, timeoutMs: 60_000 });
  // Five such guesses would be longer than this test may take.
  expect(await connection.call('ask', (client) => client.ping())).toBe('PONG');
  expect(server.asked).toBeGreaterThanOrEqual(5);
  connection.close();
  server.close();
});
