import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as it arrived. */
export interface Recorded {
  readonly method: string;
  /** Path without query. */
  readonly path: string;
  readonly query: Record<string, string>;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  /** The body read as JSON; `undefined` when there was none or it is not JSON. */
  readonly json: unknown;
}

/** What to answer: a JSON value with status 200, or all of it; a function may do as it likes. */
export type Reply =
  | { status?: number; json?: unknown; text?: string; headers?: Record<string, string> }
  | ((request: Recorded, response: ServerResponse) => void);

export interface RecordingServer {
  readonly url: string;
  readonly requests: Recorded[];
  /** The next answers, in order; the last one stays. */
  answer(...replies: Reply[]): void;
  close(): Promise<void>;
}

/** An HTTP server on a free port that keeps what it got and says what it was told to. */
export async function recordingServer(): Promise<RecordingServer> {
  const requests: Recorded[] = [];
  let replies: Reply[] = [{ json: {} }];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const recorded = record(request, Buffer.concat(chunks).toString('latin1'));
      requests.push(recorded);
      const reply = (replies.length > 1 ? replies.shift() : replies[0]) ?? {};
      if (typeof reply === 'function') return reply(recorded, response);
      const { status = 200, json, text, headers = {} } = reply;
      response.writeHead(status, {
        'content-type': 'application/json',
        'x-tps-trace-id': `trace-${requests.length}`,
        ...headers,
      });
      response.end(text ?? (json === undefined ? undefined : JSON.stringify(json)));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer(...next) {
      replies = next;
    },
    close() {
      server.closeAllConnections();
      return new Promise((resolve, reject) => server.close((error) => (error ? reject(error) : resolve())));
    },
  };
}

function record(request: IncomingMessage, latin1: string): Recorded {
  const url = new URL(request.url ?? '/', 'http://server');
  const text = Buffer.from(latin1, 'latin1').toString('utf8');
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    // Not every body is JSON, and some requests have none.
  }
  return {
    method: request.method ?? '',
    path: (request.url ?? '').split('?')[0] ?? '',
    query: Object.fromEntries(url.searchParams),
    headers: request.headers,
    text,
    json,
  };
}
