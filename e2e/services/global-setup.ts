import type { TestProject } from 'vitest/node';
import { leftOut } from './binary.js';
import { startEtcd } from './etcd.js';
import { startRedis } from './redis.js';
import type { Service } from './service.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** A Redis for the whole run; each test uses key prefixes of its own. */
    redisUrl: string;
    /** An etcd for the whole run; each test uses key prefixes of its own. */
    etcdUrl: string;
  }
}

/** One Redis and one etcd for all tests of a run: those of the environment, else started here. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const without = leftOut();
  const started: Service[] = [];
  const provide = async (
    service: 'redis' | 'etcd',
    given: string | undefined,
    start: () => Promise<Service>,
  ): Promise<void> => {
    if (without.has(service)) return;
    if (given) return project.provide(`${service}Url`, given);
    const server = await start();
    started.push(server);
    project.provide(`${service}Url`, server.url);
  };
  const stopAll = async (): Promise<void> => {
    await Promise.all(started.map((server) => server.stop()));
  };
  try {
    await provide('redis', process.env.BOTGO_TEST_REDIS_URL, () => startRedis());
    await provide('etcd', process.env.BOTGO_TEST_ETCD_URL, startEtcd);
  } catch (error) {
    await stopAll();
    throw error;
  }
  return stopAll;
}
