import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { toBotgoError } from 'botgo/errs';
import type { PartitionLag } from '../consumer.js';

/** What a process says about itself. */
export interface Health {
  /** It does its work, or has a way back to it by itself; when `false`, only a new process helps. */
  readonly isLive: boolean;
  /** It takes part: a load balancer or a rollout may count on it. */
  readonly isReady: boolean;
  /** Anything as JSON; no secret. */
  readonly details: object;
}

export interface HealthOptions {
  /** 0: any free port. */
  readonly port: number;
  /** Default 127.0.0.1. */
  readonly host?: string | undefined;
  readonly look: () => Health;
  /** Asks the broker what is not acknowledged; without it there is no `/lag`. */
  readonly lag?: (() => Promise<readonly PartitionLag[]>) | undefined;
}

export interface HealthServer {
  readonly url: string;
  /** Goes on answering, without keeping the process alive: should something else do so, `/livez` says what has become of it. */
  unref(): void;
  close(): Promise<void>;
}

/**
 * `GET /livez`: 200 unless only a new process helps, then 503. `GET /readyz`: 200 when it takes part, else 503; both with the details as JSON. `GET /lag`:
 * what the group has not acknowledged, `{messages, partitions: [{partition, messages}]}`, or 503 when the broker does not say. Nothing
 * else is answered, and nothing can be changed through it.
 */
export async function serveHealth(options: HealthOptions): Promise<HealthServer> {
  const { port, host = '127.0.0.1', look } = options;
  let asking: Promise<readonly PartitionLag[]> | undefined;
  const lag = async (response: ServerResponse): Promise<void> => {
    // One question at a time, however many ask here.
    asking ??= options.lag?.().finally(() => {
      asking = undefined;
    });
    try {
      const partitions = await asking;
      if (!partitions) return answer(response, 404, {});
      const messages = partitions.reduce((sum, row) => sum + row.messages, 0);
      answer(response, 200, { messages, partitions });
    } catch (error) {
      answer(response, 503, { error: toBotgoError(error).message });
    }
  };
  const server = createServer((request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return answer(response, 405, {});
    if (request.url === '/lag') return void lag(response);
    const { isLive, isReady, details } = look();
    switch (request.url) {
      case '/livez':
        // Who asks again and again by one connection would keep alive what has ended.
        if (!isLive) response.setHeader('connection', 'close');
        return answer(response, isLive ? 200 : 503, { isLive, ...details });
      case '/readyz':
        return answer(response, isReady ? 200 : 503, { isReady, ...details });
      default:
        return answer(response, 404, {});
    }
  });
  server.listen(port, host);
  await once(server, 'listening');
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${bound}`,
    unref: () => void server.unref(),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(`${JSON.stringify(body)}\n`);
}
