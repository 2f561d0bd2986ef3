import { defineConfig } from 'vitest/config';

/** Suites that talk to real stores; BOTGO_WITHOUT=redis,etcd leaves out those of a store that cannot be had. */
const without = (process.env.BOTGO_WITHOUT ?? '').split(',').filter((name) => name !== '');
const stores = [
  'examples/cluster/test/**/*.test.ts',
  'packages/redis/**/*.test.ts',
  'packages/etcd/**/*.test.ts',
  'packages/relay/test/{redis,program}*.test.ts',
  'examples/access-logic/**/*.test.ts',
  'e2e/stores/**/*.test.ts',
];

const shared = {
  testTimeout: 30_000,
  hookTimeout: 60_000,
  // A poll waits for something to become true; how long that takes on a busy machine decides nothing.
  expect: { poll: { timeout: 25_000 } },
  pool: 'forks',
  // `npm run coverage` looks at what crosses the wire in the tests.
  setupFiles: process.env.BOTGO_TRAFFIC === undefined ? [] : ['scripts/coverage/record-traffic.mjs'],
} as const;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          ...shared,
          name: 'unit',
          include: [
            'packages/*/src/**/*.test.ts',
            'packages/*/test/**/*.test.ts',
            'bench/src/**/*.test.ts',
            'examples/*/test/**/*.test.ts',
            'e2e/tour/**/*.test.ts',
            'e2e/workspace/**/*.test.ts',
            'e2e/chaos/**/*.test.ts',
            'e2e/docs/**/*.test.ts',
            'e2e/interop/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', '**/dist/**', ...stores],
        },
      },
      {
        test: {
          ...shared,
          name: 'stores',
          include: stores,
          exclude: [
            '**/node_modules/**',
            '**/dist/**',
            ...without.map((name) => `**/{${name},${name}*.test.ts}/**`),
          ],
          globalSetup: ['e2e/services/global-setup.ts'],
          // The first run fetches and unpacks the servers.
          hookTimeout: 300_000,
        },
      },
    ],
  },
});
