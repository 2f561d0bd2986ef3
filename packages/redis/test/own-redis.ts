import { randomUUID } from 'node:crypto';
import type { JoinOptions } from 'botgo/session';
import { afterEach } from 'vitest';

/** Collects what a test opens and ends it afterwards, the last first. */
export function disposer(): <Resource>(resource: Resource, end: (resource: Resource) => unknown) => Resource {
  const ends: (() => unknown)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });
  return (resource, end) => {
    ends.push(() => end(resource));
    return resource;
  };
}

export const INFO = { appId: '102', intents: 1, shardCount: 4, stateVersion: 1, draining: false };

export function member(memberId: string, leaseMs = 600_000): JoinOptions {
  return { memberId, leaseMs, info: INFO };
}

export const newPrefix = (): string => `test-${randomUUID()}`;

/** Looks until there is something; the test's own time-out ends a wait in vain. */
export async function until<Found>(
  look: () => Found | Promise<Found>,
): Promise<NonNullable<Exclude<Found, false>>> {
  for (;;) {
    const found = await look();
    if (found) return found as NonNullable<Exclude<Found, false>>;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
