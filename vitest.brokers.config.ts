import { defineConfig } from 'vitest/config';

/** `npm run test:brokers`: Kafka and Pulsar as they are; BOTGO_WITHOUT=pulsar leaves out the tests of a broker that cannot be had. */
const without = (process.env.BOTGO_WITHOUT ?? '').split(',').filter((name) => name !== '');

export default defineConfig({
  test: {
    name: 'brokers',
    include: ['e2e/brokers/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/dist/**', ...without.map((name) => `**/${name}*.test.ts`)],
    pool: 'forks',
    // Each file starts its own broker; two of them at a time are too much for a small machine.
    fileParallelism: false,
    testTimeout: 120_000,
    // The first run fetches the servers.
    hookTimeout: 1_200_000,
    expect: { poll: { timeout: 90_000 } },
  },
});
