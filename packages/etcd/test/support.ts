import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, systemClock } from 'botgo/clock';
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

/** The system's clock, `stepMs` ahead of it. */
export function steppedClock(): Clock & { stepMs: number } {
  const clock = {
    ...systemClock,
    stepMs: 0,
    now: () => systemClock.now() + clock.stepMs,
    wallNow: () => systemClock.wallNow() + clock.stepMs,
  };
  return clock;
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

export interface LossyProxy {
  readonly url: string;
  /** Calls to these paths reach etcd; their next `count` answers do not come back. */
  loseAnswers(path: string, count: number): void;
  /** Paths called since the start. */
  readonly calls: string[];
  /** Cuts every connection that is open now. */
  cut(): void;
  /** From which revision on each watch was asked for; `undefined`: from then on. */
  readonly watchedFrom: (string | undefined)[];
  /** Watches that are open now stay so, and tell nothing more. */
  deafen(): void;
  close(): void;
}

/** Stands before etcd and loses answers when told to. */
export async function lossyProxy(target: string): Promise<LossyProxy> {
  const losing = new Map<string, number>();
  const calls: string[] = [];
  const watchedFrom: (string | undefined)[] = [];
  const watches = new Set<() => void>();
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? '';
    calls.push(path);
    const headers = { ...incoming.headers, host: new URL(target).host };
    const onward = request(`${target}${path}`, { method: incoming.method ?? 'GET', headers }, (answer) => {
      const left = losing.get(path) ?? 0;
      if (left > 0) {
        losing.set(path, left - 1);
        answer.resume();
        answer.on('end', () => incoming.socket.destroy());
        return;
      }
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      outgoing.flushHeaders();
      answer.pipe(outgoing);
      if (path === '/v3/watch') watches.add(() => answer.unpipe(outgoing).resume());
      answer.on('error', () => incoming.socket.destroy());
    });
    onward.on('error', () => incoming.socket.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
    if (path === '/v3/watch') {
      let body = '';
      incoming.on('data', (chunk) => {
        body += String(chunk);
      });
      incoming.on('end', () => {
        const { create_request } = JSON.parse(body) as { create_request: { start_revision?: string } };
        watchedFrom.push(create_request.start_revision);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    loseAnswers: (path, count) => void losing.set(path, count),
    calls,
    watchedFrom,
    cut: () => server.closeAllConnections(),
    deafen() {
      for (const deafen of watches) deafen();
      watches.clear();
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
